import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBase32, toBase32 } from './base32.ts';
import { isFhirId, uuidV7 } from './id.ts';
import { sha256, sha256Bytes } from './sha256.ts';
import { isWellFormed, utf8, utf8Length } from './utf8.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const anyText = fc.string({ unit: 'binary' });

test('base32 prints the vectors of RFC 4648 and reads them back', () => {
  const vectors = {
    '': '',
    f: 'my',
    fo: 'mzxq',
    foo: 'mzxw6',
    foob: 'mzxw6yq',
    fooba: 'mzxw6ytb',
    foobar: 'mzxw6ytboi',
  };
  for (const [plain, printed] of Object.entries(vectors)) {
    expect(toBase32(utf8(plain))).toBe(printed);
    expect(Buffer.from(fromBase32(printed) ?? []).toString()).toBe(plain);
  }
});

test('base32 reads back any bytes, and nothing but what it prints', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromBase32(toBase32(bytes))).toEqual(bytes);
    }),
  );
  for (const wrong of ['a', 'mz', 'MY', 'm1', 'my=', 'mzé', 'mzxw6y']) expect(fromBase32(wrong), wrong).toBeUndefined();
});

test('SHA-256 answers the vectors of FIPS 180-4', () => {
  expect(hex(sha256Bytes(utf8('')))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(hex(sha256Bytes(utf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hex(sha256Bytes(utf8('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')))).toBe(
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  );
  expect(hex(sha256Bytes(new Uint8Array(1_000_000).fill(97)))).toBe(
    'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
  );
});

test('SHA-256 and UTF-8 answer as the platform does, for every length around a block and any text', () => {
  for (let length = 0; length < 200; length++) {
    const text = 'é'.repeat(length % 7) + 'x'.repeat(length);
    expect(hex(sha256Bytes(utf8(text)))).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
  }
  fc.assert(
    fc.property(anyText, fc.string({ unit: 'grapheme' }), (a, b) => {
      const text = a + b;
      expect(Buffer.from(utf8(text))).toEqual(Buffer.from(text, 'utf8'));
      expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      expect(sha256(text)).toBe(toBase32(createHash('sha256').update(text, 'utf8').digest()));
    }),
  );
  const alone = 'a\ud800b\udc00\ud800';
  expect(Buffer.from(utf8(alone))).toEqual(Buffer.from(alone, 'utf8'));
  expect(isWellFormed(alone)).toBe(false);
  expect(isWellFormed('a😀b')).toBe(true);
});

test('a hash is 52 characters and a legal id', () => {
  expect(sha256('x')).toHaveLength(52);
  expect(isFhirId(sha256('x'))).toBe(true);
});

test('a UUIDv7 carries its millisecond, version and variant, and is a legal id', () => {
  const id = uuidV7({ now: () => 0x0123_4567_89ab }, { bytes: (count) => new Uint8Array(count).fill(0xff) });
  expect(id).toBe('01234567-89ab-7fff-bfff-ffffffffffff');
  expect(isFhirId(id)).toBe(true);
});

test('a legal id has 1 to 64 letters, digits, hyphens and dots', () => {
  for (const good of ['a', 'A-1.b', '0'.repeat(64), '.']) expect(isFhirId(good), good).toBe(true);
  for (const bad of ['', 'a b', 'a_b', 'é', 'a/b', '0'.repeat(65), 'a\n', '\0']) expect(isFhirId(bad), bad).toBe(false);
});
