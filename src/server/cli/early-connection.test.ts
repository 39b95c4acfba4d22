import { spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildOnce, endAll, ENTRY, freePort, newFolder } from './holdfast-process.test-kit.ts';

beforeAll(buildOnce);
afterAll(endAll);

/** The status line that the first connection to get through is answered with. */
async function firstAnswer(port: number, node: ChildProcess): Promise<string> {
  for (;;) {
    if (node.exitCode !== null) throw new Error(`the node ended with ${String(node.exitCode)}`);
    const socket = connect({ host: '127.0.0.1', port });
    const connected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (!connected) {
      await sleep(5);
      continue;
    }
    return new Promise((resolve, reject) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (text.includes('\r\n')) {
          socket.destroy();
          resolve(text.slice(0, text.indexOf('\r\n')));
        }
      });
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed without an answer')));
      socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    });
  }
}

test('[OP35] the first connection that the port takes is answered, though the database is still starting', async () => {
  const port = await freePort();
  const node = spawn(process.execPath, [ENTRY, 'start'], {
    env: {
      ...process.env,
      HOLDFAST_PORT: String(port),
      HOLDFAST_DATA: newFolder(),
      HOLDFAST_DEMO: 'off',
      HOLDFAST_LOG: 'error',
    },
    stdio: 'ignore',
  });
  try {
    expect(await firstAnswer(port, node)).toBe('HTTP/1.1 200 OK');
  } finally {
    node.kill('SIGTERM');
    await new Promise((resolve) => node.once('exit', resolve));
  }
});
