// The table that a run leaves behind: what was measured, its limit, its budget, and whether it was kept.

import type { LocatorCost } from './locator.ts';

/** One measurement beside its limit. Rates are a second. */
export interface Line {
  readonly what: string;
  readonly clients: number;
  readonly ours: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly limitName: string;
  readonly limit: number;
  /** Shares of the limit. */
  readonly budget: number;
  readonly aim: number;
}

export interface Report {
  readonly at: string;
  readonly commit: string;
  readonly dirty: boolean;
  readonly machine: string;
  readonly node: string;
  readonly database: string;
  readonly source: string;
  readonly resources: number;
  /** Load before each measurement. */
  readonly warmSeconds: number;
  readonly meanBody: number;
  readonly bytesPerResource: number;
  readonly memoryMiB: number;
  readonly locator: LocatorCost;
  readonly everything: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly lines: readonly Line[];
  readonly curve: readonly { readonly resources: number; readonly perSecond: number }[];
}

/** What Medplum 5.1.12 did on a machine of the same kind, PostgreSQL 15 and Redis, 32 clients (decisions/0010-bench.md). */
const PEER = {
  create: [310, 310],
  read: [1400, 1800],
  search: [740, 920],
  everything: [15, 15],
  import: [95, 180],
} as const;

const ms = (value: number | undefined): string =>
  value === undefined ? '' : value < 10 ? value.toFixed(2) : value.toFixed(0);
const times = (ours: number | undefined, [low, high]: readonly [number, number]): string =>
  ours === undefined
    ? 'not measured'
    : low === high
      ? `${(ours / low).toFixed(1)} ×`
      : `${(ours / high).toFixed(1)} to ${(ours / low).toFixed(1)} ×`;

export function renderReport(report: Report): string {
  const at32 = (what: string): number | undefined =>
    report.lines.filter((line) => line.what.startsWith(what)).sort((a, b) => b.clients - a.clients)[0]?.ours;
  const rows = report.lines.map((line) => {
    const share = line.ours / line.limit;
    const verdict = share >= line.aim ? 'aim met' : share >= line.budget ? 'kept' : '**missed**';
    return `| ${line.what} | ${String(line.clients)} | ${line.ours.toFixed(0)} | ${ms(line.p50Ms)} | ${ms(line.p99Ms)} | ${line.limit.toFixed(0)} (${line.limitName}) | ${share.toFixed(3)} | ${String(line.budget)} (aim ${String(line.aim)}) | ${verdict} |`;
  });
  const first = report.curve[0];
  const last = report.curve.at(-1);
  const curve =
    first === undefined || last === undefined
      ? []
      : [
          '',
          '## Import rate as the record grows (demo generator)',
          '',
          '| resources in the record | resources/s since the line before |',
          '|---:|---:|',
          ...report.curve.map((point) => `| ${String(point.resources)} | ${point.perSecond.toFixed(0)} |`),
          '',
          `Rate at the end ÷ rate at the start: ${(last.perSecond / first.perSecond).toFixed(2)} (budget 0.8).`,
        ];
  return `${[
    `# Bench ${report.at.slice(0, 10)}, commit ${report.commit}${report.dirty ? ' with uncommitted changes' : ''}`,
    '',
    `${report.machine}; Node ${report.node}; ${report.database}. Load generator on the same cores.`,
    `Record: ${String(report.resources)} resources (${report.source}), mean body ${report.meanBody.toFixed(0)} bytes. Before each measurement ${String(report.warmSeconds)} s of the same load (imports: a quarter of the bundles): code that has just started runs slower.`,
    '',
    '| what | clients | ours/s | p50 ms | p99 ms | limit/s, same run | share of the limit | budget | |',
    '|---|---:|---:|---:|---:|---|---:|---|---|',
    ...rows,
    '',
    `\`Patient/$everything\`, 8 clients: ${report.everything.perSecond.toFixed(1)}/s, p50 ${ms(report.everything.p50Ms)} ms, p99 ${ms(report.everything.p99Ms)} ms.`,
    `Bytes on disk a resource, history and indexes included: ${report.bytesPerResource.toFixed(0)} (${(report.bytesPerResource / report.meanBody).toFixed(2)} × the body). Memory of the server's processes after the load: ${report.memoryMiB.toFixed(0)} MiB.`,
    '',
    `The compartment key: a read by type and id through the locator takes ${report.locator.throughLocatorUs.toFixed(0)} µs in PostgreSQL and its client, by the row's own key ${report.locator.byRowKeyUs.toFixed(0)} µs.`,
    '',
    '## Beside the nearest peer in TypeScript',
    '',
    'Medplum 5.1.12 on a machine of the same kind, PostgreSQL 15 and Redis, 32 clients, measured on another day: a bearing, not a race.',
    'Both check access and write audit on these requests.',
    '',
    '| what | peer/s | ours/s | we mean to be | we are |',
    '|---|---:|---:|---|---|',
    `| create | 310 | ${(at32('create') ?? 0).toFixed(0)} | 10 × | ${times(at32('create'), PEER.create)} |`,
    `| read | 1400–1800 | ${(at32('read') ?? 0).toFixed(0)} | 10 × | ${times(at32('read'), PEER.read)} |`,
    `| search | 740–920 | ${(at32('search') ?? 0).toFixed(0)} | 5 to 10 × | ${times(at32('search'), PEER.search)} |`,
    `| $everything | 15 | ${report.everything.perSecond.toFixed(0)} | 10 × | ${times(report.everything.perSecond, PEER.everything)} |`,
    `| import, resources | 95–180 | ${(at32('import') ?? 0).toFixed(0)} | 10 × | ${times(at32('import'), PEER.import)} |`,
    ...curve,
  ].join('\n')}\n`;
}
