// The searches of ../shared/conformance/inferno-us-core on its two patients, against any bed: what a search is made from,
// it must find. Expectations are worked out here from the JSON alone, not by the code under test.
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue, ResourceJson } from '../../src/core/base/json-types.ts';
import type { SearchBed } from './search-bed.test-kit.ts';

interface Param {
  readonly paths: readonly string[];
  readonly type: string;
  readonly comparators: Readonly<Record<string, string>>;
  readonly multipleOr: string;
  readonly values: readonly string[];
}
interface Group {
  readonly name: string;
  readonly resource: string;
  readonly searches: readonly { readonly params: readonly string[]; readonly expectation: string }[];
  readonly params: Readonly<Record<string, Param>>;
  readonly includes: readonly string[];
  readonly revincludes: readonly string[];
}
type Resource = ResourceJson & { readonly id: string };

const folder = resolve('../shared/conformance/inferno-us-core');

/** US Core's own parameters; base R4 does not have them, and all their searches are SHOULD. */
const NOT_BASE: ReadonlySet<string> = new Set([
  'CareTeam role',
  'Condition asserted-date',
  'Encounter discharge-disposition',
  'Goal description',
]);
/** As many resources as each search is tried for. */
const TRIES = 2;

/** Runs every search of the plan against one bed that `open` gives. */
export function infernoSearches(name: string, open: () => Promise<SearchBed>): void {
  if (!existsSync(folder)) {
    test.skip(`${name}: inferno-us-core (skipped: no ../shared/conformance beside the checkout)`, () => undefined);
    return;
  }
  const plan = JSON.parse(readFileSync(`${folder}/profile-tests-6.1.0.json`, 'utf8')) as {
    readonly list: readonly Group[];
  };
  const resources = [...load('uscore_bundle_patient_355.json'), ...load('uscore_bundle_patient_85.json')];
  describe(`${name} answers the searches of inferno-us-core`, () => {
    let bed: SearchBed;
    beforeAll(async () => {
      bed = await open();
      for (const resource of new Map(resources.map((each) => [nameOf(each), each])).values()) await bed.put(resource);
    });
    afterAll(() => bed?.close());
    let searches = 0;
    for (const group of plan.list) {
      if (group.searches.length + group.includes.length + group.revincludes.length === 0) continue;
      describe(group.name, () => {
        const there = resources.filter(({ resourceType }) => resourceType === group.resource);
        for (const { params } of group.searches) {
          if (params.some((param) => NOT_BASE.has(`${group.resource} ${param}`))) continue;
          const tries = there.flatMap((each) => queriesOf(each, group, params) ?? []).slice(0, TRIES);
          searches += tries.length > 0 ? 1 : 0;
          test.skipIf(tries.length === 0)(`${params.join(' + ')}`, async () => {
            for (const { resource, queries } of tries) {
              for (const query of queries) await finds(bed, group.resource, query, resource);
            }
          });
        }
        for (const include of group.includes) {
          test(`_include=${include}`, () => includes(bed, there, resources, include));
        }
        for (const include of group.revincludes) {
          test(`_revinclude=${include}`, () => revincludes(bed, there, resources, include));
        }
      });
    }
    test('most searches of the plan have data', () => expect(searches).toBeGreaterThan(150));
  });
}

const nameOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`;

/** A transaction's resources under their own ids, references between them written out. */
function load(file: string): readonly Resource[] {
  const text = readFileSync(`${folder}/data/${file}`, 'utf8').replaceAll('"stop":', '"end":');
  const { entry } = JSON.parse(text) as { readonly entry: readonly { fullUrl: string; resource: Resource }[] };
  const names = new Map(entry.map(({ fullUrl, resource }) => [fullUrl, nameOf(resource)]));
  const linked = text.replaceAll(/"(urn:uuid:[^"]+)"/gu, (whole, urn: string) => {
    const name = names.get(urn);
    return name === undefined ? whole : `"${name}"`;
  });
  const again = JSON.parse(linked) as { readonly entry: readonly { readonly resource: Resource }[] };
  return again.entry.map(({ resource }) => resource);
}

async function finds(bed: SearchBed, type: string, query: string, resource: Resource): Promise<void> {
  const answer = await bed.search(type, query);
  expect(answer.status, query).toBe(200);
  expect(answer.keys, query).toContain(nameOf(resource));
  expect(answer.keys?.every((key) => key.startsWith(`${type}/`))).toBe(true);
}

async function includes(
  bed: SearchBed,
  there: readonly Resource[],
  all: readonly Resource[],
  include: string,
): Promise<void> {
  const [, , target] = include.split(':');
  const known = new Set(all.map(nameOf));
  for (const resource of there.slice(0, TRIES)) {
    const { keys } = await bed.search(resource.resourceType, `_id=${resource.id}&_include=${include}`);
    expect(keys).toContain(nameOf(resource));
    const referred = new Set(JSON.stringify(resource).match(/(?<="reference":")[A-Z][A-Za-z]+\/[^"]+/gu));
    for (const key of keys ?? []) {
      if (key !== nameOf(resource)) expect(referred.has(key) && known.has(key), key).toBe(true);
      if (target !== undefined && key !== nameOf(resource)) expect(key.split('/')[0]).toBe(target);
    }
  }
}

async function revincludes(
  bed: SearchBed,
  there: readonly Resource[],
  all: readonly Resource[],
  include: string,
): Promise<void> {
  const [source = '', member = ''] = include.split(':');
  for (const resource of there.slice(0, TRIES)) {
    const name = nameOf(resource);
    const expected = all
      .filter(({ resourceType }) => resourceType === source)
      .filter((each) => JSON.stringify(each[member] ?? null).includes(`"reference":"${name}"`))
      .map(nameOf);
    const { keys } = await bed.search(resource.resourceType, `_id=${resource.id}&_revinclude=${include}`);
    expect(keys?.toSorted()).toEqual([...new Set([name, ...expected])].toSorted());
  }
}

/** The searches that must find `resource`; undefined where it lacks a value for one of `params`. */
function queriesOf(
  resource: Resource,
  group: Group,
  params: readonly string[],
): { readonly resource: Resource; readonly queries: readonly string[] } | undefined {
  const choices: (readonly string[])[] = [];
  for (const name of params) {
    const param = group.params[name];
    if (param === undefined) return undefined;
    // A date parameter reads dates: what stands in an occurrenceString is none, whatever it looks like.
    const dates = Object.keys(param.comparators).length > 0;
    const steps = param.paths.map((path) => path.split('.').slice(1));
    const value = steps.flatMap((each) => valuesAt(resource, each, dates ? 'String' : undefined))[0];
    const texts = value === undefined ? [] : textsOf(value, param);
    if (texts.length === 0) return undefined;
    choices.push(texts.map((text) => `${name}=${encodeURIComponent(text)}`));
  }
  // Each way to write each value once, beside the first way of the others.
  const plain = choices.map(([first = '']) => first);
  const queries = choices.flatMap((texts, i) => texts.map((text) => plain.with(i, text).join('&')));
  return { resource, queries: [...new Set(queries)] };
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members by name, or of a choice by what its name begins with, but those whose name ends in `but`. */
function valuesAt(value: JsonValue | undefined, steps: readonly string[], but?: string): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((item) => valuesAt(item, steps, but));
  const [step, ...rest] = steps;
  if (step === undefined) return [value];
  if (!isObject(value)) return [];
  const choice = new RegExp(`^${step}(?:[A-Z].*)?$`, 'u');
  return Object.entries(value)
    .filter(([name]) => choice.test(name) && (but === undefined || !name.endsWith(but)))
    .flatMap(([, child]) => valuesAt(child, rest, but));
}

/** What finds `value`: its text, and for dates what its comparators must take in. */
function textsOf(value: JsonValue, { comparators, multipleOr, values }: Param): readonly string[] {
  if (typeof value === 'string') {
    if (Object.keys(comparators).length > 0) return [value, `ge${value}`, `le${value}`, `gt${before(value)}`, `lt9999`];
    return values.includes(value) && multipleOr === 'SHALL' ? [value, values.join(',')] : [value];
  }
  if (!isObject(value)) return [];
  const { reference, coding, system, code, start, end, family, city, given, text } = value;
  if (typeof reference === 'string') return [reference, reference.split('/')[1] ?? reference];
  if (Array.isArray(coding)) return (coding as readonly JsonValue[]).slice(0, 1).flatMap((item) => codingTexts(item));
  if (typeof code === 'string') return codingTexts(value);
  if (typeof start === 'string') return [`ge${start}`, `gt${before(start)}`, ...(end === undefined ? [] : [`lt9999`])];
  if (typeof value['value'] === 'string') {
    return [value['value'], ...(typeof system === 'string' ? [`${system}|${value['value']}`] : [])];
  }
  const part = family ?? city ?? text ?? (Array.isArray(given) ? (given as readonly JsonValue[])[0] : undefined);
  return typeof part === 'string' ? [part, part.toUpperCase(), part.slice(0, 2)] : [];
}
function codingTexts(value: JsonValue): readonly string[] {
  if (!isObject(value) || typeof value['code'] !== 'string') return [];
  const { system, code } = value;
  return typeof system === 'string' ? [code, `${system}|${code}`] : [code];
}
const before = (date: string): string => `${Number(date.slice(0, 4)) - 1}`;
