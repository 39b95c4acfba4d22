import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSeal } from './seal.ts';

test('[FR30] what was sealed opens with the same key and purpose only', () => {
  const key = randomBytes(32);
  const sealed = createSeal(key).close('type /Patient', 'name=Gandalf\n{"after":1}');
  expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(createSeal(key).open('type /Patient', sealed)).toBe('name=Gandalf\n{"after":1}');
  expect(createSeal(key).open('type /Observation', sealed)).toBeUndefined();
  expect(createSeal(randomBytes(32)).open('type /Patient', sealed)).toBeUndefined();
});

test('[FR30] a seal that was touched anywhere does not open', () => {
  const seal = createSeal(randomBytes(32));
  const sealed = Buffer.from(seal.close('x', 'name=Gandalf'), 'base64url');
  for (let i = 0; i < sealed.length; i++) {
    const touched = Buffer.from(sealed);
    touched[i] = (touched[i] ?? 0) ^ 1;
    expect(seal.open('x', touched.toString('base64url'))).toBeUndefined();
  }
  for (const text of ['', 'AAAA', '?', 'A'.repeat(40), '\u0000']) expect(seal.open('x', text)).toBeUndefined();
});
