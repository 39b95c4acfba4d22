// A content package: drug rules, order sets, forms, as data with a manifest. What it is, and whether it may run here at all.
//
//   CT1  Only what a pinned publisher signed, and whose parts have the hashes that were signed, is read (ed25519, SHA-256).
//   CT2  Every part says its schema, version and arity; this engine reads none that it was not made for.
//   CT3  A package is read and run in this engine, with the tests that it carries, before it can be activated; none without tests.
//
// Pure but for the two ports of `ContentCrypto`. Nothing here knows what a rule means: kinds of parts are given by the composition.
import type { JsonObject, JsonValue } from '../base/json-types.ts';
import { parseJson } from '../base/json.ts';
import { err, ok, type Result } from '../base/result.ts';

export const CONTENT_FORMAT = 'holdfast-content/1';

/** A package as it travels: texts, byte for byte. */
export interface ContentPackage {
  /** JSON; what is signed. */
  readonly manifest: string;
  /** Of the manifest's UTF-8 bytes: 128 hexadecimal digits. */
  readonly signature: string;
  readonly parts: Readonly<Record<string, string>>;
}
export interface Manifest {
  readonly id: string;
  /** Rises by every release; the number that is compared. */
  readonly version: number;
  /** As people say it: `2026.11`. */
  readonly label: string;
  /** FHIR date. */
  readonly madeOn: string;
  /** Key of the publisher, as pinned. */
  readonly publisher: string;
  /** `demonstration`: not for care, and every screen says so. */
  readonly purpose: 'demonstration' | 'care';
  /** What changed, for clinicians. */
  readonly notes: string;
  readonly parts: readonly ManifestPart[];
}
export interface ManifestPart {
  readonly name: string;
  /** `drug-rules/1`; `self-tests/1` is the tests. */
  readonly schema: string;
  /** How many elements each kind of rule has. */
  readonly arity: Readonly<Record<string, number>>;
  /** 64 hexadecimal digits, of the UTF-8 bytes. */
  readonly sha256: string;
}

export interface ContentCrypto {
  /** 64 hexadecimal digits. */
  sha256(text: string): Promise<string>;
  /** `publicKey`: 64 hexadecimal digits. False where it does not verify. */
  verify(publicKey: string, signature: string, text: string): Promise<boolean>;
}
/** What this engine can read of one schema. */
export interface PartKind {
  readonly schema: string;
  readonly arity: Readonly<Record<string, number>>;
  /** Never throws on input. */
  read(json: JsonValue): Result<{ readonly content: unknown; readonly skipped: readonly string[] }, string>;
}
export interface ContentEngine {
  readonly kinds: readonly PartKind[];
  /** Runs the tests of a package against its own parts, by schema. Names of those that failed. */
  runTests(
    parts: ReadonlyMap<string, unknown>,
    tests: JsonValue,
  ): { readonly ran: number; readonly failed: readonly string[]; readonly notCovered: readonly string[] };
}
export const TESTS_SCHEMA = 'self-tests/1';

export interface OpenPackage {
  readonly manifest: Manifest;
  /** By schema, as its kind read it. */
  readonly parts: ReadonlyMap<string, unknown>;
  /** Rules that are not applied, by name. */
  readonly skipped: readonly string[];
  readonly testsRun: number;
}
export type PackageRefusal =
  | { readonly kind: 'not-a-package'; readonly where: string }
  | { readonly kind: 'unknown-publisher' }
  | { readonly kind: 'bad-signature' }
  | { readonly kind: 'wrong-hash'; readonly part: string }
  | { readonly kind: 'unknown-schema'; readonly part: string; readonly schema: string }
  | { readonly kind: 'wrong-arity'; readonly part: string; readonly of: string }
  | { readonly kind: 'unreadable'; readonly part: string; readonly where: string }
  | { readonly kind: 'no-tests'; readonly missing: readonly string[] }
  | { readonly kind: 'tests-failed'; readonly failed: readonly string[] };

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const HEX64 = /^[0-9a-f]{64}$/;
const BYTES_MAX = 20_000_000;

