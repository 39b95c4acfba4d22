import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { EVERYTHING, type RecordStore } from '../record/store.ts';
import type { Change, Outcome, Refused } from './engine.ts';
import { ANYONE, criteria, jsonOf, mrn, named, overMemory, patient, type OverMemory } from './over-memory.test-kit.ts';
import { findReferences, renamingOf, spliced } from './rewrite-references.ts';
import { runTransaction, type TransactionEntry } from './transaction.ts';

const A = 'urn:uuid:11111111-1111-4111-8111-111111111111';
const B = 'urn:uuid:22222222-2222-4222-8222-222222222222';

const create = (text: string, fullUrl?: string): TransactionEntry => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  change: { kind: 'create', type: (JSON.parse(text) as { resourceType: string }).resourceType, text },
});
const entry = (change: Change, fullUrl?: string): TransactionEntry => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  change,
});
const observation = (more: object): string =>
  JSON.stringify({ resourceType: 'Observation', status: 'final', code: { text: 'x' }, ...more });

async function run(over: OverMemory, ...entries: readonly TransactionEntry[]): Promise<readonly Outcome[]> {
  const done = await runTransaction(over.deps, entries, ANYONE);
  if (!done.ok) throw new Error(`refused: ${JSON.stringify(done.error)}`);
  return done.value;
}
async function refused(over: OverMemory, ...entries: readonly TransactionEntry[]): Promise<Refused> {
  const done = await runTransaction(over.deps, entries, ANYONE);
  if (done.ok) throw new Error('not refused');
  return done.error;
}
const nameOf = (outcome: Outcome | undefined): string => `${outcome?.key.type}/${outcome?.key.id}`;

test('[EN18] a fullUrl becomes Type/id in references, uris and links of narratives', async () => {
  const over = overMemory();
  const text = JSON.stringify({
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'x' },
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${A}">her</a> <img src='${A}' alt="x"/> ${A}</div>`,
    },
    contained: [{ resourceType: 'Patient', id: 'c', managingOrganization: { reference: B } }],
    extension: [
      { url: 'http://x.org/e', valueUri: A },
      { url: 'http://x.org/e', valueCanonical: A },
      { url: 'http://x.org/e', valueReference: { reference: A } },
      { url: 'http://x.org/e', valueString: A },
      { url: 'http://x.org/e', valueCode: A },
    ],
    performer: [{ reference: '#c' }],
    subject: { reference: A, identifier: { system: 'urn:ietf:rfc:3986', value: A }, display: A },
    valueString: A,
    note: [{ text: A, authorReference: { reference: B } }],
  });
  const [p, o, made] = await run(
    over,
    create(patient(), A),
    create('{"resourceType":"Organization","name":"x"}', B),
    create(text, 'urn:uuid:33333333-3333-4333-8333-333333333333'),
  );
  const stored = jsonOf(made?.stored);
  const [a, b] = [nameOf(p), nameOf(o)];
  expect(a).toMatch(/^Patient\/.{36}$/);
  expect(stored).toMatchObject({
    text: {
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${a}">her</a> <img src='${a}' alt="x"/> ${A}</div>`,
    },
    contained: [{ managingOrganization: { reference: b } }],
    extension: [
      { valueUri: a },
      { valueCanonical: a },
      { valueReference: { reference: a } },
      { valueString: A },
      { valueCode: A },
    ],
    subject: { reference: a, identifier: { value: A }, display: A },
    valueString: A,
    note: [{ text: A, authorReference: { reference: b } }],
  });
});

test('[EN18] references among the entries go both ways and to what is updated, and a PUT keeps its id', async () => {
  const over = overMemory();
  const [p, o] = await run(
    over,
    entry(
      {
        kind: 'update',
        type: 'Patient',
        id: 'p',
        text: JSON.stringify({
          resourceType: 'Patient',
          id: 'p',
          link: [{ type: 'seealso', other: { reference: B } }],
        }),
      },
      A,
    ),
    create(patient({ link: [{ type: 'seealso', other: { reference: A } }] }), B),
  );
  expect(jsonOf(p?.stored)).toMatchObject({ link: [{ other: { reference: nameOf(o) } }] });
  expect(jsonOf(o?.stored)).toMatchObject({ link: [{ other: { reference: 'Patient/p' } }] });
});

test('[EN18] a patch in a transaction may refer to other entries', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Observation', id: 'o', text: observation({ id: 'o' }) });
  const text = JSON.stringify([{ op: 'add', path: '/subject', value: { reference: A } }]);
  const [patched, made] = await run(
    over,
    entry({ kind: 'patch', type: 'Observation', id: 'o', patch: { form: 'json-patch', text } }),
    create(patient(), A),
  );
  expect(jsonOf(patched?.stored)).toMatchObject({ subject: { reference: nameOf(made) } });
});

