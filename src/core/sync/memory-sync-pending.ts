// Judging many commits before the first of them is written.
import { decodeCommit } from '../record/envelope.ts';
import type { Ledger } from './memory-sync-ledger.ts';
import type { CommitSource } from './memory-sync-log.ts';
import type { CarriedCommit, Place } from './ports.ts';

/** What the places of origins will be when the commits that were judged so far are in. */
export class Pending {
  readonly #ledger: Ledger;
  readonly #from: CommitSource;
  readonly #taken = new Map<string, CarriedCommit>();
  readonly #raised = new Map<string, number>();

  constructor(ledger: Ledger, from: CommitSource) {
    this.#ledger = ledger;
    this.#from = from;
  }
  raise(origin: string, seq: number): void {
    this.#raised.set(origin, seq);
  }
  take(commit: CarriedCommit): void {
    this.#taken.set(`${commit.origin}:${commit.seq}`, commit);
  }
  /** Of the origin of `commit`, which is to be judged. */
  place(commit: CarriedCommit): Place {
    const { origin, seq } = commit;
    const known = this.#ledger.place([origin, seq]);
    let contiguous = Math.max(known.contiguous, this.#raised.get(origin) ?? 0);
    let tip = contiguous === known.contiguous ? known.tip : (this.#ledger.hashAt(origin, contiguous) ?? '');
    for (;;) {
      const next = this.#taken.get(`${origin}:${contiguous + 1}`);
      const there = next ?? this.#there(origin, contiguous + 1);
      if (there === undefined) break;
      contiguous += 1;
      tip = there.hash;
    }
    const taken = this.#taken.get(`${origin}:${seq}`);
    // One that came filtered in this very message is whole when its parts are; the ledger puts them together.
    if (taken !== undefined) return { contiguous, tip, held: { hash: taken.hash, whole: this.#from !== 'above' } };
    const held = known.held;
    // A sealed copy is not in the record yet: it is taken in when it comes as what may be shown.
    const isSealed =
      this.#from !== 'ward' && held !== undefined && this.#ledger.commits.get(held.hash)?.sealed === true;
    if (held === undefined || isSealed) return { contiguous, tip };
    // What is in a commit of a later version cannot be read: it may have come filtered.
    const isCut = !decodeCommit(commit.header).ok && commit.hash === held.hash && this.#ledger.hasNews(commit);
    return { contiguous, tip, held: { hash: held.hash, whole: held.whole && !isCut } };
  }
  #there(origin: string, seq: number): CarriedCommit | undefined {
    const held = this.#ledger.heldAt(origin, seq);
    return held?.whole === true ? held.commit : undefined;
  }
}
