// One resource in memory: its revisions and heads, and what follows from them, derived when it is first asked for.
//
//   RS12  What is shown is a function of the heads and the policy of the type; of an edition of the heads it is derived once.
//   BS9   A revision that was read before, and whose patient its scope names (`plain`), is not read again to be kept.
import { assert } from '../base/assert.ts';
import type { ResourceJson } from '../base/json-types.ts';
import type { Digest, Hash, Instant } from '../base/ports.ts';
import { homeCompartment } from '../fhir/compartment.ts';
import { extract, type ExtractOptions } from '../fhir/search/extract.ts';
import type { Indexed } from '../fhir/search/evaluate.ts';
import type { IndexEntry } from '../fhir/search/index-entry.ts';
import { headsAfter, lowestCommonAncestors, type Node, type Place } from './ancestry.ts';
import { bodyHashOf, versionIdOf, type RevisionHeader } from './envelope.ts';
import type { Hlc } from './hlc.ts';
import { homeOfScope } from './scope.ts';
import type { SealedRevision } from './seal.ts';
import type { Author, Body, ResourceKey, RevisionKind, Stored } from './store.ts';
import { authorOf, shownOf, viewOf, type Head, type Policies } from './view.ts';
import { labelsOf, NO_LABELS, type Seen } from './visible.ts';

export interface Making {
  readonly digest: Digest;
  readonly policies: Policies;
  readonly extracting: ExtractOptions;
}

export interface KeptRevision extends Node, Place {
  readonly kind: RevisionKind;
  readonly header: string;
  readonly bodyHash: Hash | '';
  readonly text: string | undefined;
  readonly splice: number;
  readonly resource: ResourceJson | undefined;
  readonly author: Author | undefined;
  readonly scope: readonly string[];
  /** Its own, or those of what it deleted. */
  readonly labels: ReadonlySet<string>;
  readonly lastUpdatedAt: Instant;
  /** Its home compartment is the one that its scope names: who knows the header knows whose it is. */
  readonly plain: boolean;
}
/** A head set that was current here. */
export interface KeptVersion {
  readonly heads: readonly Hash[];
  readonly lastUpdatedAt: Instant;
}
export interface Kept {
  readonly key: ResourceKey;
  readonly revisions: ReadonlyMap<Hash, KeptRevision>;
  readonly heads: readonly Hash[];
  readonly versions: ReadonlyMap<string, KeptVersion>;
  readonly stored: Stored;
  readonly seen: Seen;
  /** The union over the live heads; [] when deleted. */
  readonly entries: readonly IndexEntry[];
  /** Of the live heads: the displayed one first. */
  readonly bodies: readonly ResourceJson[];
  /** For the evaluator; undefined when deleted: no search finds it. */
  readonly indexed: Indexed | undefined;
}

/** A revision as it lands. */
export interface Landing {
  readonly key: ResourceKey;
  readonly hash: Hash;
  readonly parents: readonly Hash[];
  readonly hlc: Hlc;
  readonly kind: RevisionKind;
  readonly header: string;
  readonly text: string | undefined;
  readonly author: Author | undefined;
  readonly scope: readonly string[];
  /** Read now, or known to be legible: then where it is spliced. */
  readonly body: Body | { readonly splice: number };
}

/** The resource after `sealed` landed on it at `receivedAt`. */
export function landed(making: Making, kept: Kept | undefined, sealed: SealedRevision, receivedAt: Instant): Kept {
  const { draft, hash, parents, hlc, header, scope } = sealed;
  const { key, kind, author, body } = draft;
  const text = body?.text;
  return landedAs(
    making,
    kept,
    { key, hash, parents, hlc, kind, header, text, author, scope, body: body ?? NO_BODY },
    receivedAt,
  );
}
/** Of a plain revision, from what its header says. */
export function landingOf(
  hash: Hash,
  header: string,
  said: RevisionHeader,
  text: string | undefined,
  splice: number,
): Landing {
  const { type, id, parents, authored, kind, author, scope } = said;
  return { key: { type, id }, hash, parents, hlc: authored.hlc, kind, header, text, author, scope, body: { splice } };
}
/** As it landed once. */
export function landingAgain(revision: KeptRevision, key: ResourceKey): Landing {
  const { hash, parents, hlc, kind, header, text, author, scope, splice, plain } = revision;
  const { resource } = revision;
  const body = plain || resource === undefined || text === undefined ? { splice } : { text, splice, resource };
  return { key, hash, parents, hlc, kind, header, text, author, scope, body };
}
const NO_BODY = { splice: 0 };

