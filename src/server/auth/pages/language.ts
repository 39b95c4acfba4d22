// Which language a page speaks: the address says, or the cookie, or the browser; else English.
import { AR } from './texts/ar.ts';
import { DE } from './texts/de.ts';
import { EN, type TextKey } from './texts/en.ts';
import { ES } from './texts/es.ts';
import { FR } from './texts/fr.ts';

export const LANGUAGES = ['en', 'fr', 'de', 'es', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

export const TEXTS: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = {
  en: EN,
  fr: FR,
  de: DE,
  es: ES,
  ar: AR,
};
/** Each in its own words. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  es: 'Español',
  ar: 'العربية',
};
export const directionOf = (language: Language): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr');

/** A text in the page's language, `{name}` filled in. Values are escaped where the text is put into HTML. */
export type Say = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string;

export function sayIn(language: Language): Say {
  const texts = TEXTS[language];
  return (key, values = {}) =>
    texts[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : String(value);
    });
}

const isLanguage = (text: string | undefined): text is Language => LANGUAGES.some((language) => language === text);

/** RFC 9110, 12.5.4, without wildcards: the highest weight of a language that we speak; the earlier of equals. */
export function chooseLanguage(
  asked: string | undefined,
  kept: string | undefined,
  accept: string | undefined,
): Language {
  if (isLanguage(asked)) return asked;
  if (isLanguage(kept)) return kept;
  let best: Language = 'en';
  let weightMax = 0;
  for (const part of (accept ?? '').split(',')) {
    const [tag = '', ...params] = part.split(';').map((text) => text.trim());
    const language = tag.toLowerCase().split('-')[0];
    const q = params.find((param) => param.startsWith('q='));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    if (isLanguage(language) && weight > weightMax) {
      best = language;
      weightMax = weight;
    }
  }
  return best;
}
