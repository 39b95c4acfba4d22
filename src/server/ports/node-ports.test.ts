import { expect, test } from 'vitest';
import { nodePorts } from './node-ports.ts';

test('[OP1] the digest is SHA-256 in base32 of 52 characters', () => {
  const { digest } = nodePorts();
  // FIPS 180-2, "abc": ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad.
  expect(digest.sha256('abc')).toBe('xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwq');
  expect(digest.sha256('')).toHaveLength(52);
  expect(digest.sha256('\u{1F600}é')).not.toBe(digest.sha256('?é'));
});

test('[OP1] chance gives as many bytes as asked, and not the same twice', () => {
  const { chance, clock } = nodePorts();
  expect(chance.bytes(16)).toHaveLength(16);
  expect(Buffer.from(chance.bytes(16)).equals(Buffer.from(chance.bytes(16)))).toBe(false);
  expect(clock.now()).toBeGreaterThan(1_700_000_000_000);
});
