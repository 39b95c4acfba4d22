// Whether doses may have been given on paper that are not entered yet (CR9). Pure.
//
//   WB14  While a downtime is declared, and for 4 hours after its end, an overdue dose on the board reads “unknown: check paper”, never nothing.
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { isDowntimeFlag } from '../downtime/declared-downtime.ts';
import { at } from '../merge/clinical-words.ts';
import { instantOf } from './stays.ts';

/** CR9: the hold ends after 4 hours. */
export const HOLD_MS = 4 * 3_600_000;

/** `flags`: of declared downtimes, ended ones too; `isDeclared`: what this device was told. */
export const isReconciling = (flags: readonly ResourceJson[], isDeclared: boolean, now: Instant): boolean =>
  isDeclared ||
  flags.filter(isDowntimeFlag).some((flag) => {
    if (flag['status'] === 'active') return true;
    const end = instantOf(at(flag['period'], 'end'));
    return flag['status'] === 'inactive' && end !== undefined && now - end < HOLD_MS;
  });
