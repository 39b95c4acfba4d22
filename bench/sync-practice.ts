// A practice that was cut off for a month, without its database: what it wrote meanwhile is made up as it is asked for, commit by
// commit, sealed and chained like any other. To the region it is a site like any other: it speaks through the session that ships.
//
//   1. Keeps names, not bodies: fifty of them fit into one process beside the region that they meet.
//   2. The same practice makes the same commits, whatever page is asked for.
import type { Digest, Hash, Instant } from '../src/core/base/ports.ts';
import { bodyHashOf, encodeRevision, revisionHash, SCHEMA_R4 } from '../src/core/record/envelope.ts';
import { tick, HLC_START } from '../src/core/record/hlc.ts';
import { scopeOf } from '../src/core/record/scope.ts';
import { sealCommit } from '../src/core/record/seal.ts';
import { partOf, type Part } from '../src/core/sync/compare.ts';
import type { Verdict } from '../src/core/sync/judge-commit.ts';
import type { CarriedCommit, LinkRecord, LinkWrite, Mark, SyncStore } from '../src/core/sync/ports.ts';
import { keysOf, permits, type Scopes } from '../src/core/sync/scopes.ts';

export interface PracticeOptions {
  readonly digest: Digest;
  readonly node: string;
  readonly number: number;
  /** The first commits admit them, one with an allergy each; the others measure. */
  readonly patients: number;
  readonly since: Instant;
}

const PAGES_KEPT = 6_000;
const MINUTE_MS = 60_000;

export class Practice implements SyncStore {
  readonly node: string;
  /** Commits received from above, filtered or not; revisions of them. */
  got = { commits: 0, revisions: 0 };
  private readonly options: PracticeOptions;
  private readonly origin: string;
  private readonly made: CarriedCommit[] = [];
  private firstKept = 1;
  private prev: Hash = '';
  private readonly keysByName = new Map<Hash, readonly string[]>();
  private sorted: { readonly scopes: Scopes; readonly size: number; readonly names: readonly Hash[] } | undefined;
  private record: LinkRecord | undefined;
  private writtenTo = 0;

  constructor(options: PracticeOptions) {
    this.options = options;
    this.node = options.node;
    this.origin = `${options.node}.b${String(options.number)}`;
  }

  /** It has written so many commits by now. Returns how many are new. */
  writeUpTo(seq: number): number {
    const before = this.writtenTo;
    this.writtenTo = Math.max(before, seq);
    return this.writtenTo - before;
  }
  /** The next session compares. */
  forgetLink(): void {
    this.record = undefined;
  }
  /** As after a restore: so many of the names that it got from above are gone. Returns how many there were to lose. */
  lose(count: number): number {
    let lost = 0;
    for (const name of this.keysByName.keys()) {
      if (lost === count) break;
      this.keysByName.delete(name);
      lost += 1;
    }
    this.sorted = undefined;
    return lost;
  }
  get heldCount(): number {
    return this.keysByName.size;
  }

  identity(): { readonly node: string; readonly incarnation: string; readonly origin: string } {
    return { node: this.node, incarnation: 'bench', origin: this.origin };
  }
  carried(): readonly { origin: string; seq: number; hash: Hash }[] {
    if (this.writtenTo === 0) return [];
    const [last] = this.page(this.writtenTo, 1);
    return [{ origin: this.origin, seq: this.writtenTo, hash: last?.hash ?? '' }];
  }
  places(at: readonly Mark[]): readonly { contiguous: number; tip: Hash | '' }[] {
    return at.map(([origin]) => ({ contiguous: origin === this.origin ? this.writtenTo : 0, tip: '' as const }));
  }
  commits(origin: string, from: number, limit: number, bytes: number): readonly CarriedCommit[] {
    if (origin !== this.origin) return [];
    const page: CarriedCommit[] = [];
    let sum = 0;
    for (const commit of this.page(from, Math.min(limit, this.writtenTo - from + 1))) {
      page.push(commit);
      sum += commit.revisions.reduce((total, { text }) => total + (text?.length ?? 0), 0);
      if (sum >= bytes) break;
    }
    return page;
  }
  feed(): readonly never[] {
    return [];
  }
  arrival(): number {
    return 0;
  }
  parts(prefixes: readonly string[], scopes: Scopes): readonly Part[] {
    const names = this.inScope(scopes);
    return prefixes.map((prefix) => partOf(this.options.digest, prefix, under(names, prefix)));
  }
  names(prefix: string, scopes: Scopes, after: Hash | '', limit: number): readonly Hash[] {
    return under(this.inScope(scopes), prefix)
      .filter((name) => name > after)
      .slice(0, limit);
  }
  namesOutside(scopes: Scopes, after: Hash | '', limit: number): readonly Hash[] {
    if (scopes === 'all') return [];
    const outside = [...this.keysByName].flatMap(([name, keys]) =>
      name > after && !permits(scopes, keys) ? [name] : [],
    );
    return outside.toSorted().slice(0, limit);
  }
  foremost(): { names: readonly Hash[]; next: string; done: number; of: number } {
    return { names: [], next: '', done: 0, of: 0 };
  }
  wants(): readonly string[] {
    return [];
  }
  lacking(names: readonly Hash[]): readonly Hash[] {
    return names.filter((name) => !this.keysByName.has(name));
  }
  bearing(names: readonly Hash[]): readonly CarriedCommit[] {
    const wanted = new Set(names);
    return this.made.filter(({ revisions }) => revisions.some(({ hash }) => wanted.has(hash)));
  }
  stable(): readonly Mark[] {
    return [];
  }
  grants(): Scopes {
    return [];
  }
  /** Of where its commits are safe it knows nothing. */
  held(): readonly never[] {
    return [];
  }
  link(): LinkRecord | undefined {
    return this.record;
  }
  receive(commits: readonly CarriedCommit[], _from: 'below' | 'above', link?: LinkWrite): readonly Verdict[] {
    for (const { revisions } of commits) {
      this.got.commits += 1;
      for (const { hash, header } of revisions) {
        this.got.revisions += 1;
        this.keysByName.set(hash, keysOf(header) ?? []);
      }
    }
    if (link !== undefined) this.record = link.record;
    return commits.map(() => ({ result: 'stored' }));
  }
  setLink(link: LinkWrite): void {
    this.record = link.record;
  }
  learn(): void {
    // The region has no backup in this bench, so nothing is stable.
  }
  noteHeld(): void {
    // Nobody asks this practice where its commits are safe.
  }
  lookUp(): readonly string[] {
    return [];
  }
  settleWants(): void {
    // It looks nobody up.
  }
  author(): void {
    throw new Error('the region lacks what it acknowledged');
  }
  renewOrigin(): void {
    throw new Error('an origin of the bench is held in two versions');
  }
  release(): void {
    // It keeps everything.
  }

