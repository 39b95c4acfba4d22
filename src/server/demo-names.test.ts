import { expect, test } from 'vitest';
import { originOf } from './auth/oauth/origins.ts';
import { hostRule } from './node/host-rule.ts';

test('[WU18] names that are ours in a demonstration alone are asked about each time until they are', () => {
  let isDemo = false;
  const alsoOurs = (name: string): boolean => isDemo && name === 'tablet.localhost';
  const isOurs = hostRule(['hub.example.org'], alsoOurs);
  const origin = (host: string) => originOf({ names: [], alsoOurs }, { host, encrypted: false });
  expect([isOurs('tablet.localhost:8080', '127.0.0.1'), origin('tablet.localhost:8080')]).toEqual([false, undefined]);
  isDemo = true;
  expect([isOurs('tablet.localhost:8080', '127.0.0.1'), origin('tablet.localhost:8080')]).toEqual([
    true,
    'http://tablet.localhost:8080',
  ]);
  for (const other of [
    'tablet.localhost.evil.example',
    'evil.example',
    'localhost.evil.example',
    'tablet.localhost@evil.example',
  ]) {
    expect([isOurs(other, '127.0.0.1'), origin(other)], other).toEqual([false, undefined]);
  }
});
