import { expect, test } from 'vitest';
import { allergySection, type Copy } from '../../../core/care/banner/allergy-section.ts';
import { NOTE_WORDS } from '../../../core/care/merge/notes.ts';
import { LANGUAGES } from '../../texts/define-texts.ts';
import { speakIn } from '../../texts/use-texts.ts';
import { bannerTexts } from './banner-texts.ts';
import { caveatWords } from './banner-words.ts';

const NOW = new Date(2026, 10, 23, 14, 50).getTime();
const t = speakIn('en', bannerTexts);
const denial = {
  conflict: false,
  resource: {
    resourceType: 'AllergyIntolerance',
    code: { coding: [{ code: '716186003' }] },
    clinicalStatus: { coding: [{ code: 'active' }] },
  },
};
const allergy = { conflict: false, resource: { resourceType: 'AllergyIntolerance', code: { text: 'Latex' } } };
const stale = (asOf?: number): Copy => ({ held: 'whole', isStale: true, ...(asOf === undefined ? {} : { asOf }) });

test('[CH4] the four titles are those of the NHS CUI, and different in every language', () => {
  const titles = ['known', 'none-known', 'not-recorded', 'unavailable'] as const;
  expect(titles.map((title) => t(title))).toEqual([
    'Known allergies',
    'No known allergies',
    'Allergies not recorded',
    'Allergies unavailable',
  ]);
  for (const language of LANGUAGES) {
    const speak = speakIn(language, bannerTexts);
    expect(new Set(titles.map((title) => speak(title))).size, language).toBe(4);
  }
});
test('[CH5] stale words are those of CR1, with the date where it was not today, and said where nobody ever confirmed', () => {
  const asOf = new Date(2026, 10, 23, 14, 5).getTime();
  const words = (section: ReturnType<typeof allergySection>): string => caveatWords(section, NOW, t);
  expect(words(allergySection([allergy], stale(asOf)))).toBe('as of 14:05, may be incomplete');
  expect(words(allergySection([denial], stale(asOf)))).toBe('not confirmed since 14:05');
  expect(words(allergySection([denial], stale(asOf - 86_400_000)))).toBe('not confirmed since 22-Nov-2026 14:05');
  expect(words(allergySection([denial], stale()))).toBe('never confirmed by the site');
  expect(words(allergySection([allergy], stale()))).toBe('never confirmed by the site, may be incomplete');
});
test('[CH8] the words of a disputed resuscitation are those of CR5', () => {
  expect(t('resuscitationDisputed')).toBe(NOTE_WORDS['resuscitation-disputed']);
});
