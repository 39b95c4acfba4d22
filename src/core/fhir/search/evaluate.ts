// Searches answered from index entries alone: what the memory store runs, and the oracle for every other store.
//
//   FS40  Criteria are all asked for, the values of one are alternatives.
//   FS41  :not finds what has none of the values, also what has no value at all; :missing asks just that.
//   FS42  A chain and a _has see only what the resolver shows: what is hidden or deleted cannot be told from what is not there.
//   FS43  Sorting goes by the least value upwards and by the greatest downwards; without a value comes last both ways; equals
//         stand in the order of type and id.
import { definitions } from '../definitions/r4.ts';
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateMatches, entryMatches } from './compare-values.ts';
import { fold } from './fold.ts';
import type { IndexEntry } from './index-entry.ts';
import type {
  ChainCriterion,
  CompartmentCriterion,
  Criterion,
  HasCriterion,
  ParamCriterion,
  SortKey,
} from './query.ts';
import { contentWords, textWords } from './words.ts';

/** A resource with its index. */
export interface Indexed {
  readonly type: string;
  readonly id: string;
  readonly lastUpdatedAt: Instant;
  readonly entries: readonly IndexEntry[];
  /** For `_text` and `_content`. */
  readonly resource: ResourceJson;
}
/** What a search may see of the other resources: those that exist and that its reader may know of. */
export interface Resolver {
  get(type: string, id: string): Indexed | undefined;
  all(type: string): Iterable<Indexed>;
}
export type Matcher = (subject: Indexed) => boolean;

/**
 * A test for `criterion` that may be asked of many resources, as long as what `resolver` shows does not change: what a
 * chain or a _has finds out is kept for the next.
 */
export function matcherOf(criterion: Criterion, resolver: Resolver): Matcher {
  switch (criterion.kind) {
    case 'param':
      return paramMatcher(criterion);
    case 'chain':
      return chainMatcher(criterion, resolver);
    case 'has':
      return hasMatcher(criterion, resolver);
    case 'id': {
      const ids = new Set(criterion.ids);
      return ({ id }) => ids.has(id) !== (criterion.not === true);
    }
    case 'lastUpdated':
      return ({ lastUpdatedAt: at }) => criterion.values.some((value) => dateMatches(at, at + 1, value));
    case 'compartment':
      return compartmentMatcher(criterion);
    case 'any': {
      const matchers = criterion.of.map((each) => matcherOf(each, resolver));
      return (subject) => matchers.some((matcher) => matcher(subject));
    }
  }
}

/** Whether one resource matches. For many, make a matcher once. */
export function matches(subject: Indexed, criterion: Criterion, resolver: Resolver): boolean {
  return matcherOf(criterion, resolver)(subject);
}

function paramMatcher({ param, modifier, values }: ParamCriterion): Matcher {
  const [first] = values;
  if (first?.kind === 'missing') {
    return ({ entries }) => entries.some((entry) => entry.param === param) !== first.missing;
  }
  if (first?.kind === 'words') {
    return ({ resource }) => {
      const words = new Set(param === '_text' ? textWords(resource) : contentWords(resource));
      return values.some((value) => value.kind === 'words' && value.words.every((word) => words.has(word)));
    };
  }
  const found: Matcher = ({ entries }) =>
    entries.some((entry) => entry.param === param && values.some((value) => entryMatches(entry, value, modifier)));
  return modifier === 'not' ? (subject) => !found(subject) : found;
}

function chainMatcher({ param, targetType, where }: ChainCriterion, resolver: Resolver): Matcher {
  const matcher = matcherOf(where, resolver);
  const known = new Map<string, boolean>();
  return ({ entries }) =>
    entries.some((entry) => {
      if (entry.kind !== 'reference' || entry.param !== param || entry.type !== targetType) return false;
      const id = entry.id ?? '';
      let answer = known.get(id);
      if (answer === undefined) {
        const target = resolver.get(targetType, id);
        answer = target !== undefined && matcher(target);
        known.set(id, answer);
      }
      return answer;
    });
}

function hasMatcher({ type, param, where }: HasCriterion, resolver: Resolver): Matcher {
  const matcher = matcherOf(where, resolver);
  let referred: Set<string> | undefined;
  const find = (): Set<string> => {
    const found = new Set<string>();
    for (const referrer of resolver.all(type)) {
      if (!matcher(referrer)) continue;
      for (const entry of referrer.entries) {
        if (entry.kind === 'reference' && entry.param === param) found.add(`${entry.type ?? ''}/${entry.id ?? ''}`);
      }
    }
    return found;
  };
  return (subject) => {
    referred ??= find();
    return referred.has(`${subject.type}/${subject.id}`);
  };
}

function compartmentMatcher({ type, id }: CompartmentCriterion): Matcher {
  return (subject) => {
    if (subject.type === type && subject.id === id) return true;
    const params = definitions.compartmentParams(type, subject.type);
    return subject.entries.some(
      (entry) => entry.kind === 'reference' && entry.type === type && entry.id === id && params.includes(entry.param),
    );
  };
}

// --- order -----------------------------------------------------------------------------------------------------------

function orderOf(entry: IndexEntry): string | number | undefined {
  switch (entry.kind) {
    case 'string': {
      const folded = fold(entry.value);
      return folded === '' ? undefined : folded;
    }
    case 'token':
      return entry.code ?? entry.text?.[0];
    case 'date':
    case 'number':
    case 'quantity':
      return entry.lo;
    case 'uri':
      return entry.value;
    case 'reference':
      return entry.type === undefined ? entry.url : `${entry.type}/${entry.id ?? ''}`;
    case 'composite':
      return undefined;
  }
}

/** The order of sort values: numbers as numbers, texts by their code points, which is the order of their UTF-8 bytes. */
export function compareSortValues(a: string | number, b: string | number): number {
  if (a === b) return 0;
  if (typeof a === 'number' || typeof b === 'number') return a < b ? -1 : 1;
  const length = Math.min(a.length, b.length);
  let i = 0;
  while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === length) return a.length < b.length ? -1 : 1;
  const left = a.charCodeAt(i);
  const right = b.charCodeAt(i);
  // A surrogate is half of a code point that lies beyond every other UTF-16 unit.
  const isHalf = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
  if (isHalf(left) !== isHalf(right)) return isHalf(left) ? 1 : -1;
  return left < right ? -1 : 1;
}

/** What `subject` is sorted by: the least of its values, the greatest when `key` descends; undefined without a value. */
export function sortValue(subject: Indexed, key: SortKey): string | number | undefined {
  if (key.type === 'id') return subject.id;
  if (key.type === 'lastUpdated') return subject.lastUpdatedAt;
  let best: string | number | undefined;
  for (const entry of subject.entries) {
    if (entry.param !== key.param) continue;
    const value = orderOf(entry);
    if (value === undefined) continue;
    const better =
      best === undefined || (key.descending ? compareSortValues(value, best) > 0 : compareSortValues(value, best) < 0);
    if (better) best = value;
  }
  return best;
}

/** For `toSorted`. Never 0 for two different resources. */
export function comparatorOf(sort: readonly SortKey[]): (a: Indexed, b: Indexed) => number {
  return (a, b) => {
    for (const key of sort) {
      const left = sortValue(a, key);
      const right = sortValue(b, key);
      if (left === undefined || right === undefined) {
        if (left !== right) return left === undefined ? 1 : -1;
        continue;
      }
      const order = compareSortValues(left, right);
      if (order !== 0) return key.descending ? -order : order;
    }
    return compareSortValues(a.type, b.type) || compareSortValues(a.id, b.id);
  };
}
