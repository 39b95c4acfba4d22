// HL7's own validator cases: whether each resource is valid, as HL7's Java validator says. Ours knows base R4 only: no
// profiles, no outside terminologies.
import { expect, test } from 'vitest';
import { parseJson } from '../../src/core/base/json.ts';
import { validateResource } from '../../src/core/fhir/validate/validate.ts';
import { corpusText, hasCorpora, skipWords } from './corpora.test-kit.ts';

interface Case {
  readonly name: string;
  readonly file: string;
  readonly valid: boolean;
}

/** Invalid for HL7's validator, valid for ours, and why that is so. */
const MISSES: Readonly<Record<string, string>> = {
  'bundle-document-versioned-references-bad': 'Which version a reference in a document means is not resolved here.',
  'obs-temp-bad': 'The vital signs profile is applied there because of the code; profiles are not known here.',
  'pat-example-extensions': 'An extension whose definition is not known is refused there; a record must take it.',
  'encounter-period':
    'A start of a day and an end at a time of that day cannot be compared in FHIRPath; what is not certainly wrong is taken.',
  PulseOxBundle_25Oct2022: 'Wrong displays of LOINC, and the vital signs profile; neither is known here.',
  'vs-params-2': 'A parameter of an expression that is defined by an extension of HL7 tools.',
  'vs-params-3': 'The expression is no FHIRPath: a warning here, as FHIRPath grows.',
};
/** Cases that HL7 runs with a check of its validator switched off. */
const SWITCHED_OFF: Readonly<Record<string, readonly string[]>> = {
  // validateContains=IGNORE: the contained resource (an id of 65 characters, referred to by nobody) is not looked at.
  'contained-resource-bad-id-ignore': ['format-id', 'dom-3'],
};

test.skipIf(!hasCorpora)(`[FV30] no false refusal, and every miss is named with its reason${skipWords}`, () => {
  const { tests } = JSON.parse(corpusText('validator-r4', 'manifest.json')) as { tests: readonly Case[] };
  expect(tests).toHaveLength(80);
  const refused: string[] = [];
  const missed: string[] = [];
  for (const it of tests) {
    const text = corpusText('validator-r4', 'files', it.file).replace(/^\uFEFF/, '');
    const parsed = parseJson(text, { numbers: 'lossless' });
    const without = SWITCHED_OFF[it.name];
    const faults = parsed.ok
      ? validateResource(parsed.value.value, without === undefined ? {} : { without })
      : undefined;
    const isValid = faults !== undefined && !faults.some((fault) => fault.severity === 'error');
    if (it.valid && !isValid) refused.push(`${it.name}: ${JSON.stringify(faults?.slice(0, 3))}`);
    if (!it.valid && isValid) missed.push(it.name);
  }
  expect(refused).toEqual([]);
  expect(missed.toSorted()).toEqual(Object.keys(MISSES).toSorted());
  expect(tests.length - missed.length).toBeGreaterThanOrEqual(72);
});
