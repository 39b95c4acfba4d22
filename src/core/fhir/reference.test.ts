import { expect, test } from 'vitest';
import { isId, isTypeName, parseCanonical, parseReference } from './reference.ts';

test('[FS3] each kind of reference is told from the others', () => {
  expect(parseReference('Patient/123')).toEqual({ kind: 'local', type: 'Patient', id: '123' });
  expect(parseReference('Patient/1/_history/2')).toEqual({ kind: 'local', type: 'Patient', id: '1', version: '2' });
  expect(parseReference('http://a.org/fhir/Patient/1')).toEqual({
    kind: 'remote',
    url: 'http://a.org/fhir/Patient/1',
    type: 'Patient',
    id: '1',
  });
  expect(parseReference('https://a.org/fhir/Patient/1/_history/7')).toEqual({
    kind: 'remote',
    url: 'https://a.org/fhir/Patient/1',
    type: 'Patient',
    id: '1',
    version: '7',
  });
  expect(parseReference('#p1')).toEqual({ kind: 'fragment', id: 'p1' });
  expect(parseReference('urn:uuid:a')).toEqual({ kind: 'urn', urn: 'urn:uuid:a' });
  expect(parseReference('Patient?identifier=x')).toEqual({
    kind: 'conditional',
    type: 'Patient',
    query: 'identifier=x',
  });
  expect(parseReference('http://a.org/vs|1.0#x')).toEqual({
    kind: 'url',
    url: 'http://a.org/vs',
    version: '1.0',
    fragment: 'x',
  });
  for (const text of [
    '',
    'ijk',
    '/Patient/1',
    'Patient/',
    'patient/1',
    'Patient/1/2',
    'Patient/a b',
    'Patient/1/_history/',
  ]) {
    expect(parseReference(text), text).toEqual({ kind: 'other', text });
  }
});

test("[FS3] the form of types and ids is the standard's", () => {
  expect(isTypeName('Patient')).toBe(true);
  for (const text of ['', 'patient', 'Pat1', 'Pat ient', 'Pätient', 'A'.repeat(65)])
    expect(isTypeName(text)).toBe(false);
  expect(isId('aZ-9.')).toBe(true);
  for (const text of ['', 'a_b', 'a b', 'ä', 'a'.repeat(65)]) expect(isId(text)).toBe(false);
});

test('[FS3] a canonical keeps an empty version out', () => {
  expect(parseCanonical('http://a|')).toEqual({ kind: 'url', url: 'http://a' });
  expect(parseCanonical('http://a|1|2')).toEqual({ kind: 'url', url: 'http://a', version: '1|2' });
});

test('[FS3] a megabyte of slashes and colons is read as quickly as it is long', () => {
  for (const text of ['/'.repeat(1e6), ':'.repeat(1e6), `http://${'a/'.repeat(5e5)}`, `http://a${'|'.repeat(1e6)}`]) {
    expect(parseReference(text).kind).toMatch(/^(?:other|url)$/u);
  }
});

test('[FS4] an absolute URL of this server is a local reference', () => {
  const bases = ['https://b.org/fhir', 'http://a.org/fhir'];
  expect(parseReference('http://a.org/fhir/Patient/1', bases)).toEqual({ kind: 'local', type: 'Patient', id: '1' });
  expect(parseReference('http://a.org/fhirx/Patient/1', bases).kind).toBe('remote');
  expect(parseReference('http://a.org/fhir/other/Patient/1', bases).kind).toBe('remote');
});
