// Who charts the doses, as this device must say it, and since when doses may be missing here (CR7). Words are the screens'.
//
//   MD41  Charted elsewhere, or at a site that cannot be heard: the chart says where, and since when doses are not shown. Two who chart
//         are both named. Where nobody has custody and the site is not heard, doses of others are not shown either.
import type { Instant } from '../../base/ports.ts';
import { at, textOf } from '../merge/clinical-words.ts';
import { momentOf } from './patient-facts.ts';
import type { Holder } from './mar-custody.ts';

export interface Here {
  /** `Device/1` */
  readonly device: string | undefined;
  readonly siteCode: string | undefined;
  readonly place: 'live' | 'site' | 'device';
  /** When the site last told everything. */
  readonly asOf: Instant | undefined;
  /** That is long ago: what the site knows is not what is shown. */
  readonly stale?: boolean;
}
export type CustodyState =
  /** Anybody may chart anywhere: `since`, where what others chart is not heard of. */
  | { readonly kind: 'nobody'; readonly since: Instant | undefined }
  | { readonly kind: 'here' }
  /** The site has it and answers: what is charted there is shown. */
  | { readonly kind: 'site' }
  | {
      readonly kind: 'elsewhere';
      readonly where: string;
      readonly on: 'site' | 'device' | 'paper';
      readonly since: Instant | undefined;
    }
  | { readonly kind: 'several'; readonly where: readonly string[]; readonly since: Instant | undefined };

const placeOf = ({ owner }: Holder): 'site' | 'device' | 'paper' =>
  textOf(at(owner, 'reference')) !== ''
    ? 'device'
    : textOf(at(owner, 'display')).startsWith('paper')
      ? 'paper'
      : 'site';

export function custodyState(holders: readonly Holder[], here: Here): CustodyState {
  const [only] = holders;
  const isDeaf = here.place === 'device' || here.stale === true;
  if (only === undefined) return { kind: 'nobody', since: isDeaf ? (here.asOf ?? 0) : undefined };
  if (holders.length > 1) {
    const times = holders.map(({ since }) => momentOf(since)).filter((one) => one !== undefined);
    return {
      kind: 'several',
      where: [...new Set(holders.map(({ where }) => where))],
      since: times.length === 0 ? undefined : Math.min(...times),
    };
  }
  const on = placeOf(only);
  const { where } = only;
  if (on === 'device' && textOf(at(only.owner, 'reference')) === here.device) return { kind: 'here' };
  const isOwnSite = textOf(at(only.owner, 'identifier.value')) === here.siteCode || here.siteCode === undefined;
  if (on === 'site' && isOwnSite && !isDeaf) return { kind: 'site' };
  const taken = momentOf(only.since);
  // What the site charts is shown up to when it last told everything.
  const since = on === 'site' && here.asOf !== undefined ? Math.max(here.asOf, taken ?? 0) : taken;
  return { kind: 'elsewhere', where, on, since };
}
/** Since when doses may be given that are not shown here; undefined where all are. */
export function notShownSince(state: CustodyState): Instant | undefined {
  if (state.kind === 'nobody') return state.since;
  return state.kind === 'elsewhere' || state.kind === 'several' ? (state.since ?? 0) : undefined;
}
