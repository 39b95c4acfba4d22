// What a memory sync store makes of commits that come: a verdict for each, and what is to be written down.
import type { Clock, Digest } from '../base/ports.ts';
import { inspectCommit, isTaken, judgeCommit, type Verdict } from './judge-commit.ts';
import type { Ledger } from './memory-sync-ledger.ts';
import type { CommitSource, LogEntry } from './memory-sync-log.ts';
import { Pending } from './memory-sync-pending.ts';
import type { CarriedCommit } from './ports.ts';

/** Judges in order, each as if the ones before were there, and says what is to be written. */
export function judgeArrivals(
  { digest, clock }: { readonly digest: Digest; readonly clock: Clock },
  ledger: Ledger,
  commits: readonly CarriedCommit[],
  from: Exclude<CommitSource, 'own'>,
): { readonly verdicts: readonly Verdict[]; readonly entries: LogEntry[] } {
  const pending = new Pending(ledger, from);
  const at = clock.now();
  const entries: LogEntry[] = [];
  const verdicts = commits.map((commit): Verdict => {
    const { origin, seq } = commit;
    let place = pending.place(commit);
    if (from === 'ward' && place.held === undefined && Number.isSafeInteger(seq) && seq > place.contiguous + 1) {
      entries.push({ put: 'mark', what: 'floor', mark: [origin, seq - 1] });
      pending.raise(origin, seq - 1);
      place = pending.place(commit);
    }
    const direction = from === 'above' ? 'above' : 'below';
    const verdict = judgeCommit(commit, () => inspectCommit(digest, commit), place, direction);
    if (isTaken(verdict)) {
      entries.push({ put: 'commit', commit, from, fork: false, at });
      pending.take(commit);
    } else if (verdict.result === 'fork' && from === 'above' && ledger.hasNews(commit)) {
      // From below its revisions come again, re-homed; from above they come this way alone.
      entries.push({ put: 'commit', commit, from, fork: true, at });
    }
    if (verdict.result === 'quarantined' && !verdict.inPlace)
      entries.push({
        put: 'aside',
        origin: String(origin).slice(0, 200),
        seq: Number(seq),
        reason: verdict.reason,
        at,
      });
    return verdict;
  });
  return { verdicts, entries };
}
