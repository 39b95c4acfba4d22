// What people are shown of a resource at a node: by the policies that ship.
import { carePolicies } from '../../src/core/care/merge/care-policies.ts';
import { generationsOf, lowestCommonAncestors, type Node } from '../../src/core/record/ancestry.ts';
import { viewOf, type Head, type View } from '../../src/core/record/view.ts';
import type { SimulatedStore } from './simulated-store.ts';

const POLICIES = carePolicies();

export interface Shown extends View {
  /** The common ancestors whose bodies are here. */
  readonly upon: readonly string[];
}

/** `undefined` where nothing of it is here that can be read. `reversed`: the heads in the other order, which must not matter. */
export function viewAt(store: SimulatedStore, resource: string, reversed = false): Shown | undefined {
  const graph = new Map<string, Node>();
  for (const name of store.resources.get(resource) ?? []) {
    const held = store.revisions.get(name);
    if (held !== undefined) graph.set(name, { hash: name, parents: held.parents, hlc: held.hlc });
  }
  const names = store.headsOf(resource);
  if (names.length === 0) return undefined;
  const generations = names.length > 1 ? generationsOf(graph) : new Map<string, number>();
  const headAt = (name: string): Head => {
    const node = graph.get(name) ?? { hash: name, parents: [], hlc: '' };
    return { ...node, generation: generations.get(name) ?? 1, text: store.revisions.get(name)?.revision.text };
  };
  const heads = names.map(headAt);
  const ancestors = names.length > 1 ? lowestCommonAncestors(graph, names) : [];
  const upon = ancestors.filter((name) => store.revisions.get(name)?.hollow === false);
  const [type = ''] = resource.split('/');
  return { ...viewOf(type, reversed ? heads.toReversed() : heads, upon.map(headAt), POLICIES), upon };
}
