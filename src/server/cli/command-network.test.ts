import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isForOneNode } from './command-network.ts';

let data = '';
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'holdfast-one-node-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

test('[NW12] with nothing said and nothing there it is the demonstration', () => {
  expect(isForOneNode({}, data)).toBe(false);
  expect(isForOneNode({ HOLDFAST_DEMO: 'on', HOLDFAST_PORT: '9080', HOLDFAST_TIER: '' }, data)).toBe(false);
  // What a network before it left is no node of its own.
  mkdirSync(join(data, 'hospital', 'postgres'), { recursive: true });
  expect(isForOneNode({}, data)).toBe(false);
});

test('[NW12] who says what a node shall be gets that node', () => {
  for (const env of [
    { HOLDFAST_DEMO: 'off' },
    { HOLDFAST_DEMO: 'OFF' },
    { HOLDFAST_TIER: 'region' },
    { HOLDFAST_PARENT: 'https://region.example.org' },
    { HOLDFAST_DATABASE_URL: 'postgresql://x' },
    { HOLDFAST_HOST: '0.0.0.0' },
  ])
    expect(isForOneNode(env, data), JSON.stringify(env)).toBe(true);
});

test('[NW12] where a node is already, it is started, and no demonstration in its place', () => {
  mkdirSync(join(data, 'postgres'));
  expect(isForOneNode({}, data)).toBe(true);
});
