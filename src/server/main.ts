// Where everything starts: `holdfast …` ends up here, and so does every server process that it starts. What is put together
// how stands in `compose-server.ts` and `compose-services.ts`.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printJson } from '../core/base/json.ts';
import { isServerProcess } from './cli/messages.ts';
import type { DemoOptions, DemoResource, Parts } from './cli/parts.ts';
import { runCommand } from './cli/run-command.ts';
import { serveWorker } from './cli/serve-worker.ts';
import { demoUsers } from './demo/demo-users.ts';
import { generateDemo } from './demo/generate-demo.ts';
import { nodePorts } from './ports/node-ports.ts';

const ports = nodePorts();
const root = packageRoot();

const version = versionOf(root);
const parts: Parts = {
  version,
  root,
  entry: fileURLToPath(import.meta.url),
  digest: ports.digest,
  // Loaded when they are used: `holdfast --help` needs neither a database driver nor OAuth.
  openStore: async (url, baseUrl) => (await import('./compose-services.ts')).openStoreAt(url, baseUrl, ports),
  openServer: async (options) => {
    const { openServer } = await withoutKnownWarning(() => import('./compose-server.ts'));
    return openServer(options, version, ports);
  },
  withServices: async (options, work) => (await import('./compose-services.ts')).withServices(options, ports, work),
  verifyAudit: async (options, progress) =>
    (await import('./compose-services.ts')).verifyAuditAt(options, ports, progress),
  rebuildAuditIndex: async (options) => (await import('./compose-services.ts')).rebuildAuditIndexAt(options, ports),
  enrolNode: async (options, settings) => (await import('./compose-services.ts')).enrolNodeAt(options, settings, ports),
  rekeyNode: async (options) => (await import('./compose-services.ts')).rekeyNodeAt(options),
  demo: demoOf,
  demoPeople: demoUsers,
};

if (isServerProcess()) {
  await serveWorker(parts);
} else {
  process.exitCode = await runCommand(process.argv.slice(2), parts);
  // Output may still be on its way; whatever else would keep the process is not waited for.
  setTimeout(() => process.exit(), 1_000).unref();
}

/**
 * oidc-provider warns on Node 20 as it is loaded, by console.warn and with no way to say that this is known
 * (decisions/0009-accounts-and-tokens.md). An operator would look for a fault at night; anything else it says is let through.
 */
async function withoutKnownWarning<T>(load: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = (...told: unknown[]) => {
    if (!told.some((one) => String(one).includes('oidc-provider WARNING: Unsupported runtime'))) warn(...told);
  };
  try {
    return await load();
  } finally {
    console.warn = warn;
  }
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
