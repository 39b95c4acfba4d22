// The day as a figure: one band a lane, what it served as a filled curve, what it failed as bars that nobody overlooks, what waits
// in queues as a dotted line, and outages as shaded spans named above (DR12).
//
//   1. Text stands in the margin, in the strip of events, under the axis and in the legend: never on a curve.
//   2. Events are packed into rows by the width of their words, so that no two lie on each other; `labels` are all boxes of text.
//   3. Colours follow the page: light, or dark where the reader prefers that.
import type { Bucket, Lane } from './tally.ts';

export interface Span {
  readonly what: string;
  readonly fromMs: number;
  /** Equal to `fromMs`: a moment. */
  readonly toMs: number;
  /** Names of lanes that it darkens; 'all'. */
  readonly lanes: readonly string[] | 'all';
  readonly kind: 'outage' | 'fault' | 'good';
}
export interface TimelineData {
  readonly title: string;
  /** A line each. */
  readonly verdict: readonly [string, string];
  readonly holds: boolean;
  readonly lanes: readonly (Lane & { readonly buckets: readonly Bucket[] })[];
  readonly bucketMs: number;
  readonly totalMs: number;
  readonly spans: readonly Span[];
}
export interface Box {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const WIDTH = 1240;
const LEFT = 196;
const RIGHT = 28;
const PLOT = WIDTH - LEFT - RIGHT;
const HEAD = 112;
const ROW = 24;
const BAND = 74;
const GAP = 16;
const AXIS = 34;
const LEGEND = 40;
/** A little more than the mean width of a letter of the fonts named below, in parts of the size. */
const LETTER = 0.57;
const SILENT_BUCKETS = 3;

export function renderTimeline(data: TimelineData): { readonly svg: string; readonly labels: readonly Box[] } {
  const labels: Box[] = [];
  const parts: string[] = [];
  const x = (ms: number): number => LEFT + (PLOT * Math.min(ms, data.totalMs)) / data.totalMs;
  const text = (
    words: string,
    at: {
      readonly x: number;
      readonly y: number;
      readonly size: number;
      readonly role: string;
      readonly end?: boolean;
    },
  ): void => {
    const width = words.length * at.size * LETTER;
    labels.push({
      text: words,
      x: at.end === true ? at.x - width : at.x,
      y: at.y - at.size,
      width,
      height: at.size * 1.2,
    });
    parts.push(
      `<text x="${round(at.x)}" y="${round(at.y)}" font-size="${String(at.size)}" class="${at.role}"${at.end === true ? ' text-anchor="end"' : ''}>${escaped(words)}</text>`,
    );
  };

  const rows = pack(data.spans, x);
  const top = HEAD + rows.count * ROW + 14;
  const bottom = top + data.lanes.length * (BAND + GAP) - GAP;
  const height = bottom + AXIS + LEGEND;

  text(data.title, { x: 24, y: 40, size: 24, role: 'title' });
  parts.push(`<circle cx="32" cy="64" r="7" class="${data.holds ? 'ok' : 'bad'}"/>`);
  data.verdict.forEach((line, n) => text(line, { x: 48, y: 69 + n * 19, size: 14, role: 'quiet' }));

  data.lanes.forEach((_, n) => {
    const y = top + n * (BAND + GAP);
    parts.push(
      `<rect x="${String(LEFT)}" y="${String(y)}" width="${String(PLOT)}" height="${String(BAND)}" rx="6" class="band"/>`,
    );
  });
  for (const span of data.spans) {
    if (span.toMs <= span.fromMs) continue;
    data.lanes.forEach((lane, n) => {
      if (span.lanes !== 'all' && !span.lanes.includes(lane.name)) return;
      const y = top + n * (BAND + GAP);
      parts.push(
        `<rect x="${round(x(span.fromMs))}" y="${String(y)}" width="${round(x(span.toMs) - x(span.fromMs))}" height="${String(BAND)}" class="span ${span.kind}"/>`,
      );
    });
  }
  data.lanes.forEach((lane, n) => {
    const y = top + n * (BAND + GAP);
    drawLane(lane, y, data.bucketMs, x, parts, text);
  });

  rows.placed.forEach(({ span, row, textX, end }) => {
    const y = HEAD + row * ROW + 12;
    const from = x(span.fromMs);
    parts.push(
      `<line x1="${round(from)}" x2="${round(from)}" y1="${String(top - 6)}" y2="${String(bottom)}" class="drop ${span.kind}"/>`,
    );
    parts.push(
      `<rect x="${round(from)}" y="${String(y + 4)}" width="${round(Math.max(3, x(span.toMs) - from))}" height="4" rx="2" class="bar ${span.kind}"/>`,
    );
    text(span.what, { x: textX, y, size: 12, role: 'label', end });
  });

  parts.push(
    `<line x1="${String(LEFT)}" x2="${String(LEFT + PLOT)}" y1="${String(bottom + 8)}" y2="${String(bottom + 8)}" class="axis"/>`,
  );
  const step = data.totalMs > 12 * 60_000 ? 120_000 : data.totalMs > 90_000 ? 60_000 : 15_000;
  for (let at = 0; at <= data.totalMs; at += step) {
    parts.push(
      `<line x1="${round(x(at))}" x2="${round(x(at))}" y1="${String(bottom + 8)}" y2="${String(bottom + 13)}" class="axis"/>`,
    );
    const words = step < 60_000 ? `${String(at / 1_000)} s` : `${String(at / 60_000)} min`;
    const last = x(at) + words.length * 11 * LETTER > LEFT + PLOT;
    text(words, { x: x(at), y: bottom + 27, size: 11, role: 'quiet', end: last });
  }
  drawLegend(height - 14, parts, text);

  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" width="${String(WIDTH)}" height="${String(height)}" role="img" aria-label="${escaped(`${data.title}. ${data.verdict.join(' ')}`)}">\n` +
    `<style>${STYLE}</style>\n<rect width="${String(WIDTH)}" height="${String(height)}" class="page"/>\n${parts.join('\n')}\n</svg>\n`;
  return { svg, labels };
}

type Write = (words: string, at: { x: number; y: number; size: number; role: string; end?: boolean }) => void;

function drawLane(
  lane: TimelineData['lanes'][number],
  y: number,
  bucketMs: number,
  x: (ms: number) => number,
  parts: string[],
  text: Write,
): void {
  const base = y + BAND - 3;
  const room = BAND - 12;
  const perSecond = (count: number): number => (count * 1_000) / bucketMs;
  const most = Math.max(1, ...lane.buckets.map(({ served, failed }) => Math.max(served, failed)));
  const scale = (count: number): number => (room * count) / most;
  const middle = (n: number): number => x((n + 0.5) * bucketMs);

  const curve = lane.buckets.map((_, n) => `${round(middle(n))},${round(base - scale(smoothed(lane.buckets, n)))}`);
  if (curve.length > 1) {
    const area = `M${round(middle(0))},${round(base)} L${curve.join(' L')} L${round(middle(lane.buckets.length - 1))},${round(base)} Z`;
    parts.push(
      `<path d="${area}" class="served ${lane.tier}"/><polyline points="${curve.join(' ')}" class="edge ${lane.tier}"/>`,
    );
  }
  const wide = Math.max(2, x(bucketMs) - x(0) - 0.8);
  lane.buckets.forEach(({ failed }, n) => {
    if (failed === 0) return;
    const high = Math.max(5, scale(failed));
    parts.push(
      `<rect x="${round(middle(n) - wide / 2)}" y="${round(base - high)}" width="${round(wide)}" height="${round(high)}" class="failed"/>`,
    );
  });
  const waits = lane.buckets.flatMap(({ queued }, n) => (queued === undefined ? [] : [[n, queued] as const]));
  const longest = Math.max(0, ...waits.map(([, queued]) => queued));
  if (longest > 0) {
    // Where nobody could say for a while, the line breaks off.
    let points: string[] = [];
    const draw = (): void => {
      if (points.length > 1) parts.push(`<polyline points="${points.join(' ')}" class="queued"/>`);
      points = [];
    };
    waits.forEach(([n, queued], at) => {
      if (n - (waits[at - 1]?.[0] ?? n) > SILENT_BUCKETS) draw();
      points.push(`${round(middle(n))},${round(base - (room * queued) / longest)}`);
    });
    draw();
  }
  const sum = (of: 'served' | 'failed'): number => lane.buckets.reduce((total, bucket) => total + bucket[of], 0);
  text(lane.name, { x: 24, y: y + 20, size: 14, role: 'name' });
  text(`${grouped(sum('served'))} served, ${grouped(sum('failed'))} failed`, {
    x: 24,
    y: y + 38,
    size: 11,
    role: sum('failed') > 0 ? 'quiet warn' : 'quiet',
  });
  text(
    `peak ${perSecond(most).toFixed(perSecond(most) < 10 ? 1 : 0)}/s${longest > 0 ? ` · ${grouped(longest)} waiting` : ''}`,
    {
      x: 24,
      y: y + 54,
      size: 11,
      role: 'quiet',
    },
  );
}

/** The mean of a moment and its neighbours, weighted 1 2 1: the sum stays what it was, the eye sees the course of it. */
function smoothed(buckets: readonly Bucket[], n: number): number {
  const at = (i: number): number => (buckets[i] ?? buckets[n])?.served ?? 0;
  return (at(n - 1) + 2 * at(n) + at(n + 1)) / 4;
}

function drawLegend(y: number, parts: string[], text: Write): void {
  const keys = [
    ['served site', 'answered by the site'],
    ['served region', 'by the region'],
    ['served device', 'by the device in the hand'],
    ['failed', 'failed: nobody answered'],
    ['queued', 'waiting to go up'],
    ['span outage', 'down or cut off'],
    ['span fault', 'wrong'],
  ] as const;
  let at = LEFT;
  for (const [role, words] of keys) {
    parts.push(
      role === 'queued'
        ? `<line x1="${round(at)}" x2="${round(at + 16)}" y1="${String(y - 4)}" y2="${String(y - 4)}" class="queued"/>`
        : `<rect x="${round(at)}" y="${String(y - 10)}" width="14" height="11" rx="2" class="${role} key"/>`,
    );
    text(words, { x: at + 20, y, size: 11, role: 'quiet' });
    at += 20 + words.length * 11 * LETTER + 18;
  }
}

/** Rows for what happened: greedy, in the order of time, by the width of bar and words. */
function pack(
  spans: readonly Span[],
  x: (ms: number) => number,
): {
  readonly count: number;
  readonly placed: readonly {
    readonly span: Span;
    readonly row: number;
    readonly textX: number;
    readonly end: boolean;
  }[];
} {
  const ends: number[] = [];
  const placed = spans
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .map((span) => {
      const width = span.what.length * 12 * LETTER;
      const from = x(span.fromMs);
      const end = from + width > LEFT + PLOT;
      const left = end ? LEFT + PLOT - width : from;
      const right = Math.max(left + width, x(span.toMs));
      let row = ends.findIndex((used) => used + 14 < left);
      if (row < 0) row = ends.length;
      ends[row] = right;
      return { span, row, textX: end ? LEFT + PLOT : from, end };
    });
  return { count: ends.length, placed };
}

const round = (value: number): string => String(Math.round(value * 10) / 10);
const grouped = (count: number): string => count.toLocaleString('en-GB');
const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const STYLE = `
:root{--page:#fbfaf7;--band:#f0eee8;--ink:#1d2430;--quiet:#5c6470;--site:#1f7a6d;--region:#3458a4;--device:#8a5a9e;--bad:#c8321f;--outage:#5b6270;--fault:#c98a12;--good:#2c8a4b;--wait:#1d2430}
@media (prefers-color-scheme:dark){:root{--page:#12161d;--band:#1b212b;--ink:#eef1f5;--quiet:#a2abb8;--site:#4fc0ae;--region:#86a8f0;--device:#c79add;--bad:#ff6a55;--outage:#9aa4b4;--fault:#e8b04a;--good:#5ccb82;--wait:#eef1f5}}
text{font-family:'Inter','Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif;fill:var(--ink)}
.page{fill:var(--page)}.band{fill:var(--band)}.title{font-weight:650;letter-spacing:-.01em}.name{font-weight:600}.quiet{fill:var(--quiet)}.warn{fill:var(--bad)}.label{fill:var(--ink)}
.ok{fill:var(--good)}.bad{fill:var(--bad)}
.served{fill-opacity:.28}.served.site,.edge.site{--c:var(--site)}.served.region,.edge.region{--c:var(--region)}.served.device,.edge.device{--c:var(--device)}
.served{fill:var(--c)}.edge{fill:none;stroke:var(--c);stroke-width:1.6;stroke-linejoin:round}.key{fill-opacity:.6}
.failed{fill:var(--bad)}.queued{fill:none;stroke:var(--wait);stroke-width:1.5;stroke-dasharray:2 3}
.span.outage{fill:var(--outage);fill-opacity:.22}.span.fault{fill:var(--fault);fill-opacity:.2}.span.good{fill:var(--good);fill-opacity:.12}
.bar.outage{fill:var(--outage)}.bar.fault{fill:var(--fault)}.bar.good{fill:var(--good)}
.drop{stroke-width:1;stroke-dasharray:1 3}.drop.outage{stroke:var(--outage)}.drop.fault{stroke:var(--fault)}.drop.good{stroke:var(--good)}
.axis{stroke:var(--quiet);stroke-width:1}
`.trim();
