// The laws of merging, over generated bodies, for every row of the table. fast-check prints the seed of a failure.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { sha256 } from '../../base/sha256.ts';
import { families, read, SHAPES, type Family } from './bodies.test-kit.ts';
import { isObject, isResuscitation, limitsResuscitation, deniesAllergy, isList } from './clinical-words.ts';
import { canonOf, listOf, unitsOf, type Unit } from './elements.ts';
import { isAllergyPresent, isGiven, isOnMar, isStopped, leads } from './leads.ts';
import { mergeHeads } from './merge-heads.ts';
import type { Merged, MergeHead } from './merged.ts';
import { policyOf, POLICY_TABLE, RESUSCITATION_ROW } from './policies.ts';

const ROWS = Object.keys(SHAPES);
const RUNS = { numRuns: 30 };
const merge = ({ shape, base, heads }: Family, known = true): Merged =>
  mergeHeads(shape.type, heads, known ? [base] : []);
const bodiesOf = (heads: readonly MergeHead[]): readonly JsonObject[] =>
  heads.flatMap(({ text }) => (text === undefined ? [] : [read(text)]));
const contentOf = (text: string): string => {
  const { text: _, ...body } = read(text);
  return canonOf(body);
};
const every = (name: string, law: (row: string) => void): void => {
  for (const row of ROWS) test(`${name}: ${row}`, () => law(row));
};

test('every row of the table is played', () => {
  expect([...ROWS].sort()).toEqual([...POLICY_TABLE, RESUSCITATION_ROW].map(({ name }) => name).sort());
  for (const [row, { type }] of Object.entries(SHAPES))
    expect(row === 'resuscitation' ? row : policyOf(type)?.name).toBe(row);
});

every('[MG9] commutative and idempotent: order and repetition of heads change nothing', (row) => {
  fc.assert(
    fc.property(families(row, 1, { gone: true }), fc.boolean(), fc.nat(), (family, known, turn) => {
      const { heads } = family;
      const turned = [...heads.slice(turn % heads.length), ...heads.slice(0, turn % heads.length)].reverse();
      const one = merge(family, known);
      expect(merge({ ...family, heads: turned }, known)).toEqual(one);
      expect(merge({ ...family, heads: [...turned, ...heads] }, known)).toEqual(one);
      // A head alone, or beside its like, is clean and as it was written.
      const [only] = heads;
      if (only?.text === undefined) return;
      const alone = merge({ ...family, heads: [only] }, known);
      expect(alone).toMatchObject({ state: 'clean', displayed: only.hash, text: only.text });
      const twin = { ...only, hash: sha256('twin') };
      expect(merge({ ...family, heads: [only, twin] }, known)).toMatchObject({
        state: 'clean',
        text: only.text,
        fields: [],
        notes: [],
      });
    }),
    RUNS,
  );
});

every('[MG9] a head from which another descends changes nothing', (row) => {
  fc.assert(
    fc.property(families(row, 1, { gone: true }), (family) => {
      const { shape, base, heads } = family;
      const one = merge(family);
      expect(mergeHeads(shape.type, [base, ...heads], [base])).toEqual(one);
      const stale: MergeHead = { ...base, hash: sha256('stale'), generation: 1 };
      const [first, ...others] = heads;
      if (first === undefined) return;
      const after = [{ ...first, parents: [base.hash, stale.hash] }, ...others];
      expect(mergeHeads(shape.type, [...after, stale], [base])).toEqual(mergeHeads(shape.type, after, [base]));
    }),
    RUNS,
  );
});

every('[MG9] associative: what merges without a question merges the same in any grouping', (row) => {
  let grouped = 0;
  fc.assert(
    fc.property(families(row, 3), (family) => {
      const { shape, base, heads } = family;
      const all = merge(family);
      if (all.fields.length > 0) return;
      grouped++;
      for (let cut = 1; cut < heads.length; cut++) {
        const part = mergeHeads(shape.type, heads.slice(0, cut), [base]);
        const joined: MergeHead = { hash: sha256(`joined ${cut}`), generation: 3, hlc: '0009', text: part.text };
        const rest = heads.slice(cut);
        const again = mergeHeads(shape.type, [joined, ...rest], [base]);
        expect(again.fields).toEqual([]);
        expect(contentOf(again.text)).toBe(contentOf(all.text));
        // What is merged in already adds nothing.
        const absorbed = mergeHeads(shape.type, [joined, ...heads.slice(0, cut)], [base]);
        expect(contentOf(absorbed.text)).toBe(contentOf(part.text));
      }
    }),
    RUNS,
  );
  expect(grouped).toBeGreaterThan(0);
});

