// From what was played to what must hold (DR5): each finding names what it looked at, so that a reader can disagree.
import type { DayPlayed } from './day.ts';
import type { Finding } from './report.ts';
import { TIERS } from './tally.ts';

type Played = Pick<
  DayPlayed,
  | 'judgements'
  | 'differing'
  | 'queued'
  | 'provoked'
  | 'conflicts'
  | 'struck'
  | 'failedAtSites'
  | 'tally'
  | 'handhelds'
  | 'backlogMs'
>;

export function findingsOf(played: Played): readonly Finding[] {
  const lost = played.judgements.flatMap((judgement) =>
    judgement.lost.map((entry) => `${entry.type}/${entry.id} at ${judgement.node}`),
  );
  const looked = played.judgements.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const unlisted = played.conflicts.flatMap(({ node, missing }) => missing.map((key) => `${key} at ${node}`));
  const unwarned = played.conflicts.filter(({ listed, missing, warned }) => warned < listed + missing.length);
  const notStruck = Object.entries(played.struck).filter(([, really]) => !really);
  const tiers = TIERS.filter((tier) => tier !== 'device' || played.handhelds > 0);
  const idle = tiers.filter(
    (tier) => !played.tally.lanes.some((lane) => lane.tier === tier && lane.buckets.some(({ served }) => served > 0)),
  );
  const failedByHand = played.tally.lanes
    .filter(({ tier }) => tier === 'device')
    .reduce((sum, lane) => sum + lane.buckets.reduce((total, { failed }) => total + failed, 0), 0);
  return [
    {
      what: 'No acknowledged write is lost',
      holds: lost.length === 0 && looked > 0,
      detail: `${String(looked)} looked up, ${String(lost.length)} missing${some(lost)}`,
    },
    {
      what: 'All nodes are equal, all queues empty',
      holds: played.differing.length === 0 && played.queued === 0,
      detail: `${String(played.differing.length)} resources differ, ${String(played.queued)} commits wait${some(played.differing.map(({ key, site, what }) => `${key} ${what} (${site})`))}`,
    },
    {
      what: 'Every provoked conflict stands on the work lists',
      holds: played.provoked.length > 0 && unlisted.length === 0,
      detail: `${String(played.provoked.length)} provoked, ${String(unlisted.length)} not listed${some(unlisted)}`,
    },
    {
      what: 'Whoever reads a fact in conflict is told so',
      holds: unwarned.length === 0,
      detail: unwarned.length === 0 ? 'at each node that may see it' : unwarned.map(({ node }) => node).join(', '),
    },
    {
      what: 'No request at a site failed while its own server was up',
      holds: played.failedAtSites === 0,
      detail: `${String(played.failedAtSites)} failed`,
    },
    {
      what: 'Devices took and showed everything they were asked',
      holds: failedByHand === 0,
      detail: `${String(failedByHand)} failed, ${String(played.handhelds)} devices`,
    },
    {
      what: 'Every fault really struck',
      holds: notStruck.length === 0 && Object.keys(played.struck).length > 0,
      detail:
        notStruck.length === 0
          ? Object.keys(played.struck).join(', ')
          : `not: ${notStruck.map(([what]) => what).join(', ')}`,
    },
    {
      what: 'Every tier served',
      holds: idle.length === 0,
      detail: idle.length === 0 ? tiers.join(', ') : `not: ${idle.join(', ')}`,
    },
    {
      what: 'What was written before everything healed came to the region',
      holds: played.backlogMs !== undefined,
      detail: played.backlogMs === undefined ? 'it did not' : `within ${(played.backlogMs / 1_000).toFixed(1)} s`,
    },
  ];
}

const SHOWN_MAX = 5;
const some = (list: readonly string[]): string =>
  list.length === 0 ? '' : `: ${list.slice(0, SHOWN_MAX).join(', ')}${list.length > SHOWN_MAX ? ' …' : ''}`;