test('[EN19] no other byte of a text changes', async () => {
  const over = overMemory();
  const text = (a: string): string =>
    ` {\n"resourceType" : "Observation","id":"keep", "status":"final","code":{"text":"\\u00e9 é \\" urn"} ,"subject" : { "reference" :\t${a} },"valueQuantity":{"value":1.00,"unit":"1.0"}}\n`;
  const [p, o] = await run(
    over,
    create(patient(), A),
    entry({ kind: 'update', type: 'Observation', id: 'keep', text: text(`"${A.replace('-', '\\u002d')}"`) }),
  );
  expect(o?.stored?.text).toBe(text(`"${nameOf(p)}"`));
});

test('[EN19] scanning for references changes nothing where there is none, whatever the text', () => {
  const renaming = renamingOf(
    new Map([
      [A, 'Patient/1'],
      ['http://x.org/Patient/9', 'Patient/9'],
    ]),
  );
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), fc.string({ unit: 'binary' }), (json, noise) => {
      for (const text of [json, noise, `{"reference":${JSON.stringify(noise)}}`, json.slice(0, noise.length)]) {
        const found = findReferences(text, renaming, 'http://x.org/');
        if (found.asked.length === 0)
          expect(spliced(text, found, () => ({ ok: true, value: '' }))).toEqual({ ok: true, value: text });
      }
    }),
    { numRuns: 150 },
  );
});

test('[EN19] a reference anywhere in any text is the only thing that changes', () => {
  const renaming = renamingOf(new Map([[A, 'Patient/1']]));
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 3 }),
      fc.json({ maxDepth: 3 }),
      fc.constantFrom('', ' ', '\n\t'),
      (before, after, space) => {
        const text = (reference: string): string =>
          `{"x":${before},"s":{"reference"${space}:${space}"${reference}"}${space},"y":${after}}`;
        const found = findReferences(text(A), renaming, '');
        expect(spliced(text(A), found, () => ({ ok: true, value: '' }))).toEqual({
          ok: true,
          value: text('Patient/1'),
        });
      },
    ),
  );
});

test('[EN20] a relative reference means the entry with the same base as its own fullUrl', async () => {
  const over = overMemory();
  const there = 'http://there.org/r4';
  const subject = { subject: { reference: 'Patient/1' } };
  const [p, same, other, urn] = await run(
    over,
    create(patient(), `${there}/Patient/1`),
    create(observation(subject), `${there}/Observation/2`),
    create(observation(subject), `http://elsewhere.org/Observation/2`),
    create(observation(subject), B),
  );
  expect(jsonOf(same?.stored)).toMatchObject({ subject: { reference: nameOf(p) } });
  expect(jsonOf(other?.stored)).toMatchObject(subject);
  expect(jsonOf(urn?.stored)).toMatchObject(subject);
});

test('[EN21] a conditional reference becomes the one resource that it finds; none or several refuse', async () => {
  const over = overMemory();
  const kept = await over.do({ kind: 'create', type: 'Patient', text: mrn('1') });
  for (let n = 0; n < 2; n++) await over.do({ kind: 'create', type: 'Patient', text: mrn('2') });
  const about = (reference: string): TransactionEntry => create(observation({ subject: { reference } }));
  const [o] = await run(over, about('Patient?identifier=1'));
  expect(jsonOf(o?.stored)).toMatchObject({ subject: { reference: nameOf(kept) } });
  const before = await over.store.feed(0, 100);
  expect(await refused(over, create(patient()), about('Patient?identifier=2'))).toMatchObject({
    index: 1,
    refusal: { kind: 'many-matches' },
  });
  expect(await refused(over, create(patient()), about('Patient?identifier=3'))).toMatchObject({
    index: 1,
    refusal: { kind: 'invalid' },
  });
  expect(await refused(over, about('Patient?nonsense=3'))).toMatchObject({ index: 0, refusal: { kind: 'invalid' } });
  expect(await over.store.feed(0, 100)).toEqual(before);
});

test('[EN22] an entry whose criteria found a resource writes nothing, and references mean the one found', async () => {
  const over = overMemory();
  const kept = await over.do({ kind: 'create', type: 'Patient', text: mrn('1') });
  const unless = (value: string): Change => ({
    kind: 'create',
    type: 'Patient',
    text: mrn(value),
    unless: criteria(value),
  });
  const [p, o, q] = await run(
    over,
    entry(unless('1'), A),
    create(observation({ subject: { reference: A }, focus: [{ reference: B }] })),
    entry(unless('2'), B),
  );
  expect([p?.did, o?.did, q?.did]).toEqual(['nothing', 'created', 'created']);
  expect(p).toEqual({ ...kept, did: 'nothing', commit: undefined });
  expect(jsonOf(o?.stored)).toMatchObject({ subject: { reference: nameOf(kept) }, focus: [{ reference: nameOf(q) }] });
  const again = await run(over, entry(unless('1'), A), entry(unless('2'), B));
  expect(again.map((each) => each.did)).toEqual(['nothing', 'nothing']);
});