every('[MG9] many heads are in conflict exactly where two of them are', (row) => {
  fc.assert(
    fc.property(families(row, 3), (family) => {
      const { shape, base, heads } = family;
      const pairs = heads.flatMap((a, i) =>
        heads.slice(i + 1).flatMap((b) => mergeHeads(shape.type, [a, b], [base]).fields),
      );
      const paths = (fields: Merged['fields']): readonly string[] =>
        [...new Set(fields.map(({ path }) => path))].sort();
      expect(paths(merge(family).fields)).toEqual(paths(pairs));
    }),
    RUNS,
  );
});

const leaves = (value: JsonValue | undefined): readonly string[] => {
  if (isList(value)) return value.flatMap(leaves);
  if (isObject(value) && value['linkId'] !== undefined) {
    const { item, ...shell } = value;
    return [canonOf(shell), ...leaves(item)];
  }
  return [canonOf(value)];
};
/** What must have been written by somebody as it stands: the items of lists, everything else whole. */
const atoms = (element: string, unit: Unit): readonly string[] => {
  if (element === 'meta') {
    const meta = unit.members['meta'];
    return isObject(meta)
      ? Object.entries(meta).flatMap(([name, value]) => leaves(value).map((leaf) => `${name} ${leaf}`))
      : [];
  }
  const list = listOf(element, unit);
  return list === undefined ? [unit.canon] : list.flatMap((item) => leaves(item));
};

every('[MG10] [MG3] [MG4] nothing is shown that nobody wrote', (row) => {
  fc.assert(
    fc.property(families(row, 2, { gone: true }), fc.boolean(), (family, known) => {
      const { shape, heads } = family;
      const shown = merge(family, known);
      if (shown.deleted) return;
      const written = bodiesOf(heads).map((body) => unitsOf(shape.type, body));
      for (const [element, unit] of unitsOf(shape.type, read(shown.text))) {
        const said = new Set(
          written.flatMap((units) => atoms(element, units.get(element) ?? { members: {}, canon: '' })),
        );
        for (const atom of atoms(element, unit)) expect(said.has(atom), `${element}: ${atom}`).toBe(true);
      }
      expect(heads.map(({ hash }) => hash)).toContain(shown.displayed);
      if (!shown.composed) expect(heads.find(({ hash }) => hash === shown.displayed)?.text).toBe(shown.text);
      const isCpr = [family.base, ...heads].some(({ text }) => text !== undefined && isResuscitation(read(text)));
      const policy = isCpr ? RESUSCITATION_ROW : policyOf(shape.type);
      if (shown.conflict && policy?.exact === true) expect(shown.composed).toBe(false);
    }),
    RUNS,
  );
});

every('[MG10] nothing is lost unsaid: what a head changed is shown, or stands in a field, or beside', (row) => {
  fc.assert(
    fc.property(families(row, 2), (family) => {
      const { shape, base, heads } = family;
      const shown = merge(family);
      const before = unitsOf(shape.type, read(base.text ?? ''));
      const after = unitsOf(shape.type, read(shown.text));
      const fields = new Set(shown.fields.map(({ path }) => path));
      for (const head of heads) {
        if (head.hash === shown.displayed && !shown.composed) continue;
        for (const [element, unit] of unitsOf(shape.type, read(head.text ?? ''))) {
          if (
            ['text', 'meta'].includes(element) ||
            unit.canon === before.get(element)?.canon ||
            fields.has(`${shape.type}.${element}`)
          )
            continue;
          if (shown.beside.includes(head.hash)) continue;
          const seen = after.get(element);
          if (element === 'status' && seen !== undefined) continue;
          const now = new Set(seen === undefined ? [] : atoms(element, seen));
          const known = before.get(element);
          const old = new Set(known === undefined ? [] : atoms(element, known));
          for (const atom of atoms(element, unit))
            expect(now.has(atom) || old.has(atom), `${element}: ${atom}`).toBe(true);
        }
      }
      if (shown.conflict) {
        expect(new Set([shown.displayed, ...shown.beside]).size).toBe(heads.length);
        for (const field of shown.fields) expect(field.sides.length).toBeGreaterThan(1);
      }
    }),
    RUNS,
  );
});

