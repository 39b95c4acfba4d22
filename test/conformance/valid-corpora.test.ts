// What others publish as valid R4 is valid here, but for what breaks R4 itself: each by name, with the rule and the reason.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { validateResource } from '../../src/core/fhir/validate/validate.ts';
import {
  corporaFolder,
  gzippedResources,
  hasCorpora,
  jsonFiles,
  skipWords,
  type Specimen,
  syntheaBundles,
} from './corpora.test-kit.ts';

/** Files that break a rule of R4, and how. */
interface Exception {
  readonly rules: readonly string[];
  readonly reason: string;
}
type Exceptions = Readonly<Record<string, Exception>>;

/** Every specimen is valid, and every exception is needed: with its rules off it is valid, with them it is not. */
function expectValid(specimens: Iterable<Specimen>, exceptions: Exceptions): number {
  const bad: string[] = [];
  const used = new Set<string>();
  let count = 0;
  for (const { name, value } of specimens) {
    count++;
    const exception = exceptions[name];
    const faults = validateResource(value).filter((it) => it.severity !== 'warning');
    if (exception === undefined) {
      for (const it of faults.slice(0, 3)) bad.push(`${name} ${it.path} ${it.rule}: ${it.message}`);
      continue;
    }
    used.add(name);
    expect([...new Set(faults.map((it) => it.rule))].toSorted(), name).toEqual(exception.rules.toSorted());
    expect(validateResource(value, { without: exception.rules }).filter((it) => it.severity === 'error')).toEqual([]);
  }
  expect(bad).toEqual([]);
  expect([...used].toSorted()).toEqual(Object.keys(exceptions).toSorted());
  return count;
}

const OFFICIAL: Exceptions = {
  'Questionnaire-qs1.json': { rules: ['cardinality-min'], reason: 'Its items have no linkId.' },
  'EventDefinition-example.json': { rules: ['txt-2'], reason: 'Its narrative says nothing.' },
  'DeviceUseStatement-example.json': { rules: ['reference-target'], reason: 'reasonReference to a type not allowed.' },
  'MedicationRequest-medrx0301.json': { rules: ['reference-target'], reason: 'performer to a type not allowed.' },
  'Observation-clinical-gender.json': { rules: ['reference-target'], reason: 'performer to a type not allowed.' },
};

test.skipIf(!hasCorpora)(`[FV31] the official R4 examples are valid${skipWords}`, () => {
  expect(expectValid(jsonFiles('fhir-r4-examples', 'instances'), OFFICIAL)).toBe(375);
});

const US_CORE: Readonly<Record<string, { readonly count: number; readonly exceptions: Exceptions }>> = {
  '3.1.1': {
    count: 84,
    exceptions: {
      'DiagnosticReport-cardiology-report.json': {
        rules: ['format-base64Binary'],
        reason: 'The hash of its attachment is not base64.',
      },
    },
  },
  '6.1.0': { count: 183, exceptions: {} },
  '7.0.0': { count: 214, exceptions: {} },
};

for (const [version, { count, exceptions }] of Object.entries(US_CORE))
  test.skipIf(!hasCorpora)(`[FV31] the examples of US Core ${version} are valid against base R4${skipWords}`, () => {
    expect(expectValid(gzippedResources('us-core', `examples-${version}.ndjson.gz`), exceptions)).toBe(count);
  });

for (const version of Object.keys(US_CORE))
  test.skipIf(!hasCorpora)(`[FV31] the definitions of US Core ${version} are valid R4 resources${skipWords}`, () => {
    expect(expectValid(gzippedResources('us-core', `definitions-${version}.ndjson.gz`), {})).toBeGreaterThan(100);
  });

test.skipIf(!hasCorpora)(`[FV31] the documents and examples of the IPS are valid${skipWords}`, () => {
  expect(expectValid(jsonFiles('ips', 'examples'), {})).toBeGreaterThan(40);
});

function* firstOf<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const it of items) {
    if (left-- <= 0) return;
    yield it;
  }
}

test.skipIf(!hasCorpora)(`[FV31] thirty patients of a Synthea shard are valid${skipWords}`, () => {
  const [shard] = readdirSync(join(corporaFolder, 'synthea-r4'))
    .filter((it) => it.startsWith('patients-'))
    .toSorted();
  expect(expectValid(firstOf(syntheaBundles(shard ?? ''), 30), {})).toBe(30);
});
