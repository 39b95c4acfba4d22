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

describe.skipIf(noBrowser !== undefined).each(['live', 'device'] as const)('every screen, %s', (state) => {
  let opened: OpenPage;
  let addresses: readonly string[] = [];
  beforeAll(async () => {
    // Whoever may see and do the most meets the most of every screen.
    opened = await openHarness({ state, person: 'charge-nurse', width: 1100, height: 900 });
    addresses = await everyAddress(opened.page);
  });

  test('[SR33] each is reached by its address, has one heading of the first level, and says the age of its data', async () => {
    expect(addresses.length).toBeGreaterThan(10);
    const wrong: string[] = [];
    for (const at of addresses) {
      await opened.go(at);
      const { page } = opened;
      const headings = await page.locator('h1').count();
      if (headings !== 1) wrong.push(`${at}: ${headings} headings of the first level`);
      const bar = await page.locator('section[aria-label="State of things"]').innerText();
      if (!/Data as of 14:19|Old: data as of 11:10, 3 hours ago/.test(bar)) wrong.push(`${at}: ${bar}`);
      if ((await page.getByText('This screen has failed').count()) > 0) wrong.push(`${at}: failed`);
    }
    expect(wrong).toEqual([]);
    expect(opened.errors).toEqual([]);
  });
  test.each(['en', 'ar'] as const)(
    '[SR32] axe finds nothing (%s)',
    async (language) => {
      await opened.speak(language);
      const faults: string[] = [];
      for (const at of addresses) {
        await opened.go(at);
        faults.push(...(await faultsOf(opened)).map((fault) => `${at} ${fault}`));
      }
      expect(faults).toEqual([]);
    },
    240_000,
  );
  test('[SR19] from right to left no date and no number of a person is drawn out of its order', async () => {
    await opened.speak('ar');
    const wrong: string[] = [];
    let looked = 0;
    for (const at of addresses) {
      await opened.go(at);
      const found = await opened.page.evaluate(drawnOutOfOrder);
      looked += found.looked;
      wrong.push(...found.wrong.map((text) => `${at}: ${text}`));
    }
    expect(looked).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });
  test('[SR18] beside a field for a date stands what was entered', async () => {
    await opened.speak('en');
    await opened.go('/register');
    const field = opened.page.locator('input[type=date]').first();
    await field.fill('1950-03-04');
    expect(await opened.page.locator('output').first().innerText()).toBe('04-Mar-1950');
  });
  test('[SR33] nothing is wider than the narrowest screen, in either direction', async () => {
    const wide: string[] = [];
    await opened.page.setViewportSize({ width: 360, height: 740 });
    for (const language of ['en', 'ar'] as const) {
      await opened.speak(language);
      for (const at of addresses) {
        await opened.go(at);
        const width = await opened.page.evaluate(() => document.documentElement.scrollWidth);
        if (width > 360) wide.push(`${language} ${at}: ${width} px`);
      }
    }
    expect(wide).toEqual([]);
  });
});
