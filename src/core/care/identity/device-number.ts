// A temporary number that a device gives by itself, with nobody else asked (CR11, downtime DT25, DT28). Pure, but for the chance it is given.
//
//   WB23  A number of a device begins with T-, ends in a check character and is never given again: its counter is the moment, its lane is
//         drawn for each number, and one that stands in the record here is not drawn again.
import { assert } from '../../base/assert.ts';
import type { Chance, Instant } from '../../base/ports.ts';
import { drawLane, floorOf, identifierOf } from './number-series.ts';
import { isSiteCode, numberText } from './number-text.ts';

/** Where a device does not know whose it is. */
export const NO_SITE = 'DEV';
const DRAWS = 10_000;

export interface DeviceNumber {
  readonly text: string;
  readonly counter: number;
  /** FHIR Identifier. */
  readonly identifier: ReturnType<typeof identifierOf>;
}

/**
 * `count` numbers. Two devices of a site give one twice only where both draw one lane of 32,768 within the same 31 ms; within one device
 * `known` and the list itself keep them apart. `site`: the code on the site's numbers.
 */
export function deviceNumbers(
  count: number,
  site: string | undefined,
  now: Instant,
  chance: Chance,
  known: (text: string) => boolean,
): readonly DeviceNumber[] {
  const code = site !== undefined && isSiteCode(site) ? site : NO_SITE;
  const given = new Map<string, DeviceNumber>();
  const counter = floorOf(now);
  for (let draw = 0; given.size < count; draw++) {
    assert(draw < DRAWS, 'a lane that nobody has is found');
    // Later counters are for numbers whose check character would be mistaken for another.
    const at = counter + Math.floor(draw / 64);
    const text = numberText({ site: code, lane: drawLane(chance), counter: at, temporary: true });
    if (text === undefined || given.has(text) || known(text)) continue;
    given.set(text, { text, counter: at, identifier: identifierOf('temporary', code, text) });
  }
  return [...given.values()];
}
