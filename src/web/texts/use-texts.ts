// The words of a screen, in the language of this client, for the screen to draw.
import { useMemo, useSyncExternalStore } from 'react';
import { isRightToLeft, LANGUAGES, type Language, type TextKey, type Texts } from './define-texts.ts';
import { currentLanguage, words } from './language.ts';

type Values = Readonly<Record<string, string | number>>;
/** `count` chooses the plural; it is put in as `{{count}}` too. */
export type Speak<English extends Readonly<Record<string, string>>> = (
  key: TextKey<English>,
  values?: Values,
) => string;

/** Draws again when the language changes. The function is the same one until then. */
export function useTexts<const English extends Readonly<Record<string, string>>>(
  texts: Texts<English>,
): Speak<English> {
  const language = useLanguage();
  return useMemo(() => speakIn(language, texts), [language, texts]);
}

export function useLanguage(): Language {
  return useSyncExternalStore(listen, currentLanguage, currentLanguage);
}

/** The same without React: for titles, tests and pure functions that are given their words. */
export function speakIn<const English extends Readonly<Record<string, string>>>(
  language: Language,
  texts: Texts<English>,
): Speak<English> {
  learn(texts);
  const speak = words.getFixedT(language, texts.namespace);
  return (key, values) => String(speak(String(key), isRightToLeft(language) ? isolated(values) : { ...values }));
}

/** In a text from right to left a value of the other direction keeps its own order, and moves nothing around it. */
function isolated(values: Values | undefined): Values {
  return Object.fromEntries(
    Object.entries(values ?? {}).map(([name, value]) => [
      name,
      typeof value === 'string' ? `\u2068${value}\u2069` : value,
    ]),
  );
}

function listen(changed: () => void): () => void {
  words.on('languageChanged', changed);
  return () => words.off('languageChanged', changed);
}

const known = new WeakSet<object>();
function learn(texts: Texts<Readonly<Record<string, string>>>): void {
  if (known.has(texts)) return;
  known.add(texts);
  for (const language of LANGUAGES) {
    words.addResourceBundle(language, texts.namespace, withForms(language, texts.byLanguage[language]), true, true);
  }
}

/** A form of a plural that a text does without is that of most numbers: nobody ever reads the name of a text. */
function withForms(language: Language, given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const made = Object.entries(given).flatMap(([key, text]) =>
    key.endsWith('_other') ? forms.map((form) => [key.replace(/_other$/, `_${form}`), text] as const) : [],
  );
  return { ...Object.fromEntries(made), ...given };
}
