// The graph of a resource's revisions: who descends from whom. Ancestry decides, clocks decorate.
//
// A parent may be unknown here (its commit has yet to arrive, or its skeleton was dropped): it counts as a root.
import type { Hash } from '../base/ports.ts';
import type { Hlc } from './hlc.ts';

export interface Node {
  readonly hash: Hash;
  readonly parents: readonly Hash[];
  readonly hlc: Hlc;
}
/** The revisions of one resource by name. */
export type Graph<N extends Node = Node> = ReadonlyMap<Hash, N>;

/** The revisions that are no parent of another, ascending. */
export function headsOf(graph: Graph): readonly Hash[] {
  const covered = new Set<Hash>();
  for (const node of graph.values()) for (const parent of node.parents) covered.add(parent);
  return [...graph.keys()].filter((hash) => !covered.has(hash)).sort();
}

/** The head set after `revision` lands on `heads`: what it names as parents is no head any more. */
export const headsAfter = (heads: readonly Hash[], revision: Node): readonly Hash[] =>
  [...heads.filter((head) => !revision.parents.includes(head)), revision.hash].sort();

/** 1 for a root, else one more than the highest of the parents'. */
export function generationsOf(graph: Graph): ReadonlyMap<Hash, number> {
  const generations = new Map<Hash, number>();
  for (const start of graph.keys()) {
    // A history may be thousands deep, so the path is kept here and not on the call stack.
    const path: Hash[] = [start];
    for (let hash = path.at(-1); hash !== undefined; hash = path.at(-1)) {
      const known = (graph.get(hash)?.parents ?? []).filter((parent) => graph.has(parent));
      const open = generations.has(hash) ? undefined : known.find((parent) => !generations.has(parent));
      if (open !== undefined) path.push(open);
      else {
        generations.set(hash, 1 + Math.max(0, ...known.map((parent) => generations.get(parent) ?? 0)));
        path.pop();
      }
    }
  }
  return generations;
}

/** `hashes` and all their ancestors that are known here. */
export function ancestorsOf(graph: Graph, hashes: readonly Hash[]): ReadonlySet<Hash> {
  const found = new Set<Hash>();
  const open = hashes.filter((hash) => graph.has(hash));
  for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
    if (found.has(hash)) continue;
    found.add(hash);
    for (const parent of graph.get(hash)?.parents ?? []) if (graph.has(parent)) open.push(parent);
  }
  return found;
}

/** The common ancestors of all `heads` that have no common ancestor below them, ascending; [] where they share none. */
export function lowestCommonAncestors(graph: Graph, heads: readonly Hash[]): readonly Hash[] {
  const [first, ...others] = heads.map((head) => ancestorsOf(graph, [head]));
  if (first === undefined) return [];
  const common = [...first].filter((hash) => others.every((ancestors) => ancestors.has(hash)));
  const above = ancestorsOf(
    graph,
    common.flatMap((hash) => graph.get(hash)?.parents ?? []),
  );
  return common.filter((hash) => !above.has(hash)).sort();
}

/** A place in a linear history. */
export interface Place {
  readonly generation: number;
  readonly hlc: Hlc;
  readonly hash: Hash;
}

/** By generation, then hybrid time, then hash: the same at every node that knows the same revisions. */
export function comparePlaces(a: Place, b: Place): number {
  return a.generation - b.generation || compareTexts(a.hlc, b.hlc) || compareTexts(a.hash, b.hash);
}

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The revisions from the first to the last. A parent always stands before its children. */
export function linearise<N extends Node>(graph: Graph<N>): readonly (N & Place)[] {
  const generations = generationsOf(graph);
  return [...graph.values()]
    .map((node) => ({ ...node, generation: generations.get(node.hash) ?? 1 }))
    .sort(comparePlaces);
}
