// The architecture, as a statement of policy.
//
// Each room lists the rooms and npm packages it may import. A room may only name rooms above it in the table, so the
// table itself cannot hold a cycle. Do not edit the table to make a build pass: a new arrow is a design decision and
// comes with a record in decisions/.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

interface Room {
  readonly may: readonly string[];
  readonly npm?: readonly string[];
}

const CORE = [
  'core/base',
  'core/fhir',
  'core/record',
  'core/care',
  'core/access',
  'core/content',
  'core/engine',
  'core/sync',
  'core/downtime',
] as const;

const ROOMS: Readonly<Record<string, Room>> = {
  'core/base': { may: [] },
  'core/fhir': { may: ['core/base'] },
  'core/record': { may: ['core/base', 'core/fhir'] },
  'core/care': { may: ['core/base', 'core/fhir'] },
  'core/access': { may: ['core/base', 'core/fhir', 'core/record'] },
  'core/content': { may: ['core/base', 'core/fhir'] },
  'core/engine': {
    may: ['core/base', 'core/fhir', 'core/record', 'core/care', 'core/access', 'core/content'],
  },
  'core/sync': { may: ['core/base', 'core/fhir', 'core/record', 'core/engine'] },
  'core/downtime': { may: ['core/base', 'core/fhir', 'core/care'] },

  // What Node gives for the core's ports: clock, chance, digest.
  'server/ports': { may: ['core/base'] },
  'server/storage': {
    may: ['core/base', 'core/fhir', 'core/record', 'core/access', 'core/sync', 'server/ports'],
    npm: ['pg'],
  },
  // The audit trail: from the request to the commit, and back as AuditEvents.
  'server/audit': { may: ['core/base', 'core/fhir', 'core/record', 'core/access', 'server/ports'] },
  // The site's own certificate authority, and which certificate a connection gets.
  'server/tls': { may: ['core/base', 'server/ports'], npm: ['@peculiar/x509', 'qrcode', 'reflect-metadata'] },
  // Accounts, sign-in, OAuth and SMART on FHIR.
  'server/auth': {
    may: ['core/base', 'core/fhir', 'core/record', 'core/access', 'core/engine', 'server/ports'],
    npm: ['@simplewebauthn/server', 'fastify', 'jose', 'oidc-provider', 'openid-client', 'qrcode'],
  },
  // Which patients' records a node below keeps, and what is looked up for it.
  'server/scopes': { may: ['core/base', 'core/fhir', 'core/record', 'core/access', 'core/sync', 'server/ports'] },
  // Numbers that are given once, identities, merged patients, slots.
  'server/identity': {
    may: ['core/base', 'core/fhir', 'core/record', 'core/care', 'core/access', 'core/engine', 'server/ports'],
  },
  // A copy of every commit on a second disk, and bundles that people carry.
  'server/mirror': { may: ['core/base', 'core/record', 'core/sync', 'server/ports'] },
  // Links between nodes over HTTPS: enrolment, transport, the loop that keeps a link going, what it says of itself.
  'server/sync-api': {
    may: ['core/base', 'core/fhir', 'core/record', 'core/access', 'core/sync', 'server/ports', 'server/scopes'],
    npm: ['fastify', 'prom-client'],
  },
  // A device without a screen: the device tier for drills, interfaces and tests.
  'server/device': {
    may: [
      'core/base',
      'core/fhir',
      'core/record',
      'core/care',
      'core/access',
      'core/engine',
      'core/sync',
      'server/ports',
      'server/sync-api',
    ],
  },
  'server/fhir-api': {
    may: [
      'core/base',
      'core/fhir',
      'core/record',
      'core/care',
      'core/access',
      'core/engine',
      'server/auth',
      'server/identity',
    ],
    npm: ['fastify'],
  },
  // The made-up hospital: what `holdfast demo` fills a record with.
  'server/demo': { may: ['core/base', 'core/fhir', 'core/access'] },
  // The ward client as files, and what it asks of a site beside FHIR.
  'server/web-client': {
    may: ['core/base', 'core/record', 'core/access', 'server/ports', 'server/auth', 'server/sync-api'],
    npm: ['fastify', 'qrcode'],
  },
  // A region, a hospital and a practice on one machine, and the switchboard that takes them away.
  'server/network': { may: ['core/base', 'core/care', 'server/ports', 'server/device'] },
  // What answers beside FHIR: health, metrics, front door.
  'server/node': { may: ['core/base', 'core/record'], npm: ['fastify', 'pino', 'prom-client'] },
  'server/jobs': { may: ['core/base', 'core/record', 'core/engine', 'server/demo'] },
  'server/cli': {
    may: [
      'core/base',
      'core/fhir',
      'core/record',
      'core/engine',
      'core/access',
      'core/sync',
      'server/ports',
      'server/storage',
      'server/audit',
      'server/tls',
      'server/auth',
      'server/scopes',
      'server/identity',
      'server/mirror',
      'server/sync-api',
      'server/device',
      'server/fhir-api',
      'server/demo',
      'server/network',
      'server/node',
      'server/jobs',
    ],
    npm: ['fastify', 'pino', 'prom-client'],
  },

  // What a browser gives for the core's ports: clock, chance, digest.
  'web/ports': { may: ['core/base'] },
  // The words of the screens in five languages; dates, numbers and ages as people read them.
  'web/texts': { may: ['core/base'], npm: ['i18next', 'react', 'react-i18next'] },
  // Buttons, tables, banners: know nothing clinical.
  'web/parts': {
    may: ['core/base', 'web/texts'],
    npm: ['@mantine/core', '@mantine/hooks', 'react', 'react-dom', 'uplot', 'zxing-wasm'],
  },
  // The encrypted outbox and record of a browser, and the keys to it.
  'web/storage': {
    may: ['core/base', 'core/record', 'core/sync', 'web/ports'],
    npm: ['@noble/ciphers', '@noble/curves', '@noble/hashes', 'idb'],
  },
  // Enrolment and the link to the site, from a browser.
  'web/sync': {
    may: ['core/base', 'core/record', 'core/sync', 'web/ports', 'web/storage'],
    npm: ['@noble/ciphers', '@noble/curves', '@noble/hashes'],
  },
  // Service worker, updates and the rescue page: touches no clinical data.
  'web/offline': { may: ['core/base', 'web/ports'] },
  // The device tier in a browser: store, engine, rights, audit and link as one thing that screens ask.
  'web/device': { may: [...CORE, 'web/ports', 'web/storage', 'web/sync'] },
  'web/screens': {
    may: [
      'core/base',
      'core/fhir',
      'core/record',
      'core/care',
      'core/access',
      'core/content',
      'core/engine',
      'core/sync',
      'web/texts',
      'web/parts',
      'web/offline',
      'web/device',
    ],
    npm: ['react', 'react-i18next', 'react-router'],
  },
  // Where a page and a worker begin.
  web: {
    may: [
      ...CORE,
      'web/ports',
      'web/texts',
      'web/parts',
      'web/storage',
      'web/sync',
      'web/offline',
      'web/device',
      'web/screens',
    ],
    npm: ['react', 'react-dom', 'react-router'],
  },

  // The composition root: the only files that construct adapters, so the only ones that see them all.
  server: {
    may: [
      ...CORE,
      'server/ports',
      'server/storage',
      'server/audit',
      'server/tls',
      'server/auth',
      'server/scopes',
      'server/identity',
      'server/mirror',
      'server/sync-api',
      'server/device',
      'server/fhir-api',
      'server/demo',
      'server/web-client',
      'server/network',
      'server/node',
      'server/jobs',
      'server/cli',
    ],
    npm: ['fastify', 'pino', 'prom-client', 'pg'],
  },
};

