import { expect, test } from 'vitest';
import { answerType, isStrict, mediaTypeOf, namesVersion, preferred, versionOfEtag } from './negotiate.ts';

const fhir = 'application/fhir+json; charset=utf-8';
const plain = 'application/json; charset=utf-8';

test('[FR18] the best of what the client accepts is answered', () => {
  expect(answerType(undefined, undefined)).toBe(fhir);
  expect(answerType('application/json;q=0.9, application/fhir+json;q=0.1', undefined)).toBe(plain);
  expect(answerType('application/json, application/fhir+json', undefined)).toBe(fhir);
  expect(answerType('application/fhir+xml, */*;q=0.1', undefined)).toBe(fhir);
  expect(answerType('application/fhir+json;q=0', undefined)).toBeUndefined();
  expect(answerType('application/fhir+xml', 'json')).toBe(fhir);
  expect(answerType(undefined, 'application/fhir json')).toBe(fhir);
  expect(answerType(undefined, 'ttl')).toBeUndefined();
});

test('[FR17] media type and charset are read whatever their case', () => {
  expect(mediaTypeOf('Application/FHIR+JSON; Charset="UTF-8"; fhirVersion=4.0')).toEqual({
    mediaType: 'application/fhir+json',
    utf8: true,
  });
  expect(mediaTypeOf('application/json;charset=utf-16').utf8).toBe(false);
  expect(mediaTypeOf(undefined).mediaType).toBe('');
});

test('[FR8] only an ETag is an ETag', () => {
  expect(versionOfEtag('W/"abc.1-2"')).toBe('abc.1-2');
  expect(versionOfEtag('"abc"')).toBe('abc');
  for (const text of ['abc', '*', 'W/abc', 'W/""', 'w/"a"', 'W/"a", W/"b"', `W/"${'a'.repeat(65)}"`])
    expect(versionOfEtag(text)).toBeUndefined();
  expect(namesVersion('*', 'a')).toBe(true);
  expect(namesVersion('W/"b", "a"', 'a')).toBe(true);
});

test('[FR13] Prefer is read in any order', () => {
  expect(preferred({ prefer: 'handling=strict; return=minimal' })).toBe('minimal');
  expect(preferred({ prefer: 'respond-async, return=OperationOutcome' })).toBe('OperationOutcome');
  expect(preferred({ prefer: 'noreturn=minimal' })).toBe('representation');
  expect(isStrict({ prefer: 'return=minimal,handling=strict' })).toBe(true);
  expect(isStrict({ prefer: 'handling=lenient' })).toBe(false);
});
