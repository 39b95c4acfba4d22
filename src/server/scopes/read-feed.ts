// The job of a node with others below it: reads the record's commits in order and grants patients to those whose they have become.
//
//   SC5  Visits, orders, teams and the patient itself name places; whoever's place it is, is granted the patient.
//   SC6  A place that comes to lead up to a site brings the patients of before with it.
//   SC7  The place in the feed is kept after what was granted by it: to read again changes nothing.
//   SC30 A device's wards, as it says them.
//   SC8  Linked patients. SC9 Resources that moved between patients.
import type { Clock } from '../../core/base/ports.ts';
import type { JsonValue, ResourceJson } from '../../core/base/json-types.ts';
import { decodeRevision } from '../../core/record/envelope.ts';
import { patientScope } from '../../core/record/scope.ts';
import type { SyncReads } from '../../core/sync/ports.ts';
import { EVERYTHING, type ArrivedCommit, type RecordStore, type ResourceKey } from '../../core/record/store.ts';
import {
  isPlaceType,
  leadsUp,
  membersOf,
  nameOf,
  namedBy,
  placesUnder,
  referencesIn,
  searchAll,
} from './find-places.ts';
import { takeWards } from './take-wards.ts';
import { countsFor, keyOfScope, namesPlaces, patientsAt, placesNamed } from './name-patients.ts';
import type { ScopePeer, ScopeTables } from './ports.ts';

export interface FeedReaderOptions {
  readonly store: Pick<RecordStore, 'read' | 'search'>;
  readonly sync: Pick<SyncReads, 'feed'>;
  readonly tables: ScopeTables;
  readonly clock: Clock;
}

/** Commits of one page, and about how many characters they may have: one may have 5 million. */
const COMMITS = 250;
const CHARS = 4_000_000;
/** Grants whose links are looked at in one step. */
const SPREAD = 500;

/** What a page says. */
interface Told {
  /** Patient and places that were named together. */
  readonly visits: { readonly key: string; readonly places: readonly string[]; readonly resource: ResourceJson }[];
  /** Places that are new or changed. */
  readonly places: Set<string>;
  /** Keys of patients that a link joins with another. */
  readonly linked: Set<string>;
  /** Changed resources in somebody's record, which may have moved there. */
  readonly changed: Map<string, ResourceKey>;
}

export class FeedReader {
  readonly #options: FeedReaderOptions;

  constructor(options: FeedReaderOptions) {
    this.#options = options;
  }

  /** A page of commits, or whoever was not looked for yet. False where nothing was left to do. */
  async step(): Promise<boolean> {
    const { store, sync, tables } = this.#options;
    const all = await tables.peers();
    const { read } = await tables.state();
    if (all.length === 0) {
      // Whoever is enrolled later is looked for by what is there then.
      const latest = await tables.latest();
      if (latest > read) await tables.advance(read, latest);
      return false;
    }
    const commits = await sync.feed(read, COMMITS, CHARS);
    const isOther = await takeWards(commits, all, this.#options);
    const peers = (isOther ? await tables.peers() : all).filter(({ places }) => places.length > 0);
    for (const peer of peers.filter(({ swept }) => !swept)) {
      await this.#sweep(peer, await placesUnder(store, peer.places));
      await tables.setSwept(peer.peer, true);
    }
    const told = toldBy(commits);
    await this.#grantMoved([...told.changed.values()]);
    await this.#grantVisits(peers, told);
    if (told.places.size > 0) await this.#grantByPlaces(peers, told.places);
    await tables.setSpread([...told.linked], false);
    const spread = await this.#spread();
    const to = commits.at(-1)?.arrival;
    if (to !== undefined) await tables.advance(read, to);
    return to !== undefined || spread;
  }

  async #grantVisits(peers: readonly ScopePeer[], { visits }: Told): Promise<void> {
    if (visits.length === 0) return;
    const { store, tables, clock } = this.#options;
    const above = await leadsUp(
      store,
      visits.flatMap(({ places }) => places),
    );
    for (const { peer, tier, places } of peers) {
      const keys = visits
        .filter(({ resource }) => countsFor(tier, resource))
        .filter((visit) => visit.places.some((name) => places.some((place) => above(name).has(place))))
        .map(({ key }) => key);
      await tables.grant(peer, keys, 'visit', clock.now());
    }
  }

