// A visibility made ready for one type: its rules, the groups of filters that must be looked up around a resource, and the labels
// that hide one, as the index keeps them. Made once for each visibility that a reader brings.
import type { ResourceFilter, Visibility, VisibilityRule } from '../../../core/record/store.ts';
import { labelTokens } from './index-rows.ts';

/** Filters of which any counts; the same filters in the same order are one group, whichever array holds them. */
export interface Group {
  readonly key: string;
  readonly filters: readonly ResourceFilter[];
}
export interface Sight {
  /** The rules that a resource of the type can meet, without their types. */
  readonly visible: Visibility;
  /** Each once. */
  readonly groups: readonly Group[];
}

/** Of a `see: 'some'`. */
export function sightOf(visible: Visibility, type: string): Sight {
  let ofTypes = sights.get(visible);
  if (ofTypes === undefined) sights.set(visible, (ofTypes = new Map()));
  let sight = ofTypes.get(type);
  if (sight === undefined) ofTypes.set(type, (sight = makeSight(visible, type)));
  return sight;
}
const sights = new WeakMap<Visibility, Map<string, Sight>>();

function makeSight(visible: Visibility, type: string): Sight {
  if (visible.see === 'everything') return { visible, groups: [] };
  const rules = visible.rules
    .filter((rule) => rule.types === undefined || rule.types.includes(type))
    .map(({ types: _met, ...rest }): VisibilityRule => rest);
  const groups = new Map<string, Group>();
  for (const { related, unrelated } of rules) {
    for (const filters of [...(related ?? []), ...(unrelated === undefined ? [] : [unrelated])]) {
      const group = groupOf(filters);
      groups.set(group.key, group);
    }
  }
  return { visible: { see: 'some', rules }, groups: [...groups.values()] };
}

/** Of all of `types`. */
export function groupsOf(visible: Visibility, types: readonly string[]): readonly Group[] {
  const [only] = types;
  if (types.length === 1 && only !== undefined) return sightOf(visible, only).groups;
  const all = types.flatMap((type) => sightOf(visible, type).groups);
  return [...new Map(all.map((group) => [group.key, group])).values()];
}

export function groupOf(filters: readonly ResourceFilter[]): Group {
  let group = groups.get(filters);
  if (group === undefined) groups.set(filters, (group = { key: filters.map(numberOf).join(), filters }));
  return group;
}
const groups = new WeakMap<readonly ResourceFilter[], Group>();

function numberOf(filter: ResourceFilter): number {
  let number = numbers.get(filter);
  if (number === undefined) numbers.set(filter, (number = ++lastNumber));
  return number;
}
const numbers = new WeakMap<ResourceFilter, number>();
let lastNumber = 0;

/** Whether any rule asks for what stands around. */
export const looksAround = (visible: Visibility): boolean =>
  visible.see === 'some' &&
  visible.rules.some(({ related, unrelated }) => related !== undefined || unrelated !== undefined);

/** The labels that hide by any rule, by their tokens. */
export function hidingLabels(visible: Visibility): ReadonlyMap<number, string> {
  let labels = hiding.get(visible);
  if (labels === undefined) {
    const names = visible.see === 'everything' ? [] : visible.rules.flatMap((rule) => rule.withoutSecurity ?? []);
    const all = [...new Set(names)];
    const tokens = labelTokens(all);
    labels = new Map(all.map((label, i) => [tokens[i] ?? 0, label]));
    hiding.set(visible, labels);
  }
  return labels;
}
const hiding = new WeakMap<Visibility, ReadonlyMap<number, string>>();