export function landedAs(making: Making, kept: Kept | undefined, landing: Landing, receivedAt: Instant): Kept {
  const { hash, parents, key } = landing;
  const known = parents.map((parent) => kept?.revisions.get(parent)).filter((each) => each !== undefined);
  const generation = 1 + Math.max(0, ...known.map((parent) => parent.generation));
  const revision = new LandedRevision(making, landing, known, generation, receivedAt);
  const revisions = new Map(kept?.revisions).set(hash, revision);
  const heads = headsAfter(kept?.heads ?? [], revision);
  const versions = new Map(kept?.versions);
  versions.set(versionIdOf(making.digest, heads), { heads, lastUpdatedAt: receivedAt });
  return assembled(making, key, revisions, heads, versions, receivedAt);
}

/** A resource with all that is derived from its revisions and heads. */
export function assembled(
  making: Making,
  key: ResourceKey,
  revisions: ReadonlyMap<Hash, KeptRevision>,
  heads: readonly Hash[],
  versions: ReadonlyMap<string, KeptVersion>,
  lastUpdatedAt: Instant,
): Kept {
  return new DerivedKept(making, key, revisions, heads, versions, lastUpdatedAt);
}

/** The same revision in another place of the ancestry. */
export const regenerated = (revision: KeptRevision, generation: number): KeptRevision =>
  revision instanceof LandedRevision && revision.generation !== generation ? revision.at(generation) : revision;

class LandedRevision implements KeptRevision {
  readonly hash: Hash;
  readonly parents: readonly Hash[];
  readonly hlc: Hlc;
  readonly generation: number;
  readonly kind: RevisionKind;
  readonly header: string;
  readonly text: string | undefined;
  readonly splice: number;
  readonly author: Author | undefined;
  readonly scope: readonly string[];
  readonly lastUpdatedAt: Instant;
  readonly #making: Making;
  readonly #landing: Landing;
  readonly #known: readonly KeptRevision[];
  #resource: ResourceJson | undefined;
  #labels: ReadonlySet<string> | undefined;
  #bodyHash: Hash | '' | undefined;
  #plain: boolean | undefined;

  constructor(
    making: Making,
    landing: Landing,
    known: readonly KeptRevision[],
    generation: number,
    lastUpdatedAt: Instant,
  ) {
    this.#making = making;
    this.#landing = landing;
    this.#known = landing.text === undefined ? known : [];
    this.generation = generation;
    this.lastUpdatedAt = lastUpdatedAt;
    this.hash = landing.hash;
    this.parents = landing.parents;
    this.hlc = landing.hlc;
    this.kind = landing.kind;
    this.header = landing.header;
    this.text = landing.text;
    this.splice = landing.body.splice;
    this.author = landing.author;
    this.scope = landing.scope;
    if ('resource' in landing.body) this.#resource = landing.body.resource;
    else this.#plain = true;
  }

