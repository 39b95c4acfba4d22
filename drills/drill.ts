// `npm run drill`: plays the day, judges it, and leaves a page and a figure. Exit 0 only if everything holds (DR5).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { playDay, type DayPlayed } from './day.ts';
import { findingsOf } from './findings.ts';
import { openHandheld } from './handheld.ts';
import { openNetwork } from './network.ts';
import { commitOf, holds, renderDrill, type DrillReport } from './report.ts';
import { renderTimeline } from './timeline.ts';
import { undoing } from './undo.ts';

const HELP = `npm run drill -- [options]: 19 July 2024 on real processes

  --seed N         who does what, and when what breaks (default 20240719)
  --minutes N      how long the day lasts (default 5, from 2 to 8; starting and judging take about two more)
  --out FOLDER     where page and figure go (default drills/results)
  --network KIND   namespaces, or proxies on loopback (default: namespaces where they are allowed)
  --keep           leaves data folders and logs where they are, and says where
  --help           this text

Exit 0 only if nothing acknowledged was lost but what had no other durable copy, and all nodes are equal at the end.
`;

export async function drill(args: readonly string[], say: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '20240719' },
      minutes: { type: 'string', default: '5' },
      out: { type: 'string', default: 'drills/results' },
      network: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    say(HELP);
    return 0;
  }
  const seed = Number(values.seed);
  const minutes = Number(values.minutes);
  const kind = values.network;
  if (!Number.isSafeInteger(seed) || !(minutes >= 2 && minutes <= 8)) {
    say('The seed is a whole number, the minutes lie between 2 and 8.');
    return 2;
  }
  if (kind !== undefined && kind !== 'namespaces' && kind !== 'proxies') {
    say('The network is namespaces or proxies.');
    return 2;
  }
  return undoing(say, async (undo, stopped) => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-drill-'));
    undo.add('folder', () => {
      if (values.keep) say(`left in ${folder}`);
      else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
    const network = await openNetwork(undo, kind);
    say(`Network: ${network.says}`);
    const played = await playDay({
      seed,
      minutes,
      folder,
      network,
      undo,
      stopped,
      say,
      openHandheld: openHandheld(folder),
    });
    const commit = commitOf();
    const at = new Date().toISOString();
    const name = `drill-${at.slice(0, 10)}-${commit}`;
    const report = reportOf(played, { at, commit, seed, minutes, network: network.says, timeline: `${name}.svg` });
    const out = resolve(values.out);
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, `${name}.md`), renderDrill(report));
    writeFileSync(join(out, `${name}.svg`), figureOf(played, report));
    say('');
    for (const finding of report.findings)
      say(`${finding.holds ? 'holds         ' : 'DOES NOT HOLD '} ${finding.what}: ${finding.detail}`);
    say(`Page and figure: ${join(out, name)}.md and .svg`);
    for (const line of summaryOf(report)) say(line);
    return holds(report.findings) ? 0 : 1;
  });
}

function reportOf(
  played: DayPlayed,
  about: Pick<DrillReport, 'at' | 'commit' | 'seed' | 'minutes' | 'network' | 'timeline'>,
): DrillReport {
  const once = <T extends { readonly mark: string }>(entries: readonly T[]): readonly T[] => [
    ...new Map(entries.map((entry) => [entry.mark, entry])).values(),
  ];
  const { ledger, members } = played;
  const byClass: Record<string, number> = {};
  for (const { tier } of ledger.entries) byClass[`a ${tier}`] = (byClass[`a ${tier}`] ?? 0) + 1;
  return {
    ...about,
    nodes: [members.region, ...members.sites].map(({ name, tier }) => `${name} (${tier})`),
    staff: `Staff: workstations at every node, and ${String(played.handhelds)} devices that keep an outbox.`,
    findings: findingsOf(played),
    acknowledged: ledger.entries.length,
    byClass,
    unanswered: ledger.unansweredCount(),
    lost: once(played.judgements.flatMap(({ lost }) => lost)),
    excused: once(played.judgements.flatMap(({ excused }) => excused)),
    onlyOnDisk: played.onlyOnDisk,
    backlogMs: played.backlogMs,
    convergedMs: played.convergedMs,
    conflicts: played.conflicts,
    provoked: played.provoked.length,
    tally: played.tally,
  };
}

function summaryOf(report: DrillReport): readonly [string, string] {
  const count = (of: 'served' | 'failed'): string =>
    report.tally.lanes
      .reduce((sum, lane) => sum + lane.buckets.reduce((total, bucket) => total + bucket[of], 0), 0)
      .toLocaleString('en-GB');
  const only =
    report.excused.length === 0 ? '' : ` (and ${String(report.excused.length)} whose only disk was destroyed)`;
  return [
    `${holds(report.findings) ? 'HELD' : 'DID NOT HOLD'}: ${report.acknowledged.toLocaleString('en-GB')} writes acknowledged, ${String(report.lost.length)} lost${only}; ${count('served')} requests served, ${count('failed')} failed.`,
    `${report.convergedMs === undefined ? 'Not all nodes were equal' : `All nodes were equal ${(report.convergedMs / 1_000).toFixed(0)} s after the load ended`}; ${String(report.conflicts[0]?.listed ?? 0)} of ${String(report.provoked)} provoked conflicts stand on the work list.`,
  ];
}

function figureOf(played: DayPlayed, report: DrillReport): string {
  return renderTimeline({
    title: `19 July 2024, played in ${String(Math.round(played.totalMs / 60_000))} minutes`,
    verdict: summaryOf(report),
    holds: holds(report.findings),
    lanes: played.tally.lanes,
    bucketMs: played.tally.bucketMs,
    totalMs: played.totalMs,
    spans: played.spans,
  }).svg;
}
