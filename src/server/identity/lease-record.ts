// Series, orders, ranges, wishes and blocks of leased numbers in the record (core/care/identity/number-leases.ts): each a `Basic` with
// the label that no client sees. They replicate, are in the backup, and their commits say who wrote them.
//
//   1. A range and a block are written once and never changed. Their ids name the series and the first number, so two writers of one
//      database never make the same, and two that were made by records that were cut back are seen as one resource with two heads (ID41).
//   2. What cannot be read as such is none, and nothing that a client wrote is: clients cannot write the label.
import { CREDENTIAL_LABEL, SECURITY_SYSTEM } from '../../core/access/names.ts';
import { parseJson } from '../../core/base/json.ts';
import { assert } from '../../core/base/assert.ts';
import type { Clock, Digest } from '../../core/base/ports.ts';
import { isCheck, WIDTH_MAX, WIDTH_MIN } from '../../core/care/identity/leased-number.ts';
import {
  isSeriesName,
  type LeasedBlock,
  type LeasedRange,
  type LeasedSeries,
  type LeaseEnd,
  type LeaseOrder,
  type NumberWish,
} from '../../core/care/identity/number-leases.ts';
import { authorBody } from '../../core/record/body.ts';
import { EVERYTHING, type RecordStore, type Stored } from '../../core/record/store.ts';

const SYSTEM = 'https://holdfast.example/fhir/CodeSystem/number-lease';
const TAG_SYSTEM = 'https://holdfast.example/number-lease';
const EXTENSION = 'https://holdfast.example/fhir/StructureDefinition/number-lease';
const PAGE = 500;

interface Kinds {
  readonly series: LeasedSeries;
  readonly order: LeaseOrder;
  readonly range: LeasedRange;
  readonly block: LeasedBlock;
  readonly end: LeaseEnd;
  readonly wish: NumberWish;
}
export type LeaseKind = keyof Kinds;
export interface Kept<T> {
  readonly id: string;
  readonly heads: Stored['heads'];
  readonly at: Stored['lastUpdatedAt'];
  readonly is: T;
}

export interface LeaseRecord {
  /** All of a kind that bear the tag (`seriesTag`, `wishTag`, `metTag`, `nodeTag`). */
  list<K extends LeaseKind>(kind: K, tag?: string): Promise<readonly Kept<Kinds[K]>[]>;
  get<K extends LeaseKind>(kind: K, id: string): Promise<Kept<Kinds[K]> | undefined>;
  /** `over`: what it replaces; absent: it must not be there. False: another was first. `by`: terminal or node. */
  put<K extends LeaseKind>(kind: K, is: Kinds[K], by: 'terminal' | 'node', over?: Stored['heads']): Promise<boolean>;
  wishId(of: Pick<NumberWish, 'series' | 'node' | 'incarnation'>): string;
}
export interface LeaseRecordDeps {
  readonly store: Pick<RecordStore, 'read' | 'search' | 'append'>;
  readonly clock: Clock;
  readonly digest: Digest;
}

export const seriesTag = (series: string): string => `series ${series}`;
export const wishTag = (wish: string): string => `wish ${wish}`;
export const metTag = (incarnation: string): string => `met ${incarnation}`;
export const nodeTag = (node: string): string => `node ${node}`;
export const blockId = ({ series, first }: Pick<LeasedBlock, 'series' | 'first'>): string =>
  `numblock-${series}-${first}`;

export function openLeaseRecord({ store, clock, digest }: LeaseRecordDeps): LeaseRecord {
  const wishId: LeaseRecord['wishId'] = ({ series, node, incarnation }) =>
    `numwish-${series}-${digest.sha256(JSON.stringify([node, incarnation])).slice(0, 26)}`;
  const idOf = <K extends LeaseKind>(kind: K, is: Kinds[K]): string => {
    const [id] = placeOf(kind, is, wishId);
    return id;
  };
  return {
    wishId,
    list: async (kind, tag) => {
      const found: Stored[] = [];
      let after: string | undefined;
      do {
        const page = await store.search(
          {
            types: ['Basic'],
            where: [
              { kind: 'param', param: 'code', type: 'token', values: [{ kind: 'token', system: SYSTEM, code: kind }] },
              ...(tag === undefined
                ? []
                : [
                    {
                      kind: 'param' as const,
                      param: 'identifier',
                      type: 'token' as const,
                      values: [{ kind: 'token' as const, system: TAG_SYSTEM, code: tag }],
                    },
                  ]),
            ],
            sort: [],
            count: PAGE,
            total: 'none',
            include: [],
            ...(after === undefined ? {} : { after }),
          },
          EVERYTHING,
          { includes: 0, ms: 10_000 },
        );
        if (!page.ok) throw new Error(`a search of leases was too costly: ${page.error.what}`);
        found.push(...page.value.hits.map(({ stored }) => stored));
        after = page.value.next;
      } while (after !== undefined);
      return found.flatMap((stored) => keptOf(kind, stored) ?? []);
    },
    get: async (kind, id) => {
      const [stored] = await store.read([{ type: 'Basic', id }], EVERYTHING);
      return stored === undefined || stored.deleted ? undefined : keptOf(kind, stored);
    },
    put: async (kind, is, by, over = []) => {
      const id = idOf(kind, is);
      const [, tags] = placeOf(kind, is, wishId);
      const text = JSON.stringify({
        resourceType: 'Basic',
        id,
        meta: { security: [LABEL] },
        extension: [{ url: EXTENSION, valueString: JSON.stringify(is) }],
        identifier: tags.map((value) => ({ system: TAG_SYSTEM, value })),
        code: { coding: [{ system: SYSTEM, code: kind }] },
      });
      const parsed = parseJson(text);
      assert(parsed.ok, 'what was printed parses');
      const at = clock.now();
      const landed = await store.append({
        revisions: [
          {
            key: { type: 'Basic', id },
            kind: 'put',
            parents: over,
            body: authorBody(text, parsed.value, id),
            author: { device: by, session: 'numbers' },
            authoredAt: at,
            expectedHeads: over,
          },
        ],
        receivedAt: at,
      });
      return landed.ok;
    },
  };
}

