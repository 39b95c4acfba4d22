// Kills the server and the database in the middle of load, again and again, and looks for what was acknowledged.
//
// Writers create, update, and send transactions of five; each 2xx answer is remembered with its version and the text
// that was sent. Between rounds every acknowledgement of the round is looked up by version and compared byte for byte,
// and every transaction, answered or not, must be there whole or not at all.
import {
  descendants,
  holdfast,
  killGroup,
  pause,
  postmasterPid,
  startServer,
  untilHealthy,
  type RunningServer,
} from './server-process.test-kit.ts';

export const VICTIMS = [
  'one server process',
  'all server processes',
  'postgres',
  'one database backend',
  'everything',
] as const;
export type Victim = (typeof VICTIMS)[number];

interface Acknowledged {
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
  readonly text: string;
}
export interface RoundLog {
  readonly round: number;
  readonly victim: Victim;
  readonly afterMs: number;
  readonly acknowledged: number;
  readonly unanswered: number;
  readonly transactionsWhole: number;
  readonly transactionsAbsent: number;
  readonly lost: number;
  readonly torn: number;
  readonly recoveredMs: number;
}
export interface KillReport {
  readonly seed: number;
  readonly rounds: readonly RoundLog[];
  readonly verify: { readonly status: number; readonly output: string };
}

/** mulberry32: small, seeded, good enough to choose victims. */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const observation = (marker: string, n: number, id?: string): string =>
  `{"resourceType":"Observation",${id === undefined ? '' : `"id":"${id}",`}"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},` +
  `"identifier":[{"system":"urn:holdfast:kill-test","value":"${marker}"}],"valueQuantity":{"value":${String(60 + (n % 40))}.00,"unit":"/min"}}`;

/** The text without what the server adds to meta, so that it can be compared with what was sent. */
const asSent = (text: string, id: string, sentId: boolean): string =>
  text
    .replace(/,"meta":\{"versionId":"[^"]*","lastUpdated":"[^"]*"\}/, '')
    .replace(sentId ? /$^/ : `,"id":"${id}"`, '');

export async function killRounds(options: {
  readonly data: string;
  readonly seed: number;
  readonly rounds: number;
  readonly writers: number;
  readonly say: (line: string) => void;
}): Promise<KillReport> {
  const chance = seeded(options.seed);
  const logs: RoundLog[] = [];
  let server: RunningServer = await startServer({ data: options.data });
  let markerCount = 0;

  for (let round = 1; round <= options.rounds; round++) {
    const victim = VICTIMS[(round - 1) % VICTIMS.length] ?? 'everything';
    const afterMs = 800 + Math.floor(chance() * 1700);
    const acknowledged: Acknowledged[] = [];
    const transactions: string[] = [];
    let unanswered = 0;
    const load = { stopped: false };
    const target = server;

    const send = async (method: string, path: string, body: string): Promise<Response | undefined> => {
      try {
        return await target.fetch(path, {
          method,
          body,
          headers: { 'content-type': 'application/fhir+json', prefer: 'return=minimal' },
          signal: AbortSignal.timeout(20_000),
        });
      } catch {
        // Killed in the middle: nobody was told that it is safe, so it may be there or not.
        unanswered += 1;
        return undefined;
      }
    };
    const located = (location: string | null): { type: string; id: string; versionId: string } | undefined => {
      const m = /([A-Za-z]+)\/([A-Za-z0-9.-]+)\/_history\/([A-Za-z0-9.-]+)$/.exec(location ?? '');
      return m === null ? undefined : { type: m[1] ?? '', id: m[2] ?? '', versionId: m[3] ?? '' };
    };
    const writer = async (n: number): Promise<void> => {
      for (let turn = 0; !load.stopped; turn++) {
        const marker = `r${String(round)}w${String(n)}m${String(markerCount++)}`;
        if (turn % 3 === 0) {
          const text = observation(marker, turn);
          const answer = await send('POST', '/fhir/Observation', text);
          const at = answer?.status === 201 ? located(answer.headers.get('location')) : undefined;
          if (at !== undefined) acknowledged.push({ ...at, text });
        } else if (turn % 3 === 1) {
          const id = `kill-${String(round)}-${String(n)}`;
          const text = observation(marker, turn, id);
          const answer = await send('PUT', `/fhir/Observation/${id}`, text);
          const versionId = /"([^"]+)"/.exec(answer?.headers.get('etag') ?? '')?.[1];
          if (answer !== undefined && (answer.status === 200 || answer.status === 201) && versionId !== undefined) {
            acknowledged.push({ type: 'Observation', id, versionId, text });
          }
        } else {
          transactions.push(marker);
          const entries = Array.from(
            { length: 5 },
            (_, k) => `{"resource":${observation(marker, k)},"request":{"method":"POST","url":"Observation"}}`,
          );
          const answer = await send(
            'POST',
            '/fhir',
            `{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`,
          );
          if (answer?.status === 200) {
            const bundle = (await answer.json().catch(() => undefined)) as
              | { entry?: readonly { response?: { location?: string } }[] }
              | undefined;
            bundle?.entry?.forEach((entry, k) => {
              const at = located(entry.response?.location ?? null);
              if (at !== undefined) acknowledged.push({ ...at, text: observation(marker, k) });
            });
          }
        }
      }
    };

    const writers = Array.from({ length: options.writers }, (_, n) => writer(n));
    await pause(afterMs);
    const killedAt = Date.now();
    strike(victim, server, chance);
    await pause(100 + Math.floor(chance() * 400));
    load.stopped = true;
    await Promise.all(writers);
    if (server.child.exitCode !== null || server.child.signalCode !== null || victim === 'everything') {
      server = await startServer({ data: options.data, port: server.port });
    } else {
      const { child } = server;
      await untilHealthy(server.baseUrl, 60_000, () => {
        if (child.exitCode !== null) throw new Error(`the supervisor ended:\n${server.output()}`);
      });
    }
    const recoveredMs = Date.now() - killedAt;

    let lost = 0;
    await inParallel(16, acknowledged, async (ack) => {
      const answer = await server.fetch(`/fhir/${ack.type}/${ack.id}/_history/${ack.versionId}`);
      const text = await answer.text();
      if (answer.status !== 200 || asSent(text, ack.id, ack.text.includes('"id"')) !== ack.text) lost += 1;
    });
    let whole = 0;
    let absent = 0;
    let torn = 0;
    await inParallel(8, transactions, async (marker) => {
      const answer = await server.fetch(`/fhir/Observation?identifier=urn:holdfast:kill-test|${marker}&_summary=count`);
      const { total } = (await answer.json()) as { total?: number };
      if (total === 5) whole += 1;
      else if (total === 0) absent += 1;
      else torn += 1;
    });
    const log: RoundLog = {
      round,
      victim,
      afterMs,
      acknowledged: acknowledged.length,
      unanswered,
      transactionsWhole: whole,
      transactionsAbsent: absent,
      lost,
      torn,
      recoveredMs,
    };
    logs.push(log);
    options.say(
      `round ${String(round)}: killed ${victim} after ${String(afterMs)} ms; ${String(log.acknowledged)} acknowledged, ${String(unanswered)} unanswered, ${String(lost)} lost, ${String(torn)} torn; serving again after ${String(recoveredMs)} ms`,
    );
  }
  await server.stop();
  const verified = holdfast(['verify'], { HOLDFAST_DATA: options.data });
  return {
    seed: options.seed,
    rounds: logs,
    verify: { status: verified.status, output: verified.stdout + verified.stderr },
  };
}

