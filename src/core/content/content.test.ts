import { createHash, generateKeyPairSync, sign, verify, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../base/json-types.ts';
import { ok } from '../base/result.ts';
import { readDrugRules, DRUG_RULES_ARITY, DRUG_RULES_SCHEMA } from '../care/medication/read-drug-rules.ts';
import { runRuleTests } from '../care/medication/test-rules.ts';
import type { DrugRules } from '../care/medication/drug-rules.ts';
import { ORDER_SETS_ARITY, ORDER_SETS_SCHEMA, readOrderSets } from '../care/medication/order-sets.ts';
import {
  openPackage,
  readPackageFile,
  TESTS_SCHEMA,
  type ContentCrypto,
  type ContentEngine,
  type ContentPackage,
} from './content-package.ts';
import {
  activate,
  beginStart,
  cameUp,
  EMPTY_SHELF,
  halt,
  resume,
  rollBack,
  stage,
  type Shelf,
} from './content-shelf.ts';
import { changeContent, startContent, type ContentDeps } from './load-content.ts';
import { PINNED_PUBLISHERS } from './pinned-publishers.ts';

const spki = (hex: string): Buffer =>
  Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(hex, 'hex')]);
const crypto: ContentCrypto = {
  sha256: async (text) => createHash('sha256').update(text).digest('hex'),
  verify: async (key, signature, text) =>
    verify(
      null,
      Buffer.from(text),
      createPublicKey({ key: spki(key), format: 'der', type: 'spki' }),
      Buffer.from(signature, 'hex'),
    ),
};
const engine: ContentEngine = {
  kinds: [
    {
      schema: DRUG_RULES_SCHEMA,
      arity: DRUG_RULES_ARITY,
      read: (json) => {
        const rules = readDrugRules(json);
        return rules.ok
          ? ok({ content: rules.value, skipped: rules.value.skipped })
          : { ok: false, error: rules.error.kind };
      },
    },
    { schema: ORDER_SETS_SCHEMA, arity: ORDER_SETS_ARITY, read: readOrderSets },
  ],
  runTests: (parts, tests) => {
    const rules = parts.get(DRUG_RULES_SCHEMA) as DrugRules | undefined;
    return rules === undefined ? { ran: 0, failed: [], notCovered: ['drug-rules'] } : runRuleTests(rules, tests);
  },
};

const FOLDER = 'content/demo-formulary';
const NAMES = ['drug-rules.json', 'order-sets.json', 'self-tests.json'];
const demo: ContentPackage = {
  manifest: readFileSync(`${FOLDER}/manifest.json`, 'utf8'),
  signature: (JSON.parse(readFileSync(`${FOLDER}/signature.json`, 'utf8')) as { signature: string }).signature,
  parts: Object.fromEntries(NAMES.map((name) => [name, readFileSync(`${FOLDER}/${name}`, 'utf8')])),
};

// A publisher of our own, for packages that the tests make.
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const OURS = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
interface Change {
  readonly version?: number;
  readonly parts?: Readonly<Record<string, string>>;
  readonly arity?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly schema?: Readonly<Record<string, string>>;
  readonly id?: string;
}
function made({
  version = 1,
  parts = {},
  arity = {},
  schema = {},
  id = 'demo-formulary',
}: Change = {}): ContentPackage {
  const texts: Record<string, string> = { ...(demo.parts as Record<string, string>), ...parts };
  const base = JSON.parse(demo.manifest) as { parts: { name: string; schema: string; arity: object }[] };
  const manifest = JSON.stringify({
    ...base,
    id,
    version,
    label: `made ${version}`,
    publisher: OURS,
    parts: base.parts.map((part) => ({
      ...part,
      schema: schema[part.name] ?? part.schema,
      arity: arity[part.name] ?? part.arity,
      sha256: createHash('sha256')
        .update(texts[part.name] ?? '')
        .digest('hex'),
    })),
  });
  return { manifest, signature: sign(null, Buffer.from(manifest), privateKey).toString('hex'), parts: texts };
}
const open = (given: ContentPackage): ReturnType<typeof openPackage> => openPackage(given, [OURS], crypto, engine);
const kindOf = async (given: ContentPackage): Promise<string> => {
  const opened = await open(given);
  return opened.ok ? 'open' : opened.error.kind;
};
const edited = (change: (rules: Record<string, JsonValue[]>) => void): string => {
  const rules = JSON.parse(demo.parts['drug-rules.json'] ?? '') as Record<string, JsonValue[]>;
  change(rules);
  return JSON.stringify(rules);
};

