import { expect, test } from 'vitest';
import { paramInfos, type ParamInfo } from './param-info.ts';
import { parseDate, parseNumber, parseOfType, parseQuantity, parseReferenceValue, parseToken } from './values.ts';
import { parseValue, splitUnescaped, unescape, withImpliedSystem } from './values.ts';

const NOW = Date.UTC(2020, 0, 1);
const context = { now: NOW, baseUrls: ['http://a.org/fhir'] };

function infoOf(type: string, code: string): ParamInfo {
  const info = paramInfos(type).get(code);
  if (info === undefined) throw new Error(`${type}.${code} is unknown`);
  return info;
}

test('[FS16] four escapes, and a backslash before anything else stands for itself', () => {
  expect(splitUnescaped('a\\,b,c\\\\,d', ',')).toEqual(['a\\,b', 'c\\\\', 'd']);
  expect(splitUnescaped('a\\', ',')).toEqual(['a\\']);
  expect(unescape('a\\,\\|\\$\\\\\\n')).toBe('a,|$\\\\n');
  expect(parseToken('a\\|b|c\\,d')).toEqual({ kind: 'token', system: 'a|b', code: 'c,d' });
});

test('[FS17] tokens have one of four forms', () => {
  expect(parseToken('c')).toEqual({ kind: 'token', code: 'c' });
  expect(parseToken('s|c')).toEqual({ kind: 'token', system: 's', code: 'c' });
  expect(parseToken('|c')).toEqual({ kind: 'token', system: '', code: 'c' });
  expect(parseToken('s|')).toEqual({ kind: 'token', system: 's' });
  for (const text of ['', '|', 'a|b|c']) expect(parseToken(text), text).toBeUndefined();
  expect(parseOfType('s|MR|1')).toEqual({ kind: 'token', code: '1', ofType: { system: 's', code: 'MR' } });
  for (const text of ['s|MR', '|MR|1', 's||1', 's|MR|', 's|MR|1|2']) expect(parseOfType(text), text).toBeUndefined();
});

test('[FS17] references are ids, types with ids, URLs, urns or canonicals', () => {
  const parse = (text: string, type?: string) => parseReferenceValue(text, ['Patient', 'Group'], context, type);
  expect(parse('1')?.targets).toEqual([
    { type: 'Patient', id: '1' },
    { type: 'Group', id: '1' },
  ]);
  expect(parse('1', 'Group')?.targets).toEqual([{ type: 'Group', id: '1' }]);
  expect(parse('Patient/1')?.targets).toEqual([{ type: 'Patient', id: '1' }]);
  expect(parse('http://a.org/fhir/Patient/1')?.targets).toEqual([{ type: 'Patient', id: '1' }]);
  expect(parse('http://a.org/fhir/Patient/1/_history/2')).toMatchObject({
    url: 'http://a.org/fhir/Patient/1',
    version: '2',
  });
  expect(parse('http://b.org/fhir/Patient/1')).toEqual({
    kind: 'reference',
    targets: [],
    url: 'http://b.org/fhir/Patient/1',
  });
  expect(parse('http://b.org/q|2')).toEqual({ kind: 'reference', targets: [], url: 'http://b.org/q', version: '2' });
  expect(parse('urn:uuid:1')).toEqual({ kind: 'reference', targets: [], url: 'urn:uuid:1' });
  for (const text of ['a b', '#x', 'Patient/', 'Patient?name=x']) expect(parse(text), text).toBeUndefined();
  expect(parse('Patient/1', 'Group')).toBeUndefined();
});

test('[FS17] dates and numbers that are none are refused', () => {
  for (const text of ['', 'eq', '***', '2020-13', 'xx2020', 'EQ2020', 'gegt2020'])
    expect(parseDate(text, NOW), text).toBeUndefined();
  for (const text of ['', 'e5', '1e', '1e5000', 'NaN', '0x1', '1_0', ' 1', '1,5', '--1', 'lt', '9'.repeat(70)]) {
    expect(parseNumber(text), text).toBeUndefined();
  }
  for (const text of ['|s|c', '5|s|c|d', 'x|s|c']) expect(parseQuantity(text), text).toBeUndefined();
  expect(parseValue('---', infoOf('Patient', 'name'), context)).toBeUndefined();
});

test('[FS17] a blank for the plus that a URL took is read as a plus', () => {
  expect(parseDate('2020-01-01T00:00:00 01:00', NOW)).toEqual(parseDate('2020-01-01T00:00:00+01:00', NOW));
});

test('[FS18] a number is as precise as its digits', () => {
  const range = (text: string) => {
    const number = parseNumber(text);
    return number && [number.lo, number.hi, number.value];
  };
  expect(range('100')).toEqual([99.5, 100.5, 100]);
  expect(range('100.0')).toEqual([99.95, 100.05, 100]);
  expect(range('1e2')).toEqual([50, 150, 100]);
  expect(range('2E-3')).toEqual([0.0015, 0.0025, 0.002]);
  expect(range('-0.1')).toEqual([-0.15, -0.05, -0.1]);
  expect(range('0.30')).toEqual([0.295, 0.305, 0.3]);
  expect(range('lt5.40')).toEqual([5.395, 5.405, 5.4]);
  expect(parseNumber('sa5')?.prefix).toBe('sa');
});

test('[FS18] quantities carry a system, a code, or neither', () => {
  expect(parseQuantity('gt5|http://u|mg')).toMatchObject({ prefix: 'gt', value: 5, system: 'http://u', code: 'mg' });
  expect(parseQuantity('5||mg')).not.toHaveProperty('system');
  expect(parseQuantity('5|http://u')).toMatchObject({ system: 'http://u' });
  expect(parseQuantity('5')).not.toHaveProperty('code');
});

test('[FS19] ap widens by a tenth', () => {
  expect(parseNumber('ap100')).toMatchObject({ lo: 90, hi: 110, prefix: 'ap' });
  expect(parseNumber('ap-100')).toMatchObject({ lo: -110, hi: -90 });
  const date = parseDate('ap2010-01-01', NOW);
  const gap = NOW - Date.UTC(2010, 0, 1);
  expect(date?.lo).toBe(Math.floor(Date.UTC(2010, 0, 1) - gap / 10));
  expect(date?.hi).toBe(Math.ceil(Date.UTC(2010, 0, 2) + (gap - 86_400_000) / 10));
});

test('[FS48] a code implies the system of its value set, a boolean its own, a Coding none', () => {
  const gender = infoOf('Patient', 'gender');
  const system = 'http://hl7.org/fhir/administrative-gender';
  expect(withImpliedSystem({ kind: 'token', system, code: 'male' }, gender)).toEqual([
    { kind: 'token', system: '', code: 'male' },
  ]);
  expect(withImpliedSystem({ kind: 'token', system }, gender)).toEqual([{ kind: 'token', system: '' }]);
  for (const token of [
    { kind: 'token', system: 'http://other', code: 'male' },
    { kind: 'token', system, code: 'no such code' },
    { kind: 'token', code: 'male' },
    { kind: 'token', system: '', code: 'male' },
  ] as const) {
    expect(withImpliedSystem(token, gender)).toEqual([token]);
  }
  const special = { kind: 'token', system: 'http://hl7.org/fhir/special-values', code: 'true' } as const;
  expect(withImpliedSystem(special, infoOf('Patient', 'active'))).toEqual([
    { kind: 'token', system: '', code: 'true' },
  ]);
  expect(withImpliedSystem(special, infoOf('Observation', 'code'))).toEqual([special]);
});
