// What needs no node: texts, colours, markup, dates, the words of a search.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';
import { nodePorts } from '../../ports/node-ports.ts';
import { BROWSER_SCRIPT } from './browser-script.ts';
import { cookieOf } from './cookies.ts';
import { html } from './html.ts';
import { chooseLanguage, LANGUAGES, sayIn, TEXTS } from './language.ts';
import { signIn, startPagesNode } from './pages-node.test-kit.ts';
import { dateWords, paramsOf } from './search-patients.ts';
import { whoIsSignedIn } from './signed-in.ts';
import { COLOURS, INK_ON, STYLE_SHEET } from './style-sheet.ts';
import { EN, type TextKey } from './texts/en.ts';
import { openVisit } from './visit.ts';

const KEYS = Object.keys(EN) as readonly TextKey[];
const valuesIn = (text: string): readonly string[] => [...text.matchAll(/\{\w+\}/g)].map(([value]) => value).toSorted();

describe('languages', () => {
  for (const language of LANGUAGES) {
    test(`[SI29] every text is there in ${language}, with the same values, and is not left in English`, () => {
      const texts = TEXTS[language];
      expect(Object.keys(texts)).toEqual(KEYS);
      expect(KEYS.filter((key) => texts[key].trim() === '')).toEqual([]);
      for (const key of KEYS) expect(valuesIn(texts[key]), key).toEqual(valuesIn(EN[key]));
      const same = KEYS.filter((key) => texts[key] === EN[key] && EN[key].length > 15);
      if (language !== 'en') expect(same).toEqual([]);
    });
  }
  test('[SI29] every text is used by a page', () => {
    const folder = fileURLToPath(new URL('.', import.meta.url));
    const pages = readdirSync(folder)
      .filter((file) => file.endsWith('.ts') && !file.includes('.test'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const made = /^(?:role|staff\.state)\./;
    expect(KEYS.filter((key) => !made.test(key) && !pages.includes(`'${key}'`))).toEqual([]);
  });
  test('[SI29] the address chooses, then the cookie, then the browser; else English', () => {
    expect(chooseLanguage('fr', 'de', 'es')).toBe('fr');
    expect(chooseLanguage('xx', 'de', 'es')).toBe('de');
    expect(chooseLanguage(undefined, undefined, 'pt, es-MX;q=0.8, ar;q=0.9')).toBe('ar');
    expect(chooseLanguage(undefined, undefined, 'DE-at, de;q=0.5')).toBe('de');
    expect(chooseLanguage(undefined, undefined, 'fr;q=0, pt')).toBe('en');
    expect(chooseLanguage(undefined, 'toString', undefined)).toBe('en');
  });
  test('[SI29] a chosen language stays, by a cookie', async () => {
    const node = await startPagesNode();
    const browser = node.browser({ headers: { 'accept-language': 'es' } });
    expect((await browser.get('/session/ended')).text).toContain('<html lang="es" dir="ltr">');
    expect((await browser.get('/session/ended?lang=ar')).text).toContain('<html lang="ar" dir="rtl">');
    const later = await browser.get('/session/ended');
    expect(later.text).toContain('<html lang="ar" dir="rtl">');
    expect(later.headers['content-language']).toBe('ar');
    await node.close();
  });
  test('[SI29] values are filled in once, whatever stands in them', () => {
    expect(sayIn('en')('staff.enrolled', { name: '{name} $& {seconds}' })).toBe('{name} $& {seconds} is enrolled');
  });
});

describe('colours', () => {
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [high = 0, low = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const colour = (name: string, of: 1 | 2): string => COLOURS.find(([each]) => each === name)?.[of] ?? '';
  test('[SI31] ink on ground keeps 4.5 : 1 in light and in dark, edges of fields 3 : 1', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    for (const of of [1, 2] as const) {
      for (const [ink, grounds] of INK_ON) {
        for (const ground of grounds) {
          expect(contrast(colour(ink, of), colour(ground, of)), `${ink} on ${ground}, ${of}`).toBeGreaterThanOrEqual(
            4.5,
          );
        }
      }
      expect(contrast(colour('edge', of), colour('card', of)), `edge ${of}`).toBeGreaterThanOrEqual(3);
    }
  });
  test('[SI31] the sheet names no colour beside the table, but the paper of printers', () => {
    const named = [...STYLE_SHEET.matchAll(/#[0-9a-f]{3,8}\b/g)].map(([hex]) => hex);
    const table = new Set(COLOURS.flatMap(([, light, dark]) => [light, dark]));
    expect(new Set(named.filter((hex) => !table.has(hex)))).toEqual(new Set(['#fff', '#000']));
  });
});

describe('markup', () => {
  test('[SI32] every value is escaped in text and attributes; control characters are dropped', () => {
    const evil = `<script>"'&\u202e\u2066\u0000x`;
    expect(html`<p title="${evil}">${evil}</p>`.text).toBe(
      '<p title="&lt;script&gt;&quot;&#39;&amp;x">&lt;script&gt;&quot;&#39;&amp;x</p>',
    );
    expect(html`${[html`<b>${1}</b>`, 'a<', false, undefined]}`.text).toBe('<b>1</b>a&lt;');
  });
  test('[SI32] the script writes no HTML and reaches nothing but this node', () => {
    expect(BROWSER_SCRIPT).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|https?:/);
    // Its backslashes came through the text it is kept in.
    expect(() => new Function(BROWSER_SCRIPT)).not.toThrow();
    expect(BROWSER_SCRIPT).toContain(String.raw`.replace(/\+/g, '-')`);
  });
});

describe('patients', () => {
  test('[SI27] what is typed becomes a search by date, number or words', () => {
    expect(paramsOf('  ')).toEqual([]);
    expect(paramsOf('943 476-5919')).toEqual([['identifier', '9434765919']]);
    expect(paramsOf('MRN|7,1')).toEqual([['identifier', String.raw`MRN\|7\,1`]]);
    expect(paramsOf('3-Sep-2008')).toEqual([['birthdate', '2008-09-03']]);
    expect(paramsOf('2008-09-03')).toEqual([['birthdate', '2008-09-03']]);
    expect(paramsOf("O'Brien, Mary")).toEqual([
      ['name', "O'Brien"],
      ['name', 'Mary'],
    ]);
    expect(paramsOf('12-13-2008')).toEqual([['identifier', '12132008']]);
  });
  test('[SI30] dates read day, month as a word, year, as far as they are known', () => {
    expect(dateWords('en', '2008-09-03')).toBe(
      '03-Sept-2008'.replace('Sept', dateWords('en', '2008-09').split('-')[0] ?? ''),
    );
    expect(dateWords('en', '1945-07-14')).toBe('14-Jul-1945');
    expect(dateWords('de', '1945-07-14')).toBe(
      '14-Juli-1945'.replace('Juli', dateWords('de', '1945-07').split('-')[0] ?? ''),
    );
    expect(dateWords('en', '1945')).toBe('1945');
  });
});

test('[SI33] other pages of the node learn who is signed in, and what they may reach', async () => {
  const node = await startPagesNode();
  const who = whoIsSignedIn(node.deps);
  const seen: unknown[] = [];
  const front = Fastify();
  front.get('/', async (request, reply) => {
    seen.push(await who(request, reply));
    return '';
  });
  const browser = node.browser();
  const page = await signIn(browser, 'sue');
  const cookie = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
  await front.inject({ url: '/', headers: { cookie, host: 'localhost:8080' } });
  await front.inject({ url: '/', headers: { host: 'localhost:8080' } });
  expect(seen[0]).toMatchObject({
    name: 'Sue Harrow',
    roles: ['nurse'],
    mayEnrol: true,
    mayBreakGlass: true,
    mayReviewBreakGlass: true,
    unconfirmed: false,
  });
  expect(seen[1]).toBeUndefined();
  const { formToken } = seen[0] as { readonly formToken: string };
  expect(page.text).toContain(formToken);
  expect((await browser.post('/session/end', { token: formToken })).url).toBe('/session/ended');
  await front.close();
  await node.close();
});

test('[SI21] the token of a form is of one browser, and of the session once there is one', async () => {
  const visitDeps = { chance: nodePorts().chance, clientAddressOf: () => undefined };
  const tokens: string[] = [];
  const app = Fastify();
  app.get('/', async (request, reply) => {
    tokens.push(
      openVisit(request, reply, visitDeps, 'within').formToken,
      openVisit(request, reply, visitDeps, 'before').formToken,
    );
    return '';
  });
  const cookie = (name: string, letter: string): string => `${name}=${letter.repeat(43)}`;
  for (const header of [
    `${cookie('holdfast-page', 'A')}`,
    `${cookie('holdfast-page', 'A')}; ${cookie('holdfast-session', 'B')}`,
    `${cookie('holdfast-page', 'C')}`,
  ]) {
    await app.inject({ url: '/', headers: { cookie: header } });
  }
  const [within1, before1, within2, before2, within3] = tokens;
  expect(within1).toBe(before1);
  expect(before2).toBe(before1);
  expect(within2).not.toBe(within1);
  expect(within3).not.toBe(within1);
  expect(cookieOf('a=1; b=2; a=3', 'a')).toBe('1');
  await app.close();
});