every('[MG11] without an ancestor every difference but additions is in conflict', (row) => {
  fc.assert(
    fc.property(families(row, 2), (family) => {
      const blind = merge(family, false);
      const seeing = merge(family, true);
      const paths = new Set(blind.fields.map(({ path }) => path));
      const [one] = policyOf(family.shape.type)?.settles ?? [];
      for (const { path } of seeing.fields) {
        // A settled status over changed content shows there as the difference of both.
        if (one !== undefined && path.endsWith('tatus')) continue;
        if (path.endsWith('.location') || path.endsWith('.emptyReason')) continue;
        expect(paths.has(path), path).toBe(true);
      }
      if (seeing.conflict) expect(blind.conflict).toBe(true);
    }),
    RUNS,
  );
});

every('[MG19] a deletion beside an update never hides it', (row) => {
  fc.assert(
    fc.property(families(row, 1), fc.boolean(), (family, late) => {
      const tombstone: MergeHead = {
        hash: sha256('gone'),
        generation: late ? 9 : 2,
        hlc: late ? '0009' : '0001',
        text: undefined,
      };
      const shown = merge({ ...family, heads: [...family.heads, tombstone] });
      expect(shown.deleted).toBe(false);
      expect(shown.text).not.toBe('');
      const field = shown.fields.find(({ path }) => path === family.shape.type);
      expect(field?.sides.find(({ head }) => head === tombstone.hash)?.deleted).toBe(true);
      expect(shown.notes.some(({ kind }) => kind === 'deleted-elsewhere')).toBe(true);
      expect(shown.state).toBe(shown.severity === 'S3' ? 'merged' : 'conflict');
    }),
    RUNS,
  );
});

every(
  '[MG26] CR2, CR3: labels and disputed authority never change what is shown of a clinical fact, labels of all sides stay',
  (row) => {
    const labels = (of: JsonObject): readonly string[] => {
      const meta = of['meta'];
      const security = isObject(meta) ? meta['security'] : undefined;
      return isList(security) ? security.map(canonOf) : [];
    };
    fc.assert(
      fc.property(families(row, 2), fc.nat(3), (family, which) => {
        const shown = merge(family);
        if (shown.composed) {
          const all = bodiesOf(family.heads).flatMap(labels);
          for (const label of all) expect(labels(read(shown.text))).toContain(label);
        }
        if (policyOf(family.shape.type)?.authority === true || row === 'task') return;
        const heads = family.heads.map((head, i) => ({ ...head, decides: i === which }));
        expect(merge({ ...family, heads })).toEqual(shown);
      }),
      RUNS,
    );
  },
);

test('[MG20] CR1, CR13: an allergy is present if any head says so, and "no known allergies" never beats a specific one', () => {
  let present = 0;
  fc.assert(
    fc.property(families('allergy', 2, { gone: true }), fc.boolean(), (family, known) => {
      const bodies = bodiesOf(family.heads);
      const shown = merge(family, known);
      // Also an allergy that is past or refuted is not hidden behind a denial.
      if (bodies.some((body) => !deniesAllergy(body))) expect(deniesAllergy(read(shown.text))).toBe(false);
      if (!bodies.some(isAllergyPresent)) return;
      present++;
      expect(isAllergyPresent(read(shown.text))).toBe(true);
      if (!bodies.every(isAllergyPresent)) {
        expect(shown).toMatchObject({ state: 'conflict', severity: 'S1' });
        expect(shown.notes.map(({ kind }) => kind)).toContain('allergy-stands');
      }
      // Every reaction that anybody wrote is there.
      const reactions = (body: JsonObject): readonly string[] =>
        isList(body['reaction']) ? body['reaction'].map(canonOf) : [];
      for (const reaction of bodies.flatMap(reactions)) expect(reactions(read(shown.text))).toContain(reaction);
    }),
    { numRuns: 200 },
  );
  expect(present).toBeGreaterThan(30);
});

test('[MG21] CR8: a stop, hold, cancel or deletion in conflict leaves the line, as "stop disputed: call prescriber", with S1', () => {
  let disputed = 0;
  fc.assert(
    fc.property(families('prescription', 2, { gone: true }), fc.boolean(), (family, known) => {
      const bodies = bodiesOf(family.heads);
      const gone = family.heads.some(({ text }) => text === undefined);
      const shown = merge(family, known);
      if (!bodies.some(isOnMar)) return;
      expect(isOnMar(read(shown.text))).toBe(true);
      if (!bodies.some(isStopped) && !gone) return;
      disputed++;
      expect(shown).toMatchObject({ state: 'conflict', severity: 'S1', composed: false });
      expect(shown.notes.find(({ kind }) => kind === 'stop-disputed')?.text).toBe('stop disputed: call prescriber');
      expect(new Set([shown.displayed, ...shown.beside]).size).toBe(family.heads.length);
    }),
    { numRuns: 200 },
  );
  expect(disputed).toBeGreaterThan(15);
});

