// Large revisions, which the pages left out: fetched last, one after the other, in ranges that a slow link can carry.
//
//   SY31  No large body holds up the record. One that broke off goes on where it was, as long as the process lives.
import type { Hash } from '../base/ports.ts';
import { read, write, type Machine } from './effects.ts';
import { isSettled } from './judge-commit.ts';
import type { LinkRecord } from './ports.ts';
import { PAGE_BYTES } from './push-commits.ts';
import { mustBe, type Peer } from './reconcile.ts';
import { asked, type Talk } from './talk.ts';

/** Texts of more units than this are left out of pages. */
export const LARGE = 256 * 1024;

export function* fetchBodies(talk: Talk, peer: Peer, start: LinkRecord): Machine<LinkRecord> {
  let record = start;
  for (const name of start.deferred) {
    const [isLacking] = yield* read((store) => store.lacking([name]));
    const isSettledNow = isLacking === undefined || (yield* fetchBody(talk, peer, name, record));
    if (!isSettledNow) continue;
    record = { ...record, deferred: record.deferred.filter((each) => each !== name) };
    const settled = record;
    yield* write((store) => store.setLink({ peer: peer.node, record: settled, isContinued: true }));
  }
  return record;
}

/** Whether nothing more is to be had of it. */
function* fetchBody(talk: Talk, peer: Peer, name: Hash, record: LinkRecord): Machine<boolean> {
  const { bytes = PAGE_BYTES, pieces = new Map<string, string>() } = talk.context;
  for (;;) {
    const have = pieces.get(name) ?? '';
    const reply = yield* asked(talk, { kind: 'body', name, from: have.length, count: bytes }, 'piece');
    mustBe(talk, peer, reply);
    const [commit] = reply.commits;
    const revision = commit?.revisions.find(({ hash }) => hash === name);
    // It is not there (any more), or not for us: the next comparison tells.
    if (commit === undefined || revision === undefined || reply.text === '') return true;
    const text = have + reply.text;
    if (text.length < reply.total) {
      pieces.set(name, text);
      continue;
    }
    pieces.delete(name);
    const whole = { ...commit, revisions: [{ ...revision, text }] };
    const link = { peer: peer.node, record, isContinued: true };
    const [verdict] = yield* write((store) => store.receive([whole], 'above', link));
    // False bytes: begun again in the next session, and shown as waiting until then.
    return verdict !== undefined && isSettled(verdict);
  }
}
