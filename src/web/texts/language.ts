// The language of this client: chosen once, remembered on the device, written on the document with its direction.
//
//   SR2  The choice is of this device and holds for everybody on it until changed; without one the browser's languages decide.
//   SR3  The document says its language and direction, so that layout, screen readers and hyphenation follow.
import { createInstance, type i18n } from 'i18next';
import { isRightToLeft, LANGUAGES, type Language } from './define-texts.ts';

const REMEMBERED = 'holdfast.language';

/** Names of the languages in themselves: whoever cannot read the present one still finds their own. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  es: 'Español',
  ar: 'العربية',
};

export const words: i18n = createInstance();
void words.init({
  lng: 'en',
  fallbackLng: false,
  supportedLngs: [...LANGUAGES],
  ns: [],
  defaultNS: false,
  resources: {},
  // Everything is in the bundle: nothing is ever loaded.
  initAsync: false,
  // React escapes what it draws.
  interpolation: { escapeValue: false },
});

export const isLanguage = (text: string): text is Language => LANGUAGES.some((l) => l === text);

/** What is spoken now. */
export function currentLanguage(): Language {
  const language = words.language;
  return isLanguage(language) ? language : 'en';
}

/** Speaks `language` from now on and remembers it. */
export function chooseLanguage(language: Language): void {
  speak(language);
  try {
    localStorage.setItem(REMEMBERED, language);
  } catch (error) {
    // A browser that keeps nothing: the choice holds until the page closes.
    if (!(error instanceof DOMException)) throw error;
  }
}

/** At the start of a page: the language that was chosen here, else the first of `preferred` (BCP 47) that there is, else English. */
export function startLanguage(preferred: readonly string[]): Language {
  const language = rememberedLanguage() ?? firstKnown(preferred) ?? 'en';
  speak(language);
  return language;
}

export function firstKnown(preferred: readonly string[]): Language | undefined {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split('-')[0] ?? '';
    if (isLanguage(language)) return language;
  }
  return undefined;
}

function rememberedLanguage(): Language | undefined {
  try {
    const language = localStorage.getItem(REMEMBERED) ?? '';
    return isLanguage(language) ? language : undefined;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return undefined;
  }
}

function speak(language: Language): void {
  void words.changeLanguage(language);
  if (typeof document === 'undefined') return;
  document.documentElement.lang = language;
  document.documentElement.dir = isRightToLeft(language) ? 'rtl' : 'ltr';
}
