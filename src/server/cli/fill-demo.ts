// The demo hospital goes into the record through the public API, once (OP27).
//
//   1. `demo.json` beside the data says what is being filled and whether it is done; it is there before the first resource.
//   2. A batch lands whole or not at all, under ids of the generator's choosing: after a kill, a batch whose first
//      resource is there is there, and is left alone.
//   3. A record that already holds something is left alone.
//   4. Its people get accounts that are good on a node that was started as a demo, and nowhere else.
import { setTimeout as sleep } from 'node:timers/promises';
import { openFhirClient, type FhirClient } from '../jobs/fhir-client.ts';
import { failureOf } from '../jobs/read-outcome.ts';
import { EVERYTHING } from '../../core/record/store.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { readMark, writeMark, type DemoMark } from './demo-mark.ts';
import type { DemoResource, NodeServices, Parts } from './parts.ts';

export const DEMO_DEFAULTS = { beds: 120, patients: 420, seed: 'holdfast' };
/** What the default demo comes to, for the progress line alone. */
const ABOUT_PER_BED = 268;
const PARALLEL = 4;
const FILL_MINUTES_MAX = 24 * 60;
const ATTEMPTS_MAX = 20;
const ATTEMPT_MS = 500;

export interface FillOptions {
  readonly wanted: boolean;
  readonly stop: AbortSignal;
  readonly progress: (done: number, of: number) => void;
  readonly begin: (again: boolean) => void;
}

/** Fills or completes; undefined when there was nothing to do. */
export async function fillDemo(
  parts: Parts,
  address: string,
  data: string,
  services: NodeServices,
  options: FillOptions,
): Promise<{ readonly resources: number; readonly ms: number } | undefined> {
  const mark = readMark(data);
  if (mark?.state === 'done' || (mark === undefined && !options.wanted)) return undefined;
  const { token, end } = await services.issueLocalToken(FILL_MINUTES_MAX);
  const client = openFhirClient(address, PARALLEL, token);
  try {
    if (mark === undefined && (await holdsSomething(client))) return undefined;
    const demo: DemoMark = mark ?? { ...DEMO_DEFAULTS, now: Date.now(), state: 'filling' };
    if (mark === undefined) writeMark(data, demo);
    options.begin(mark !== undefined);
    const startedAt = performance.now();
    const resources = await sendDemo(parts.demo(demo), client, {
      stop: options.stop,
      lookFirst: mark !== undefined,
      progress: (done) => options.progress(done, demo.beds * ABOUT_PER_BED),
    });
    if (options.stop.aborted) return undefined;
    await addPeople(parts, demo, services);
    writeMark(data, { ...demo, state: 'done' });
    return { resources, ms: performance.now() - startedAt };
  } finally {
    client.close();
    await end();
  }
}

/** The accounts of the demo's people: those that are there already stay as they are. */
async function addPeople(parts: Parts, demo: DemoMark, { accounts, store }: NodeServices): Promise<void> {
  for (const { subject, userName, password } of parts.demoPeople(demo)) {
    const [type = '', id = ''] = subject.split('/');
    // A hospital of a few beds has not the whole cast.
    const [there] = await store.read([{ type, id }], EVERYTHING);
    if (there === undefined || (await accounts.findByUserName(userName)) !== undefined) continue;
    const added = await accounts.addAccount({ who: subject, userName, password, demo: true }, 'terminal');
    if (!added.ok) throw new Trouble(`The demo user ${userName} could not be made (${added.error.kind}).`);
  }
}

/** Sends batches as transactions, some at a time. Returns the resources that are there now because of it. */
export async function sendDemo(
  batches: Iterable<readonly DemoResource[]>,
  client: FhirClient,
  options: { readonly stop?: AbortSignal; readonly lookFirst: boolean; readonly progress: (done: number) => void },
): Promise<number> {
  let done = 0;
  let failure: Error | undefined;
  const underway = new Set<Promise<void>>();
  const land = async (batch: readonly DemoResource[], look: boolean): Promise<void> => {
    const [first] = batch;
    if (first === undefined) return;
    if (look && (await client.send('GET', `${first.type}/${first.id}`)).status === 200) return;
    const answer = await client.send('POST', '', transactionOf(batch));
    if (answer.status !== 200) throw new Trouble(failureOf(answer.status, answer.text));
  };
  const send = async (batch: readonly DemoResource[]): Promise<void> => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await land(batch, options.lookFirst || attempt > 0);
        break;
      } catch (error) {
        // The server process at the other end was killed: whether the batch is there is looked up before it is sent again.
        if (error instanceof Trouble || attempt >= ATTEMPTS_MAX) throw error;
        await sleep(ATTEMPT_MS);
      }
    }
    done += batch.length;
    options.progress(done);
  };
  for (const batch of batches) {
    if (options.stop?.aborted === true || failure !== undefined) break;
    const one = send(batch)
      .catch((error: unknown) => void (failure ??= error instanceof Error ? error : new Error(String(error))))
      .finally(() => underway.delete(one));
    underway.add(one);
    if (underway.size >= PARALLEL) await Promise.race(underway);
  }
  await Promise.all(underway);
  if (failure !== undefined) throw failure;
  return done;
}

/** The batch as one transaction; the resources' texts are not touched. */
export function transactionOf(batch: readonly DemoResource[]): string {
  const entries = batch.map(
    ({ type, id, text }) => `{"resource":${text},"request":{"method":"PUT","url":"${type}/${id}"}}`,
  );
  return `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`;
}

async function holdsSomething(client: FhirClient): Promise<boolean> {
  const answer = await client.send('GET', '_history?_count=1');
  if (answer.status !== 200) throw new Trouble(failureOf(answer.status, answer.text));
  const history: unknown = JSON.parse(answer.text);
  return (
    typeof history === 'object' &&
    history !== null &&
    'entry' in history &&
    Array.isArray(history.entry) &&
    history.entry.length > 0
  );
}
