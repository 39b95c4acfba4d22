// Whether a reader may know of a resource: the rules of a visibility, as every store and every candidate is judged by them.
//
//   RS9   Type, home and labels.
//   RS28  What the resource itself says, and what stands in its home compartment.
import { assert } from '../base/assert.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../base/json-types.ts';
import { homeCompartment } from '../fhir/compartment.ts';
import { matcherOf, type Indexed, type Resolver } from '../fhir/search/evaluate.ts';
import { extract, type ExtractOptions } from '../fhir/search/extract.ts';
import { paramInfos } from '../fhir/search/param-info.ts';
import type { Criterion } from '../fhir/search/query.ts';
import type { Candidate, ResourceFilter, Visibility, VisibilityRule } from './store.ts';

/** What a visibility asks of a resource. */
export interface Seen {
  readonly type: string;
  /** Home compartment of the displayed head: `Patient/1` or ''. */
  readonly home: string;
  /** `system|code` of meta.security over all heads; of a tombstone, those of what it deleted. */
  readonly labels: ReadonlySet<string>;
  /** As a search finds it; undefined: deleted. */
  readonly indexed: Indexed | undefined;
}
/** What stands in compartments, whatever the reader may see of it. */
export interface Around {
  /** Whether a live resource with this home (never '') meets one of `group`. */
  findsAny(group: readonly ResourceFilter[], home: string): boolean;
  /** The opposite; both are false where a store has yet to look. */
  findsNone(group: readonly ResourceFilter[], home: string): boolean;
}

export const NO_LABELS: ReadonlySet<string> = new Set();

export const isVisible = (visible: Visibility, seen: Seen, around: Around): boolean =>
  visible.see === 'everything' || visible.rules.some((rule) => meets(rule, seen, around));

/** What a version says itself. */
export interface SeenVersion {
  readonly labels: ReadonlySet<string>;
  /** Homes of its heads; of the version that is there now none need be given. */
  readonly homes: readonly string[];
}

/**
 * A version is visible by a rule that its resource, as it is now, meets, and whose labels its own are none of. One that was another
 * patient's must be visible there, too: it tells of that patient.
 */
export function isVersionVisible(visible: Visibility, seen: Seen, version: SeenVersion, around: Around): boolean {
  if (visible.see === 'everything') return true;
  const { labels, homes } = version;
  const { rules } = visible;
  if (!rules.some((rule) => isFree(rule, labels) && meets(rule, seen, around))) return false;
  return homes.every(
    (home) =>
      home === '' ||
      home === seen.home ||
      rules.some((rule) => meets(rule, { type: seen.type, home, labels, indexed: seen.indexed }, around)),
  );
}

function meets(rule: VisibilityRule, seen: Seen, around: Around): boolean {
  const { type, home, labels } = seen;
  if (rule.types !== undefined && !rule.types.includes(type)) return false;
  if (rule.compartments !== undefined && !rule.compartments.includes(home)) return false;
  if (!isFree(rule, labels)) return false;
  const { matching, related, unrelated } = rule;
  if (matching !== undefined) {
    // Not taken before it is asked for: a store may have to take the resource apart for it.
    const { indexed } = seen;
    if (!matching.every((filter) => indexed !== undefined && satisfies(indexed, filter))) return false;
  }
  if (related !== undefined && home === '') return false;
  if (related !== undefined && !related.every((group) => around.findsAny(group, home))) return false;
  return home === '' || unrelated === undefined || around.findsNone(unrelated, home);
}

/** None of `labels` hides by `rule`. */
export const isFree = (rule: VisibilityRule, labels: ReadonlySet<string>): boolean =>
  rule.withoutSecurity === undefined || !rule.withoutSecurity.some((label) => labels.has(label));

// --- filters ---------------------------------------------------------------------------------------------------------

/** Filters look at no other resource. */
const ALONE: Resolver = { get: () => undefined, all: () => [] };
const matchers = new WeakMap<ResourceFilter, (subject: Indexed) => boolean>();

/** A test for `filter`; throws where it asks for more than a filter may. */
export function filterMatcher(filter: ResourceFilter): (subject: Indexed) => boolean {
  const known = matchers.get(filter);
  if (known !== undefined) return known;
  for (const criterion of filter.where) assertOwn(criterion, filter.types);
  const each = filter.where.map((criterion) => matcherOf(criterion, ALONE));
  const types = new Set(filter.types);
  const made = (subject: Indexed): boolean => types.has(subject.type) && each.every((matcher) => matcher(subject));
  matchers.set(filter, made);
  return made;
}

export const satisfies = (subject: Indexed, filter: ResourceFilter): boolean => filterMatcher(filter)(subject);

/** Of the resource itself and of what it says: a time of ingest is not known before it is kept. What no resource can say never hides. */
function assertOwn(criterion: Criterion, types: readonly string[]): void {
  if (criterion.kind === 'any') for (const each of criterion.of) assertOwn(each, types);
  const isOwn = criterion.kind !== 'chain' && criterion.kind !== 'has' && criterion.kind !== 'lastUpdated';
  assert(isOwn, 'a filter asks for what a resource itself says');
  if (criterion.kind !== 'param') return;
  const isKnown = types.every((type) => paramInfos(type).get(criterion.param)?.type === criterion.type);
  assert(isKnown, 'a filter names search parameters that its types have');
}

/** A candidate as it would be seen. It is taken apart when a rule first asks for that: most rules ask what stands around it alone. */
export function seenAs({ key, resource }: Candidate, extracting: ExtractOptions): Seen {
  const whole = { ...resource, id: key.id };
  let indexed: Indexed | undefined;
  return {
    type: key.type,
    home: homeCompartment(whole, extracting),
    labels: labelsOf(whole),
    get indexed() {
      return (indexed ??= { ...key, lastUpdatedAt: 0, entries: extract(whole, extracting), resource: whole });
    },
  };
}

// --- labels ----------------------------------------------------------------------------------------------------------

/** `system|code` of each of `meta.security`; an absent system or code is ''. */
export function labelsOf(resource: ResourceJson): ReadonlySet<string> {
  const meta = resource['meta'];
  const security = isObject(meta) ? meta['security'] : undefined;
  if (!Array.isArray(security)) return NO_LABELS;
  const labels = new Set<string>();
  for (const coding of security as readonly JsonValue[]) {
    if (isObject(coding)) labels.add(`${textOf(coding['system'])}|${textOf(coding['code'])}`);
  }
  return labels;
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
