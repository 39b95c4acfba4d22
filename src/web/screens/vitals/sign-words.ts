// What signs, states of consciousness and risks are called, in the language of the screen.
import type { Consciousness, Risk, Sign } from '../../../core/care/vitals/news2.ts';
import type { MeasureKey } from '../../../core/care/vitals/sign-codes.ts';
import { hoursToNext } from '../../../core/care/vitals/news2.ts';
import type { Tone } from '../../parts/tones.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { vitalTexts } from './texts.ts';

export interface SignWords {
  readonly sign: (sign: Sign | MeasureKey) => string;
  readonly consciousness: (value: Consciousness) => string;
  readonly risk: (risk: Risk) => string;
  /** `next set within 1 hour` */
  readonly next: (risk: Risk, score: number) => string;
}

export const RISK_TONE: Readonly<Record<Risk, Tone>> = {
  low: 'ok',
  'low-single': 'warn',
  medium: 'warn',
  high: 'danger',
};

export function useSignWords(): SignWords {
  const t = useTexts(vitalTexts);
  return {
    sign: (sign) => t(sign),
    consciousness: (value) => t(value === 'pain' ? 'toPain' : value),
    risk: (risk) => {
      switch (risk) {
        case 'low':
          return t('riskLow');
        case 'low-single':
          return t('riskLowSingle');
        case 'medium':
          return t('riskMedium');
        case 'high':
          return t('riskHigh');
      }
    },
    next: (risk, score) => {
      const hours = hoursToNext(risk, score);
      return hours === 0 ? t('nextNever') : t('next', { count: hours });
    },
  };
}