  private inScope(scopes: Scopes): readonly Hash[] {
    if (this.sorted?.scopes !== scopes || this.sorted.size !== this.keysByName.size) {
      const names = [...this.keysByName].flatMap(([name, keys]) => (permits(scopes, keys) ? [name] : [])).toSorted();
      this.sorted = { scopes, size: this.keysByName.size, names };
    }
    return this.sorted.names;
  }

  private page(from: number, count: number): readonly CarriedCommit[] {
    if (from < this.firstKept) throw new Error('the region asks for commits again that it acknowledged');
    while (this.firstKept + this.made.length < from + count)
      this.made.push(this.make(this.firstKept + this.made.length));
    const page = this.made.slice(from - this.firstKept, from - this.firstKept + count);
    // What lies far behind the page was acknowledged.
    const behind = from - this.firstKept - PAGES_KEPT;
    if (behind > 0) {
      this.made.splice(0, behind);
      this.firstKept += behind;
    }
    return page;
  }

  private make(seq: number): CarriedCommit {
    const { digest, number, patients, since } = this.options;
    const at = since + seq * MINUTE_MS;
    const patient = `b${String(number)}-p${String((seq - 1) % patients)}`;
    const turn = Math.floor((seq - 1) / patients);
    const [type, id, text] =
      turn === 0
        ? (['Patient', patient, patientText(patient)] as const)
        : turn === 1
          ? (['AllergyIntolerance', `${patient}-a`, allergyText(patient)] as const)
          : (['Observation', `b${String(number)}-o${String(seq)}`, vitalText(number, seq, patient, at)] as const);
    const scope = scopeOf(type, `Patient/${patient}`);
    const revision = encodeRevision({
      type,
      id,
      parents: [],
      kind: 'put',
      authored: { wallMs: at, hlc: tick(HLC_START, at), zoneMin: 0 },
      scope,
      schema: SCHEMA_R4,
      policy: '',
    });
    const name = revisionHash(digest, revision, bodyHashOf(digest, text));
    const { hash, header, prev } = sealCommit(
      digest,
      { origin: this.origin, nextSeq: seq, prev: this.prev },
      [name],
      at,
      '',
    );
    this.prev = hash;
    this.keysByName.set(name, scope);
    return { origin: this.origin, seq, prev, hash, header, revisions: [{ hash: name, header: revision, text }] };
  }
}

function under(names: readonly Hash[], prefix: string): readonly Hash[] {
  if (prefix === '') return names;
  const first = lowerBound(names, prefix);
  // `~` follows every letter of a name.
  return names.slice(first, lowerBound(names, `${prefix}~`));
}
function lowerBound(names: readonly Hash[], text: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}

const patientText = (id: string): string =>
  `{"resourceType":"Patient","id":"${id}","identifier":[{"system":"urn:holdfast:bench","value":"${id}"}],"name":[{"family":"Bench","given":["${id}"]}],"gender":"female","birthDate":"1970-01-01"}`;
const allergyText = (patient: string): string =>
  `{"resourceType":"AllergyIntolerance","id":"${patient}-a","clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},` +
  `"code":{"coding":[{"system":"http://snomed.info/sct","code":"91936005"}],"text":"Allergy to penicillin"},"patient":{"reference":"Patient/${patient}"}}`;
const vitalText = (number: number, seq: number, patient: string, at: Instant): string =>
  `{"resourceType":"Observation","id":"b${String(number)}-o${String(seq)}","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],` +
  `"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}],"text":"Heart rate"},"subject":{"reference":"Patient/${patient}"},` +
  `"effectiveDateTime":"${new Date(at).toISOString()}","valueQuantity":{"value":${String(50 + (seq % 60))},"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}`;
