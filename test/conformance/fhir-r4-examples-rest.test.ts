// Every official R4 example through the API: PUT over HTTP, read back, and nothing of it is lost.
// The folder's README names the few that break rules of the standard themselves; for these the rule is off.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseJson, printJson } from '../../src/core/base/json.ts';
import type { JsonObject, JsonValue } from '../../src/core/base/json-types.ts';
import { testClient } from '../../src/server/fhir-api/http-client.test-kit.ts';
import { startMemoryServer } from '../../src/server/fhir-api/api-server.test-kit.ts';
import type { Started } from '../../src/server/fhir-api/rest-contract.test-kit.ts';

const folder = join('..', 'shared', 'conformance', 'fhir-r4-examples', 'instances');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
if (files.length === 0) console.warn('the official R4 examples are not here: their round trip is skipped');

/** By file: the rule of the standard that its own example breaks. */
const BREAKS: Readonly<Record<string, string>> = {
  'Questionnaire-qs1.json': 'cardinality-min',
  'EventDefinition-example.json': 'txt-2',
  'DeviceUseStatement-example.json': 'reference-target',
  'MedicationRequest-medrx0301.json': 'reference-target',
  'Observation-clinical-gender.json': 'reference-target',
};

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function lossless(text: string): JsonObject {
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  if (!parsed.ok || !isObject(parsed.value.value)) throw new Error('no JSON object');
  return parsed.value.value;
}

/** Without what the server says for itself: `meta.versionId` and `meta.lastUpdated`. */
function authored(text: string): string {
  const { meta, ...rest } = lossless(text);
  if (!isObject(meta)) return printJson(rest);
  const { versionId: _version, lastUpdated: _updated, ...kept } = meta;
  return printJson(Object.keys(kept).length === 0 ? rest : { ...rest, meta: kept });
}

describe.skipIf(files.length === 0)('the official R4 examples', () => {
  const servers: Started[] = [];
  let strict = '';
  let lax = '';
  beforeAll(async () => {
    const limits = { resourceBytes: 4_000_000 };
    servers.push(
      await startMemoryServer({ limits }),
      await startMemoryServer({ limits, without: [...new Set(Object.values(BREAKS))] }),
    );
    [strict = '', lax = ''] = servers.map(({ baseUrl }) => baseUrl);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  test('there are enough of them to mean something', () => {
    expect(files.length).toBeGreaterThan(300);
    for (const file of Object.keys(BREAKS)) expect(files).toContain(file);
  });

  for (const file of files) {
    const rule = BREAKS[file];
    test(`[FR1] [FR7] ${file} comes back as it was sent`, async () => {
      const text = readFileSync(join(folder, file), 'utf8');
      const { resourceType, id } = lossless(text);
      const path = `/${String(resourceType)}/${String(id)}`;
      if (rule !== undefined) {
        const refused = await testClient(strict).put(path, text);
        expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(`Rule ${rule}.`)]);
      }
      const client = testClient(rule === undefined ? strict : lax);
      const made = await client.put(path, text);
      expect([made.status, made.status < 400 ? '' : made.text]).toEqual([201, '']);
      // Without a type of FHIR, a Binary answers with its bytes.
      const read = await client.get(path, { accept: 'application/fhir+json' });
      expect(read.status).toBe(200);
      expect(authored(read.text)).toBe(authored(text));
      // Where the file does not say what is the server's to say, the very bytes come back around what is put in.
      const meta = lossless(text)['meta'];
      if (!isObject(meta) || (meta['versionId'] === undefined && meta['lastUpdated'] === undefined)) {
        const { versionId, lastUpdated } = lossless(read.text)['meta'] as JsonObject;
        const put = `"versionId":"${String(versionId)}","lastUpdated":"${String(lastUpdated)}"`;
        const without =
          meta === undefined ? read.text.replace(`,"meta":{${put}}`, '') : read.text.replace(`${put},`, '');
        expect(without).toBe(text);
      }
    });
  }
});
