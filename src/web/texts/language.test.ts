import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { agoIn } from './ago.ts';
import { defineTexts } from './define-texts.ts';
import { chooseLanguage, currentLanguage, firstKnown, startLanguage } from './language.ts';
import { speakIn } from './use-texts.ts';

const MINUTE = 60_000;

/** What a browser gives: a document with a root, and a store of texts. */
function browser(): { readonly root: { lang: string; dir: string }; readonly kept: Map<string, string> } {
  const root = { lang: '', dir: '' };
  const kept = new Map<string, string>();
  vi.stubGlobal('document', { documentElement: root });
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  });
  return { root, kept };
}

describe('the language', () => {
  let page: ReturnType<typeof browser>;
  beforeEach(() => {
    page = browser();
  });
  afterEach(() => vi.unstubAllGlobals());

  test('[SR2] what was chosen here holds at the next start; without a choice the browser decides', () => {
    expect(startLanguage(['pt-BR', 'de-AT', 'fr'])).toBe('de');
    chooseLanguage('ar');
    expect(startLanguage(['fr'])).toBe('ar');
    page.kept.clear();
    expect(startLanguage(['nl'])).toBe('en');
    expect(firstKnown(['nl', 'ES-mx'])).toBe('es');
  });
  test('[SR3] the document says language and direction', () => {
    chooseLanguage('ar');
    expect(page.root).toEqual({ lang: 'ar', dir: 'rtl' });
    chooseLanguage('fr');
    expect(page.root).toEqual({ lang: 'fr', dir: 'ltr' });
    expect(currentLanguage()).toBe('fr');
  });
});

describe('words', () => {
  const texts = defineTexts(
    'words-test',
    { hello: 'Hello {{name}}', dose_one: '{{count}} dose', dose_other: '{{count}} doses' },
    {
      fr: { hello: 'Bonjour {{name}}', dose_one: '{{count}} dose', dose_other: '{{count}} doses' },
      de: { hello: 'Hallo {{name}}', dose_one: '{{count}} Gabe', dose_other: '{{count}} Gaben' },
      es: { hello: 'Hola {{name}}', dose_one: '{{count}} dosis', dose_other: '{{count}} dosis' },
      ar: {
        hello: 'مرحبًا {{name}}',
        dose_zero: 'لا جرعات',
        dose_one: 'جرعة',
        dose_two: 'جرعتان',
        dose_few: '{{count}} جرعات',
        dose_many: '{{count}} جرعة',
        dose_other: '{{count}} جرعة',
      },
    },
  );
  test('[SR1] values and plurals are put in, in the forms of the language', () => {
    expect(speakIn('en', texts)('hello', { name: 'O’Neill <b>' })).toBe('Hello O’Neill <b>');
    expect(speakIn('en', texts)('dose', { count: 1 })).toBe('1 dose');
    expect(speakIn('fr', texts)('dose', { count: 0 })).toBe('0 dose');
    expect(speakIn('fr', texts)('dose', { count: 2_000_000 })).toBe('2000000 doses');
    expect([0, 1, 2, 3, 11, 100].map((count) => speakIn('ar', texts)('dose', { count }))).toEqual([
      'لا جرعات',
      'جرعة',
      'جرعتان',
      '3 جرعات',
      '11 جرعة',
      '100 جرعة',
    ]);
  });
  test('[SR3] a value in a text from right to left keeps its own order', () => {
    expect(speakIn('ar', texts)('hello', { name: '09-Sep-2008' })).toBe('مرحبًا \u206809-Sep-2008\u2069');
  });
  test('[SR12] ages of data are rounded down, and what lies ahead is now', () => {
    const { ago, lasting } = agoIn('en');
    const now = 1_000_000_000_000;
    expect(ago(undefined, now)).toBe('never');
    expect(ago(now + 5 * MINUTE, now)).toBe('just now');
    expect(ago(now - 59_999, now)).toBe('just now');
    expect(ago(now - 59 * MINUTE, now)).toBe('59 min ago');
    expect(ago(now - 119 * MINUTE, now)).toBe('1 hour ago');
    expect(ago(now - 47 * 60 * MINUTE, now)).toBe('47 hours ago');
    expect(ago(now - 49 * 60 * MINUTE, now)).toBe('2 days ago');
    expect(lasting(119 * MINUTE)).toBe('1 hour');
  });
});
