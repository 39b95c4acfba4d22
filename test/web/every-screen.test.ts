// Walks every screen that the client has, and looks at each as somebody who cannot see would meet it.
import { AxeBuilder } from '@axe-core/playwright';
import { beforeAll, describe, expect, test } from 'vitest';
import { everyAddress } from './harness/every-address.ts';
import type { OpenPage } from './harness/run-harness.ts';
import { noBrowser, openHarness } from './open-harness.ts';

/** WCAG 2.2 AA, and what axe knows of good practice on landmarks and headings. */
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function faultsOf({ page }: OpenPage): Promise<readonly string[]> {
  // There are no frames in the client; without them axe needs no page of its own for each look.
  const { violations } = await new AxeBuilder({ page })
    .withTags(RULES)
    .options({ resultTypes: ['violations'] })
    .setLegacyMode(true)
    .analyze();
  return violations.flatMap((v) =>
    v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.failureSummary?.split('\n')[1]?.trim() ?? ''}`),
  );
}

/** In the page: dates and grouped numbers whose parts do not stand from left to right, as they are drawn. */
function drawnOutOfOrder(): { readonly looked: number; readonly wrong: readonly string[] } {
  const wrong: string[] = [];
  let looked = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const leftOf = (node: Node, at: number): DOMRect => {
    const range = document.createRange();
    range.setStart(node, at);
    range.setEnd(node, at + 1);
    return range.getBoundingClientRect();
  };
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    for (const match of (node.textContent ?? '').matchAll(
      /\b(\d\d-)([A-Z][a-z]{2}-)\d{4}|\b(\d{3} )(\d{3} )\d{4}\b/g,
    )) {
      const first = match[1] ?? match[3] ?? '';
      const second = match[2] ?? match[4] ?? '';
      const [a, b, c] = [0, first.length, first.length + second.length].map((n) => leftOf(node, match.index + n));
      if (a === undefined || b === undefined || c === undefined || a.width === 0) continue;
      looked += 1;
      // What is broken over two lines is read line by line.
      const isOneLine = Math.abs(a.top - b.top) < 2 && Math.abs(b.top - c.top) < 2;
      if (isOneLine && !(a.left < b.left && b.left < c.left)) wrong.push(match[0]);
    }
  }
  return { looked, wrong };
}

/** What one look at a screen found, in one language. */
interface Look {
  readonly at: string;
  readonly language: 'en' | 'ar';
  readonly faults: readonly string[];
  readonly headings: number;
  readonly bar: string;
  readonly failed: boolean;
  readonly order: ReturnType<typeof drawnOutOfOrder>;
  /** On a phone. */
  readonly widthPx: number;
}

async function look(opened: OpenPage, at: string, language: Look['language']): Promise<Look> {
  const { page } = opened;
  await opened.go(at);
  const faults = await faultsOf(opened);
  const headings = await page.locator('h1').count();
  const bar = await page
    .locator('main')
    .evaluate(() => document.querySelector('[data-stand] section')?.textContent ?? '');
  const failed =
    (await page.locator('main code').count()) > 0 && (await page.getByText('This screen has failed').count()) > 0;
  const order = await page.evaluate(drawnOutOfOrder);
  await page.setViewportSize({ width: PHONE, height: 740 });
  const widthPx = await page.evaluate(() => document.documentElement.scrollWidth);
  await page.setViewportSize({ width: 1100, height: 900 });
  return { at, language, faults, headings, bar, failed, order, widthPx };
}
const PHONE = 360;

describe.skipIf(noBrowser !== undefined).each(['live', 'device'] as const)('every screen, %s', (state) => {
  let opened: OpenPage;
  const looks: Look[] = [];
  beforeAll(async () => {
    // Whoever may see and do the most meets the most of every screen.
    opened = await openHarness({ state, person: 'charge-nurse', width: 1100, height: 900 });
    const addresses = await everyAddress(opened.page);
    for (const language of ['en', 'ar'] as const) {
      await opened.speak(language);
      for (const at of addresses) looks.push(await look(opened, at, language));
    }
  }, 600_000);

  test('[SR33] each is reached by its address, has one heading of the first level, and says the age of its data', () => {
    expect(looks.length).toBeGreaterThan(40);
    const wrong = looks.filter(({ headings, bar, failed, language }) => {
      const aged = language === 'en' ? /Data as of 14:19|Old: data as of 11:10, 3 hours ago/ : /14:19|11:10/;
      return headings !== 1 || failed || !aged.test(bar);
    });
    expect(wrong.map(({ at, headings, bar, failed }) => ({ at, headings, bar, failed }))).toEqual([]);
    expect(opened.errors).toEqual([]);
  });
  test('[SR32] axe finds nothing, in either direction', () => {
    expect(looks.flatMap(({ at, language, faults }) => faults.map((fault) => `${language} ${at} ${fault}`))).toEqual(
      [],
    );
  });
  test('[SR19] from right to left no date and no number of a person is drawn out of its order', () => {
    const arabic = looks.filter(({ language }) => language === 'ar');
    expect(arabic.reduce((sum, { order }) => sum + order.looked, 0)).toBeGreaterThan(50);
    expect(arabic.flatMap(({ at, order }) => order.wrong.map((text) => `${at}: ${text}`))).toEqual([]);
  });
  test('[SR33] nothing is wider than a phone, in either direction', () => {
    expect(
      looks
        .filter(({ widthPx }) => widthPx > PHONE)
        .map(({ at, language, widthPx }) => `${language} ${at}: ${widthPx} px`),
    ).toEqual([]);
  });
  test('[SR18] beside a field for a date stands what was entered', async () => {
    await opened.speak('en');
    await opened.go('/register');
    await opened.page.locator('input[type=date]').first().fill('1950-03-04');
    expect(await opened.page.locator('output').first().innerText()).toBe('04-Mar-1950');
  });
});