  get resource(): ResourceJson | undefined {
    if (this.text === undefined) return undefined;
    // It was read by `readRevision` once: from here on the platform's own reader says the same.
    return (this.#resource ??= JSON.parse(this.text) as ResourceJson);
  }
  get labels(): ReadonlySet<string> {
    if (this.#labels === undefined) {
      const { text } = this;
      if (text === undefined) this.#labels = unionOf(this.#known.map(({ labels }) => labels));
      else this.#labels = mayBeLabelled(text) ? labelsOf(this.resource ?? NOTHING) : NO_LABELS;
    }
    return this.#labels;
  }
  get bodyHash(): Hash | '' {
    return (this.#bodyHash ??= bodyHashOf(this.#making.digest, this.text));
  }
  get plain(): boolean {
    return (this.#plain ??= this.#isPlain());
  }
  #isPlain(): boolean {
    const { resource } = this;
    return resource === undefined || homeCompartment(resource, this.#making.extracting) === homeOfScope(this.scope);
  }
  at(generation: number): KeptRevision {
    return new LandedRevision(this.#making, this.#landing, this.#known, generation, this.lastUpdatedAt);
  }
}

const NOTHING: ResourceJson = { resourceType: '' };
/** `meta.security` is there, as far as one can say without reading: no other escape can write its letters. */
const mayBeLabelled = (text: string): boolean => text.includes('"security"') || text.includes(String.raw`\u`);

class DerivedKept implements Kept {
  readonly key: ResourceKey;
  readonly revisions: ReadonlyMap<Hash, KeptRevision>;
  readonly heads: readonly Hash[];
  readonly versions: ReadonlyMap<string, KeptVersion>;
  readonly seen: Seen;
  readonly #making: Making;
  readonly #lastUpdatedAt: Instant;
  #heads: readonly KeptRevision[] | undefined;
  #view: ReturnType<typeof viewAt> | undefined;
  #stored: Stored | undefined;
  #home: string | undefined;
  #labels: ReadonlySet<string> | undefined;
  #bodies: readonly ResourceJson[] | undefined;
  #entries: readonly IndexEntry[] | undefined;
  #indexed: Indexed | undefined;

  constructor(
    making: Making,
    key: ResourceKey,
    revisions: ReadonlyMap<Hash, KeptRevision>,
    heads: readonly Hash[],
    versions: ReadonlyMap<string, KeptVersion>,
    lastUpdatedAt: Instant,
  ) {
    this.#making = making;
    this.key = key;
    this.revisions = revisions;
    this.heads = heads;
    this.versions = versions;
    this.#lastUpdatedAt = lastUpdatedAt;
    this.seen = new DerivedSeen(this);
  }

  get stored(): Stored {
    if (this.#stored === undefined) {
      const { composed: _, ...shown } = this.#shown();
      this.#stored = { ...shown, home: this.home };
    }
    return this.#stored;
  }
  get home(): string {
    return (this.#home ??= this.#plainHome() ?? this.#shownHome());
  }
  get labels(): ReadonlySet<string> {
    return (this.#labels ??= unionOf(this.#live().map((each) => each.labels)));
  }
  get bodies(): readonly ResourceJson[] {
    if (this.#bodies === undefined) {
      const { composed, displayed } = this.#shown();
      const own = composed ?? this.revisions.get(displayed)?.resource;
      const others = this.#live().flatMap(({ resource }) => (resource === own ? [] : [resource]));
      this.#bodies = [own, ...others].filter((each) => each !== undefined);
    }
    return this.#bodies;
  }
  get entries(): readonly IndexEntry[] {
    return (this.#entries ??= entriesOf(this.#making, this.bodies));
  }
  get indexed(): Indexed | undefined {
    if (this.#indexed !== undefined) return this.#indexed;
    if (this.#live().every(({ text }) => text === undefined)) return undefined;
    return (this.#indexed = new DerivedIndexed(this, this.#lastUpdatedAt));
  }

  #live(): readonly KeptRevision[] {
    return (this.#heads ??= this.heads.map((hash) => this.revisions.get(hash)).filter((each) => each !== undefined));
  }
  #shown(): ReturnType<typeof viewAt> {
    return (this.#view ??= viewAt(this.#making, this.key, this.revisions, this.heads, this.#lastUpdatedAt));
  }
  /** Where all heads say the same, and truly. */
  #plainHome(): string | undefined {
    const [first, ...rest] = this.#live();
    if (first === undefined || !first.plain) return undefined;
    const home = homeOfScope(first.scope);
    return rest.every(({ plain, scope }) => plain && homeOfScope(scope) === home) ? home : undefined;
  }
  #shownHome(): string {
    const [first] = this.bodies;
    if (first !== undefined) return homeCompartment(first, this.#making.extracting);
    return homeOfScope(this.revisions.get(this.#shown().displayed)?.scope ?? []);
  }
}

class DerivedSeen implements Seen {
  readonly #of: DerivedKept;
  constructor(of: DerivedKept) {
    this.#of = of;
  }
  get type(): string {
    return this.#of.key.type;
  }
  get home(): string {
    return this.#of.home;
  }
  get labels(): ReadonlySet<string> {
    return this.#of.labels;
  }
  get indexed(): Indexed | undefined {
    return this.#of.indexed;
  }
}

class DerivedIndexed implements Indexed {
  readonly type: string;
  readonly id: string;
  readonly lastUpdatedAt: Instant;
  readonly #of: DerivedKept;
  #resource: ResourceJson | undefined;
  constructor(of: DerivedKept, lastUpdatedAt: Instant) {
    this.#of = of;
    this.type = of.key.type;
    this.id = of.key.id;
    this.lastUpdatedAt = lastUpdatedAt;
  }
  get entries(): readonly IndexEntry[] {
    return this.#of.entries;
  }
  get resource(): ResourceJson {
    return (this.#resource ??= together(this.#of.bodies));
  }
}

/** One thing to read the words of several heads from: the narratives together, and everything else beside them. */
function together(bodies: readonly ResourceJson[]): ResourceJson {
  const [first] = bodies;
  assert(first !== undefined, 'what is live has a body');
  if (bodies.length === 1) return first;
  const divs = bodies.map(({ text }) => (typeof text === 'object' && text !== null && 'div' in text ? text.div : ''));
  return { resourceType: first.resourceType, text: { div: divs.join(' ') }, heads: bodies };
}

/** What `heads` are shown as; `home` is what the header of the displayed one says. */
export function storedAt(
  making: Making,
  key: ResourceKey,
  revisions: ReadonlyMap<Hash, KeptRevision>,
  heads: readonly Hash[],
  lastUpdatedAt: Instant,
): Stored {
  const { composed: _, ...stored } = viewAt(making, key, revisions, heads, lastUpdatedAt);
  return stored;
}

/** With what is shown, parsed, where that is made up of several heads. */
function viewAt(
  making: Making,
  key: ResourceKey,
  revisions: ReadonlyMap<Hash, KeptRevision>,
  heads: readonly Hash[],
  lastUpdatedAt: Instant,
): Stored & { readonly composed?: ResourceJson } {
  const known = named(revisions, heads);
  const ancestors = heads.length < 2 ? [] : named(revisions, lowestCommonAncestors(revisions, heads));
  const view = viewOf(key.type, known, ancestors, making.policies);
  const displayed = revisions.get(view.displayed);
  const { text, body } = shownOf(view, known);
  return {
    key,
    home: homeOfScope(displayed?.scope ?? []),
    versionId: versionIdOf(making.digest, heads),
    lastUpdatedAt,
    heads,
    displayed: view.displayed,
    deleted: view.deleted,
    conflict: view.conflict,
    ...(view.severity === undefined ? {} : { severity: view.severity }),
    text,
    splice: view.deleted ? 0 : ((body ?? displayed)?.splice ?? 0),
    ...(body === undefined ? {} : { composed: body.resource }),
  };
}

/** As a view takes them. */
function named(revisions: ReadonlyMap<Hash, KeptRevision>, hashes: readonly Hash[]): readonly Head[] {
  return hashes.flatMap((hash): readonly Head[] => {
    const known = revisions.get(hash);
    if (known === undefined) return [];
    const { generation, hlc, text, parents, author } = known;
    return [{ hash, generation, hlc, text, parents, ...authorOf(author) }];
  });
}

/** The index says what the bodies say, whatever the order of the heads: entries are sorted and stand once. */
export function entriesOf(making: Making, bodies: readonly ResourceJson[]): readonly IndexEntry[] {
  const [only, ...more] = bodies;
  if (only === undefined) return [];
  if (more.length === 0) return extract(only, making.extracting);
  const byPrint = new Map<string, IndexEntry>();
  for (const body of bodies) {
    for (const entry of extract(body, making.extracting)) byPrint.set(JSON.stringify(entry), entry);
  }
  return [...byPrint].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function unionOf(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) return only;
  const all = new Set<string>();
  for (const set of sets) for (const label of set) all.add(label);
  return all.size === 0 ? NO_LABELS : all;
}
