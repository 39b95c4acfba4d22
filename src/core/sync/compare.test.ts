import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pureDigest as digest } from '../base/sha256.ts';
import { isTold, openParts, partOf, partsOf, type Part } from './compare.ts';

const under = (names: readonly string[], prefix: string): string[] => names.filter((name) => name.startsWith(prefix));

/** What the asker finds, and how many parts it asked about. */
function compare(
  ours: readonly string[],
  theirs: readonly string[],
): { missing: string[]; surplus: string[]; asked: number } {
  const found = { missing: [] as string[], surplus: [] as string[], asked: 0 };
  const weigh = (names: readonly string[], prefix: string): Part => partOf(digest, prefix, under(names, prefix));
  const open: Part[] = [partOf(digest, '', ours)];
  for (let asked = open.pop(); asked !== undefined; asked = open.pop()) {
    found.asked += 1;
    const { prefix } = asked;
    const answering = weigh(theirs, prefix);
    if (openParts([asked], [answering]).length === 0) continue;
    if (isTold(asked, answering)) {
      const told = under(theirs, prefix);
      found.missing.push(...told.filter((name) => !ours.includes(name)));
      found.surplus.push(...under(ours, prefix).filter((name) => !told.includes(name)));
      continue;
    }
    const smaller = partsOf(prefix);
    open.push(
      ...openParts(
        smaller.map((each) => weigh(theirs, each)),
        smaller.map((each) => weigh(ours, each)),
      ),
    );
  }
  return { missing: found.missing.sort(), surplus: found.surplus.sort(), asked: found.asked };
}
const namesFrom = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => digest.sha256(`${first + i}`)).sort();

test('[SY14] any two sets are told apart exactly', () => {
  const set = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 300 });
  fc.assert(
    fc.property(set, set, (a, b) => {
      const ours = a.map((n) => digest.sha256(`${n}`)).sort();
      const theirs = b.map((n) => digest.sha256(`${n}`)).sort();
      const { missing, surplus } = compare(ours, theirs);
      expect(missing).toEqual(theirs.filter((name) => !ours.includes(name)));
      expect(surplus).toEqual(ours.filter((name) => !theirs.includes(name)));
    }),
    { numRuns: 60 },
  );
});
test('[SY14] equal sets cost one part, and one difference among thousands a few dozen', () => {
  const many = namesFrom(0, 5000);
  expect(compare(many, many)).toEqual({ missing: [], surplus: [], asked: 1 });
  const [first, ...rest] = many;
  const found = compare(rest, many);
  expect(found.missing).toEqual([first]);
  expect(found.surplus).toEqual([]);
  expect(found.asked).toBeLessThan(100);
});