const LINES_MAX = 500;
const ROOT = resolve(process.env['ARCHITECTURE_ROOT'] ?? '.');
const SRC = join(ROOT, 'src');
const IMPORT = /^\s*(?:import|export)\b[^'";]*?from\s*'([^']+)'|^\s*import\s*'([^']+)'|\bimport\('([^']+)'\)/gm;
const RULE_ID = /[A-Z]{1,4}\d{1,3}/;

const filesUnder = (folder: string): string[] =>
  existsSync(join(ROOT, folder))
    ? readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((f) => /\.tsx?$/.test(f) && statSync(join(ROOT, folder, f)).isFile())
        .map((f) => join(folder, f))
    : [];
const all = filesUnder('src').map((f) => relative('src', f));
const isTest = (f: string): boolean => /\.test(-kit)?\.tsx?$/.test(f);
const tests = [...all.filter(isTest).map((f) => join('src', f)), ...filesUnder('test').filter(isTest)];
const files = all.filter((f) => !isTest(f));
const read = (f: string): string => readFileSync(join(SRC, f), 'utf8');
const roomOf = (file: string): string | undefined =>
  Object.keys(ROOMS).find((r) => r.includes('/') && file.startsWith(`${r}/`)) ??
  Object.keys(ROOMS).find((r) => !r.includes('/') && dirname(file) === r);

const arrows = files.flatMap((file) =>
  [...read(file).matchAll(IMPORT)].map((m) => {
    const spec = m[1] ?? m[2] ?? m[3] ?? '';
    const target = spec.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), spec)) : undefined;
    return {
      file,
      spec,
      from: roomOf(file) ?? '?',
      to: target === undefined ? `npm:${spec}` : (roomOf(target) ?? target),
    };
  }),
);