/** The id and the tags. */
function placeOf<K extends LeaseKind>(
  kind: K,
  is: Kinds[K],
  wishId: LeaseRecord['wishId'],
): readonly [string, readonly string[]] {
  const one = { kind, is } as { [P in LeaseKind]: { readonly kind: P; readonly is: Kinds[P] } }[LeaseKind];
  switch (one.kind) {
    case 'series':
      return [`numseries-${one.is.name}`, []];
    case 'order':
      return [one.is.id, [seriesTag(one.is.series), nodeTag(one.is.node)]];
    case 'range':
      return [`numrange-${one.is.series}-${one.is.first}`, [seriesTag(one.is.series), nodeTag(one.is.node)]];
    case 'end':
      return [`numend-${one.is.series}-${one.is.first}`, [seriesTag(one.is.series)]];
    case 'block':
      return [blockId(one.is), [seriesTag(one.is.series), nodeTag(one.is.node), wishTag(wishId(one.is))]];
    case 'wish':
      return [wishId(one.is), [seriesTag(one.is.series), nodeTag(one.is.node), metTag(one.is.met)]];
  }
}

interface Shape {
  readonly meta?: { readonly security?: readonly { readonly system?: unknown; readonly code?: unknown }[] };
  readonly extension?: readonly { readonly url?: unknown; readonly valueString?: unknown }[];
}
const LABEL = { system: SECURITY_SYSTEM, code: CREDENTIAL_LABEL.slice(SECURITY_SYSTEM.length + 1) };

/** Never throws: a node below may have written anything. */
function keptOf<K extends LeaseKind>(kind: K, stored: Stored): Kept<Kinds[K]> | undefined {
  try {
    const resource: Shape = JSON.parse(stored.text);
    const isOurs = resource.meta?.security?.some(({ system, code }) => system === LABEL.system && code === LABEL.code);
    if (isOurs !== true) return undefined;
    const said = resource.extension?.find(({ url }) => url === EXTENSION)?.valueString;
    const read: unknown = typeof said === 'string' ? JSON.parse(said) : undefined;
    if (typeof read !== 'object' || read === null || !isOf(kind, new Map(Object.entries(read)))) return undefined;
    const { heads, lastUpdatedAt: at } = stored;
    const isDoubtful = kind === 'block' && heads.length > 1;
    // Its members were looked at.
    const is = { ...read, ...(isDoubtful ? { doubtful: true } : {}) } as Kinds[K];
    return { id: stored.key.id, heads, at, is };
  } catch {
    return undefined;
  }
}

function isOf(kind: LeaseKind, at: ReadonlyMap<string, unknown>): boolean {
  const texts = (...names: readonly string[]): boolean =>
    names.every((name) => {
      const value = at.get(name);
      return typeof value === 'string' && value !== '';
    });
  const whole = (low: number, ...names: readonly string[]): boolean =>
    names.every((name) => {
      const value = at.get(name);
      return typeof value === 'number' && Number.isSafeInteger(value) && value >= low;
    });
  const series = at.get(kind === 'series' ? 'name' : 'series');
  if (typeof series !== 'string' || !isSeriesName(series)) return false;
  switch (kind) {
    case 'series': {
      const width = Number(at.get('width'));
      return (
        texts('system', 'text') && whole(WIDTH_MIN, 'width') && width <= WIDTH_MAX && isCheck(String(at.get('check')))
      );
    }
    case 'order':
      return texts('id', 'node') && whole(1, 'count', 'hold') && (!at.has('first') || whole(1, 'first'));
    case 'range':
      return texts('order', 'node') && whole(1, 'first', 'last');
    case 'end':
      return texts('why') && whole(1, 'first');
    case 'block':
      return texts('node', 'incarnation') && whole(1, 'first', 'last');
    case 'wish':
      return texts('node', 'incarnation', 'met') && whole(0, 'wants', 'knows');
  }
}