test('[MG21] orders that differ in drug, dose or status are one of them as written, both beside each other, with S1', () => {
  fc.assert(
    fc.property(families('prescription', 2), fc.boolean(), (family, known) => {
      const units = bodiesOf(family.heads).map((body) => unitsOf('MedicationRequest', body));
      const differ = (element: string): boolean => new Set(units.map((of) => of.get(element)?.canon)).size > 1;
      if (!['status', 'medication', 'dosageInstruction'].some(differ)) return;
      const shown = merge(family, known);
      expect(shown).toMatchObject({ state: 'conflict', severity: 'S1', composed: false });
      if (differ('medication') || differ('dosageInstruction')) {
        expect(shown.notes.map(({ kind }) => kind)).toContain('conflicting-orders');
      }
    }),
    { numRuns: 200 },
  );
});

test('[MG22] CR5: whatever differs about resuscitation is disputed in the words of the ruling, with all entries beside it', () => {
  let disputed = 0;
  fc.assert(
    fc.property(families('resuscitation', 2, { gone: true }), fc.boolean(), (family, known) => {
      const bodies = bodiesOf(family.heads);
      if (bodies.length === 0 || !bodies.some(isResuscitation)) return;
      const differs =
        bodies.length < family.heads.length ||
        new Set(bodies.map((body) => `${canonOf(body['status'])}${canonOf(body['code'])}`)).size > 1;
      const shown = merge(family, known);
      if (family.heads.length > 1 && differs) {
        disputed++;
        expect(shown).toMatchObject({ state: 'conflict', severity: 'S1', composed: false });
        const note = shown.notes.find(({ kind }) => kind === 'resuscitation-disputed');
        expect(note?.text).toBe('Disputed: attempt CPR unless a valid signed DNACPR is in hand');
        expect(new Set([shown.displayed, ...shown.beside]).size).toBe(family.heads.length);
      }
      if (bodies.some((body) => !limitsResuscitation(body))) expect(limitsResuscitation(read(shown.text))).toBe(false);
    }),
    { numRuns: 200 },
  );
  expect(disputed).toBeGreaterThan(15);
});

test('[MG23] CR6: a dose that any head says was given is shown as given, and no head of it is left out', () => {
  fc.assert(
    fc.property(families('administration', 2, { gone: true }), fc.boolean(), (family, known) => {
      const bodies = bodiesOf(family.heads);
      if (!bodies.some(isGiven)) return;
      const shown = merge(family, known);
      expect(isGiven(read(shown.text))).toBe(true);
      if (shown.conflict) expect(new Set([shown.displayed, ...shown.beside]).size).toBe(family.heads.length);
      const times = new Set(bodies.filter(isGiven).map((body) => canonOf(body['effectiveDateTime'])));
      if (times.size > 1) expect(shown.notes.map(({ kind }) => kind)).toContain('perhaps-two-doses');
    }),
    { numRuns: 200 },
  );
});

test('[MG24] what is active on any side is shown active while people must decide', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('alert', 'problem').chain((row) => families(row, 2)),
      (family) => {
        const shown = merge(family);
        const activity = (body: JsonObject): number => leads.active(body)[0] ?? 0;
        if (shown.conflict) expect(activity(read(shown.text))).toBe(Math.max(...bodiesOf(family.heads).map(activity)));
      },
    ),
    { numRuns: 200 },
  );
});

test('[MG25] of consents that differ the most protective is shown, as written, with S1', () => {
  fc.assert(
    fc.property(families('consent', 2), (family) => {
      const bodies = bodiesOf(family.heads);
      const shown = merge(family);
      const ranks = (body: JsonObject): readonly number[] => leads.consent(body);
      const highest = bodies.map((body) => ranks(body)[0] ?? 0).reduce((a, b) => Math.max(a, b), 0);
      expect(ranks(read(shown.text))[0]).toBe(highest);
      const differs = new Set(bodies.map((body) => canonOf(body['provision']) + canonOf(body['status']))).size > 1;
      if (differs) expect(shown).toMatchObject({ state: 'conflict', severity: 'S1', composed: false });
    }),
    { numRuns: 200 },
  );
});
