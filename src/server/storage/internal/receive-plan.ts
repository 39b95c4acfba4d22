// What a resource comes to when revisions from elsewhere land on it, in any order: parents after their children, too.
//
//   RS10  Heads are the revisions that are no parent of another, whatever came first.
//   RS35  The generation of a revision is one more than the highest of its parents here, also where those came later.
//   PG23  Revisions of one resource that come together land together: one row of `resource`, one of `revision` each.
import { assert } from '../../../core/base/assert.ts';
import type { Hash, Instant } from '../../../core/base/ports.ts';
import { generationsOf, headsAfter, headsOf, lowestCommonAncestors, type Node } from '../../../core/record/ancestry.ts';
import { decodeRevision, versionIdOf } from '../../../core/record/envelope.ts';
import type { ResourceKey } from '../../../core/record/store.ts';
import { landedOf, stateOf, type Known } from './batch.ts';
import type { HeadIndex, StoreTools } from './prepare.ts';
import type { Said } from './incoming.ts';
import type { LandedResource } from './land-sql.ts';

/** Where a revision stands: the commit by its number in the batch, and its entry. */
export interface Standing {
  readonly commit: number;
  readonly entry: number;
}
/** A revision that is new here. */
export interface Fresh {
  readonly name: Hash;
  readonly header: string;
  readonly text: string | undefined;
  readonly said: Said;
  readonly standing: Standing;
}

/** A resource as it is: its newest revision, and its heads. */
export interface Base {
  readonly c: number;
  readonly rid: number;
  readonly n: number;
  readonly home: string;
  readonly heads: readonly Hash[];
  readonly newest: Skeleton;
  /** One head, the newest. */
  readonly isPlain: boolean;
}
/** A revision that was there, without its body. */
export interface Skeleton extends Node {
  readonly generation: number;
  readonly header: string;
  readonly labels: readonly string[];
  readonly splice: number;
}

/** A row of `revision`. */
export interface RevisionRow {
  readonly c: number;
  readonly rid: number;
  readonly n: number;
  readonly type: string;
  readonly fresh: Fresh;
  readonly generation: number;
  readonly labels: readonly string[];
  /** Absent: it was the only head, and the newest. */
  readonly version: { readonly id: string; readonly heads: readonly Hash[] } | undefined;
  /** Absent: kept in `resource`, or none. */
  readonly body: string | undefined;
}
/** What changes of a revision that was there. */
export interface Amended {
  readonly c: number;
  readonly rid: number;
  readonly name: Hash;
  readonly generation: number;
  readonly labels: readonly string[];
}

export interface Landing {
  readonly resource: LandedResource;
  readonly rows: readonly RevisionRow[];
  readonly amended: readonly Amended[];
  readonly base: Base | undefined;
}

/**
 * Whether the revisions, in their order, each replace the one before, beginning at the only head. Then none of them can be here, and
 * none can be the parent of what is: its child would have to be an ancestor of the head.
 */
export function isChain(
  base: Base | undefined,
  revisions: readonly { readonly name: Hash; readonly said: Said }[],
): boolean {
  if (base?.isPlain === false) return false;
  let tip = base?.newest.hash;
  for (const { name, said } of revisions) {
    const follows =
      tip === undefined ? said.parents.length === 0 : said.parents.length === 1 && said.parents[0] === tip;
    if (!follows) return false;
    tip = name;
  }
  return true;
}

/** One resource on its way. */
export class Work {
  readonly key: ResourceKey;
  readonly base: Base | undefined;
  /** Absent: a chain that needs none. */
  readonly graph: ReadonlyMap<Hash, Skeleton> | undefined;
  readonly fresh: readonly Fresh[];
  readonly #nodes: ReadonlyMap<Hash, Node>;
  readonly heads: readonly Hash[];

  /** `graph` has every revision that is there, unless the fresh ones are a chain. */
  constructor(
    key: ResourceKey,
    base: Base | undefined,
    graph: ReadonlyMap<Hash, Skeleton> | undefined,
    fresh: readonly Fresh[],
  ) {
    assert(fresh.length > 0, 'a resource changes by what is new');
    this.key = key;
    this.base = base;
    this.graph = graph;
    this.fresh = fresh;
    const nodes = new Map<Hash, Node>(graph);
    for (const each of fresh) nodes.set(each.name, nodeOf(each));
    this.#nodes = nodes;
    const last = fresh.at(-1);
    this.heads = graph === undefined && last !== undefined ? [last.name] : headsOf(nodes);
  }

