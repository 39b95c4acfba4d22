import { expect, test } from 'vitest';
import type { WardPlace } from '../../../core/care/ward/places.ts';
import type { Status } from '../../device/device.ts';
import { meOf } from './use-me.ts';
import { chosenWards } from './use-wards.ts';

const ward = (id: string, beds = 1): WardPlace => ({
  place: `Location/${id}`,
  name: id,
  beds: Array.from({ length: beds }, (_, i) => ({ place: `Location/${id}-${i}`, label: `Bed ${i}`, isClosed: false })),
});
const WARDS = [ward('theatre', 0), ward('a'), ward('b'), ward('c')];
const session = (places: readonly string[]): Status['session'] => ({
  kind: 'open',
  online: true,
  principal: {
    who: 'Practitioner/1',
    name: 'Nurse',
    duties: [{ role: 'nurse', places, supervisor: false }],
    client: 'ward',
    session: 's',
    asOf: 0,
  },
});
const names = (asked: string | null, wards: readonly string[], places: readonly string[]): readonly string[] =>
  chosenWards(WARDS, asked, { session: session(places), wards }).map(({ name }) => name);

test('[WB15] wards that were chosen, else those that are kept, else those of the duties, else the first with beds', () => {
  expect(names('c,b', ['Location/a'], [])).toEqual(['b', 'c']);
  expect(names(null, ['Location/a'], ['Location/b'])).toEqual(['a']);
  expect(names('gone', ['Location/a'], ['Location/b'])).toEqual(['a']);
  expect(names(null, [], ['Location/b'])).toEqual(['b']);
  expect(names(null, [], [])).toEqual(['a']);
});
test('[WB18] a nurse sees the stays of her own ward, a doctor those of the site, and nobody who is out', () => {
  const nurse = meOf({ session: session(['Location/b']) });
  expect([nurse?.sees('Location/b'), nurse?.sees('Location/a')]).toEqual([true, false]);
  expect(meOf({ session: { kind: 'none' } })).toBeUndefined();
});
