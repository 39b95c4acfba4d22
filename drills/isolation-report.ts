// The page that 72 hours alone leave, and what must hold of them (DR13, DR14).
import { machine, type Finding } from './report.ts';

export interface IsolationReport {
  readonly at: string;
  readonly commit: string;
  readonly seed: number;
  readonly beds: number;
  readonly hours: number;
  readonly minutes: number;
  readonly network: string;
  /** Writes that full rate makes. */
  readonly wanted: number;
  /** Acknowledged while it was alone. */
  readonly taken: number;
  /** And with those while it merged. */
  readonly acknowledged: number;
  readonly unanswered: number;
  readonly lost: number;
  readonly reads: number;
  readonly failed: number;
  readonly outageMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly queued: number;
  readonly mergeMs: number;
  readonly mergeRequests: number;
  readonly mergeFailed: number;
  readonly mergeP95Ms: number;
}

const MERGE_MS_PER_REVISION = 300_000 / 50_000;
const P95_MS_MAX = 1_000;

export function isolationFindings(report: IsolationReport): readonly Finding[] {
  const {
    acknowledged,
    taken,
    unanswered,
    wanted,
    lost,
    failed,
    queued,
    mergeMs,
    mergeFailed,
    mergeP95Ms,
    mergeRequests,
  } = report;
  const budgetMs = queued * MERGE_MS_PER_REVISION;
  return [
    {
      what: 'All writes of full rate were made',
      holds: taken + unanswered >= wanted && unanswered < wanted / 100,
      detail: `${grouped(taken)} acknowledged, ${grouped(unanswered)} in the air when the power failed`,
    },
    { what: 'No acknowledged write is lost', holds: lost === 0 && acknowledged > 0, detail: `${grouped(lost)} lost` },
    {
      what: 'No request failed but while the power was gone',
      holds: failed === 0,
      detail: `${grouped(failed)} failed`,
    },
    {
      what: 'Merged in under 5 minutes per 50,000 revisions',
      holds: queued > 0 && mergeMs < budgetMs,
      detail: `${grouped(queued)} commits in ${(mergeMs / 1_000).toFixed(0)} s: ${grouped((queued * 1_000) / Math.max(1, mergeMs))} a second; the budget is ${(budgetMs / 1_000).toFixed(0)} s`,
    },
    {
      what: 'The site answers with p95 under 1 s while it merges',
      holds: mergeRequests > 0 && mergeP95Ms < P95_MS_MAX && mergeFailed === 0,
      detail: `p95 ${mergeP95Ms.toFixed(0)} ms over ${grouped(mergeRequests)} requests, ${grouped(mergeFailed)} failed`,
    },
  ];
}

export function renderIsolation(report: IsolationReport): string {
  const findings = isolationFindings(report);
  return `${[
    `# ${String(report.hours)} hours alone: ${findings.every((finding) => finding.holds) ? 'it held' : '**it did not hold**'}`,
    '',
    `${report.at.slice(0, 16).replace('T', ' ')} UTC, commit ${report.commit}, seed ${String(report.seed)}. ${machine()}. Network: ${report.network}.`,
    '',
    `The demo hospital with ${String(report.beds)} beds, enrolled at a region, was alone for ${String(report.hours)} hours of its own clock (${String(report.minutes)} minutes of ours) and took ${String(250)} clinical writes a bed and day: ${grouped(report.wanted)}. In the middle its machine lost its power (SIGKILL to every process of it) for ${(report.outageMs / 1_000).toFixed(1)} s. Then the region came back.`,
    '',
    '| what must hold | | |',
    '|---|---|---|',
    ...findings.map(({ what, holds, detail }) => `| ${what} | ${holds ? 'holds' : '**does not hold**'} | ${detail} |`),
    '',
    `Alone, the hospital answered ${grouped(report.reads)} searches and ${grouped(report.taken)} writes with p50 ${report.p50Ms.toFixed(1)} ms and p95 ${report.p95Ms.toFixed(1)} ms. Each of the ${grouped(report.acknowledged)} writes, those of the merging included, was looked up at the region by its own mark.`,
  ].join('\n')}\n`;
}

const grouped = (value: number): string => Math.round(value).toLocaleString('en-GB');
