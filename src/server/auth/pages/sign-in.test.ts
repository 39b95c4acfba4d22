import { afterAll, beforeAll, expect, test } from 'vitest';
import { signIn, startPagesNode, text, type PagesNode } from './pages-node.test-kit.ts';

let node: PagesNode;
beforeAll(async () => {
  node = await startPagesNode({ demo: true });
});
afterAll(() => node.close());

test('[SI1] a name and its password open the session, and the page that was asked for', async () => {
  const browser = node.browser();
  const page = await signIn(browser, 'nora');
  expect(text(page)).toContain('My account');
  expect(text(page)).toContain('Nora Quill');
  expect(node.errors).toEqual([]);
});
