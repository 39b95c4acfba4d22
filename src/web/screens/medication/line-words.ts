// A medication line in the reader's language: amounts, routes and times from its parts. Names, forms and what prescribers wrote stay as written.
import type { Amount, Cadence } from '../../../core/care/medication/order-dose.ts';
import { plainNumber, type LinePart } from '../../../core/care/medication/medication-lines.ts';
import type { DoseUnit, RouteKey } from '../../../core/care/medication/drug-rules.ts';
import type { Texts } from '../../texts/define-texts.ts';
import type { Speak } from '../../texts/use-texts.ts';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import type { lineTexts } from './line-texts.ts';

export type LineSpeak = typeof lineTexts extends Texts<infer English> ? Speak<English> : never;

const COUNTED: readonly DoseUnit[] = ['unit', 'puff', 'sachet', 'tablet', 'capsule', 'drop', 'patch'];
/** `1,000 mg`, `18 units`: a space that never breaks between number and unit. */
export function amountWords(t: LineSpeak, { value, unit }: Amount): string {
  const n = plainNumber(value);
  const text = COUNTED.includes(unit) ? t(unit, { count: value, n }) : t(unit, { n });
  return text.replaceAll(' ', '\u00a0');
}
/** The unit alone, as it stands beside a field. */
export const unitWords = (t: LineSpeak, unit: DoseUnit): string =>
  (COUNTED.includes(unit) ? t(unit, { count: 2, n: '' }) : t(unit, { n: '' })).trim();
export const routeWords = (t: LineSpeak, route: RouteKey): string => t(route);

export function cadenceWords(t: LineSpeak, cadence: Cadence): string {
  switch (cadence.kind) {
    case 'times': {
      const times = cadence.times.join(', ');
      if (cadence.days.length > 0)
        return t('onDays', { days: cadence.days.map((day) => dayWord(t, day)).join(', '), times });
      if (cadence.every > 1) return t('everyDays', { n: cadence.every, times });
      return cadence.times.length === 1 ? t('onceADay', { times }) : t('timesADay', { n: cadence.times.length, times });
    }
    case 'interval':
      return t('everyHours', { n: plainNumber(cadence.hours / cadence.count) });
    case 'as-needed':
      return cadence.minutesApart === undefined
        ? t('whenNeeded')
        : t('whenNeededApart', { n: plainNumber(cadence.minutesApart / 60) });
    case 'infusion':
      return t('over', { n: plainNumber(cadence.hours) });
    case 'once':
      return t('once');
    case 'moments':
      return t('atTimes', { times: cadence.at.map((one) => formatDateTime(one)).join(', ') });
    case 'words':
      return '';
  }
}
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const dayWord = (t: LineSpeak, day: string): string => {
  const known = DAYS.find((one) => one === day);
  return known === undefined ? day : t(known);
};

export function partWords(t: LineSpeak, part: LinePart): string {
  switch (part.kind) {
    case 'form':
    case 'rate':
    case 'note':
    case 'words':
      return part.text;
    case 'dose':
      return part.low === undefined
        ? amountWords(t, part.amount)
        : t('range', { low: amountWords(t, part.low), high: amountWords(t, part.amount) });
    case 'route':
      return part.route === undefined ? part.text : routeWords(t, part.route);
    case 'when':
      return cadenceWords(t, part.cadence);
    case 'most':
      return t('most', { amount: amountWords(t, part.amount) });
    case 'reason':
      return t('for', { reason: part.text });
  }
}
/** The parts as one text, for labels and for screen readers. */
export const lineWords = (t: LineSpeak, parts: readonly LinePart[]): string =>
  parts
    .map((part) => partWords(t, part))
    .filter((text) => text !== '')
    .join(' — ');
