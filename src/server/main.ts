// The composition root: the only file that constructs adapters and hands them to each other. `holdfast …` ends up here,
// and so does every server process that it starts.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { fastify } from 'fastify';
import { printJson } from '../core/base/json.ts';
import { createEngine } from '../core/engine/create-engine.ts';
import { patchers } from '../core/fhir/patch/patchers.ts';
import { isServerProcess } from './cli/messages.ts';
import type { DemoOptions, DemoResource, Parts } from './cli/parts.ts';
import { runCommand } from './cli/run-command.ts';
import { serveWorker } from './cli/serve-worker.ts';
import { generateDemo } from './demo/generate-demo.ts';
import { registerFhirApi } from './fhir-api/api.ts';
import { fhirServerOptions } from './fhir-api/server-options.ts';
import { nodePorts } from './ports/node-ports.ts';
import { openPostgresStore } from './storage/postgres-store.ts';

const ports = nodePorts();
const root = packageRoot();

const parts: Parts = {
  version: versionOf(root),
  root,
  entry: fileURLToPath(import.meta.url),
  digest: ports.digest,
  openStore: (url, baseUrl) =>
    openPostgresStore({ url, ...ports, baseUrls: baseUrl === undefined ? [] : [baseUrl.replace(/\/+$/, '')] }),
  openServer: (store, options) => {
    // Names of requests are unique over processes and restarts: logs of all of them are read together.
    const prefix = randomBytes(6).toString('base64url');
    let requests = 0;
    const app = fastify({
      ...fhirServerOptions(),
      genReqId: () => `${prefix}-${(requests += 1).toString(36)}`,
      // A client that keeps its connection sends its next request on it; a proxy's own limit is usually 60 s.
      keepAliveTimeout: 75_000,
    });
    options.prepare(app);
    registerFhirApi(app, {
      store,
      engine: createEngine({ store, clock: ports.clock, chance: ports.chance, patch: patchers }),
      clock: ports.clock,
      chance: ports.chance,
      sealKey: options.sealKey,
      version: parts.version,
      log: { error: options.logError },
      settings: {
        trustForwarded: options.trustForwarded,
        requireIfMatch: options.requireIfMatch,
        ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
      },
    });
    return app;
  },
  demo: demoOf,
};

if (isServerProcess()) {
  await serveWorker(parts);
} else {
  process.exitCode = await runCommand(process.argv.slice(2), parts);
  // Output may still be on its way; whatever else would keep the process is not waited for.
  setTimeout(() => process.exit(), 1_000).unref();
}

/** The generator's batches, as texts. */
function* demoOf(options: DemoOptions): Generator<readonly DemoResource[]> {
  for (const { resources } of generateDemo(options)) {
    yield resources.map((resource) => ({
      type: resource.resourceType,
      id: resource.id,
      text: printJson(resource),
    }));
  }
}

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

function versionOf(folder: string): string {
  const manifest: { readonly version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return manifest.version;
}
