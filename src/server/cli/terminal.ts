// Words for the person at the terminal: results on standard output, progress and trouble on standard error.

const REDRAW_MS = 200;
const PLAIN_MS = 5_000;

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
export const note = (line: string): void => void process.stderr.write(`${line}\n`);

/** A line that changes as work goes on; without a terminal, a line of its own now and then. */
export interface ProgressLine {
  show(text: string): void;
  /** Takes the line away, so that the next word starts at the left. */
  clear(): void;
}

export function progressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  let shownAt = performance.now();
  let drawn = false;
  return {
    show: (text) => {
      const now = performance.now();
      if (now - shownAt < (stream.isTTY ? REDRAW_MS : PLAIN_MS)) return;
      shownAt = now;
      drawn = stream.isTTY;
      stream.write(stream.isTTY ? `\r\u001B[K${text.slice(0, (stream.columns ?? 80) - 1)}` : `${text}\n`);
    },
    clear: () => {
      if (drawn) stream.write('\r\u001B[K');
      drawn = false;
    },
  };
}

/** Counts by type, the largest first, with a sum. */
export function sayCounts(counts: ReadonlyMap<string, number>): void {
  const rows = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const sum = rows.reduce((total, [, count]) => total + count, 0);
  const width = Math.max(5, ...rows.map(([type]) => type.length));
  for (const [type, count] of rows) say(`  ${type.padEnd(width)}  ${grouped(count).padStart(11)}`);
  say(`  ${'total'.padEnd(width)}  ${grouped(sum).padStart(11)}`);
}

/** 1234567 as 1,234,567, in every locale. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
