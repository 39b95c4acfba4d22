// How long ago: words for the age of data, in the language of the client.
//
//   SR12  An age is rounded down in its words and never reads fresher than the whole unit below it: 59 minutes are not an hour, 119 are one.
import { useMemo } from 'react';
import type { Instant } from '../../core/base/ports.ts';
import { defineTexts, type Language } from './define-texts.ts';
import { speakIn, useLanguage } from './use-texts.ts';

export const agoTexts = defineTexts(
  'ago',
  {
    now: 'just now',
    minutes_one: '{{count}} min ago',
    minutes_other: '{{count}} min ago',
    hours_one: '{{count}} hour ago',
    hours_other: '{{count}} hours ago',
    days_one: '{{count}} day ago',
    days_other: '{{count}} days ago',
    forMinutes_one: '{{count}} min',
    forMinutes_other: '{{count}} min',
    forHours_one: '{{count}} hour',
    forHours_other: '{{count}} hours',
    forDays_one: '{{count}} day',
    forDays_other: '{{count}} days',
    never: 'never',
  },
  {
    fr: {
      now: 'à l’instant',
      minutes_one: 'il y a {{count}} min',
      minutes_other: 'il y a {{count}} min',
      hours_one: 'il y a {{count}} heure',
      hours_other: 'il y a {{count}} heures',
      days_one: 'il y a {{count}} jour',
      days_other: 'il y a {{count}} jours',
      forMinutes_one: '{{count}} min',
      forMinutes_other: '{{count}} min',
      forHours_one: '{{count}} heure',
      forHours_other: '{{count}} heures',
      forDays_one: '{{count}} jour',
      forDays_other: '{{count}} jours',
      never: 'jamais',
    },
    de: {
      now: 'gerade eben',
      minutes_one: 'vor {{count}} Min.',
      minutes_other: 'vor {{count}} Min.',
      hours_one: 'vor {{count}} Stunde',
      hours_other: 'vor {{count}} Stunden',
      days_one: 'vor {{count}} Tag',
      days_other: 'vor {{count}} Tagen',
      forMinutes_one: '{{count}} Min.',
      forMinutes_other: '{{count}} Min.',
      forHours_one: '{{count}} Stunde',
      forHours_other: '{{count}} Stunden',
      forDays_one: '{{count}} Tag',
      forDays_other: '{{count}} Tage',
      never: 'nie',
    },
    es: {
      now: 'ahora mismo',
      minutes_one: 'hace {{count}} min',
      minutes_other: 'hace {{count}} min',
      hours_one: 'hace {{count}} hora',
      hours_other: 'hace {{count}} horas',
      days_one: 'hace {{count}} día',
      days_other: 'hace {{count}} días',
      forMinutes_one: '{{count}} min',
      forMinutes_other: '{{count}} min',
      forHours_one: '{{count}} hora',
      forHours_other: '{{count}} horas',
      forDays_one: '{{count}} día',
      forDays_other: '{{count}} días',
      never: 'nunca',
    },
    ar: {
      now: 'الآن',
      minutes_zero: 'الآن',
      minutes_one: 'قبل دقيقة',
      minutes_two: 'قبل دقيقتين',
      minutes_few: 'قبل {{count}} دقائق',
      minutes_many: 'قبل {{count}} دقيقة',
      minutes_other: 'قبل {{count}} دقيقة',
      hours_one: 'قبل ساعة',
      hours_two: 'قبل ساعتين',
      hours_few: 'قبل {{count}} ساعات',
      hours_many: 'قبل {{count}} ساعة',
      hours_other: 'قبل {{count}} ساعة',
      days_one: 'قبل يوم',
      days_two: 'قبل يومين',
      days_few: 'قبل {{count}} أيام',
      days_many: 'قبل {{count}} يومًا',
      days_other: 'قبل {{count}} يوم',
      forMinutes_one: 'دقيقة',
      forMinutes_two: 'دقيقتان',
      forMinutes_few: '{{count}} دقائق',
      forMinutes_many: '{{count}} دقيقة',
      forMinutes_other: '{{count}} دقيقة',
      forHours_one: 'ساعة',
      forHours_two: 'ساعتان',
      forHours_few: '{{count}} ساعات',
      forHours_many: '{{count}} ساعة',
      forHours_other: '{{count}} ساعة',
      forDays_one: 'يوم',
      forDays_two: 'يومان',
      forDays_few: '{{count}} أيام',
      forDays_many: '{{count}} يومًا',
      forDays_other: '{{count}} يوم',
      never: 'أبدًا',
    },
  },
);

export interface Ago {
  /** `3 min ago`, `2 hours ago`; `never` of undefined. A time ahead (clocks differ) reads `just now`. */
  ago(at: Instant | undefined, now: Instant): string;
  /** `45 min`, `3 hours`, `2 days`. */
  lasting(ms: number): string;
}

const MINUTE = 60_000;

export function agoIn(language: Language): Ago {
  const t = speakIn(language, agoTexts);
  return {
    ago(at, now) {
      if (at === undefined) return t('never');
      const minutes = Math.floor((now - at) / MINUTE);
      if (minutes < 1) return t('now');
      if (minutes < 60) return t('minutes', { count: minutes });
      const hours = Math.floor(minutes / 60);
      return hours < 48 ? t('hours', { count: hours }) : t('days', { count: Math.floor(hours / 24) });
    },
    lasting(ms) {
      const minutes = Math.max(0, Math.floor(ms / MINUTE));
      if (minutes < 60) return t('forMinutes', { count: minutes });
      const hours = Math.floor(minutes / 60);
      return hours < 48 ? t('forHours', { count: hours }) : t('forDays', { count: Math.floor(hours / 24) });
    },
  };
}

export function useAgo(): Ago {
  const language = useLanguage();
  return useMemo(() => agoIn(language), [language]);
}
