// The early warning score as it was last recorded, and how it moved. Pure.
//
//   WB10  A score stands with its age and with the score before it; older than 12 hours it reads old, and where none was taken, that none was.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { codesOf, textOf } from '../merge/clinical-words.ts';
import { instantOf } from './stays.ts';

export interface ShownScore {
  readonly score: number;
  readonly at: Instant;
  /** The score before. */
  readonly before?: number;
  readonly trend: 'up' | 'down' | 'same' | 'first';
  /** RCP NEWS2 2017, chart 2: 5 or more is urgent, 7 or more an emergency. */
  readonly band: 'low' | 'medium' | 'high';
  /** Older than `OLD_MS`. */
  readonly isOld: boolean;
  /** `Observation/1`. */
  readonly source: string;
}
export const OLD_MS = 12 * 3_600_000;
/** Of the ward's own chart, and SNOMED CT: Royal College of Physicians NEWS2 total score. */
const SCORE_CODES: ReadonlySet<string> = new Set(['news2', '1104051000000101']);

export const isScore = (observation: ResourceJson): boolean =>
  codesOf(observation['code']).some((code) => SCORE_CODES.has(code));

/** `observations`: of one patient, of any codes. */
export function lastScore(observations: readonly ResourceJson[], now: Instant): ShownScore | undefined {
  const scores = observations
    .filter((one) => isScore(one) && !['entered-in-error', 'cancelled'].includes(textOf(one['status'])))
    .flatMap((one) => {
      const score = typeof one['valueInteger'] === 'number' ? one['valueInteger'] : quantityOf(one);
      const at = instantOf(one['effectiveDateTime']);
      return score === undefined || at === undefined ? [] : [{ score, at, source: `Observation/${one.id ?? ''}` }];
    })
    .toSorted((a, b) => b.at - a.at);
  const [last, before] = scores;
  if (last === undefined) return undefined;
  return {
    ...last,
    ...(before === undefined ? {} : { before: before.score }),
    trend:
      before === undefined ? 'first' : last.score > before.score ? 'up' : last.score < before.score ? 'down' : 'same',
    band: last.score >= 7 ? 'high' : last.score >= 5 ? 'medium' : 'low',
    isOld: now - last.at > OLD_MS,
  };
}
function quantityOf({ valueQuantity }: ResourceJson): number | undefined {
  const value =
    typeof valueQuantity === 'object' && valueQuantity !== null && 'value' in valueQuantity
      ? valueQuantity['value']
      : undefined;
  return typeof value === 'number' ? value : undefined;
}