describe('a package', () => {
  test('[CT1] the demonstration package opens by its pinned key: about 90 medicines, none skipped, not for care', async () => {
    const opened = await openPackage(demo, PINNED_PUBLISHERS, crypto, engine);
    expect(opened.ok ? '' : JSON.stringify(opened.error)).toBe('');
    if (!opened.ok) return;
    const rules = opened.value.parts.get(DRUG_RULES_SCHEMA) as DrugRules;
    expect(rules.medicines.length).toBeGreaterThanOrEqual(80);
    expect(opened.value.skipped).toEqual([]);
    expect(opened.value.testsRun).toBeGreaterThanOrEqual(20);
    expect(opened.value.manifest.purpose).toBe('demonstration');
  });
  test('[CT1] another publisher, a broken signature, a changed byte and a missing part are refused', async () => {
    expect(await kindOf(demo)).toBe('unknown-publisher');
    const good = made();
    expect(await kindOf(good)).toBe('open');
    expect(await kindOf({ ...good, signature: demo.signature })).toBe('bad-signature');
    expect(await kindOf({ ...good, manifest: good.manifest.replace('made 1', 'made 2') })).toBe('bad-signature');
    const changed = { ...good.parts, 'drug-rules.json': `${good.parts['drug-rules.json'] ?? ''} ` };
    expect(await kindOf({ ...good, parts: changed })).toBe('wrong-hash');
    expect(await kindOf({ ...good, parts: {} })).toBe('wrong-hash');
    expect(await kindOf({ ...good, manifest: '{}' })).toBe('not-a-package');
  });
  test('[CT2] a part of another schema or arity is refused: 20 elements for an engine of 19', async () => {
    const arity = { 'drug-rules.json': { ...DRUG_RULES_ARITY, medicine: 20 } };
    expect(await kindOf(made({ arity }))).toBe('wrong-arity');
    expect(await kindOf(made({ arity: { 'drug-rules.json': {} } }))).toBe('wrong-arity');
    expect(await kindOf(made({ schema: { 'drug-rules.json': 'drug-rules/2' } }))).toBe('unknown-schema');
    // And where the manifest lies, the reader finds the element that it does not know.
    const parts = {
      'drug-rules.json': edited((rules) =>
        rules['medicines']?.forEach((one) => Object.assign(one as object, { more: 1 })),
      ),
    };
    expect(await kindOf(made({ parts }))).toBe('unreadable');
  });
  test('[CT3] the tests of the package run here first: one that fails, none at all, or a kind of finding without one is refused', async () => {
    const quiet = edited((rules) => {
      rules['allergens'] = [];
    });
    expect(await kindOf(made({ parts: { 'drug-rules.json': quiet } }))).toBe('tests-failed');
    expect(await kindOf(made({ parts: { 'self-tests.json': '{"tests":[]}' } }))).toBe('no-tests');
    const tests = JSON.parse(demo.parts['self-tests.json'] ?? '') as { tests: { expect: string[] }[] };
    const few = tests.tests.filter((one) => !one.expect.some((kind) => kind.startsWith('kidneys')));
    const opened = await open(made({ parts: { 'self-tests.json': JSON.stringify({ tests: few }) } }));
    expect(opened).toEqual({ ok: false, error: { kind: 'no-tests', missing: ['kidneys'] } });
    expect(await kindOf(made({ schema: { 'self-tests.json': `${TESTS_SCHEMA}x` } }))).toBe('unknown-schema');
  });
  test('[CT4] a bad rule is skipped and named, and the others stand; too many of them, and the part is refused', async () => {
    const one = edited((rules) => Object.assign(rules['medicines']?.[0] as object, { highAlert: 'yes' }));
    const rules = readDrugRules(JSON.parse(one) as JsonValue);
    expect(rules.ok && rules.value.skipped).toEqual(['medicines/0 paracetamol: highAlert']);
    const bounds = edited((all) =>
      Object.assign(((all['medicines'] ?? [])[40] as { doses: object[] }).doses[0] as object, { singleMax: -1 }),
    );
    expect(readDrugRules(JSON.parse(bounds) as JsonValue)).toMatchObject({
      ok: true,
      value: { skipped: [expect.stringContaining('singleMax')] },
    });
    const twice = edited((all) => all['medicines']?.push(all['medicines']?.[0] ?? null));
    const doubled = readDrugRules(JSON.parse(twice) as JsonValue);
    expect(doubled.ok && doubled.value.medicines.some(({ key }) => key === 'paracetamol')).toBe(false);
    const many = edited((all) => all['medicines']?.forEach((m) => Object.assign(m as object, { unit: 'cups' })));
    expect(readDrugRules(JSON.parse(many) as JsonValue).ok).toBe(false);
  });
  test('[CT4] no input crashes the readers: values of every kind in every place', () => {
    const source = JSON.parse(demo.parts['drug-rules.json'] ?? '') as Record<string, JsonValue[]>;
    fc.assert(
      fc.property(
        fc.constantFrom('medicines', 'allergens', 'interactions', 'duplicates'),
        fc.nat(),
        fc.nat(),
        fc.jsonValue(),
        (list, which, field, value) => {
          const items = source[list] ?? [];
          const item = items[which % items.length] as Record<string, JsonValue>;
          const names = Object.keys(item);
          const spoiled = { ...item, [names[field % names.length] ?? 'x']: value as JsonValue };
          const rules = readDrugRules({ ...source, [list]: [...items.slice(0, 3), spoiled] } as JsonValue);
          expect(typeof rules.ok).toBe('boolean');
        },
      ),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typeof readDrugRules(value as JsonValue).ok).toBe('boolean');
        expect(typeof readOrderSets(value as JsonValue).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
  test('[CT1] a package travels as one file; what is none is told from it', () => {
    expect(readPackageFile(JSON.stringify(demo))).toEqual(demo);
    for (const text of ['', '{}', '[]', '{"manifest":1,"signature":"","parts":{}}'])
      expect(readPackageFile(text)).toBeUndefined();
  });
});

const doing = { at: 1, by: 'Practitioner/1', why: 'a try' };
const staged = async (shelf: Shelf, given: ContentPackage): Promise<ReturnType<typeof stage>> => {
  const opened = await open(given);
  if (!opened.ok) throw new Error(opened.error.kind);
  return stage(shelf, given, opened.value.manifest, doing);
};
const good = <T>(result: { readonly ok: boolean; readonly value?: T }): T => {
  if (!result.ok || result.value === undefined) throw new Error('refused');
  return result.value;
};

describe('the shelf', () => {
  test('[CT5] staged, active, and back to the one before, which is kept whole', async () => {
    const one = good(activate(good(await staged(EMPTY_SHELF, made({ version: 1 }))), doing));
    const two = good(activate(good(await staged(one, made({ version: 2 }))), doing));
    expect([two.active?.version, two.previous?.version, two.staged]).toEqual([2, 1, undefined]);
    const back = good(rollBack(two, doing));
    expect([back.active?.version, back.previous, back.active?.given]).toEqual([1, undefined, one.active?.given]);
    expect(rollBack(back, doing)).toEqual({ ok: false, error: 'nothing-before' });
    expect(back.steps.map(({ what }) => what)).toEqual(['staged', 'activated', 'staged', 'activated', 'rolled-back']);
  });
  test('[CT6] nothing older, nothing of another name, and nothing that was set aside is staged', async () => {
    const two = good(activate(good(await staged(EMPTY_SHELF, made({ version: 2 }))), doing));
    expect(await staged(two, made({ version: 2 }))).toEqual({ ok: false, error: 'not-newer' });
    expect(await staged(two, made({ version: 1 }))).toEqual({ ok: false, error: 'not-newer' });
    expect(await staged(two, made({ version: 9, id: 'other' }))).toEqual({ ok: false, error: 'other-package' });
    const three = good(activate(good(await staged(two, made({ version: 3 }))), doing));
    const back = good(rollBack(three, doing));
    expect(await staged(back, made({ version: 3 }))).toEqual({ ok: false, error: 'set-aside' });
    expect((await staged(back, made({ version: 4 }))).ok).toBe(true);
  });
  test('[CT7] halted until a person lets it run; rolling back ends a halt', async () => {
    expect(halt(EMPTY_SHELF, doing)).toEqual({ ok: false, error: 'nothing-active' });
    const one = good(activate(good(await staged(EMPTY_SHELF, made({ version: 1 }))), doing));
    const stopped = good(halt(one, doing));
    expect(stopped.halted).toBe(true);
    expect(good(resume(stopped, doing)).halted).toBe(false);
    const two = good(activate(good(await staged(stopped, made({ version: 2 }))), doing));
    expect(two.halted).toBe(true);
    expect(good(rollBack(two, doing)).halted).toBe(false);
  });
  test('[CT8] content that was begun twice and never came up is rolled back at the third start; alone, it is halted', async () => {
    const one = good(activate(good(await staged(EMPTY_SHELF, made({ version: 1 }))), doing));
    const two = good(activate(good(await staged(one, made({ version: 2 }))), doing));
    const third = beginStart(beginStart(beginStart(two, 2), 3), 4);
    expect([third.active?.version, third.steps.at(-1)?.what, third.steps.at(-1)?.by]).toEqual([
      1,
      'rolled-back-by-itself',
      '',
    ]);
    expect(beginStart(beginStart(cameUp(beginStart(two, 2)), 3), 4).active?.version).toBe(2);
    expect(beginStart(beginStart(beginStart(one, 2), 3), 4)).toMatchObject({ halted: true, active: { version: 1 } });
  });
});

function device(bundled: ContentPackage | undefined, shelf?: Shelf): ContentDeps & { kept: () => Shelf | undefined } {
  let kept = shelf;
  return {
    keeper: {
      read: async () => kept,
      write: async (next) => {
        kept = next;
      },
    },
    crypto,
    engine,
    pins: [OURS],
    clock: { now: () => 7 },
    bundled: async () => bundled,
    kept: () => kept,
  };
}

describe('a device', () => {
  test('[CT9] at every start what is in force is opened again: a byte that changed on the shelf is found', async () => {
    const first = device(made({ version: 1 }));
    expect((await startContent(first)).state).toBe('active');
    const shelf = first.kept();
    const active = shelf?.active;
    if (shelf === undefined || active === undefined) throw new Error('nothing kept');
    const spoiled = {
      ...active,
      given: { ...active.given, parts: { ...active.given.parts, 'drug-rules.json': '{}' } },
    };
    const again = await startContent(device(undefined, { ...shelf, active: spoiled }));
    expect(again).toMatchObject({ state: 'none', refusal: { kind: 'wrong-hash' } });
  });
  test('[CT10] what does not open gives way to what was in force before, without a network', async () => {
    const first = device(made({ version: 1 }));
    await startContent(first);
    expect((await changeContent({ kind: 'bring', given: made({ version: 2 }) }, doing, first)).ok).toBe(true);
    expect(await changeContent({ kind: 'activate' }, doing, first)).toMatchObject({
      ok: true,
      value: { state: 'active', shelf: { active: { version: 2 } } },
    });
    const shelf = first.kept();
    const active = shelf?.active;
    if (shelf === undefined || active === undefined) throw new Error('nothing kept');
    const broken = { ...active, given: { ...active.given, signature: '0'.repeat(128) } };
    const again = await startContent(device(undefined, { ...shelf, active: broken }));
    expect(again).toMatchObject({ state: 'active', open: { manifest: { version: 1 } } });
    expect(again.shelf.steps.at(-1)?.what).toBe('rolled-back-by-itself');
    // Then a good one that comes with the program is used where nothing opens.
    const only = await startContent(device(made({ version: 3 }), { ...shelf, active: broken, previous: broken }));
    expect(only.state).toBe('none');
    expect((await startContent(device(made({ version: 3 }), only.shelf))).state).toBe('active');
  });
  test('[CT11] what came with the program waits where something is in force; a person activates, rolls back, halts', async () => {
    const first = device(made({ version: 1 }));
    await startContent(first);
    const next = device(made({ version: 2 }), first.kept());
    expect(await startContent(next)).toMatchObject({
      open: { manifest: { version: 1 } },
      shelf: { staged: { version: 2 } },
    });
    const noted = next.kept()?.steps.length;
    await startContent(next);
    expect(next.kept()?.steps.length).toBe(noted);
    expect(await changeContent({ kind: 'activate' }, doing, next)).toMatchObject({
      ok: true,
      value: { open: { manifest: { version: 2 } } },
    });
    expect(await changeContent({ kind: 'roll-back' }, doing, next)).toMatchObject({
      ok: true,
      value: { open: { manifest: { version: 1 } } },
    });
    expect(await changeContent({ kind: 'halt' }, doing, next)).toMatchObject({ ok: true, value: { state: 'halted' } });
    expect(await changeContent({ kind: 'roll-back' }, doing, next)).toEqual({
      ok: false,
      error: { kind: 'nothing-before' },
    });
    expect((await startContent(next)).state).toBe('halted');
    expect(await changeContent({ kind: 'bring', given: demo }, doing, next)).toEqual({
      ok: false,
      error: { kind: 'unknown-publisher' },
    });
  });
});
