import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isIconName } from './icon-paths.ts';
import { TONE_ICON } from './tones.ts';

test('[SR17] every tone has a shape of its own, and a colour and a ground', () => {
  const shapes = Object.values(TONE_ICON);
  expect(new Set(shapes).size).toBe(shapes.length);
  expect(shapes.every(isIconName)).toBe(true);
  const tokens = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
  for (const tone of Object.keys(TONE_ICON)) {
    expect(tokens).toContain(`--hf-${tone}: light-dark(`);
    expect(tokens).toContain(`--hf-${tone}-ground: light-dark(`);
  }
});
test('[SR17] text on the ground of its tone has a contrast of 4.5 to 1, in light and in dark', () => {
  const tokens = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');
  const colours = new Map(
    [...tokens.matchAll(/--hf-([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
      (m) => [m[1], [m[2] ?? '', m[3] ?? '']] as const,
    ),
  );
  const pairs = [
    ...Object.keys(TONE_ICON).map((tone) => [tone, `${tone}-ground`] as const),
    ...Object.keys(TONE_ICON)
      .filter((t) => t !== 'downtime')
      .map((tone) => ['ink', `${tone}-ground`] as const),
    ['downtime', 'downtime-stripe'] as const,
    ...['canvas', 'surface', 'sunken', 'raised', 'hover', 'chosen'].flatMap((ground) => [
      ['ink', ground] as const,
      ['muted', ground] as const,
    ]),
    ...['canvas', 'surface', 'raised'].flatMap((ground) => [['primary', ground] as const, ['danger', ground] as const]),
    ['on-primary', 'primary'] as const,
    ['on-primary', 'primary-strong'] as const,
    ['on-danger', 'danger-full'] as const,
  ];
  const weak = pairs.flatMap(([text, ground]) =>
    [0, 1].flatMap((scheme) => {
      const ratio = contrast(colours.get(text)?.[scheme] ?? '', colours.get(ground)?.[scheme] ?? '');
      return ratio >= 4.5 ? [] : [`${text} on ${ground} (${scheme === 0 ? 'light' : 'dark'}): ${ratio.toFixed(2)}`];
    }),
  );
  expect(weak).toEqual([]);
});

/** WCAG 2.2, 1.4.3. */
function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
  return ((x ?? 0) + 0.05) / ((y ?? 0) + 0.05);
}
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
