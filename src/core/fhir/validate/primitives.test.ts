import { expect, test } from 'vitest';
import type { JsonValue } from '../../base/json-types.ts';
import { primitiveCheck } from './primitives.ts';

const table: Readonly<Record<string, { readonly valid: readonly JsonValue[]; readonly wrong: readonly JsonValue[] }>> =
  {
    boolean: { valid: [true, false], wrong: ['true', 0, null, {}] },
    integer: { valid: [0, -1, 2147483647, -2147483648], wrong: [2147483648, -2147483649, 1.5, -0, '1', true, NaN] },
    unsignedInt: { valid: [0, 2147483647], wrong: [-1, 1.5] },
    positiveInt: { valid: [1], wrong: [0, -1] },
    decimal: { valid: [0, -1.5, 1e300], wrong: ['1', true, Infinity, NaN] },
    string: {
      valid: ['x', 'a\tb\r\nc', 'α𝄞', ' x '],
      wrong: ['', 'a\u0000b', 'a\u0008', 5, 'x'.repeat(1024 * 1024 + 1)],
    },
    markdown: { valid: ['# x\n\ny'], wrong: ['', '\u0001'] },
    code: { valid: ['a', 'a b', 'a-b.c'], wrong: ['', ' a', 'a ', 'a  b', 'a\t b', 'a\n'] },
    id: { valid: ['a', 'A-1.b', 'x'.repeat(64)], wrong: ['', 'a_b', 'a b', 'x'.repeat(65), 'ä', 'a\n'] },
    uri: {
      valid: ['http://x.org/a?b#c', 'urn:oid:1.2.3', 'urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7', 'x', '#a'],
      wrong: ['', 'a b', ' a', 'urn:oid:3.1', 'urn:oid:1', 'urn:oid:1.02', 'urn:uuid:1'],
    },
    url: { valid: ['mailto:a@x.org'], wrong: ['a b', ''] },
    canonical: { valid: ['http://x.org/a|1.0', '#a'], wrong: [' ', 5] },
    oid: { valid: ['urn:oid:2.16.840.1.113883'], wrong: ['1.2.3', 'urn:oid:1.', 'urn:oid:4.1'] },
    uuid: {
      valid: ['urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7'],
      wrong: ['53fefa32-fcbb-4ff8-8a92-55ee120877b7', 'urn:uuid:53FEFA32-fcbb-4ff8-8a92-55ee120877b7'],
    },
    base64Binary: {
      valid: ['AAAA', 'AAA=', 'AA==', 'AA AA\nAAAA', '+/09'],
      wrong: ['', 'A', 'AA', 'AAA', 'A===', 'AA=A', '=AAA', 'AA-_', '====', ' '],
    },
    date: {
      valid: ['2024', '2024-02', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'],
      wrong: [
        '2023-02-29',
        '1900-02-29',
        '2024-13',
        '2024-00-01',
        '2024-04-31',
        '2024-1-1',
        '24',
        '0000',
        '2024-02-29T00:00:00Z',
        '2024-',
        ' 2024',
        '+2024',
        '20240229',
      ],
    },
    dateTime: {
      valid: ['2024', '2024-02-29T00:00:00Z', '2024-02-29T23:59:60.5+14:00', '2024-02-29T10:00:00.123456789-11:30'],
      wrong: [
        '2024-02-31T00:00:00Z',
        '2024-02-29T24:00:00Z',
        '2024-02-29T10:00Z',
        '2024-02-29T10:00:00',
        '2024-02-29T10:00:00.Z',
        '2024-02-29T10:00:00+14:01',
        '2024-02-29T10:00:00+1:00',
        '2024-02-29t10:00:00Z',
        '2024-02-29T10:00:00Zx',
        '2024-02-29 10:00:00Z',
        '2024-02T10:00:00Z',
      ],
    },
    instant: {
      valid: ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.1+01:00'],
      wrong: ['2024', '2024-02-29', '2024-02-29T00:00Z', '2024-02-29T00:00:00'],
    },
    time: {
      valid: ['00:00:00', '23:59:59.999'],
      wrong: ['24:00:00', '12:05', '12:05:00Z', '1:05:00', '12:60:00', '12:05:00.'],
    },
  };

for (const [type, { valid, wrong }] of Object.entries(table))
  test(`[FV17] ${type} has the form that R4 gives it`, () => {
    const check = primitiveCheck(type);
    for (const value of valid) expect(check?.(value), JSON.stringify(value).slice(0, 80)).toBe('valid');
    for (const value of wrong) expect(check?.(value), JSON.stringify(value).slice(0, 80)).not.toBe('valid');
  });

test('[FV17] what takes long to read is still read in linear time', () => {
  // Each would take minutes where an expression backtracks; a hang, not a slow answer, is what this would show.
  const long = 200_000;
  for (const [type, text] of [
    ['code', ' a'.repeat(long) + ' '],
    ['base64Binary', 'AAAA '.repeat(long) + '!'],
    ['uri', 'urn:oid:' + '1.'.repeat(long)],
    ['xhtml', '<div' + ' a="b"'.repeat(long)],
    ['xhtml', '<div>' + '&amp'.repeat(long) + '</div>'],
    ['xhtml', '<div>' + '<!--'.repeat(long)],
    ['xhtml', `<div style="${'url('.repeat(long)}"`],
    ['xhtml', `<div style="url(${' '.repeat(long)}"`],
    ['xhtml', `<div${' '.repeat(long)}`],
  ] as const)
    expect(primitiveCheck(type)?.(text)).toBe('format');
});
