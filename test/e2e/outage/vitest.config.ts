import { defineConfig } from 'vitest/config';

// What runs inside a network of its own: started by test/e2e/outage-sign-in.test.ts.
export default defineConfig({
  test: {
    root: new URL('../../../', import.meta.url).pathname,
    include: ['test/e2e/outage/*.story.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
