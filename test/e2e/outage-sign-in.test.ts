// Sign-in, enrolment and break-glass with every address but loopback out of reach: the story in `outage/` is run in a network
// namespace of its own (unshare, ip), with the real node and Chromium.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';

const CHROMIUM = process.env['HOLDFAST_CHROMIUM'] ?? '/usr/bin/chromium';
const alone = (): readonly string[] | undefined =>
  [['-n'], ['-r', '-n']].find(
    (flags) => spawnSync('unshare', [...flags, 'ip', 'link', 'set', 'lo', 'up']).status === 0,
  );
const flags = process.platform === 'linux' ? alone() : undefined;
const missing =
  flags === undefined ? 'no network namespaces here' : existsSync(CHROMIUM) ? undefined : `no Chromium at ${CHROMIUM}`;

test.skipIf(missing !== undefined)(
  `[OP36] cut off from everything, a nurse signs in, breaks the glass, a supervisor enrols another, and the audit has it all${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  { timeout: 600_000 },
  () => {
    const story =
      'ip link set lo up && exec "$0" node_modules/vitest/vitest.mjs run --config test/e2e/outage/vitest.config.ts';
    const ran = spawnSync('unshare', [...(flags ?? []), 'sh', '-c', story, process.execPath], {
      encoding: 'utf8',
      env: {
        ...process.env,
        NO_COLOR: '1',
        FORCE_COLOR: '0',
        VITEST: undefined,
        VITEST_WORKER_ID: undefined,
        VITEST_POOL_ID: undefined,
      },
    });
    console.log(/a clean browser profile .*/.exec(ran.stdout)?.[0] ?? '');
    expect(ran.status, ran.stdout + ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/Tests\s+2 passed/);
  },
);
