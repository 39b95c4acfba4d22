// Chance that can be repeated: everything a run does follows from its seed.

export class SeededChance {
  private state: number;
  constructor(seed: number) {
    this.state = seed | 0;
  }
  /** [0, 1), mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
  happens(probability: number): boolean {
    return this.next() < probability;
  }
  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }
  word(): string {
    return Math.floor(this.next() * 2 ** 52).toString(36);
  }
}
