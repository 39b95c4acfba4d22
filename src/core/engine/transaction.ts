// A FHIR transaction (http://hl7.org/fhir/R4/http.html#transaction): ids first, then references, then one commit.
//
//   EN18 … EN21  References between entries, and conditional ones, are rewritten in the texts.
//   EN22  An entry whose criteria found its resource writes nothing; references mean the one found.
//   EN23  The order is DELETE, POST, PUT and PATCH, whatever that of the entries.
//   EN24  One fullUrl, one resource: each once.
//
// Ids must be known before texts are final, so criteria are asked here and pinned; where they find something else when
// the commit lands, all of it starts again.
import { parseJson } from '../base/json.ts';
import type { Chance, Clock } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Fault } from '../fhir/fault.ts';
import { parseReference } from '../fhir/reference.ts';
import type { SearchQuery } from '../fhir/search/query.ts';
import type { RecordStore } from '../record/store.ts';
import type { Actor, Change, ChangeRefusal, Outcome, RecordEngine, Refused } from './engine.ts';
import { faultOf } from './prepare-text.ts';
import { nameOf, resolveTargets, type Ready, type Target } from './resolve-targets.ts';
import { findReferences, renamingOf, spliced, type Found } from './rewrite-references.ts';

export interface TransactionEntry {
  readonly fullUrl?: string;
  readonly change: Change;
}
export interface TransactionDeps {
  readonly engine: RecordEngine;
  readonly store: RecordStore;
  readonly clock: Clock;
  readonly chance: Chance;
  /** What `Patient?identifier=x` means: the type, and what stands after the question mark. */
  readonly criteria: (type: string, query: string) => Promise<Result<SearchQuery, readonly Fault[]>>;
  /** This server's own, without a slash at the end. */
  readonly baseUrls?: readonly string[];
}

const ATTEMPTS_MAX = 8;
const SEARCH_MS = 30_000;
const TRULES = 'http://hl7.org/fhir/R4/http.html#trules';
const RANK: Readonly<Record<Change['kind'], number>> = { delete: 0, create: 1, update: 2, patch: 3 };

/** Lands all entries or none. Outcomes, and the index of a refusal, are in the order of `entries`. */
export async function runTransaction(
  deps: TransactionDeps,
  entries: readonly TransactionEntry[],
  actor: Actor,
): Promise<Result<readonly Outcome[], Refused>> {
  let last: Result<readonly Outcome[], Refused> = ok([]);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    last = await tryOnce(deps, entries, actor);
    if (last.ok || last.error.refusal.kind !== 'contended') return last;
  }
  return last;
}

async function tryOnce(
  deps: TransactionDeps,
  entries: readonly TransactionEntry[],
  actor: Actor,
): Promise<Result<readonly Outcome[], Refused>> {
  const { store, clock, chance, engine } = deps;
  const ready = entries.map(({ change }) => readyOf(change));
  const resolved = await resolveTargets(ready, { store, clock, chance, visible: actor.visible });
  if (!resolved.ok) return resolved;
  const targets = resolved.value;

  const names = namesOf(entries, targets);
  if (!names.ok) return names;
  const changes = await rewritten(deps, entries, targets, names.value, actor);
  if (!changes.ok) return changes;

  const order = changes.value
    .map((change, index) => ({ change, index }))
    .filter(({ index }) => targets[index]?.matched !== true)
    .sort((a, b) => RANK[a.change.kind] - RANK[b.change.kind] || a.index - b.index);
  const done = await engine.change(
    order.map(({ change }) => change),
    actor,
  );
  if (!done.ok) return err({ ...done.error, index: order[done.error.index]?.index ?? 0 });
  const outcomes = new Map(order.map(({ index }, i) => [index, done.value[i]]));
  const matched = await matchedOutcomes(deps, targets, actor);
  return ok(entries.map((_, index) => outcomes.get(index) ?? matched.get(index)).filter((each) => each !== undefined));
}

/** Of a text, only the id that a conditional update may name is wanted here: the engine parses it in full. */
function readyOf(change: Change): Ready {
  if (change.kind !== 'update' || change.where === undefined) return { change, prepared: undefined };
  const parsed = parseJson(change.text);
  const value = parsed.ok ? parsed.value.value : null;
  const id = typeof value === 'object' && value !== null && 'id' in value ? value['id'] : undefined;
  if (!parsed.ok || typeof id !== 'string') return { change, prepared: undefined };
  return { change, prepared: { text: change.text, parsed: parsed.value, id, warnings: [] } };
}

/** fullUrl → Type/id of every entry that has one resource. */
function namesOf(
  entries: readonly TransactionEntry[],
  targets: readonly Target[],
): Result<ReadonlyMap<string, string>, Refused> {
  const names = new Map<string, string>();
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index];
    const [key] = targets[index]?.keys ?? [];
    if (entry?.fullUrl === undefined || key === undefined || entry.change.kind === 'delete') continue;
    if (names.has(entry.fullUrl)) {
      const fault = faultOf('Bundle.entry.fullUrl', 'bdl-7', 'duplicate', 'Two entries have the same fullUrl.', TRULES);
      return err({ index, refusal: { kind: 'invalid', faults: [fault] } });
    }
    names.set(entry.fullUrl, nameOf(key));
  }
  return ok(names);
}

