// What a client writes, and what of it stands in the log.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { fhirServerOptions } from '../fhir-api/server-options.ts';
import { flushLog, openLog } from './log.ts';
import { openMetrics } from './metrics.ts';
import { sendRaw } from './raw-http.test-kit.ts';
import { registerNode } from './register-node.ts';
import { registerWireRules } from './wire-rules.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function newLog(): { readonly log: ReturnType<typeof openLog>; lines(): Promise<string[]> } {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-log-'));
  folders.push(folder);
  const file = join(folder, 'log');
  const log = openLog({ level: 'info', file, name: 'test' });
  return {
    log,
    lines: async () => {
      await flushLog(log);
      return readFileSync(file, 'utf8').split('\n').slice(0, -1);
    },
  };
}
const FORGED = '{"level":50,"time":"2026-01-01T00:00:00Z","msg":"forged"}';

test('[WI15] addresses, headers and bodies of a client never reach the log, and open no line of it', async () => {
  const { log, lines } = newLog();
  const app = fastify(fhirServerOptions());
  registerWireRules(app, { names: [], trustProxy: true });
  registerNode(app, {
    askStore: async () => undefined,
    tier: 'site',
    version: '1',
    demo: false,
    freeBytes: async () => undefined,
    log,
    metrics: openMetrics(),
    gatherMetrics: async () => '',
    audit: () => ({ degraded: false, lost: 0 }),
    certificates: () => undefined,
    links: async () => ({ status: 'ok', texts: [] }),
    demoPeople: () => [],
    signedIn: async () => undefined,
  });
  app.route({ method: ['GET', 'POST'], url: '/fhir/*', handler: (_request, reply) => reply.send('x') });
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  const end = 'connection: close\r\n\r\n';
  const encoded = encodeURIComponent(`\r\n${FORGED}\r\n\u001B[31mred`);
  const asked = [
    `GET /fhir/Patient/${encoded} HTTP/1.1\r\nhost: localhost\r\n${end}`,
    `GET /fhir/Patient?name=${encoded} HTTP/1.1\r\nhost: localhost\r\n${end}`,
    `GET /fhir/Patient/"forged"\u001B[31m HTTP/1.1\r\nhost: localhost\r\n${end}`,
    `GET /${encoded} HTTP/1.1\r\nhost: localhost\r\n${end}`,
    `GET /fhir/x HTTP/1.1\r\nhost: localhost\r\nuser-agent: ${FORGED}\u009B31m\r\nx-request-id: ${FORGED}\r\nx-forwarded-for: ${FORGED}\r\nauthorization: Bearer forged\r\n${end}`,
    `GET /fhir/x HTTP/1.1\r\nhost: ${FORGED}\r\n${end}`,
    `FORGED /fhir/x HTTP/1.1\r\nhost: localhost\r\n${end}`,
  ];
  for (const bytes of asked) expect(await sendRaw(port, bytes), bytes).toMatch(/^HTTP\/1\.1 \d/);
  await app.close();
  const written = await lines();
  // The unknown method, and the escape that is no address, end in the parser.
  expect(written.length).toBeGreaterThanOrEqual(5);
  for (const line of written) {
    const entry: Readonly<Record<string, unknown>> = JSON.parse(line);
    expect(Object.keys(entry).toSorted()).toEqual(
      ['bytes', 'id', 'level', 'method', 'ms', 'msg', 'pid', 'process', 'route', 'status', 'time'].toSorted(),
    );
    expect(line).not.toMatch(/forged/i);
    expect(line).not.toContain('\u001B');
  }
});

test("[WI15] a person's name with line breaks, colours and quotation marks stays one field of one line", async () => {
  const { log, lines } = newLog();
  const name = `Niobe\r\n${FORGED}\n\u001B[2J\u0000","level":60,"x":"\u2028`;
  log.info({ name }, 'account made');
  const [line = '', ...more] = await lines();
  expect(more).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({ level: 30, msg: 'account made', name });
  expect([...line].filter((sign) => sign < ' ')).toEqual([]);
});
