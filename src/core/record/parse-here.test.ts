import { expect, test } from 'vitest';
import { parsedQuery } from './parse-here.ts';

test('[BD2] a search on a device is read as a server reads its address', () => {
  const now = Date.UTC(2026, 10, 23);
  const odd = 'Patient?name=M%C3%BCller+x&given=100%&birthdate=ge1950-01-01&&_count=7&flag';
  const parsed = parsedQuery(odd, now);
  expect(parsed).toMatchObject({
    ok: true,
    value: { type: 'Patient', query: { count: 7 }, ignored: [{ name: 'flag' }] },
  });
  const where = JSON.stringify(parsed.ok ? parsed.value.query.where : []);
  expect(where).toContain('100%');
  expect(where.toLowerCase()).toMatch(/m(ü|u)ller x/);
  expect(parsedQuery('patient?name=x', now).ok).toBe(false);
});
