// What many seeds did, together: the proof that a run was no idle one.
import type { Outcome } from './check-invariants.ts';

export class Tally {
  seeds = 0;
  bad = 0;
  acked = 0;
  gone = 0;
  messages = 0;
  commits = 0;
  conflicts = 0;
  readonly faults = new Map<string, number>();

  add({ problems, acked, gone, messages, commits, conflicts, faults }: Outcome): void {
    this.seeds += 1;
    if (problems.length > 0) this.bad += 1;
    this.acked += acked;
    this.gone += gone;
    this.messages += messages;
    this.commits += commits;
    this.conflicts += conflicts;
    for (const [fault, count] of faults) this.faults.set(fault, count + (this.faults.get(fault) ?? 0));
  }
  lines(): readonly string[] {
    return [...this.faults].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([fault, count]) => `  ${fault}: ${count}`);
  }
  summary(): string {
    return (
      `${this.bad} bad; ${this.acked} acknowledged revisions, ${this.commits} commits, ${this.messages} messages, ` +
      `${this.conflicts} resources left in conflict; ` +
      `${this.gone} revisions lost with every durable copy`
    );
  }
}
