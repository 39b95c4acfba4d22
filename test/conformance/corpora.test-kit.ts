// Reads the public test material that lies beside the project where it is developed (../shared/conformance). A newcomer's
// clone has none: whoever uses this skips then, and says so.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { JsonValue } from '../../src/core/base/json-types.ts';
import { parseJson } from '../../src/core/base/json.ts';

export const corporaFolder = join('..', 'shared', 'conformance');
export const hasCorpora = existsSync(corporaFolder);
/** For the names of tests that are skipped without it. */
export const skipWords = hasCorpora ? '' : ' (skipped: ../shared/conformance is not here)';

export interface Specimen {
  readonly name: string;
  readonly value: JsonValue;
}

export function corpusText(...path: readonly string[]): string {
  return readFileSync(join(corporaFolder, ...path), 'utf8');
}

/** All JSON files under a folder, parsed without losing a digit. */
export function* jsonFiles(...path: readonly string[]): Generator<Specimen> {
  const folder = join(corporaFolder, ...path);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted())
    if (name.endsWith('.json')) yield { name, value: parsed(readFileSync(join(folder, name), 'utf8'), name) };
}

/** The resources of an `.ndjson.gz` of lines {file, resource}. */
export function* gzippedResources(...path: readonly string[]): Generator<Specimen> {
  const text = gunzipSync(readFileSync(join(corporaFolder, ...path))).toString();
  for (const line of text.trim().split('\n')) {
    const value = parsed(line, path.join('/'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('a line is no object');
    const { file, resource } = value as { file?: JsonValue; resource?: JsonValue };
    yield { name: String(file), value: resource ?? null };
  }
}

/** The bundles of one Synthea shard. */
export function* syntheaBundles(shard: string): Generator<Specimen> {
  const text = brotliDecompressSync(readFileSync(join(corporaFolder, 'synthea-r4', shard))).toString();
  let line = 0;
  for (const json of text.trim().split('\n')) yield { name: `${shard}:${++line}`, value: parsed(json, shard) };
}

function parsed(text: string, name: string): JsonValue {
  const result = parseJson(text, { numbers: 'lossless' });
  if (!result.ok) throw new Error(`${name}: ${result.error.message}`);
  return result.value.value;
}
