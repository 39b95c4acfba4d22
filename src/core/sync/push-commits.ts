// The lower side hands over what it carries: each origin in order, from where the peer stands.
//
//   SY5   An origin grows by one whole commit at a time.
//   SY35  Origins take turns, a page each: a long queue, or a large commit, of one holds up no other.
import { read, type Machine } from './effects.ts';
import { isSettled } from './judge-commit.ts';
import type { Mark, Tip } from './ports.ts';
import { asked, type Talk } from './talk.ts';

export const PAGE_BYTES = 1024 * 1024;

export interface Pushed {
  /** Commits that the peer took, and those that it could not take yet. */
  readonly handed: number;
  readonly left: number;
  /** Where the peer stands now in the origins of the tips. */
  readonly marks: readonly Mark[];
}

/** Adds to `forked` the origins of which the peer turns out to hold another history. */
export function* pushCommits(
  talk: Talk,
  tips: readonly Tip[],
  theirs: readonly Tip[],
  forked: Set<string>,
): Machine<Pushed> {
  const { page, bytes = PAGE_BYTES } = talk.context;
  const stands = new Map(theirs.map(({ origin, seq }) => [origin, seq]));
  const lanes = tips.map(({ origin, seq }) => ({ origin, seq, next: 1 + (stands.get(origin) ?? 0) }));
  let handed = 0;
  for (let turn = lanes; turn.length > 0;) {
    const again: typeof lanes = [];
    for (const lane of turn) {
      const { origin, next } = lane;
      if (next > lane.seq || forked.has(origin)) continue;
      const commits = yield* read((store) => store.commits(origin, next, page, bytes));
      if (commits.length === 0) continue;
      const { verdicts } = yield* asked(talk, { kind: 'push', commits }, 'verdicts');
      const stop = verdicts.findIndex((verdict) => !isSettled(verdict));
      const settled = Math.min(commits.length, stop < 0 ? verdicts.length : stop);
      handed += settled;
      lane.next += settled;
      if (verdicts[stop]?.result === 'fork') forked.add(origin);
      if (settled === commits.length) again.push(lane);
    }
    turn = again;
  }
  const open = lanes.filter(({ origin }) => !forked.has(origin));
  return {
    handed,
    left: open.reduce((sum, { seq, next }) => sum + Math.max(0, seq + 1 - next), 0),
    marks: open.map(({ origin, next }): Mark => [origin, next - 1]),
  };
}
