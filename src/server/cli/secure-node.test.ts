// A whole node that others may reach: several processes, one port, one certificate.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { buildOnce, endAll, run, start, workersOf, type HoldfastProcess } from './holdfast-process.test-kit.ts';

beforeAll(buildOnce);
afterEach(endAll);

const NAME = 'hub.example.org';
const portOf = (node: HoldfastProcess): number => Number(new URL(node.address).port);

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}
/** By a client that trusts `ca` alone, each time on a new connection. */
async function get(node: HoldfastProcess, ca: string, path: string, host = NAME): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port: portOf(node), host: '127.0.0.1', servername: NAME, path, ca, agent: false, headers: { host } },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text, headers: answer.headers }));
      },
    );
    sent.once('error', reject);
    sent.end();
  });
}
const serialOf = (node: HoldfastProcess, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port: portOf(node), host: '127.0.0.1', servername: NAME, ca }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
  });

test('[TL1] [TL5] [TL12] [TL13] a node for others serves TLS with one certificate from all its processes, and plain HTTP here', async () => {
  const node = await start({ HOLDFAST_HOST: '0.0.0.0', HOLDFAST_NAMES: NAME, HOLDFAST_PROCESSES: '3' });
  const folder = join(node.data, 'tls');
  const ca = readFileSync(join(folder, 'ca.crt'), 'utf8');
  const serials = new Set<string>();
  for (let n = 0; n < 12; n += 1) serials.add(await serialOf(node, ca));
  expect(serials.size).toBe(1);
  expect(workersOf(node).length).toBeGreaterThanOrEqual(3);
  expect(readdirSync(folder).toSorted()).toEqual(['ca.crt', 'ca.key', 'server.pem']);
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);

  const health = await get(node, ca, '/health');
  expect([health.status, JSON.parse(health.text).certificates.status]).toEqual([200, 'fine']);
  const metadata = await get(node, ca, '/fhir/metadata');
  expect(metadata.text).toContain(`https://${NAME}`);
  expect(metadata.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
  const page = await get(node, ca, '/trust');
  const shown = await run(['tls'], { HOLDFAST_DATA: node.data });
  expect(page.text.replaceAll('\n', ':')).toContain(shown.out.trim());
  expect((await get(node, ca, '/trust/ca.crt')).text).toBe(ca);
  expect((await get(node, ca, '/fhir/metadata', 'evil.example')).status).toBe(421);
  // From this machine itself.
  expect((await fetch(`http://127.0.0.1:${portOf(node)}/health`)).status).toBe(200);
}, 300_000);
