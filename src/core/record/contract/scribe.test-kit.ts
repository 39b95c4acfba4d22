// Writes for the contract's tests: small resources, drafts and queries, with a clock of their own.
import { assert } from '../../base/assert.ts';
import { parseJson } from '../../base/json.ts';
import type { JsonObject } from '../../base/json-types.ts';
import type { Hash, Instant } from '../../base/ports.ts';
import type { Criterion, ParamCriterion, ParamType, SearchQuery, SearchValue } from '../../fhir/search/query.ts';
import { authorBody } from '../body.ts';
import {
  EVERYTHING,
  type Body,
  type CommitDraft,
  type HistoryPage,
  type RecordStore,
  type ResourceKey,
  type RevisionDraft,
  type SearchHit,
  type SearchLimits,
  type SearchPage,
  type Stored,
  type Visibility,
  type Written,
} from '../store.ts';

export const T0: Instant = Date.UTC(2024, 0, 1);
export const LIMITS: SearchLimits = { includes: 1000, ms: 30_000 };

export const keyOf = (name: string): ResourceKey => {
  const [type = '', id = ''] = name.split('/');
  return { type, id };
};
export const nameOf = ({ type, id }: ResourceKey): string => `${type}/${id}`;

export function bodyOf(text: string, id: string): Body {
  const parsed = parseJson(text);
  assert(parsed.ok, 'the text of a test is JSON');
  return authorBody(text, parsed.value, id);
}

export interface More {
  readonly parents?: readonly Hash[];
  /** 'any': no expectation, a sibling is welcome. Otherwise the parents are expected. */
  readonly expect?: 'any' | readonly Hash[];
  readonly kind?: 'resolve';
}

/** A draft of `content` (a text or members) under `name`, a tombstone without. */
export function revision(name: string, content: string | JsonObject | undefined, more: More = {}): RevisionDraft {
  const key = keyOf(name);
  const parents = more.parents ?? [];
  const text =
    typeof content === 'object' ? JSON.stringify({ resourceType: key.type, id: key.id, ...content }) : content;
  return {
    key,
    parents,
    kind: text === undefined ? 'tombstone' : (more.kind ?? 'put'),
    ...(text === undefined ? {} : { body: bodyOf(text, key.id) }),
    authoredAt: T0,
    ...(more.expect === 'any' ? {} : { expectedHeads: more.expect ?? parents }),
  };
}

/** Writes to one store, a second apart. */
export class Scribe {
  readonly store: RecordStore;
  now: Instant;

  constructor(store: RecordStore, now: Instant = T0) {
    this.store = store;
    this.now = now;
  }

  draft(...revisions: readonly RevisionDraft[]): CommitDraft {
    this.now += 1000;
    return { revisions, receivedAt: this.now };
  }

  /** Lands, or the test is broken. */
  async land(...revisions: readonly RevisionDraft[]): Promise<readonly Written[]> {
    const landed = await this.store.append(this.draft(...revisions));
    assert(landed.ok, 'a draft of the test lands');
    return landed.value.written;
  }

  async create(name: string, content: string | JsonObject): Promise<Written> {
    const [written] = await this.land(revision(name, content));
    assert(written !== undefined, 'a commit says what it wrote');
    return written;
  }

  /** From all heads. */
  async update(name: string, content: string | JsonObject): Promise<Written> {
    const heads = (await this.get(name))?.heads ?? [];
    const [written] = await this.land(revision(name, content, { parents: heads }));
    assert(written !== undefined, 'a commit says what it wrote');
    return written;
  }

  async remove(name: string): Promise<Written> {
    const heads = (await this.get(name))?.heads ?? [];
    const [written] = await this.land(revision(name, undefined, { parents: heads }));
    assert(written !== undefined, 'a commit says what it wrote');
    return written;
  }

  async get(name: string, visible: Visibility = EVERYTHING): Promise<Stored | undefined> {
    const [stored] = await this.store.read([keyOf(name)], visible);
    return stored;
  }

  async page(query: SearchQuery, visible: Visibility = EVERYTHING): Promise<SearchPage> {
    const found = await this.store.search(query, visible, LIMITS);
    assert(found.ok, 'a search of the test is not too costly');
    return found.value;
  }

  /** Names of the matches of the first page, sorted. */
  async find(query: SearchQuery, visible: Visibility = EVERYTHING): Promise<readonly string[]> {
    return namesOf((await this.page(query, visible)).hits, 'match').sort();
  }

  /** Every page to the end, in order. */
  async findAll(query: SearchQuery, visible: Visibility = EVERYTHING): Promise<string[]> {
    const names: string[] = [];
    let after: string | undefined;
    let pages = 0;
    do {
      assert(++pages < 1000, 'pages come to an end');
      const page: SearchPage = await this.page({ ...query, ...(after === undefined ? {} : { after }) }, visible);
      names.push(...namesOf(page.hits, 'match'));
      after = page.next;
    } while (after !== undefined);
    return names;
  }

  async history(name: string, visible: Visibility = EVERYTHING): Promise<HistoryPage> {
    return this.store.history({ ...keyOf(name), count: 100 }, visible);
  }
}

export const namesOf = (hits: readonly SearchHit[], mode: SearchHit['mode']): string[] =>
  hits.filter((hit) => hit.mode === mode).map((hit) => nameOf(hit.stored.key));

export function query(
  types: string | readonly string[],
  where: readonly Criterion[],
  more: Partial<SearchQuery> = {},
): SearchQuery {
  return {
    types: typeof types === 'string' ? [types] : types,
    where,
    sort: [],
    count: 100,
    total: 'none',
    include: [],
    ...more,
  };
}

export const param = (
  name: string,
  type: ParamType,
  values: readonly SearchValue[],
  modifier?: ParamCriterion['modifier'],
): ParamCriterion => ({ kind: 'param', param: name, type, values, ...(modifier === undefined ? {} : { modifier }) });

export const token = (
  name: string,
  code: string,
  system?: string,
  modifier?: ParamCriterion['modifier'],
): ParamCriterion =>
  param(name, 'token', [{ kind: 'token', code, ...(system === undefined ? {} : { system }) }], modifier);

export const text = (name: string, value: string, modifier?: ParamCriterion['modifier']): ParamCriterion =>
  param(name, 'string', [{ kind: 'string', value }], modifier);

export const reference = (name: string, target: string): ParamCriterion =>
  param(name, 'reference', [{ kind: 'reference', targets: [keyOf(target)] }]);

export const missing = (name: string, type: ParamType, is: boolean): ParamCriterion =>
  param(name, type, [{ kind: 'missing', missing: is }], 'missing');

/** A small repeatable source of numbers (mulberry32). */
export class Dice {
  private state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }
  /** In [0, below). */
  roll(below: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  }
  pick<T>(from: readonly T[]): T {
    assert(from.length > 0, 'there is something to pick from');
    return from[this.roll(from.length)] as T;
  }
}
