// A parent that speaks TLS with certificates of its own authority.
import { afterEach, expect, test } from 'vitest';
import type { Request } from '../../core/sync/messages.ts';
import { DAY_MS } from '../tls/issue.ts';
import { endTls, hospitalFiles, open as openCertificates, setClock } from '../tls/tls.test-kit.ts';
import { enrolAtParent } from './enrol-at-parent.ts';
import { bedNode, enrolled, transportOf, type BedNode } from './link-bed.test-kit.ts';
import type { ParentRecord } from './link-types.ts';

const open: BedNode[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  await endTls();
});
const node = (name: string, tier: 'region' | 'site'): BedNode => {
  const made = bedNode(name, tier);
  open.push(made);
  return made;
};
const offer: Request = { kind: 'offer', names: [] };
const kindOf = async (child: BedNode, parent: ParentRecord): Promise<string> => {
  const way = transportOf(child, parent);
  const said = await way.exchange(offer);
  way.reset();
  return said.ok ? 'answered' : said.error.kind;
};

test('[NL8] [NL24] a parent with TLS is pinned by the fingerprint in the code, for its name alone', async () => {
  const { certificates } = await openCertificates(['region.example.org']);
  const region = node('region', 'region');
  await region.listenTls(certificates);
  const site = node('site', 'site');
  const parent = await enrolled(region, site);
  expect(parent.caPem?.trim()).toBe(certificates.caPem.trim());
  expect(await kindOf(site, parent)).toBe('answered');
  // The certificate does not name that address.
  expect(await kindOf(site, { ...parent, url: parent.url.replace('localhost', '127.0.0.2') })).not.toBe('answered');
});

test('[NL8] another authority under the same name gets not a byte of a message', async () => {
  const mine = await openCertificates(['region.example.org']);
  const other = await openCertificates(['region.example.org']);
  const region = node('region', 'region');
  await region.listenTls(mine.certificates);
  const site = node('site', 'site');
  const parent = await enrolled(region, site);
  const impostor = node('impostor', 'region');
  await impostor.listenTls(other.certificates);
  expect(await kindOf(site, { ...parent, url: impostor.url })).toBe('untrusted');
  expect(await kindOf(site, { ...parent, url: region.url })).toBe('answered');
});

test('[NL24] a code of one parent does nothing at another, and nothing changes', async () => {
  const mine = await openCertificates(['region.example.org']);
  const other = await openCertificates(['region.example.org']);
  const region = node('region', 'region');
  const impostor = node('impostor', 'region');
  await region.listenTls(mine.certificates);
  await impostor.listenTls(other.certificates);
  const site = node('site', 'site');
  const code = await region.invite({ name: 'x', tier: 'site' });
  const ask = (url: string) =>
    enrolAtParent({ url, code, node: 'site', tier: 'site', keys: site.keys, clock: site.clock });
  const said = await ask(impostor.url);
  expect(!said.ok && said.error).toMatchObject({ kind: 'untrusted' });
  expect((await ask(region.url)).ok).toBe(true);
});

test('[NL9] a certificate that ran out years ago, or is not valid yet, stops no replication', async () => {
  for (const at of [Date.now() - 3_000 * DAY_MS, Date.now() + 3_000 * DAY_MS]) {
    const { certificates } = await openCertificates(['region.example.org'], { clock: setClock(at) });
    const region = node(`region-${at}`, 'region');
    await region.listenTls(certificates);
    const site = node('site', 'site');
    expect(await kindOf(site, await enrolled(region, site))).toBe('answered');
  }
});

test("[NL8] beside a hospital's certificate the parent shows nodes the one of its own authority", async () => {
  const hospital = await hospitalFiles(['localhost', 'region.example.org'], Date.now());
  const { certificates } = await openCertificates(['region.example.org'], { hospital });
  const region = node('region', 'region');
  await region.listenTls(certificates);
  const site = node('site', 'site');
  expect(await kindOf(site, await enrolled(region, site))).toBe('answered');
});