test('[EN22] [EN13] conditional updates and creates that race end in one resource, with whole references', async () => {
  const over = overMemory();
  const all = await Promise.all(
    Array.from({ length: 10 }, () =>
      run(
        over,
        entry({ kind: 'create', type: 'Patient', text: mrn('1'), unless: criteria('1') }, A),
        create(observation({ subject: { reference: A } })),
        entry(
          {
            kind: 'update',
            type: 'Patient',
            where: criteria('2'),
            text: mrn('2', { generalPractitioner: [] }).replace(',"generalPractitioner":[]', ''),
          },
          B,
        ),
        create(observation({ subject: { reference: B } })),
      ),
    ),
  );
  expect(new Set(all.map((outcomes) => nameOf(outcomes[0]))).size).toBe(1);
  expect(new Set(all.map((outcomes) => nameOf(outcomes[2]))).size).toBe(1);
  for (const [p, o, q, r] of all) {
    expect(jsonOf(o?.stored)).toMatchObject({ subject: { reference: nameOf(p) } });
    expect(jsonOf(r?.stored)).toMatchObject({ subject: { reference: nameOf(q) } });
  }
  expect(all.filter((outcomes) => outcomes[0]?.did === 'created')).toHaveLength(1);
});

test('[EN23] deletes come first: criteria do not find what the same transaction deletes, in any order of entries', async () => {
  for (const order of [(list: TransactionEntry[]) => list, (list: TransactionEntry[]) => list.reverse()]) {
    const over = overMemory();
    const old = await over.do({ kind: 'create', type: 'Patient', text: mrn('1') });
    const entries = order([
      entry({ kind: 'delete', type: 'Patient', id: old.key.id }),
      entry({ kind: 'create', type: 'Patient', text: mrn('1'), unless: criteria('1') }, A),
      create(observation({ subject: { reference: A } })),
    ]);
    const outcomes = await run(over, ...entries);
    expect(outcomes.map((each) => each.did).sort()).toEqual(['created', 'created', 'deleted']);
    expect(outcomes.map((each) => each.key.type)).toEqual(entries.map(({ change }) => change.type));
    expect(await over.get(nameOf(old))).toMatchObject({ deleted: true });
  }
});

test('[EN23] outcomes and refusals are in the order of the entries, whatever the order of work', async () => {
  const over = overMemory();
  await over.do({ kind: 'update', type: 'Patient', id: 'd', text: named('d', 'D') });
  const put: TransactionEntry = entry({ kind: 'update', type: 'Patient', id: 'u', text: named('u', 'U') });
  const outcomes = await run(over, put, create(patient()), entry({ kind: 'delete', type: 'Patient', id: 'd' }));
  expect(outcomes.map((each) => [each.key.id.length > 1, each.did])).toEqual([
    [false, 'created'],
    [true, 'created'],
    [false, 'deleted'],
  ]);
  expect(
    (await refused(over, put, create(patient({ gender: 'x' })), entry({ kind: 'delete', type: 'Patient', id: 'x' })))
      .index,
  ).toBe(1);
});

test('[EN24] two entries with one fullUrl, or that write one resource, refuse the transaction', async () => {
  const over = overMemory();
  const put: TransactionEntry = entry({ kind: 'update', type: 'Patient', id: 'u', text: named('u', 'U') });
  expect(await refused(over, create(patient(), A), create(patient(), A))).toMatchObject({
    index: 1,
    refusal: { kind: 'invalid' },
  });
  expect(await refused(over, put, put)).toMatchObject({ index: 1, refusal: { kind: 'invalid' } });
  const made = await over.do({ kind: 'create', type: 'Patient', text: mrn('1') });
  const twice = await refused(
    over,
    entry({ kind: 'update', type: 'Patient', where: criteria('1'), text: mrn('1') }),
    entry({ kind: 'delete', type: 'Patient', id: made.key.id }),
    entry({ kind: 'update', type: 'Patient', id: made.key.id, text: named(made.key.id, 'x') }),
  );
  expect(twice.refusal.kind).toBe('invalid');
  expect(await over.store.feed(0, 10)).toHaveLength(1);
});

test('[EN2] [EN16] a transaction that fails in the store lands nothing', async () => {
  const inner = overMemory();
  const always: RecordStore = Object.assign(Object.create(inner.store) as RecordStore, {
    append: async () => ({ ok: false, error: { kind: 'too-large', bytes: 2, limit: 1 } }),
  });
  const over = overMemory({ store: always });
  expect((await refused(over, create(patient()))).refusal.kind).toBe('too-large');
  expect(
    (
      await inner.store.search(
        { types: ['Patient'], where: [], sort: [], count: 1, total: 'none', include: [] },
        EVERYTHING,
        { includes: 0, ms: 1000 },
      )
    ).ok,
  ).toBe(true);
  expect(await inner.store.feed(0, 1)).toEqual([]);
});

test('an empty transaction is done at once', async () => {
  const over = overMemory();
  expect(await run(over)).toEqual([]);
});
