// Time: events in the order of their moment, and of their making where that is the same.

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

export class EventQueue {
  now = 1_000_000;
  private readonly heap: Entry[] = [];
  private order = 0;

  later(ms: number, run: Entry['run']): void {
    const { heap } = this;
    const entry = { at: this.now + ms, order: this.order++, run };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = heap[up];
      if (above === undefined || !isBefore(entry, above)) break;
      heap[i] = above;
      i = up;
    }
    heap[i] = entry;
  }
  /** Nothing else happens while an event is awaited. */
  async runUntil(at: number): Promise<void> {
    for (let next = this.heap[0]; next !== undefined && next.at <= at; next = this.heap[0]) {
      this.take();
      this.now = next.at;
      const running = next.run();
      if (running !== undefined) await running;
    }
    this.now = Math.max(this.now, at);
  }
  private take(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      const left = heap[child];
      const right = heap[child + 1];
      if (left === undefined) break;
      const least = right !== undefined && isBefore(right, left) ? right : left;
      if (least === right) child += 1;
      if (!isBefore(least, last)) break;
      heap[i] = least;
      i = child;
    }
    heap[i] = last;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
