import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dateRange } from '../instant.ts';
import { dateMatches, entryMatches, numberMatches } from './compare-values.ts';
import type { IndexEntry } from './index-entry.ts';
import type { Modifier, Prefix, SearchValue } from './query.ts';
import { parseDate, parseNumber, parseQuantity, parseToken } from './values.ts';

const dated = (there: string, asked: string): boolean => {
  const span = dateRange(there);
  const value = parseDate(asked, 0);
  if (span === undefined || value === undefined) throw new Error('not a date');
  return dateMatches(span.lo, span.hi, value);
};
const numbered = (lo: number, hi: number, asked: string): boolean => {
  const value = parseNumber(asked);
  if (value === undefined) throw new Error('not a number');
  return numberMatches(lo, hi, value);
};
function every(
  asked: string,
  table: Readonly<Record<string, string>>,
  matches: (prefixed: string, there: string) => boolean,
): void {
  for (const [there, prefixes] of Object.entries(table)) {
    const found = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'].filter((prefix) => matches(prefix + asked, there));
    expect(found.join(' '), `${there} against ${asked}`).toBe(prefixes);
  }
}

test('[FS32] every prefix against a month, from before to after', () => {
  const table = {
    '1980-04-30': 'ne lt le eb',
    '1980-05-11': 'eq ge le',
    '1980-05': 'eq ge le',
    '1980': 'ne gt lt ge le',
    '1980-06-01': 'ne gt ge sa',
  };
  every('1980-05', table, (prefixed, there) => dated(there, prefixed));
  expect(dated('1980-05-01', 'ap1980-05')).toBe(true);
});

test('[FS33] every prefix against 5.0, whose eq is from 4.95 to 5.05', () => {
  const table = {
    '4.9': 'ne lt le eb',
    '4.96': 'eq lt le eb',
    '5': 'eq ge le',
    '5.04': 'eq gt ge sa',
    '5.05': 'ne gt ge sa',
  };
  every('5.0', table, (prefixed, there) => numbered(Number(there), Number(there), prefixed));
});

test('[FS33] a range matches as a span does', () => {
  expect(numbered(4, 6, '5')).toBe(false);
  expect(numbered(4, 6, 'gt5')).toBe(true);
  expect(numbered(4, 6, 'lt5')).toBe(true);
  expect(numbered(4, 6, 'sa5')).toBe(false);
  expect(numbered(Number.NEGATIVE_INFINITY, 5, 'lt10')).toBe(true);
  expect(numbered(Number.NEGATIVE_INFINITY, 5, '5')).toBe(false);
});

test('[FS32] [FS33] whatever the value: ne is not eq, ge and le take eq in, sa implies gt and eb lt', () => {
  const at = fc.integer({ min: -20, max: 20 });
  fc.assert(
    fc.property(at, at, at, at, (a, b, c, d) => {
      const there = { lo: Math.min(a, b), hi: Math.max(a, b) + 1 };
      const span = { lo: Math.min(c, d), hi: Math.max(c, d) + 1 };
      for (const by of [
        (prefix: Prefix) => dateMatches(there.lo, there.hi, { kind: 'date', prefix, ...span }),
        (prefix: Prefix) => numberMatches(there.lo, there.hi, { prefix, value: (span.lo + span.hi) / 2, ...span }),
      ]) {
        expect(by('ne')).toBe(!by('eq'));
        if (by('eq')) expect(by('ge') || by('le')).toBe(true);
        if (by('sa')) expect(by('gt')).toBe(true);
        if (by('eb')) expect(by('lt')).toBe(true);
        if (by('sa') || by('eb')) expect(by('sa')).toBe(!by('eb'));
      }
    }),
    { verbose: 1 },
  );
});

const match = (entry: IndexEntry, value: SearchValue | undefined, modifier?: Modifier): boolean => {
  if (value === undefined) throw new Error('not a value');
  return entryMatches(entry, value, modifier);
};

test('[FS34] quantities are compared in the unit that is asked for', () => {
  const entry: IndexEntry = { kind: 'quantity', param: 'q', lo: 5, hi: 5, system: 's', code: 'mg', unit: 'milligram' };
  const table = { '5': true, '5|s': true, '5||mg': true, '5||milligram': true, '5|s|mg': true, '5|s|milligram': false };
  for (const [text, expected] of Object.entries(table)) expect(match(entry, parseQuantity(text)), text).toBe(expected);
  for (const text of ['5|t', '5||kg', '5|s|kg', 'ne6|t', 'ne6||kg'])
    expect(match(entry, parseQuantity(text)), text).toBe(false);
  expect(match(entry, parseQuantity('ne6||mg'))).toBe(true);
});

test('[FS35] strings from the start, anywhere, exactly; texts of tokens anywhere', () => {
  const entry: IndexEntry = { kind: 'string', param: 's', value: 'Müller-Lüdenscheidt' };
  const find = (value: string, modifier?: Modifier) => match(entry, { kind: 'string', value }, modifier);
  expect([find('muller'), find('LÜD'), find('MÜLLERLU')]).toEqual([true, false, true]);
  expect([find('lud', 'contains'), find('xyz', 'contains')]).toEqual([true, false]);
  expect([find('Müller-Lüdenscheidt', 'exact'), find('Müller', 'exact')]).toEqual([true, false]);
  expect(find('-')).toBe(false);
  const token: IndexEntry = { kind: 'token', param: 't', code: 'xyz', text: ['Tension headache'] };
  expect(match(token, { kind: 'string', value: 'HEAD' }, 'text')).toBe(true);
  expect(match(token, { kind: 'string', value: 'xyz' }, 'text')).toBe(false);
  expect(match({ kind: 'token', param: 't', code: 'c' }, { kind: 'string', value: 'c' }, 'text')).toBe(false);
});

