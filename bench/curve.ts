// The import rate as the record grows: the demo generator's stream, in transactions, over four connections.
import { generateLoad } from '../src/server/demo/generate-load.ts';
import { openConnection, type Request } from './http-load.ts';

export interface CurvePoint {
  /** Resources in the record at the end of this stretch (of this stream). */
  readonly resources: number;
  readonly perSecond: number;
}

/** The moment that the made-up hospitals are made for: fixed, so that every run imports the same bytes. */
const NOW = Date.UTC(2026, 0, 15, 9);
const ENTRIES_MAX = 400;
/** Stretches of equal size, so that their rates compare. */
const POINTS = 20;

/** Transaction bundles of the demo generator's stream: at most `count` resources, in an order that keeps references backward. */
export function* loadBundles(count: number): Generator<{ readonly text: string; readonly resources: number }> {
  let entries: string[] = [];
  const bundle = (): { text: string; resources: number } => ({
    text: `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`,
    resources: entries.length,
  });
  for (const batch of generateLoad({ seed: 'bench', count, now: NOW })) {
    for (const resource of batch.resources) {
      entries.push(
        `{"resource":${JSON.stringify(resource)},"request":{"method":"PUT","url":"${resource.resourceType}/${resource.id ?? ''}"}}`,
      );
      if (entries.length >= ENTRIES_MAX) {
        yield bundle();
        entries = [];
      }
    }
  }
  if (entries.length > 0) yield bundle();
}

/** Imports `count` resources and says the rate of each stretch. Throws on the first refusal. */
export async function importCurve(
  target: { readonly host: string; readonly port: number },
  asked: (request: Request) => Buffer,
  count: number,
  say: (text: string) => void,
): Promise<readonly CurvePoint[]> {
  const stream = loadBundles(count);
  const points: CurvePoint[] = [];
  const stretch = Math.ceil(count / POINTS);
  let done = 0;
  let atStretch = 0;
  let since = performance.now();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      const connection = await openConnection(target.host, target.port);
      for (let next = stream.next(); next.done !== true; next = stream.next()) {
        const { text, resources } = next.value;
        const answer = await connection.send(asked({ method: 'POST', path: '/fhir', body: text }));
        if (answer.status !== 200) {
          const body = answer.body.toString();
          throw new Error(
            `a bundle was refused with ${String(answer.status)}: ${body.slice(body.indexOf('\r\n\r\n') + 4).slice(0, 600)}`,
          );
        }
        done += resources;
        if (done - atStretch >= stretch) {
          const now = performance.now();
          points.push({ resources: done, perSecond: (done - atStretch) / ((now - since) / 1000) });
          say(`${String(done)} resources, ${(points.at(-1)?.perSecond ?? 0).toFixed(0)}/s`);
          atStretch = done;
          since = now;
        }
      }
      connection.close();
    }),
  );
  return points;
}
