// The main job on real input: every Synthea bundle goes through the API of a real server, by the command its users have.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { holdfast, removeFolder, startServer, temporaryFolder } from '../e2e/server-process.test-kit.ts';

const folder = resolve('../shared/conformance/synthea-r4');
const here = existsSync(folder);
const data = temporaryFolder();
afterAll(() => removeFolder(data));

test.skipIf(!here)(
  `every Synthea bundle imports, the counts by type are the bundles', and the record verifies${here ? '' : ' (skipped: no ../shared/conformance beside the checkout)'}`,
  { timeout: 900_000 },
  async () => {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith('.ndjson.br'))
      .sort()
      .map((name) => join(folder, name));
    const expected = new Map<string, number>();
    let bundles = 0;
    for (const file of files) {
      for (const line of brotliDecompressSync(readFileSync(file)).toString().trim().split('\n')) {
        bundles += 1;
        const { entry } = JSON.parse(line) as { entry: readonly { resource: { resourceType: string } }[] };
        for (const { resource } of entry)
          expected.set(resource.resourceType, (expected.get(resource.resourceType) ?? 0) + 1);
      }
    }
    expect(bundles).toBe(617);

    const server = await startServer({ data });
    try {
      const imported = holdfast(['import', ...files], { HOLDFAST_DATA: data, HOLDFAST_PORT: String(server.port) });
      expect(imported.status, imported.stderr + imported.stdout).toBe(0);
      for (const [type, count] of expected) {
        const answer = await server.fetch(`/fhir/${type}?_summary=count`);
        const { total } = (await answer.json()) as { total: number };
        expect(total, type).toBe(count);
      }
    } finally {
      await server.stop();
    }
    const verified = holdfast(['verify'], { HOLDFAST_DATA: data });
    expect(verified.status, verified.stdout + verified.stderr).toBe(0);
  },
);