test('[FS36] tokens by code, system, both, or no system', () => {
  const token = (system: string | undefined, code: string | undefined): IndexEntry => ({
    kind: 'token',
    param: 't',
    ...(system === undefined ? {} : { system }),
    ...(code === undefined ? {} : { code }),
  });
  const table: readonly (readonly [string, readonly boolean[]])[] = [
    ['c', [true, true, false, false]],
    ['s|c', [true, false, false, false]],
    ['|c', [false, true, false, false]],
    ['s|', [true, false, true, false]],
    ['C', [false, false, false, false]],
  ];
  const entries = [token('s', 'c'), token(undefined, 'c'), token('s', 'd'), token(undefined, undefined)];
  for (const [text, expected] of table)
    expect(
      entries.map((entry) => match(entry, parseToken(text))),
      text,
    ).toEqual(expected);
  const typed: IndexEntry = { ...token('s', '1'), kind: 'token', identifierTypes: ['t|MR'] };
  const ofType = (code: string, type: string): SearchValue => ({
    kind: 'token',
    code,
    ofType: { system: 't', code: type },
  });
  expect(match(typed, ofType('1', 'MR'), 'of-type')).toBe(true);
  expect(match(typed, ofType('1', 'SS'), 'of-type')).toBe(false);
  expect(match(typed, ofType('2', 'MR'), 'of-type')).toBe(false);
});

test('[FS37] references by type and id, URL, version and identifier', () => {
  const local: IndexEntry = {
    kind: 'reference',
    param: 'r',
    type: 'Patient',
    id: '1',
    identifier: { system: 's', value: 'v' },
  };
  const targets = (...ids: readonly string[]) => ids.map((id) => ({ type: 'Patient', id }));
  expect(match(local, { kind: 'reference', targets: targets('2', '1') })).toBe(true);
  expect(match(local, { kind: 'reference', targets: [{ type: 'Group', id: '1' }] })).toBe(false);
  expect(match(local, { kind: 'reference', targets: targets('1'), version: '3' })).toBe(false);
  expect(match(local, { kind: 'reference', targets: targets('1'), url: 'http://a/Patient/1' })).toBe(true);
  expect(match(local, { kind: 'reference', targets: [], identifier: { kind: 'token', code: 'v' } }, 'identifier')).toBe(
    true,
  );
  expect(
    match(
      local,
      { kind: 'reference', targets: [], identifier: { kind: 'token', system: '', code: 'v' } },
      'identifier',
    ),
  ).toBe(false);
  const canonical: IndexEntry = { kind: 'reference', param: 'r', url: 'http://q', version: '2' };
  expect(match(canonical, { kind: 'reference', targets: [], url: 'http://q' })).toBe(true);
  expect(match(canonical, { kind: 'reference', targets: [], url: 'http://q', version: '2' })).toBe(true);
  expect(match(canonical, { kind: 'reference', targets: [], url: 'http://q', version: '1' })).toBe(false);
  const named = (version?: string): IndexEntry => ({
    kind: 'reference',
    param: 'r',
    url: 'http://a/q',
    ...(version === undefined ? {} : { version }),
  });
  const unversioned = { kind: 'reference', targets: [], url: 'http://a/q', version: '' } as const;
  expect([match(named(), unversioned), match(named('1'), unversioned)]).toEqual([true, false]);
});

test('[FS38] URIs whole, below and above; urns only whole', () => {
  const uri = (value: string, asked: string, modifier?: Modifier) =>
    match({ kind: 'uri', param: 'u', value }, { kind: 'uri', value: asked }, modifier);
  expect([uri('http://a/b', 'http://a/b'), uri('http://a/b', 'http://a')]).toEqual([true, false]);
  expect([uri('http://a/b', 'http://a', 'below'), uri('http://a', 'http://a/b', 'below')]).toEqual([true, false]);
  expect([uri('http://a', 'http://a/b', 'above'), uri('http://a/b', 'http://a', 'above')]).toEqual([true, false]);
  expect([uri('urn:oid:1.2', 'urn:oid:1', 'below'), uri('urn:oid:1', 'urn:oid:1')]).toEqual([false, true]);
});

test('[FS39] a composite needs all of its parts in one element', () => {
  const entry = (code: string, value: number): IndexEntry => ({
    kind: 'composite',
    param: 'c',
    parts: [[{ kind: 'token', param: 'code', code }], [{ kind: 'number', param: 'n', lo: value, hi: value }]],
  });
  const number = parseNumber('gt5');
  if (number === undefined) throw new Error('not a number');
  const asked: SearchValue = {
    kind: 'composite',
    components: [
      { param: 'code', type: 'token', value: { kind: 'token', code: 'a' } },
      { param: 'n', type: 'number', value: number },
    ],
  };
  expect([entry('a', 6), entry('a', 5), entry('b', 6)].map((each) => match(each, asked))).toEqual([true, false, false]);
});
