// What a colour may mean here. Every tone has a shape of its own, and stands beside a word: colour never says anything alone.
import type { IconName } from './icon-paths.ts';

export type Tone = 'neutral' | 'info' | 'ok' | 'warn' | 'danger' | 'live' | 'site' | 'device' | 'downtime';

export const TONE_ICON: Readonly<Record<Tone, IconName>> = {
  neutral: 'dot',
  info: 'info',
  ok: 'check-circle',
  warn: 'triangle',
  danger: 'octagon',
  live: 'circle-full',
  site: 'diamond-full',
  device: 'triangle-full',
  downtime: 'square-striped',
};
