import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../base/sha256.ts';
import {
  ancestorsOf,
  generationsOf,
  headsAfter,
  headsOf,
  linearise,
  lowestCommonAncestors,
  type Graph,
  type Node,
} from './ancestry.ts';
import { viewOf, type Head, type Policies, type Policy } from './view.ts';

const head = (name: string, generation: number, text: string | undefined, hlc = '0000000000010000'): Head => ({
  hash: sha256(name),
  generation,
  hlc,
  text,
});

/** Any graph: each node's parents are among those before it. */
const graphs: fc.Arbitrary<Graph> = fc
  .array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), fc.nat(3)), { minLength: 1, maxLength: 25 })
  .map((rows) => {
    const nodes: Node[] = [];
    for (const [picks, ms] of rows) {
      const parents = [...new Set(picks.map((pick) => nodes[pick % Math.max(nodes.length, 1)]?.hash))];
      nodes.push({
        hash: sha256(`n${nodes.length}`),
        parents: parents.filter((parent) => parent !== undefined),
        hlc: ms.toString(16).padStart(12, '0') + '0000',
      });
    }
    return new Map(nodes.map((node) => [node.hash, node]));
  });

test('[RS10] heads are the revisions that are no parent of another, however they arrive', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      let heads: readonly string[] = [];
      for (const node of graph.values()) heads = headsAfter(heads, node);
      expect(heads).toEqual(headsOf(graph));
      for (const one of headsOf(graph)) {
        const others = headsOf(graph).filter((other) => other !== one);
        expect(ancestorsOf(graph, others).has(one)).toBe(false);
      }
      expect(ancestorsOf(graph, headsOf(graph)).size).toBe(graph.size);
    }),
  );
});

test('[RS16] the linear history puts every parent before its children, and is the same in any order of arrival', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const line = linearise(graph).map((node) => node.hash);
      for (const node of graph.values()) {
        for (const parent of node.parents) expect(line.indexOf(parent)).toBeLessThan(line.indexOf(node.hash));
      }
      expect(linearise(new Map([...graph].reverse())).map((node) => node.hash)).toEqual(line);
      expect(generationsOf(new Map([...graph].reverse())).size).toBe(graph.size);
    }),
  );
});

test('a history of twenty thousand revisions has generations without a deep call stack', () => {
  const nodes: Node[] = [];
  for (let i = 0; i < 20_000; i++) {
    nodes.push({ hash: `h${i}`, parents: i === 0 ? [] : [`h${i - 1}`], hlc: '0000000000000000' });
  }
  const generations = generationsOf(new Map(nodes.reverse().map((node) => [node.hash, node])));
  expect(generations.get('h19999')).toBe(20_000);
});

test('lowest common ancestors are common, and none of them is above another', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const heads = headsOf(graph);
      const lowest = lowestCommonAncestors(graph, heads);
      for (const one of lowest) {
        for (const each of heads) expect(ancestorsOf(graph, [each]).has(one)).toBe(true);
        expect(lowest.some((other) => other !== one && ancestorsOf(graph, [other]).has(one))).toBe(false);
      }
      const shared = [...graph.keys()].filter((hash) => heads.every((each) => ancestorsOf(graph, [each]).has(hash)));
      expect(lowest.length > 0).toBe(shared.length > 0);
    }),
  );
});

const someHeads = fc.uniqueArray(
  fc
    .tuple(fc.nat(50), fc.integer({ min: 1, max: 3 }), fc.constantFrom(undefined, '{"a":1}', '{"a":1.0}'), fc.nat(2))
    .map(([name, generation, text, ms]) => head(`h${name}`, generation, text, `00000000000${ms}0000`)),
  { minLength: 1, maxLength: 5, selector: (each) => each.hash },
);

test('[RS12] the view does not depend on the order of heads, and seeing it again changes nothing', () => {
  fc.assert(
    fc.property(someHeads, fc.array(fc.nat()), (heads, order) => {
      const view = viewOf('Basic', heads);
      const mixed = heads
        .map((each, i) => ({ each, key: order[i] ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ each }) => each);
      expect(viewOf('Basic', mixed)).toEqual(view);
      expect(viewOf('Basic', [...heads].reverse())).toEqual(view);
    }),
  );
});

test('[RS12] the view shows a head, hides no update behind a tombstone, and is a conflict where bodies differ', () => {
  fc.assert(
    fc.property(someHeads, (heads) => {
      const view = viewOf('Basic', heads);
      const shown = heads.find((each) => each.hash === view.displayed);
      expect(shown).toBeDefined();
      expect(view.deleted).toBe(heads.every((each) => each.text === undefined));
      expect(shown?.text === undefined).toBe(view.deleted);
      expect(view.conflict).toBe(new Set(heads.map((each) => each.text)).size > 1);
    }),
  );
});

test('[RS12] of several heads the highest generation is shown, then the latest time, then the greatest hash', () => {
  const low = head('a', 1, '{"a":1}', 'fffffffffffff000');
  const high = head('b', 2, '{"a":2}', '0000000000000000');
  expect(viewOf('Basic', [low, high]).displayed).toBe(high.hash);
  const late = head('c', 2, '{"a":3}', '0000000000000001');
  expect(viewOf('Basic', [late, high, low]).displayed).toBe(late.hash);
  const same = [head('d', 2, '{"a":1}'), head('e', 2, '{"a":2}')];
  expect(viewOf('Basic', same).displayed).toBe(same.map((each) => each.hash).sort()[1]);
  const gone = head('f', 9, undefined);
  expect(viewOf('Basic', [gone, low])).toEqual({ displayed: low.hash, deleted: false, conflict: true, severity: 'S1' });
});

test('[RS12] a policy of the type may know better, but shows nothing that no head has', () => {
  const heads = [head('a', 1, '{"a":1}'), head('b', 1, '{"a":2}')];
  const calm: Policies = new Map<string, Policy>([
    ['Flag', (sorted) => ({ displayed: sorted.at(-1)?.hash ?? '', deleted: false, conflict: false })],
    ['Task', () => ({ displayed: sha256('made up'), deleted: false, conflict: false })],
    ['Basic', () => undefined],
  ]);
  const least = heads.map((each) => each.hash).sort()[0];
  expect(viewOf('Flag', heads, [], calm)).toEqual({ displayed: least, deleted: false, conflict: false });
  expect(viewOf('Basic', heads, [], calm).conflict).toBe(true);
  expect(() => viewOf('Task', heads, [], calm)).toThrow('one of the heads');
});
