import { expect, test } from 'vitest';
import { pureDigest } from '../../core/base/sha256.ts';
import { bodyHashOf, encodeRevision, revisionHash } from '../../core/record/envelope.ts';
import { sealCommit } from '../../core/record/seal.ts';
import type { CarriedCommit } from '../../core/sync/ports.ts';
import { memoryExpiringRows } from '../ports/memory-expiring-rows.ts';
import { commitWords } from './commit-words.ts';
import { drawNodeKeys, type NodeKeys } from './node-keys.ts';
import { proveCommits, unprovedCommits, type ProofDeps } from './prove-commits.ts';

const clock = { now: () => 1_000 };
const commitOf = (origin: string, keys: NodeKeys | undefined): CarriedCommit => {
  const text = '{"resourceType":"Patient","id":"x"}';
  const header = encodeRevision({
    type: 'Patient',
    id: 'x',
    parents: [],
    kind: 'put',
    authored: { wallMs: 1, hlc: '018cc251f4000000', zoneMin: 0 },
    scope: [],
    schema: '4.0.1',
    policy: '',
  });
  const hash = revisionHash(pureDigest, header, bodyHashOf(pureDigest, text));
  const sealed = sealCommit(pureDigest, { origin, nextSeq: 1, prev: '' }, [hash], 1, keys?.publicKeys.sign ?? '');
  const { seq, prev } = sealed;
  const signature = keys === undefined ? {} : { signature: keys.sign(commitWords(sealed.hash)) };
  return {
    origin,
    seq,
    prev,
    hash: sealed.hash,
    header: sealed.header,
    ...signature,
    revisions: [{ hash, header, text }],
  };
};

test('[DV16] what a device signed is proved; what is signed by another, by nobody or wrongly is counted by who brought it', async () => {
  const [device, other, stranger] = [drawNodeKeys(), drawNodeKeys(), drawNodeKeys()];
  const nodes = new Map([
    [device.publicKeys.sign, 'dev-a'],
    [other.publicKeys.sign, 'dev-b'],
  ]);
  const byKey = async (sign: string): ReturnType<ProofDeps['register']['byKey']> => {
    const node = nodes.get(sign);
    const keys = { sign, seal: '' };
    return node === undefined
      ? undefined
      : { id: node, node, name: node, tier: 'device', keys, parent: 'site', enrolledAt: 1 };
  };
  const rows = memoryExpiringRows(clock);
  const deps: ProofDeps = { register: { byKey }, rows, clock };
  await proveCommits(deps, 'dev-a', [commitOf('dev-a.1', device), commitOf('site.1', undefined)]);
  expect(await unprovedCommits(rows)).toEqual([]);
  await proveCommits(deps, 'dev-a', [commitOf('dev-a.1', other)]);
  await proveCommits(deps, 'dev-a', [commitOf('dev-a.2', stranger), commitOf('dev-a.3', undefined)]);
  const signed = commitOf('dev-a.4', device);
  await proveCommits(deps, 'dev-b', [{ ...signed, signature: commitOf('dev-a.5', device).signature ?? '' }]);
  expect(await unprovedCommits(rows)).toEqual([
    { peer: 'dev-a', count: 3, origin: 'dev-a.3', seq: 1, why: 'unsigned', at: 1_000 },
    { peer: 'dev-b', count: 1, origin: 'dev-a.4', seq: 1, why: 'not-signed', at: 1_000 },
  ]);
});
