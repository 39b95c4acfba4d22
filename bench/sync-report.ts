// The page that a run of `npm run bench:sync` leaves: for a stranger who wants to know what fifty sites cost.
import { cpus, release, totalmem } from 'node:os';
import type { Latencies } from './sync-load.ts';

export interface Round {
  readonly practices: number;
  readonly commits: number;
  readonly seconds: number;
  readonly during: Latencies;
  /** Commits from practices in the region's record afterwards. */
  readonly recordAfter: number;
  readonly reconcile: {
    /** Revisions in the compared set. */
    readonly names: number;
    readonly equalMs: number;
    readonly differingMs: number;
    readonly fetched: number;
  };
}
export interface SyncReport {
  readonly at: string;
  readonly commit: string;
  readonly practices: number;
  readonly days: number;
  readonly patients: number;
  readonly perSecond: number;
  readonly commits: number;
  readonly alone: Latencies;
  readonly rounds: readonly Round[];
  readonly idle: {
    readonly sessions: readonly { readonly sites: number; readonly perSecond: number }[];
    readonly during: Latencies;
  };
  /** Revisions that the practices got from above, all together. */
  readonly fanOut: number;
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const grouped = (value: number): string => Math.round(value).toLocaleString('en-GB');

export function renderSync(report: SyncReport): string {
  const { alone, rounds } = report;
  const total = rounds.reduce((sum, { seconds }) => sum + seconds, 0);
  const worst = Math.max(...rounds.map(({ during }) => during.p95Ms));
  return `${[
    `# ${String(report.practices)} practices meet one region, ${report.at.slice(0, 10)}, commit ${report.commit}`,
    '',
    `${cpus()[0]?.model ?? 'unknown processor'}, ${String(cpus().length)} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}; Node ${process.version}. Region, its PostgreSQL, the practices and the clinicians' requests share these cores.`,
    '',
    `Each practice was away for ${String(report.days)} days at ${String(200)} writes a day, with ${String(report.patients)} patients of its own: ${grouped(report.commits)} commits in all. Meanwhile the region answers ${String(report.perSecond)} clinical requests a second (half charts, a quarter searches, a quarter new measurements), asked at a steady rate whatever it takes to answer.`,
    '',
    `**${grouped(report.commits)} commits in ${total.toFixed(0)} s (${grouped(report.commits / total)} a second over all rounds); the region's p95 for clinicians was ${ms(alone.p95Ms)} ms alone and at most ${ms(worst)} ms meanwhile.**`,
    '',
    '## Catching up',
    '',
    '| practices at once | commits | commits/s | practices’ commits in the region afterwards | clinicians p50 ms | p95 ms | p99 ms | failed |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|',
    `| none | | | | ${ms(alone.p50Ms)} | ${ms(alone.p95Ms)} | ${ms(alone.p99Ms)} | ${String(alone.failed)} |`,
    ...rounds.map(
      ({ practices, commits, seconds, during, recordAfter }) =>
        `| ${String(practices)} | ${grouped(commits)} | ${grouped(commits / seconds)} | ${grouped(recordAfter)} | ${ms(during.p50Ms)} | ${ms(during.p95Ms)} | ${ms(during.p99Ms)} | ${String(during.failed)} |`,
    ),
    '',
    `Catching up is both ways: identity, allergies and alerts of all patients go down to every practice. ${grouped(report.fanOut)} revisions went down in all.`,
    '',
    '## Comparing (after a restore at either end)',
    '',
    'One practice compares all that both should hold: once with nothing different, once after losing a hundred revisions, fetching those included.',
    '',
    '| practices’ commits in the region | revisions compared | nothing different, ms | a hundred lost, ms | fetched |',
    '|---:|---:|---:|---:|---:|',
    ...rounds.map(
      ({ recordAfter, reconcile }) =>
        `| ${grouped(recordAfter)} | ${grouped(reconcile.names)} | ${ms(reconcile.equalMs)} | ${ms(reconcile.differingMs)} | ${grouped(reconcile.fetched)} |`,
    ),
    '',
    '## Sites with nothing to say',
    '',
    `Sessions that find nothing new, as fast as they can be had (a site holds one every two seconds). Clinicians' p95 meanwhile: ${ms(report.idle.during.p95Ms)} ms.`,
    '',
    '| sites at once | sessions/s | so one core-saturated machine carries about as many idle sites |',
    '|---:|---:|---:|',
    ...report.idle.sessions.map(
      ({ sites, perSecond }) => `| ${String(sites)} | ${perSecond.toFixed(0)} | ${grouped(perSecond * 2)} |`,
    ),
  ].join('\n')}\n`;
}
