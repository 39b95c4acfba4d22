// Rooms for the engine's tests: a memory store with an engine over it, a clock that stands still, ids that count.
import { parseJson } from '../base/json.ts';
import type { JsonObject } from '../base/json-types.ts';
import type { Result } from '../base/result.ts';
import { pureDigest } from '../base/sha256.ts';
import { patchers } from '../fhir/patch/patchers.ts';
import { createMemoryStore } from '../record/memory-store.ts';
import { EVERYTHING, type RecordStore, type Stored } from '../record/store.ts';
import { query, text as byText, token } from '../record/contract/scribe.test-kit.ts';
import { createEngine, type EngineOptions } from './create-engine.ts';
import type { Actor, Change, Outcome, RecordEngine, Refused } from './engine.ts';
import type { TransactionDeps } from './transaction.ts';

export const ANYONE: Actor = { visible: EVERYTHING };
export const NOW = Date.UTC(2024, 5, 1);

export interface OverMemory {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly deps: TransactionDeps;
  /** Lands, or fails the test. */
  do(change: Change, actor?: Actor): Promise<Outcome>;
  refused(change: Change, actor?: Actor): Promise<Refused['refusal']>;
  get(name: string): Promise<Stored | undefined>;
}

export function overMemory(options: Partial<EngineOptions> = {}): OverMemory {
  const store = options.store ?? createMemoryStore({ digest: pureDigest, origin: 'test.1' });
  const clock = { now: () => NOW };
  let count = 0;
  const chance = {
    bytes: (length: number) => {
      const bytes = new Uint8Array(length);
      new DataView(bytes.buffer).setUint32(length - 4, ++count);
      return bytes;
    },
  };
  const engine = createEngine({ clock, chance, patch: patchers, ...options, store });
  const one = async (change: Change, actor: Actor): Promise<Result<Outcome | undefined, Refused>> => {
    const done = await engine.change([change], actor);
    return done.ok ? { ok: true, value: done.value[0] } : done;
  };
  return {
    store,
    engine,
    deps: {
      engine,
      store,
      clock,
      chance,
      baseUrls: ['https://here.org/fhir'],
      criteria: async (type, asked) => {
        const [name = '', value = ''] = asked.split('=');
        const fault = {
          severity: 'error',
          type: 'invalid',
          path: type,
          rule: 'test',
          message: 'No.',
          spec: '',
        } as const;
        if (name === 'identifier') return { ok: true, value: query(type, [token('identifier', value)]) };
        if (name === 'family') return { ok: true, value: query(type, [byText('family', value)]) };
        return { ok: false, error: [fault] };
      },
    },
    async do(change, actor = ANYONE) {
      const done = await one(change, actor);
      if (!done.ok || done.value === undefined) throw new Error(`refused: ${JSON.stringify(done)}`);
      return done.value;
    },
    async refused(change, actor = ANYONE) {
      const done = await one(change, actor);
      if (done.ok) throw new Error('not refused');
      return done.error.refusal;
    },
    async get(name) {
      const [type = '', id = ''] = name.split('/');
      const [stored] = await store.read([{ type, id }], EVERYTHING);
      return stored;
    },
  };
}

export const jsonOf = (stored: { readonly text: string } | undefined): JsonObject => {
  const parsed = parseJson(stored?.text ?? '');
  if (!parsed.ok) throw new Error('nothing stored');
  return parsed.value.value as JsonObject;
};

/** A valid resource's text. */
export const patient = (more: JsonObject = {}): string => JSON.stringify({ resourceType: 'Patient', ...more });
export const named = (id: string, family: string): string => patient({ id, name: [{ family }] });
export const criteria = (value: string) => query('Patient', [token('identifier', value, 'urn:mrn')]);
export const mrn = (value: string, more: JsonObject = {}): string =>
  patient({ identifier: [{ system: 'urn:mrn', value }], ...more });
