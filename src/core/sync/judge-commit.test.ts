import { expect, test } from 'vitest';
import { pureDigest as digest } from '../base/sha256.ts';
import { encodeRevision } from '../record/envelope.ts';
import { sealCommit } from '../record/seal.ts';
import { inspectCommit, judgeCommit, type Verdict } from './judge-commit.ts';
import type { CarriedCommit, CarriedRevision, Place } from './ports.ts';

const revision = (id: string, n = 1): CarriedRevision => {
  const header = encodeRevision({
    type: 'Flag',
    id,
    parents: [],
    kind: 'put',
    authored: { wallMs: n, hlc: '0000000000000001', zoneMin: 0 },
    scope: [`pat/${id}`],
    schema: '4.0.1',
    policy: '',
  });
  const text = `{"resourceType":"Flag","id":"${id}","n":${n}.0}`;
  return { hash: digest.sha256(header + digest.sha256(text)), header, text };
};
const commitAt = (seq: number, prev: string, revisions: readonly CarriedRevision[], receivedAt = 5): CarriedCommit => {
  const names = revisions.map((each) => each.hash);
  const { hash, header } = sealCommit(digest, { origin: 'D1.e', nextSeq: seq, prev }, names, receivedAt, '');
  return { origin: 'D1.e', seq, prev, hash, header, revisions };
};
const judge = (commit: CarriedCommit, place: Place, from: 'below' | 'above' = 'below'): Verdict =>
  judgeCommit(commit, () => inspectCommit(digest, commit), place, from);

const first = commitAt(1, '', [revision('a'), revision('b')]);
const second = commitAt(2, first.hash, [revision('c')]);
const EMPTY: Place = { contiguous: 0, tip: '' };
const AFTER_FIRST: Place = { contiguous: 1, tip: first.hash };

test('[SY4] [SY5] stored in order; dup for what is there; gap names what is needed', () => {
  expect(judge(first, EMPTY)).toEqual({ result: 'stored' });
  expect(judge(second, AFTER_FIRST)).toEqual({ result: 'stored' });
  expect(judge(second, EMPTY)).toEqual({ result: 'gap', need: 1 });
  expect(judge(first, { ...AFTER_FIRST, held: { hash: first.hash, whole: true } })).toEqual({ result: 'dup' });
  // Below the floor nothing is held and nothing is needed.
  expect(judge(first, { contiguous: 5, tip: '' })).toEqual({ result: 'dup' });
  expect(judge(commitAt(6, second.hash, [revision('x')]), { contiguous: 5, tip: '' })).toEqual({ result: 'stored' });
});
test('[SY5] a part of a commit is completed from below, and no part is taken for the whole', () => {
  const part = { ...first, revisions: first.revisions.slice(0, 1) };
  expect(judge(first, { ...EMPTY, held: { hash: first.hash, whole: false } })).toEqual({ result: 'stored' });
  expect(judge(part, EMPTY)).toEqual({ result: 'quarantined', reason: 'incomplete', inPlace: false });
  expect(judge(part, EMPTY, 'above')).toEqual({ result: 'stored' });
});
test('[SY20] what is not what it says takes no place', () => {
  const [a] = first.revisions;
  const otherText = { ...first, revisions: [{ ...(a ?? revision('a')), text: '{}' }] };
  for (const false_ of [
    otherText,
    { ...first, hash: second.hash },
    { ...first, header: `${first.header} ` },
    { ...first, revisions: first.revisions.map((each) => ({ ...each, hash: second.hash })) },
  ])
    expect(judge(false_, EMPTY)).toEqual({ result: 'quarantined', reason: 'false-hash', inPlace: false });
  for (const malformed of [
    { ...second, origin: 'D2.e' },
    { ...second, seq: 3 },
    { ...second, seq: 0 },
    { ...second, prev: second.hash },
    { ...second, revisions: [revision('z')] },
    { ...second, header: 'nonsense', hash: digest.sha256('nonsense') },
  ])
    for (const from of ['below', 'above'] as const)
      expect(judge(malformed, AFTER_FIRST, from)).toEqual({
        result: 'quarantined',
        reason: 'malformed',
        inPlace: false,
      });
});
test('[SY21] a later version takes its place', () => {
  const header = `["c2",${second.header.slice(6)}`;
  const later = { ...second, header, hash: digest.sha256(header) };
  expect(judge(later, AFTER_FIRST)).toEqual({ result: 'quarantined', reason: 'unknown-version', inPlace: true });
  const top = `["r2",${revision('q').header.slice(6)}`;
  const unread = { hash: digest.sha256(top), header: top, text: undefined };
  expect(judge(commitAt(2, first.hash, [unread]), AFTER_FIRST)).toEqual({
    result: 'quarantined',
    reason: 'unread-revision',
    inPlace: true,
  });
});
test('[SY22] a second commit at a number, or on another chain, is a fork from either side', () => {
  const other = commitAt(1, '', [revision('a', 2)], 6);
  const held = { hash: first.hash, whole: true };
  expect(judge(other, { ...AFTER_FIRST, held })).toEqual({ result: 'fork' });
  expect(judge(other, { ...AFTER_FIRST, held }, 'above')).toEqual({ result: 'fork' });
  expect(judge(commitAt(2, other.hash, [revision('c')]), AFTER_FIRST)).toEqual({ result: 'fork' });
});