  /** What must be read with its body: heads that were there, and the lowest common ancestors of several. */
  get bodiesWanted(): readonly Hash[] {
    if (this.graph === undefined) return [];
    return [...this.heads, ...this.#ancestors()].filter((name) => this.graph?.has(name) === true);
  }

  #ancestors(): readonly Hash[] {
    return this.heads.length < 2 ? [] : lowestCommonAncestors(this.#nodes, this.heads);
  }

  /** `bodies`: of `bodiesWanted`, by name. `updated`: when it landed here. */
  landing(
    tools: StoreTools,
    bodies: ReadonlyMap<Hash, string | undefined>,
    updated: Instant,
    rids: () => number,
  ): Landing {
    const { key, base, fresh } = this;
    const known = this.#known(bodies);
    const named = (names: readonly Hash[]): readonly Known[] =>
      names.map((name) => known.get(name)).filter((each) => each !== undefined);
    const heads = named(this.heads);
    assert(heads.length === this.heads.length, 'every head is known');
    const state = stateOf(tools, key.type, heads, named(this.#ancestors()), this.#ready());
    const newest = fresh.at(-1);
    const isPlain = heads.length === 1 && heads[0]?.hash === newest?.name;
    const rid = base?.rid ?? rids();
    const { key: c } = state.compartment;
    const rows = this.#rows(tools, known, c, rid, isPlain);
    const resource: LandedResource = {
      ...landedOf(state),
      rid,
      n: (base?.n ?? 0) + fresh.length,
      updated,
      type: key.type,
      id: key.id,
      version: versionIdOf(tools.digest, this.heads),
      heads: isPlain ? null : this.heads,
      isNewPlace: base === undefined || base.c !== c,
    };
    const amended = [...(this.graph ?? [])].flatMap(([name, was]): readonly Amended[] => {
      const now = known.get(name);
      const isSame =
        now === undefined || (now.generation === was.generation && now.labels.join() === was.labels.join());
      return isSame ? [] : [{ c, rid, name, generation: now.generation, labels: now.labels }];
    });
    return { resource, rows, amended, base };
  }

  /** The index of the last that came is made already; where it is a head, it need not be made again. */
  #ready(): { readonly index: HeadIndex; readonly of: Hash } | undefined {
    const last = this.fresh.findLast(({ name, said }) => said.index !== undefined && this.heads.includes(name));
    return last?.said.index === undefined ? undefined : { index: last.said.index, of: last.name };
  }

  /** Everything that is known of the resource now, with its generation; texts where they are wanted. */
  #known(bodies: ReadonlyMap<Hash, string | undefined>): ReadonlyMap<Hash, Known> {
    const known = new Map<Hash, Known>();
    const top = this.graph === undefined ? this.base?.newest : undefined;
    if (top !== undefined) known.set(top.hash, { ...top, text: undefined });
    const generations = this.#generations(top?.generation ?? 0);
    // Parents first: a deletion has the labels of what it deletes.
    const ordered = [...this.#nodes].sort(([a], [b]) => (generations.get(a) ?? 1) - (generations.get(b) ?? 1));
    const fresh = new Map(this.fresh.map((each) => [each.name, each]));
    for (const [hash, { parents }] of ordered) {
      const generation = generations.get(hash) ?? 1;
      const came = fresh.get(hash);
      const was = this.graph?.get(hash);
      const inherited = [...new Set(parents.flatMap((parent) => known.get(parent)?.labels ?? []))];
      if (came !== undefined) {
        const { said, text, header } = came;
        const { hlc, body } = said;
        const labels = body === undefined ? inherited : said.labels;
        known.set(hash, { hash, hlc, generation, text, header, splice: body?.splice ?? 0, labels });
      } else if (was !== undefined) {
        const labels = hasBody(was.header) ? was.labels : inherited;
        known.set(hash, { ...was, generation, text: bodies.get(hash), labels });
      }
    }
    return known;
  }

  /** A chain goes on from the generation of the head that it begins at. */
  #generations(below: number): ReadonlyMap<Hash, number> {
    if (this.graph !== undefined) return generationsOf(this.#nodes);
    return new Map(this.fresh.map(({ name }, at) => [name, below + at + 1]));
  }

  #rows(
    tools: StoreTools,
    known: ReadonlyMap<Hash, Known>,
    c: number,
    rid: number,
    isPlain: boolean,
  ): readonly RevisionRow[] {
    const { fresh, base, graph } = this;
    let heads: readonly Hash[] = base?.heads ?? [];
    const covered = new Set([...(graph?.values() ?? [])].flatMap(({ parents }) => parents));
    return fresh.map((each, at): RevisionRow => {
      const node = nodeOf(each);
      heads = headsAfter(heads, node).filter((head) => head !== each.name || !covered.has(each.name));
      for (const parent of node.parents) covered.add(parent);
      const isOnly = heads.length === 1 && heads[0] === each.name;
      const isLast = at === fresh.length - 1;
      return {
        c,
        rid,
        n: (base?.n ?? 0) + 1 + at,
        type: this.key.type,
        fresh: each,
        generation: known.get(each.name)?.generation ?? 1,
        labels: known.get(each.name)?.labels ?? [],
        version: isOnly ? undefined : { id: versionIdOf(tools.digest, heads), heads },
        body: isLast && isPlain ? undefined : each.text,
      };
    });
  }
}

const nodeOf = ({ name, said }: Fresh): Node => ({ hash: name, parents: said.parents, hlc: said.hlc });

function hasBody(header: string): boolean {
  const decoded = decodeRevision(header);
  return decoded.ok && (decoded.value.kind === 'put' || decoded.value.kind === 'resolve');
}
