// How far what the banner says of allergies may be believed, in words.
import type { AllergySection } from '../../../core/care/banner/allergy-section.ts';
import { formatMoment } from '../../texts/clinical-dates.ts';
import type { Texts } from '../../texts/define-texts.ts';
import type { Speak } from '../../texts/use-texts.ts';
import type { bannerTexts } from './banner-texts.ts';

export type BannerWords = typeof bannerTexts extends Texts<infer English> ? Speak<English> : never;

/** CR1: "as of hh:mm, may be incomplete" beside what is known; "not confirmed since hh:mm" beside a denial. */
export function caveatWords(section: AllergySection, now: number, t: BannerWords): string {
  const key = section.caveat === 'not-confirmed' ? 'notConfirmed' : 'mayBeIncomplete';
  return section.since === undefined ? t(`${key}Never`) : t(key, { time: formatMoment(section.since, now) });
}
