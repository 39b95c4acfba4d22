// Which resources changes are about: by id, by a new id, or by what their criteria find.
//
//   EN2   Nothing is written twice in one commit.
//   EN11 EN12  What criteria that find none, one or several mean.
//   EN13  Whatever was found goes into a guard, so that the commit lands only where it is still so.
//   EN23  Criteria do not find what the same commit deletes.
import { isFhirId, uuidV7 } from '../base/id.ts';
import type { Chance, Clock } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { SearchQuery } from '../fhir/search/query.ts';
import type { RecordStore, ResourceKey, SearchGuard, Visibility } from '../record/store.ts';
import type { Change, ChangeRefusal, Refused } from './engine.ts';
import { faultOf, invalid, type Prepared } from './prepare-text.ts';

export interface Target {
  /** [] where there is nothing to do; several only for a conditional delete. */
  readonly keys: readonly ResourceKey[];
  readonly guard?: SearchGuard;
  /** A conditional create found it: it is the answer. */
  readonly matched?: boolean;
  /** The id is new, or must not be taken. */
  readonly fresh?: boolean;
}

/** The most that one conditional delete takes. */
export const MANY_MAX = 1000;
/** One match is wanted, two are too many; a few more, so that those that go in the same commit can be left out. */
const FEW = 20;
const SEARCH_MS = 30_000;

export interface Resolving {
  readonly store: RecordStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly visible: Visibility;
}
/** A change with its text, where it has one. */
export interface Ready {
  readonly change: Change;
  readonly prepared: Prepared | undefined;
}

/** The targets in the order of `ready`. */
export async function resolveTargets(
  ready: readonly Ready[],
  resolving: Resolving,
): Promise<Result<readonly Target[], Refused>> {
  const found = await Promise.all(ready.map(({ change }) => find(change, resolving)));
  const going = new Set<string>();
  for (let index = 0; index < ready.length; index++) {
    const change = ready[index]?.change;
    if (change?.kind !== 'delete') continue;
    const matches = found[index] ?? [{ type: change.type, id: change.id ?? '' }];
    for (const key of matches === 'too-costly' ? [] : matches) going.add(nameOf(key));
  }
  const targets: Target[] = [];
  const taken = new Set<string>();
  const criteria = new Set<string>();
  for (let index = 0; index < ready.length; index++) {
    const each = ready[index];
    if (each === undefined) continue;
    const matches = found[index];
    if (matches === 'too-costly') {
      return err({ index, refusal: { kind: 'contended', message: 'The criteria took too long to search.' } });
    }
    const { change } = each;
    if (change.kind === 'create' && change.unless !== undefined) {
      const print = JSON.stringify([change.unless.types, change.unless.where]);
      if (criteria.has(print)) return err({ index, refusal: twice('The same If-None-Exist stands in two entries.') });
      criteria.add(print);
    }
    const target = aim(each, matches, going, resolving);
    if (!target.ok) return err({ index, refusal: target.error });
    for (const key of target.value.matched === true ? [] : target.value.keys) {
      if (taken.has(nameOf(key))) return err({ index, refusal: twice('Two entries write the same resource.') });
      taken.add(nameOf(key));
    }
    targets.push(target.value);
  }
  return ok(targets);
}

export const nameOf = ({ type, id }: ResourceKey): string => `${type}/${id}`;

const twice = (message: string): ChangeRefusal => ({
  kind: 'invalid',
  faults: [
    faultOf('Bundle.entry.request', 'written-twice', 'duplicate', message, 'http://hl7.org/fhir/R4/http.html#trules'),
  ],
});

/** What the criteria of `change` find; undefined where it has none. */
async function find(
  change: Change,
  { store, visible }: Resolving,
): Promise<readonly ResourceKey[] | 'too-costly' | undefined> {
  const query = change.kind === 'create' ? change.unless : change.where;
  if (query === undefined) return undefined;
  const count = change.kind === 'delete' && change.many === true ? MANY_MAX + 1 : FEW;
  const page = await store.search({ ...bare(query), count }, visible, { includes: 0, ms: SEARCH_MS });
  return page.ok ? page.value.hits.map(({ stored }) => stored.key) : 'too-costly';
}

const bare = ({ types, where }: SearchQuery): SearchQuery => ({
  types,
  where,
  sort: [],
  count: 0,
  total: 'none',
  include: [],
});

function aim(
  { change, prepared }: Ready,
  found: readonly ResourceKey[] | undefined,
  going: ReadonlySet<string>,
  resolving: Resolving,
): Result<Target, ChangeRefusal> {
  const { type } = change;
  if (change.id !== undefined && !isFhirId(change.id)) {
    return invalid([faultOf(`${type}.id`, 'id', 'value', 'An id has 1 to 64 letters, digits, hyphens and dots.')]);
  }
  if (found === undefined) return ok(byId(change, resolving));
  const query = change.kind === 'create' ? change.unless : change.where;
  const guard = query && { query: bare(query), found, visible: resolving.visible };
  const guarded = guard === undefined ? {} : { guard };
  if (change.kind === 'delete') {
    const many = change.many === true ? MANY_MAX : 1;
    if (found.length > many) return err({ kind: 'many-matches', type, count: found.length });
    return ok(found.length === 0 ? { keys: [] } : { keys: found, ...guarded });
  }
  const left = found.filter((key) => !going.has(nameOf(key)));
  const [match] = left;
  if (left.length > 1) return err({ kind: 'many-matches', type, count: left.length });
  if (change.id !== undefined && match !== undefined && (change.kind === 'create' || change.id !== match.id)) {
    return err({ kind: 'contended', message: 'What the criteria find has changed meanwhile.' });
  }
  if (change.kind === 'patch') {
    return match === undefined ? err({ kind: 'not-found', key: { type, id: '' } }) : ok({ keys: [match], ...guarded });
  }
  if (match === undefined) {
    const own = change.kind === 'update' ? prepared?.id : undefined;
    const id = change.id ?? own ?? uuidV7(resolving.clock, resolving.chance);
    return ok({ keys: [{ type, id }], fresh: true, ...guarded });
  }
  if (change.kind === 'create') return ok({ keys: [match], matched: true });
  if (prepared?.id !== undefined && prepared.id !== match.id) {
    return invalid([
      faultOf(`${type}.id`, 'id-of-match', 'value', 'The id is not that of the resource that the criteria find.'),
    ]);
  }
  return ok({ keys: [match], ...guarded });
}

function byId(change: Change, { clock, chance }: Resolving): Target {
  const id = change.id ?? uuidV7(clock, chance);
  const keys = [{ type: change.type, id }];
  return change.kind === 'create' ? { keys, fresh: true } : { keys };
}
