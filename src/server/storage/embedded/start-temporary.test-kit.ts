// A PostgreSQL for one test file: in a folder of its own, gone when the test is, also when the test process is killed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { embeddedUrl, startEmbeddedPostgres } from './embedded-postgres.ts';
import { livingPostmaster } from './postmaster.ts';
import type { Binaries } from './find-binaries.ts';

export interface TemporaryPostgres {
  /** Database `holdfast`. */
  readonly url: string;
  /** A new empty database beside it. */
  createDatabase(name: string): Promise<string>;
  /** kill -9, as a crash of the machine's database would; the supervisor starts it again by itself. */
  kill(): void;
  stop(): Promise<void>;
}

const DEBIAN = '/usr/lib/postgresql/15/bin';

/** Debian's PostgreSQL 15, where it is installed. Tests that need it skip where it is not. */
export const debianPostgres15: Binaries | undefined = existsSync(join(DEBIAN, 'initdb'))
  ? { bin: DEBIAN, major: 15 }
  : undefined;

/** Starts one (about a second). `durable: true` syncs as in production; without, a kill still loses nothing. */
export async function startTemporaryPostgres(
  options: { readonly binaries?: Binaries | undefined; readonly durable?: boolean } = {},
): Promise<TemporaryPostgres> {
  const folder = mkdtempSync('/tmp/holdfast-test-');
  const server = await startEmbeddedPostgres({
    folder,
    durable: options.durable ?? false,
    ...(options.binaries === undefined ? {} : { binaries: options.binaries }),
  });
  // Its input ends when this process does, however it ends; then it takes the server down and the folder away.
  const guard = spawn(
    'sh',
    [
      '-c',
      'cat >/dev/null; kill -QUIT $(head -1 "$0/postgres/postmaster.pid") 2>/dev/null; sleep 0.5; rm -rf "$0"',
      folder,
    ],
    { detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  guard.unref();
  const socketFolder = livingPostmaster(join(folder, 'postgres'))?.socketFolder ?? join(folder, 'run');
  return {
    url: server.url,
    createDatabase: async (name) => {
      const client = new Client({ connectionString: embeddedUrl(socketFolder, 'postgres') });
      await client.connect();
      await client.query(`CREATE DATABASE "${name}" TEMPLATE template0`);
      await client.end();
      return embeddedUrl(socketFolder, name);
    },
    kill: () => {
      const pid = server.pid();
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    },
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
      guard.stdin.end();
    },
  };
}
