// Two ways to the same values: the walk of `extract.ts`, and the FHIRPath evaluator on each expression as it stands.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { ResourceJson } from '../../base/json-types.ts';
import { definitions } from '../definitions/r4.ts';
import { compilePath } from '../fhirpath/compile.ts';
import type { CompiledPath } from '../fhirpath/fhirpath.ts';
import { emitter } from './emit.ts';
import { extract } from './extract.ts';
import type { IndexEntry } from './index-entry.ts';

interface Oracle {
  readonly code: string;
  readonly type: string;
  readonly path: CompiledPath;
}
const oracles = new Map<string, readonly Oracle[]>();
function oraclesOf(type: string): readonly Oracle[] {
  const known = oracles.get(type);
  if (known !== undefined) return known;
  const made = [...definitions.searchParams(type).values()]
    .filter(
      ({ code, type, expression }) =>
        expression !== '' && type !== 'composite' && type !== 'special' && !LEFT.has(code),
    )
    .map(({ code, type: kind, expression }) => ({ code, type: kind, path: compilePath(expression, type) }));
  oracles.set(type, made);
  return made;
}
const LEFT: ReadonlySet<string> = new Set(['_id', '_lastUpdated', '_query']);

const print = (entries: readonly IndexEntry[]): readonly string[] =>
  [...new Set(entries.map((entry) => JSON.stringify(entry)))].toSorted();

function byFhirPath(resource: ResourceJson): readonly IndexEntry[] {
  const walk = { resource, baseUrls: [], out: [] as IndexEntry[] };
  for (const { code, type, path } of oraclesOf(resource.resourceType)) {
    for (const node of path({ resource })) {
      const kind = node.type === 'System.Boolean' || node.type === 'Boolean' ? 'boolean' : node.type;
      const read = definitions.resourceTypes.includes(kind) ? 'Resource' : kind;
      emitter(type, read)?.([{ param: code }])(node.value, walk);
    }
  }
  return walk.out;
}

const folder = resolve('../shared/conformance/fhir-r4-examples/instances');
const here = existsSync(folder);

test.skipIf(!here)(
  `[FS8] [FS10] on every official example the walk finds what FHIRPath finds${here ? '' : ' (skipped: no ../shared/conformance beside the checkout)'}`,
  () => {
    let entries = 0;
    for (const file of readdirSync(folder)) {
      const resource = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as ResourceJson;
      const ours = extract(resource).filter(({ kind }) => kind !== 'composite');
      expect(print(ours), file).toEqual(print(byFhirPath(resource)));
      entries += ours.length;
    }
    expect(entries).toBeGreaterThan(3000);
  },
);
