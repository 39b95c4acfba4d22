// Enrolment over real HTTP, and over TLS with a site's own authority.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { enrolAtParent, forgetParent, readParent, writeParent } from './enrol-at-parent.ts';
import { INVITE_MS } from './invite.ts';
import { bedNode, enrolled, type BedNode } from './link-bed.test-kit.ts';
import { printCode } from '../../core/sync/enrolment-code.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
const bed = async (): Promise<{ region: BedNode; site: BedNode }> => {
  const region = bedNode('region', 'region');
  const site = bedNode('site', 'site');
  ends.push(() => region.close());
  await region.listen();
  return { region, site };
};
const INVITATION = { name: 'St Mary', tier: 'site', site: 'Organization/1' } as const;
const ask = (region: BedNode, child: BedNode, code: string, url = region.url) =>
  enrolAtParent({ url, code, node: child.node, tier: child.tier, keys: child.keys, clock: child.clock });
const kindOf = (said: Awaited<ReturnType<typeof ask>>): string => (said.ok ? 'enrolled' : said.error.kind);

test('[NL22] neither what is kept of a code nor what travels holds its secret', async () => {
  const { region, site } = await bed();
  const code = await region.invite(INVITATION);
  const bare = code.replaceAll('-', '');
  const kept = JSON.stringify(await region.rows.list('NodeInvite'));
  expect(kept).not.toContain(bare.slice(0, 4));
  let travelled = '';
  const proxy = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      travelled += JSON.stringify(request.headers) + Buffer.concat(parts).toString();
      void fetch(`${region.url}${request.url ?? ''}`, {
        method: 'POST',
        headers: request.headers as Record<string, string>,
        body: Buffer.concat(parts),
      }).then(async (said) => {
        answer.writeHead(said.status, Object.fromEntries(said.headers));
        answer.end(Buffer.from(await said.arrayBuffer()));
      });
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  ends.push(() => proxy.close());
  const { port } = proxy.address() as AddressInfo;
  expect(kindOf(await ask(region, site, code, `http://127.0.0.1:${port}`))).toBe('enrolled');
  expect(travelled).toContain(site.keys.publicKeys.sign);
  expect(travelled).not.toContain(code);
});

test('[NL23] a code takes one node in, and the same node again', async () => {
  const { region, site } = await bed();
  const code = await region.invite(INVITATION);
  expect(kindOf(await ask(region, site, code))).toBe('enrolled');
  expect(kindOf(await ask(region, site, code))).toBe('enrolled');
  expect(kindOf(await ask(region, bedNode('other', 'site'), code))).toBe('used-code');
  expect(await region.register.list()).toHaveLength(1);
  const many = await region.invite(INVITATION);
  const all = await Promise.all([1, 2, 3, 4].map((n) => ask(region, bedNode(`n${n}`, 'site'), many)));
  expect(all.filter(({ ok }) => ok)).toHaveLength(1);
});

test('[NL23] a code is good for a day, for its tier, and for another node than the parent itself', async () => {
  const { region, site } = await bed();
  const late = await region.invite(INVITATION);
  region.clock.at += INVITE_MS;
  expect(kindOf(await ask(region, site, late))).toBe('unknown-code');
  expect(kindOf(await ask(region, bedNode('d', 'device'), await region.invite(INVITATION)))).toBe('other-tier');
  expect(kindOf(await ask(region, bedNode('region', 'site'), await region.invite(INVITATION)))).toBe('own-database');
  const unknown = await ask(region, site, printCode(new Uint8Array(10), undefined));
  expect(!unknown.ok && unknown.error.text).toContain('holdfast node invite');
  expect(kindOf(await ask(region, site, 'mistyped'))).toBe('code');
  expect(kindOf(await ask(region, site, late, 'http://region.example.org'))).toBe('address');
});

test('[NL24] who does not know the code is not believed, whatever the answer says', async () => {
  const { region, site } = await bed();
  const code = await region.invite(INVITATION);
  const liar = createServer((_request, answer) =>
    answer.end(JSON.stringify({ node: 'liar', name: 'Liar', tier: 'region' })),
  );
  await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
  ends.push(() => liar.close());
  const { port } = liar.address() as AddressInfo;
  expect(kindOf(await ask(region, site, code, `http://127.0.0.1:${port}`))).toBe('untrusted');
});

test('[NL25] what a node knows of its parent is written whole, read back, and replaced whole', async () => {
  const { region, site } = await bed();
  const data = mkdtempSync(join(tmpdir(), 'holdfast-parent-'));
  ends.push(() => rmSync(data, { recursive: true, force: true }));
  expect(readParent(data)).toBeUndefined();
  const parent = await enrolled(region, site);
  writeParent(data, parent);
  expect(readParent(data)).toEqual(parent);
  writeParent(data, { ...parent, name: 'Another' });
  expect(readParent(data)?.name).toBe('Another');
  expect(readdirSync(data)).toEqual(['parent.json']);
  expect(readFileSync(join(data, 'parent.json'), 'utf8')).not.toContain('PRIVATE');
  writeFileSync(join(data, 'parent.json'), '{}');
  expect(() => readParent(data)).toThrow('parent');
  forgetParent(data);
  expect(readParent(data)).toBeUndefined();
});