/** The changes with their ids pinned and their texts rewritten. */
async function rewritten(
  deps: TransactionDeps,
  entries: readonly TransactionEntry[],
  targets: readonly Target[],
  names: ReadonlyMap<string, string>,
  actor: Actor,
): Promise<Result<readonly Change[], Refused>> {
  const renaming = renamingOf(names);
  const found: (Found | undefined)[] = entries.map(({ change, fullUrl }, index) => {
    const text = targets[index]?.matched === true ? undefined : textOf(change);
    return text === undefined ? undefined : findReferences(text, renaming, baseOf(fullUrl, deps.baseUrls ?? []));
  });
  const criteria = new Set(found.flatMap((each) => each?.asked.map((one) => one.criteria) ?? []));
  const answers = new Map(
    await Promise.all([...criteria].map(async (each) => [each, await answerOf(deps, each, actor)] as const)),
  );
  const resolve = (each: string): Result<string, ChangeRefusal> => answers.get(each) ?? ok(each);

  const changes: Change[] = [];
  for (let index = 0; index < entries.length; index++) {
    const change = entries[index]?.change;
    const what = found[index];
    if (change === undefined) continue;
    const pinned = pin(change, targets[index]);
    const text = what === undefined ? ok(undefined) : spliced(textOf(change) ?? '', what, resolve);
    if (!text.ok) return err({ index, refusal: text.error });
    changes.push(text.value === undefined ? pinned : withText(pinned, text.value));
  }
  return ok(changes);
}

function textOf(change: Change): string | undefined {
  if (change.kind === 'create' || change.kind === 'update') return change.text;
  return change.kind === 'patch' ? change.patch.text : undefined;
}

function withText(change: Change, text: string): Change {
  if (change.kind === 'create' || change.kind === 'update') return { ...change, text };
  return change.kind === 'patch' ? { ...change, patch: { ...change.patch, text } } : change;
}

/** The engine refuses where criteria no longer find what they found here. */
function pin(change: Change, target: Target | undefined): Change {
  const [key] = target?.keys ?? [];
  return change.kind === 'delete' || key === undefined ? change : { ...change, id: key.id };
}

/** `http://a.org/fhir/` of `http://a.org/fhir/Patient/1`; '' of what is no RESTful URL. */
function baseOf(fullUrl: string | undefined, baseUrls: readonly string[]): string {
  if (fullUrl === undefined) return '';
  const parsed = parseReference(fullUrl, baseUrls);
  if (parsed.kind !== 'remote' && parsed.kind !== 'local') return '';
  const tail = `${parsed.type}/${parsed.id}`;
  return fullUrl.endsWith(tail) ? fullUrl.slice(0, -tail.length) : '';
}

/** What a conditional reference means: `Type/id` of the one that it finds. */
async function answerOf(
  { criteria, store }: TransactionDeps,
  text: string,
  { visible }: Actor,
): Promise<Result<string, ChangeRefusal>> {
  const mark = text.indexOf('?');
  const type = text.slice(0, mark);
  const query = await criteria(type, text.slice(mark + 1));
  if (!query.ok) return err({ kind: 'invalid', faults: query.error });
  const asked: SearchQuery = { ...query.value, sort: [], count: 2, total: 'none', include: [] };
  const page = await store.search(asked, visible, { includes: 0, ms: SEARCH_MS });
  if (!page.ok) return err({ kind: 'contended', message: 'The criteria took too long to search.' });
  const [hit, ...more] = page.value.hits;
  if (hit !== undefined && more.length === 0) return ok(nameOf(hit.stored.key));
  if (hit !== undefined) return err({ kind: 'many-matches', type, count: page.value.hits.length });
  const message = 'A conditional reference finds nothing.';
  return err({ kind: 'invalid', faults: [faultOf(type, 'conditional-reference', 'not-found', message, TRULES)] });
}

async function matchedOutcomes(
  { store, clock }: TransactionDeps,
  targets: readonly Target[],
  { visible }: Actor,
): Promise<ReadonlyMap<number, Outcome>> {
  const found = targets.flatMap(({ matched, keys }, index) =>
    matched === true ? keys.map((key) => ({ index, key })) : [],
  );
  const outcomes = new Map<number, Outcome>();
  if (found.length === 0) return outcomes;
  const read = await store.read(
    found.map(({ key }) => key),
    visible,
  );
  found.forEach(({ index, key }, i) => {
    const stored = read[i];
    const version = stored ?? { versionId: '', lastUpdatedAt: clock.now() };
    outcomes.set(index, {
      key,
      versionId: version.versionId,
      lastUpdatedAt: version.lastUpdatedAt,
      did: 'nothing',
      ...(stored === undefined || stored.deleted ? {} : { stored }),
      warnings: [],
    });
  });
  return outcomes;
}