function readManifest(text: string): Result<Manifest, string> {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value.value)) return err('manifest');
  const m = parsed.value.value;
  if (m['format'] !== CONTENT_FORMAT) return err('format');
  const word = (name: string, pattern: RegExp): string | undefined => {
    const value = m[name];
    return typeof value === 'string' && pattern.test(value) ? value : undefined;
  };
  const id = word('id', /^[a-z0-9][a-z0-9-]{0,63}$/);
  const label = word('label', /^[\w. -]{1,40}$/);
  const madeOn = word('madeOn', /^\d{4}-\d\d-\d\d$/);
  const publisher = word('publisher', HEX64);
  const notes = word('notes', /^[^]{0,4000}$/);
  const version = m['version'];
  const purpose = m['purpose'];
  if (id === undefined || label === undefined || madeOn === undefined || publisher === undefined || notes === undefined)
    return err('manifest');
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) return err('version');
  if (purpose !== 'demonstration' && purpose !== 'care') return err('purpose');
  const list = m['parts'];
  if (!Array.isArray(list) || list.length === 0 || list.length > 50) return err('parts');
  const parts: ManifestPart[] = [];
  for (const item of list as readonly JsonValue[]) {
    const part = partOf(item);
    if (part === undefined || parts.some(({ name, schema }) => name === part.name || schema === part.schema))
      return err('parts');
    parts.push(part);
  }
  return ok({ id, version, label, madeOn, publisher, purpose, notes, parts });
}
function partOf(item: JsonValue): ManifestPart | undefined {
  if (!isObject(item)) return undefined;
  const { name, schema, sha256, arity } = item;
  if (typeof name !== 'string' || !/^[a-z0-9-]{1,60}\.json$/.test(name)) return undefined;
  if (typeof schema !== 'string' || typeof sha256 !== 'string' || !HEX64.test(sha256)) return undefined;
  if (!isObject(arity)) return undefined;
  const counts: Record<string, number> = {};
  for (const [of, count] of Object.entries(arity)) {
    if (typeof count !== 'number' || !Number.isSafeInteger(count)) return undefined;
    counts[of] = count;
  }
  return { name, schema, sha256, arity: counts };
}

/** The first kind of rule whose number of elements is another here than there. */
function otherArity(kind: PartKind, part: ManifestPart): string | undefined {
  const names = new Set([...Object.keys(kind.arity), ...Object.keys(part.arity)]);
  return [...names].find((name) => kind.arity[name] !== part.arity[name]);
}

/** `pins`: public keys that are trusted here. */
export async function openPackage(
  given: ContentPackage,
  pins: readonly string[],
  crypto: ContentCrypto,
  engine: ContentEngine,
): Promise<Result<OpenPackage, PackageRefusal>> {
  const size = given.manifest.length + Object.values(given.parts).reduce((sum, part) => sum + part.length, 0);
  if (size > BYTES_MAX) return err({ kind: 'not-a-package', where: 'size' });
  const manifest = readManifest(given.manifest);
  if (!manifest.ok) return err({ kind: 'not-a-package', where: manifest.error });
  const { publisher, parts } = manifest.value;
  if (!pins.includes(publisher)) return err({ kind: 'unknown-publisher' });
  if (!/^[0-9a-f]{128}$/.test(given.signature) || !(await crypto.verify(publisher, given.signature, given.manifest)))
    return err({ kind: 'bad-signature' });
  const read = new Map<string, unknown>();
  const skipped: string[] = [];
  let tests: JsonValue | undefined;
  for (const part of parts) {
    const text = Object.hasOwn(given.parts, part.name) ? given.parts[part.name] : undefined;
    if (text === undefined || (await crypto.sha256(text)) !== part.sha256)
      return err({ kind: 'wrong-hash', part: part.name });
    const parsed = parseJson(text);
    if (!parsed.ok) return err({ kind: 'unreadable', part: part.name, where: `line ${parsed.error.line}` });
    if (part.schema === TESTS_SCHEMA) {
      tests = parsed.value.value;
      continue;
    }
    const kind = engine.kinds.find(({ schema }) => schema === part.schema);
    if (kind === undefined) return err({ kind: 'unknown-schema', part: part.name, schema: part.schema });
    const other = otherArity(kind, part);
    if (other !== undefined) return err({ kind: 'wrong-arity', part: part.name, of: other });
    const content = kind.read(parsed.value.value);
    if (!content.ok) return err({ kind: 'unreadable', part: part.name, where: content.error });
    read.set(part.schema, content.value.content);
    skipped.push(...content.value.skipped.map((name) => `${part.name}: ${name}`));
  }
  if (tests === undefined) return err({ kind: 'no-tests', missing: [TESTS_SCHEMA] });
  const { ran, failed, notCovered } = engine.runTests(read, tests);
  if (failed.length > 0) return err({ kind: 'tests-failed', failed });
  if (ran === 0 || notCovered.length > 0) return err({ kind: 'no-tests', missing: notCovered });
  return ok({ manifest: manifest.value, parts: read, skipped, testsRun: ran });
}

/** A package as one file: `{"manifest":"…","signature":"…","parts":{…}}`. */
export function readPackageFile(text: string): ContentPackage | undefined {
  if (text.length > BYTES_MAX) return undefined;
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value.value)) return undefined;
  const { manifest, signature, parts } = parsed.value.value;
  if (typeof manifest !== 'string' || typeof signature !== 'string' || !isObject(parts)) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part !== 'string') return undefined;
    texts[name] = part;
  }
  return { manifest, signature, parts: texts };
}