test('the check sees the code', () => {
  expect(files.length).toBeGreaterThan(10);
  expect(arrows.length).toBeGreaterThan(10);
  expect(tests.length).toBeGreaterThan(5);
});
test('every file lives in a room', () => expect(files.filter((f) => !roomOf(f))).toEqual([]));
test('a room names only rooms above it', () => {
  const names = Object.keys(ROOMS);
  for (const [room, { may }] of Object.entries(ROOMS)) {
    for (const to of may) {
      expect(names, `${room} names ${to}`).toContain(to);
      expect(names.indexOf(to), `${room} -> ${to}`).toBeLessThan(names.indexOf(room));
    }
  }
});
test('every import is allowed', () => {
  const bad = arrows.filter(({ from, to }) => {
    const room = ROOMS[from] ?? { may: [] };
    if (to.startsWith('npm:node:')) return !from.startsWith('server');
    if (to.startsWith('npm:')) return !(room.npm ?? []).some((p) => to === `npm:${p}` || to.startsWith(`npm:${p}/`));
    return to !== from && !room.may.includes(to);
  });
  expect(bad.map((b) => `${b.file}: ${b.from} may not import ${b.spec}`)).toEqual([]);
});
test('internal/ stays inside its room', () =>
  expect(arrows.filter((a) => a.from !== a.to && a.spec.includes('/internal/')).map((a) => a.file)).toEqual([]));
test('core takes time and chance as arguments', () =>
  expect(
    files.filter((f) => f.startsWith('core/') && /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/.test(read(f))),
  ).toEqual([]));
test('files stay readable', () =>
  expect(files.filter((f) => !f.includes('generated') && read(f).split('\n').length > LINES_MAX + 1)).toEqual([]));
test('there are no barrels, and no drawers named utils', () =>
  expect(files.filter((f) => /(^|\/)(index|utils?|helpers?|common|misc|shared)\.tsx?$/.test(f))).toEqual([]));
test('every room has a README', () => {
  const rooms = new Set(files.map(roomOf).filter((r): r is string => r !== undefined && r.includes('/')));
  expect([...rooms].filter((r) => !existsSync(join(SRC, r, 'README.md')))).toEqual([]);
});
test('nothing is left as a stub or to be done later', () =>
  expect(files.filter((f) => !f.includes('generated') && /\bTODO\b|\bFIXME\b|\bSTUB\b|\bXXX\b/.test(read(f)))).toEqual(
    [],
  ));

const specs = readdirSync(join(ROOT, 'specs'))
  .filter((f) => f.endsWith('.md'))
  .map((f) => ({ name: f, text: readFileSync(join(ROOT, 'specs', f), 'utf8') }));
const stated = specs.flatMap(({ name, text }) =>
  [...text.matchAll(new RegExp(`\\*\\*(${RULE_ID.source})\\*\\*`, 'g'))].map((m) => ({ name, id: m[1] ?? '' })),
);
const quoted = new Set(
  tests.flatMap((f) =>
    [...readFileSync(join(ROOT, f), 'utf8').matchAll(new RegExp(`\\[(${RULE_ID.source})\\]`, 'g'))].map(
      (m) => m[1] ?? '',
    ),
  ),
);
test('every rule in specs/ has an id of its own', () => {
  const seen = new Map<string, string>();
  const twice = stated.filter(({ name, id }) => {
    const before = seen.get(id);
    seen.set(id, name);
    return before !== undefined;
  });
  expect(twice).toEqual([]);
});
test('every rule in specs/ is quoted by a test', () => {
  expect(stated.length).toBeGreaterThan(50);
  expect(stated.filter(({ id }) => !quoted.has(id))).toEqual([]);
});
test('every rule that a test quotes stands in specs/', () => {
  const ids = new Set(stated.map(({ id }) => id));
  expect([...quoted].filter((id) => !ids.has(id))).toEqual([]);
});
test('every rule and test that SAFETY.md names exists', () => {
  const text = readFileSync(join(ROOT, 'SAFETY.md'), 'utf8');
  const ids = new Set(stated.map(({ id }) => id));
  const named = [...text.matchAll(/^\| H\d+ \|.*\|$/gm)].map((row) => row[0]);
  expect(named.length).toBeGreaterThan(5);
  for (const row of named) {
    const cells = row.split('|').map((c) => c.trim());
    const rules = [...(cells[4] ?? '').matchAll(new RegExp(`\\b${RULE_ID.source}\\b`, 'g'))].map((m) => m[0]);
    expect(rules.length, `a hazard without a rule: ${cells[1] ?? ''}`).toBeGreaterThan(0);
    expect(
      rules.filter((id) => !ids.has(id)),
      row,
    ).toEqual([]);
    for (const file of (cells[5] ?? '').matchAll(/`([^`]+)`/g)) {
      expect(existsSync(join(ROOT, file[1] ?? '')), `${basename(file[1] ?? '')} in SAFETY.md`).toBe(true);
    }
  }
});
