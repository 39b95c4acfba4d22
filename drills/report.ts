// What a drill says of itself: whether it held and why, as a page beside its figure.
import { spawnSync } from 'node:child_process';
import { arch, cpus, release, totalmem } from 'node:os';
import type { Acknowledged } from './ledger.ts';
import type { ShownConflicts } from './conflicts.ts';
import { byMinute, type Tally } from './tally.ts';

/** One thing that must hold (DR5), and whether it does. */
export interface Finding {
  readonly what: string;
  readonly holds: boolean;
  readonly detail: string;
}
export interface DrillReport {
  readonly at: string;
  readonly commit: string;
  readonly seed: number;
  readonly network: string;
  readonly minutes: number;
  readonly nodes: readonly string[];
  readonly staff: string;
  readonly findings: readonly Finding[];
  readonly acknowledged: number;
  readonly byClass: Readonly<Record<string, number>>;
  readonly unanswered: number;
  readonly lost: readonly Acknowledged[];
  readonly excused: readonly Acknowledged[];
  readonly onlyOnDisk: number;
  readonly backlogMs: number | undefined;
  readonly convergedMs: number | undefined;
  readonly conflicts: readonly ShownConflicts[];
  readonly provoked: number;
  readonly tally: Tally;
  readonly timeline: string;
}

export const holds = (findings: readonly Finding[]): boolean => findings.every((finding) => finding.holds);

/** `AMD EPYC, 2 cores, 24 GiB, Linux 6.1 x64, Node v20.20.0` */
export const machine = (): string =>
  `${cpus()[0]?.model ?? 'unknown processor'}, ${String(cpus().length)} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()} ${arch()}, Node ${process.version}`;

/** Of the checkout that the drill runs in. */
export function commitOf(): string {
  const asked = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' });
  return asked.status === 0 ? asked.stdout.trim() : 'unknown';
}

const seconds = (ms: number | undefined): string => (ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`);

export function renderDrill(report: DrillReport): string {
  const { tally } = report;
  const tierRows = byMinute(tally).map(
    ({ minute, byTier: { region, site, device } }) =>
      `| ${String(minute)} | ${String(region.served)} | ${String(region.failed)} | ${String(site.served)} | ${String(site.failed)} | ${String(device.served)} | ${String(device.failed)} |`,
  );
  const laneRows = tally.lanes.map((lane) => {
    const sum = (of: 'served' | 'failed'): number => lane.buckets.reduce((total, bucket) => total + bucket[of], 0);
    return `| ${lane.name} | ${lane.tier} | ${String(sum('served'))} | ${String(sum('failed'))} |`;
  });
  return `${[
    `# Drill of 19 July 2024: ${holds(report.findings) ? 'it held' : '**it did not hold**'}`,
    '',
    `${report.at.slice(0, 16).replace('T', ' ')} UTC, commit ${report.commit}, seed ${String(report.seed)} (\`npm run drill -- --seed ${String(report.seed)} --minutes ${String(report.minutes)}\`). ${machine()}.`,
    `Network: ${report.network}. Nodes, each \`holdfast start\` with a database of its own: ${report.nodes.join(', ')}. ${report.staff}`,
    '',
    `![What every node and device served, what failed, and what was broken when](${report.timeline})`,
    '',
    '| what must hold | | |',
    '|---|---|---|',
    ...report.findings.map(
      ({ what, holds, detail }) => `| ${what} | ${holds ? 'holds' : '**does not hold**'} | ${detail} |`,
    ),
    '',
    '## Acknowledged writes',
    '',
    `${String(report.acknowledged)} acknowledged (${Object.entries(report.byClass)
      .map(([name, count]) => `${String(count)} by ${name}`)
      .join(
        ', ',
      )}); ${String(report.unanswered)} sent that nobody answered, which nobody was promised. Each was looked up by its own mark at the region and at the sites that keep its patient.`,
    '',
    `- **lost: ${String(report.lost.length)}**${listOf(report.lost)}`,
    `- lost as physics has it, their only durable copy destroyed on purpose: ${String(report.excused.length)}${listOf(report.excused)}`,
    '',
    `Before a disk was destroyed on purpose, ${String(report.onlyOnDisk)} acknowledged writes were at no other server. ${String(report.onlyOnDisk - report.excused.length)} of them came back, from devices of the ward that had read them.`,
    '',
    '## Time',
    '',
    `- from the healing of the WAN until all that had been acknowledged before was at the region: ${seconds(report.backlogMs)}, under load`,
    `- from the end of the load until all nodes were equal and all queues empty: ${seconds(report.convergedMs)}`,
    '',
    '## Conflicts',
    '',
    `${String(report.provoked)} provoked: two people at two nodes that could not see each other changed the same allergy, order or resuscitation status.`,
    '',
    '| node | on its work list, of those it may see | read with a warning | open in all |',
    '|---|---:|---:|---:|',
    ...report.conflicts.map(
      ({ node, listed, warned, missing, open }) =>
        `| ${node} | ${String(listed)} of ${String(listed + missing.length)} | ${String(warned)} | ${String(open)} |`,
    ),
    '',
    '## Requests by tier and minute',
    '',
    '| minute | region served | failed | site served | failed | device served | failed |',
    '|---:|---:|---:|---:|---:|---:|---:|',
    ...tierRows,
    '',
    '| lane | tier | served | failed |',
    '|---|---|---:|---:|',
    ...laneRows,
    '',
    ...(tally.reasons.size === 0
      ? []
      : ['Why requests failed:', '', ...[...tally.reasons].map(([why, count]) => `- ${why}: ${String(count)}`), '']),
  ].join('\n')}\n`;
}

const SHOWN_MAX = 10;
function listOf(entries: readonly Acknowledged[]): string {
  if (entries.length === 0) return '';
  const lines = entries
    .slice(0, SHOWN_MAX)
    .map(
      ({ type, id, by, durability, atMs }) =>
        `\n  - ${type}/${id}, acknowledged by ${by} (${durability}) at ${seconds(atMs)}`,
    );
  return `${lines.join('')}${entries.length > SHOWN_MAX ? `\n  - and ${String(entries.length - SHOWN_MAX)} more` : ''}`;
}