function strike(victim: Victim, server: RunningServer, chance: () => number): void {
  const pid = server.child.pid ?? 0;
  const family = descendants(pid);
  const postmaster = postmasterPid(server.data);
  const isDatabase = (one: { pid: number; command: string }): boolean => /postgres|unshare/.test(one.command);
  const servers = family.filter(
    (one) => !isDatabase(one) && /main\.js/.test(one.command) && isLeafNode(one.pid, family),
  );
  const end = (one: number | undefined): void => {
    if (one === undefined) throw new Error(`no ${victim} to kill`);
    try {
      process.kill(one, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  if (victim === 'one server process') end(servers[Math.floor(chance() * servers.length)]?.pid);
  else if (victim === 'all server processes') {
    if (servers.length === 0) throw new Error('no server process to kill');
    for (const one of servers) end(one.pid);
  } else if (victim === 'postgres') end(postmaster);
  else if (victim === 'one database backend') {
    const backends =
      postmaster === undefined
        ? []
        : descendants(postmaster).filter((one) =>
            /postgres: .*(\[local\]|idle|INSERT|SELECT|COMMIT)/.test(one.command),
          );
    end(backends[Math.floor(chance() * backends.length)]?.pid);
  } else {
    killGroup(server.child);
    for (const one of family) end(one.pid);
    if (postmaster !== undefined) end(postmaster);
  }
}

/** A server process is a node process that started no other node process (the supervisor and its launcher did). */
const isLeafNode = (pid: number, family: readonly { pid: number; command: string }[]): boolean =>
  !descendants(pid).some((child) => family.some((one) => one.pid === child.pid) && /main\.js/.test(child.command));

async function inParallel<T>(width: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let n = next++; n < items.length; n = next++) {
        const item = items[n];
        if (item !== undefined) await work(item);
      }
    }),
  );
}

/** The log as a page for the repository. */
export function renderKillLog(
  report: KillReport,
  about: { readonly at: string; readonly commit: string; readonly machine: string },
): string {
  const sum = (of: (log: RoundLog) => number): number => report.rounds.reduce((total, log) => total + of(log), 0);
  return `${[
    `# Kill test, ${about.at.slice(0, 10)}, commit ${about.commit}`,
    '',
    `${about.machine}. Seed ${String(report.seed)}. ${String(report.rounds.length)} rounds of \`kill -9\` in the middle of load.`,
    '',
    `**${String(sum((log) => log.acknowledged))} acknowledged writes, ${String(sum((log) => log.lost))} lost; ${String(sum((log) => log.transactionsWhole))} transactions whole, ${String(sum((log) => log.transactionsAbsent))} absent, ${String(sum((log) => log.torn))} torn.** \`holdfast verify\` afterwards: exit ${String(report.verify.status)}.`,
    '',
    '| round | killed | after ms | acknowledged | unanswered | transactions whole / absent / torn | lost | serving again after ms |',
    '|---:|---|---:|---:|---:|---|---:|---:|',
    ...report.rounds.map(
      (log) =>
        `| ${String(log.round)} | ${log.victim} | ${String(log.afterMs)} | ${String(log.acknowledged)} | ${String(log.unanswered)} | ${String(log.transactionsWhole)} / ${String(log.transactionsAbsent)} / ${String(log.torn)} | ${String(log.lost)} | ${String(log.recoveredMs)} |`,
    ),
    '',
    '```',
    report.verify.output.trim(),
    '```',
  ].join('\n')}\n`;
}
