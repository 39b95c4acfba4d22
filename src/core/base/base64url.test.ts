import { expect, test } from 'vitest';
import { fromBase64url, toBase64url } from './base64url.ts';

test('[BD20] base64url in core prints and reads what every other node does', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 89 + length * 31) & 0xff);
    const text = Buffer.from(bytes).toString('base64url');
    expect(toBase64url(bytes)).toBe(text);
    expect(fromBase64url(text)).toEqual(bytes);
  }
  for (const wrong of ['A', 'AB=', 'A+', 'é', 'AB', 'AAAAA']) {
    const bytes = fromBase64url(wrong);
    expect(bytes === undefined || toBase64url(bytes) === wrong, wrong).toBe(true);
  }
  expect(fromBase64url('AB')).toBeUndefined();
});