  /** Places that changed, and what is under them, may be somebody's since now. */
  async #grantByPlaces(peers: readonly ScopePeer[], changed: ReadonlySet<string>): Promise<void> {
    const { store } = this.#options;
    const above = await leadsUp(store, [...changed]);
    for (const peer of peers) {
      const own = [...changed].filter((name) => peer.places.some((place) => above(name).has(place)));
      if (own.length > 0) await this.#sweep(peer, await placesUnder(store, own));
    }
  }

  async #sweep({ peer, tier }: ScopePeer, places: ReadonlySet<string>): Promise<void> {
    const { store, tables, clock } = this.#options;
    for await (const keys of patientsAt(store, places, tier)) await tables.grant(peer, keys, 'visit', clock.now());
  }

  /** Whoever has one of the records that a resource was ever in is granted the others: it would show what stands there no more. */
  async #grantMoved(keys: readonly ResourceKey[]): Promise<void> {
    const { tables, clock } = this.#options;
    for (const { patients } of await tables.homesOf(keys)) {
      const scopes = patients.map(patientScope);
      const holders = new Set((await tables.holders(scopes)).map(({ peer }) => peer));
      for (const peer of holders) await tables.grant(peer, scopes, 'moved', clock.now());
    }
  }

  /** Linked patients of those who were granted lately. What is granted by it is looked at in the next step. */
  async #spread(): Promise<boolean> {
    const { store, tables, clock } = this.#options;
    const fresh = await tables.unspread(SPREAD);
    if (fresh.length === 0) return false;
    const byKey = new Map<string, Set<string>>();
    for (const { peer, key } of fresh) byKey.set(key, (byKey.get(key) ?? new Set()).add(peer));
    const keys = [...byKey.keys()];
    const names = keys.map((key) => `Patient/${key.slice(patientScope('').length)}`);
    const joined = new Map(names.map((name) => [name, new Set<string>()]));
    const read = await store.read(
      names.map((name) => ({ type: 'Patient', id: name.slice('Patient/'.length) })),
      EVERYTHING,
    );
    for (const [i, name] of names.entries()) {
      const stored = read[i];
      if (stored === undefined || stored.deleted) continue;
      for (const other of linksOf(JSON.parse(stored.text) as ResourceJson)) joined.get(name)?.add(other);
    }
    for (const criterion of namedBy('link', names))
      for await (const page of searchAll(store, 'Patient', [criterion]))
        for (const { key, text } of page)
          for (const other of linksOf(JSON.parse(text) as ResourceJson)) joined.get(other)?.add(nameOf(key));
    for (const [i, key] of keys.entries()) {
      const others = [...(joined.get(names[i] ?? '') ?? [])].map((name) => patientScope(name.slice('Patient/'.length)));
      for (const peer of byKey.get(key) ?? []) await tables.grant(peer, others, 'linked', clock.now());
    }
    await tables.setSpread(keys, true);
    return true;
  }
}

/** `Patient/1` of each patient that a Patient is joined with. */
function linksOf(patient: ResourceJson): readonly string[] {
  const link = patient['link'];
  if (!Array.isArray(link)) return [];
  return link
    .flatMap((each: JsonValue) => referencesIn(membersOf(each)['other']))
    .filter((name) => name.startsWith('Patient/'));
}

function toldBy(commits: readonly ArrivedCommit[]): Told {
  const told: Told = { visits: [], places: new Set(), linked: new Set(), changed: new Map() };
  for (const { revisions } of commits)
    for (const { header, text } of revisions) {
      const read = decodeRevision(header);
      // Of a later version: carried, not read.
      if (!read.ok) continue;
      const { type, id, parents, scope } = read.value;
      if (isPlaceType(type)) told.places.add(`${type}/${id}`);
      const key = keyOfScope(scope);
      if (key === undefined) continue;
      if (parents.length > 0) told.changed.set(`${type}/${id}`, { type, id });
      if (!namesPlaces(type) || text === undefined) continue;
      const resource = resourceOf(text);
      if (resource === undefined) continue;
      const places = placesNamed(resource);
      if (places.length > 0) told.visits.push({ key, places, resource });
      if (type === 'Patient') {
        const links = linksOf(resource);
        if (links.length > 0) told.linked.add(key);
        for (const link of links) told.linked.add(patientScope(link.slice('Patient/'.length)));
      }
    }
  return told;
}

/** `undefined` where a text from elsewhere is carried and not read. */
function resourceOf(text: string): ResourceJson | undefined {
  try {
    return JSON.parse(text) as ResourceJson;
  } catch {
    return undefined;
  }
}
