// Over all texts of the client, wherever they stand.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { defineTexts, LANGUAGES, type Language, type Texts } from './define-texts.ts';

type AnyTexts = Texts<Readonly<Record<string, string>>>;

const WEB = resolve(import.meta.dirname, '..');
const files = readdirSync(WEB, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
  .filter(
    (name) => /\bdefineTexts\(\n/.test(readFileSync(join(WEB, name), 'utf8')) && !name.endsWith('define-texts.ts'),
  );
const found: (readonly [string, AnyTexts])[] = [];
for (const name of files) {
  const module: Record<string, unknown> = await import(pathToFileURL(join(WEB, name)).href);
  for (const value of Object.values(module)) if (isTexts(value)) found.push([name, value]);
}

function isTexts(value: unknown): value is AnyTexts {
  return typeof value === 'object' && value !== null && 'namespace' in value && 'byLanguage' in value;
}
const valuesOf = (text: string): readonly string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1] ?? '').sort();
const stemOf = (key: string): string => key.replace(/_(zero|one|two|few|many|other)$/, '');

test('[SR1] a text that is missing in one language does not build', () => {
  const whole = { hello: '', bye: '' };
  defineTexts(
    'lacking',
    { hello: 'Hello', bye: 'Bye' },
    // @ts-expect-error: French lacks `bye`.
    { fr: { hello: '' }, de: whole, es: whole, ar: whole },
  );
  expect(found.length).toBeGreaterThan(4);
});
test('[SR1] every file of texts has a name of its own', () => {
  const names = found.map(([, texts]) => texts.namespace);
  expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
});

describe.each(found)('%s', (_, texts) => {
  const english = texts.byLanguage.en;
  test('[SR1] every language puts in the same values', () => {
    const wrong = LANGUAGES.flatMap((language) =>
      Object.entries(texts.byLanguage[language]).flatMap(([key, text]) => {
        const stem = stemOf(key);
        const model = english[key] ?? english[`${stem}_other`] ?? '';
        const isPlural = stem !== key;
        // A form of one number may say it as a word.
        const without = (names: readonly string[]): string => names.filter((n) => !isPlural || n !== 'count').join();
        return without(valuesOf(text)) === without(valuesOf(model)) ? [] : [`${language} ${key}: ${text}`];
      }),
    );
    expect(wrong).toEqual([]);
  });
  test('[SR1] every language has the plural forms that it needs', () => {
    const stems = Object.keys(english)
      .filter((key) => key.endsWith('_other'))
      .map(stemOf);
    const lacking = LANGUAGES.flatMap((language) =>
      stems.flatMap((stem) =>
        formsOf(language).flatMap((form) =>
          texts.byLanguage[language][`${stem}_${form}`] === undefined ? [`${language} ${stem}_${form}`] : [],
        ),
      ),
    );
    expect(lacking).toEqual([]);
  });
  test('[SR1] no sentence was left in English, and none is empty', () => {
    const left = LANGUAGES.flatMap((language) =>
      Object.entries(texts.byLanguage[language]).flatMap(([key, text]) =>
        (language !== 'en' && /\s\w+\s\w+\s\w+/.test(text) && text === english[key]) ||
        (text.trim() === '' && english[key] !== '')
          ? [`${language} ${key}`]
          : [],
      ),
    );
    expect(left).toEqual([]);
  });
});

/** Of whole numbers from 1: none reads as many do where a text has no form of its own. French and Spanish have one for millions. */
function formsOf(language: Language): readonly string[] {
  const rules = new Intl.PluralRules(language);
  return [...new Set([1, 2, 3, 5, 11, 21, 100, 101, 111].map((n) => rules.select(n)))];
}
