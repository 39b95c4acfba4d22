import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import { flushLog, openLog } from './log.ts';
import { metricsText, openMetrics } from './metrics.ts';
import { registerNode, type NodeDeps } from './register-node.ts';
import { routePattern } from './route-pattern.ts';

const folders: string[] = [];
const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly app: FastifyInstance;
  readonly metrics: ReturnType<typeof openMetrics>;
  log(): Promise<string>;
  /** Ends the requests that wait under /fhir/slow. */
  letGo(): void;
}
function open(changes: Partial<NodeDeps> = {}): Opened {
  const folder = mkdtempSync('/tmp/holdfast-node-');
  folders.push(folder);
  const file = join(folder, 'log');
  const log = openLog({ level: 'info', file, name: 'test' });
  const metrics = openMetrics();
  const app = fastify();
  apps.push(app);
  registerNode(app, {
    askStore: async () => undefined,
    tier: 'site',
    version: '1.2.3',
    demo: false,
    freeBytes: async () => undefined,
    audit: () => ({ degraded: false, lost: 0 }),
    certificates: () => undefined,
    links: async () => ({ status: 'ok', texts: [] }),
    demoPeople: () => [],
    signedIn: async () => undefined,
    log,
    metrics,
    gatherMetrics: async () => metricsText([await metrics.snapshot(), await metrics.snapshot()], 2),
    ...changes,
  });
  const waiting: (() => void)[] = [];
  app.get('/fhir/*', (request, reply) => {
    const answer = (): void => void reply.send('answer');
    if (request.url.startsWith('/fhir/slow')) waiting.push(answer);
    else answer();
  });
  return {
    app,
    metrics,
    log: async () => {
      await flushLog(log);
      return readFileSync(file, 'utf8');
    },
    letGo: () => waiting.splice(0).forEach((end) => end()),
  };
}

test('[OP20] health wants attention when looks cannot be written down, or a certificate runs out', async () => {
  const status = async (changes: Partial<NodeDeps>): Promise<unknown> =>
    (await open(changes).app.inject('/health')).json().status;
  expect(await status({ audit: () => ({ degraded: true, lost: 3 }) })).toBe('attention');
  const certificates = (level: string) => ({ status: level, serving: 'site', texts: ['Look at it.'] });
  expect(await status({ certificates: () => certificates('urgent') })).toBe('attention');
  expect(await status({ certificates: () => certificates('renew') })).toBe('ok');
});

test('[OP26] the front door says who is signed in, and shows the demo users of a demo alone', async () => {
  const nobody = await open().app.inject('/');
  expect(nobody.body).toContain('href="/session/start?to=%2F"');
  expect(nobody.body).not.toContain('holdfast-demo');
  const people = [{ userName: 'nurse', password: 'holdfast-demo', title: 'Staff nurse', name: 'Ana <Diaz>' }];
  const demo = await open({ demo: true, demoPeople: () => people }).app.inject('/');
  expect(demo.body).toContain('holdfast-demo');
  expect(demo.body).toContain('Ana &lt;Diaz&gt;');
  expect(demo.body).not.toContain('name="user"');
  const formToken = (): string => 'f"1';
  const click = await open({ demo: true, demoPeople: () => people, formToken }).app.inject('/');
  expect(click.body).toContain('<form method="post" action="/session/demo">');
  expect(click.body).toContain('value="f&quot;1"');
  expect(click.body).toContain('aria-label="Open the ward as Ana &lt;Diaz&gt;"');
  expect((await open({ formToken }).app.inject('/')).body).not.toContain('/session/demo');
  const signedIn = async () => ({ name: 'Ana Diaz', words: ['nurse'], formToken: 't"1', links: [] });
  const somebody = await open({ signedIn }).app.inject('/');
  expect(somebody.body).toContain('Ana Diaz');
  expect(somebody.body).toContain('value="t&quot;1"');
  expect(somebody.headers['content-security-policy']).toContain("form-action 'self'");
  expect(somebody.headers['content-security-policy']).toContain("default-src 'none'");
});

test('[OP20] health is ok when the database answers, and 503 when it refuses or hangs', async () => {
  const well = await open().app.inject('/health');
  expect(well.statusCode).toBe(200);
  expect(well.json()).toMatchObject({ status: 'ok', tier: 'site', version: '1.2.3', database: { status: 'ok' } });
  let broken = true;
  const ill = open({ askStore: () => (broken ? Promise.reject(new Error('gone')) : Promise.resolve()) });
  const refusing = await ill.app.inject('/health');
  expect([refusing.statusCode, refusing.json().status]).toEqual([503, 'unavailable']);
  broken = false;
  expect((await ill.app.inject('/health')).statusCode).toBe(200);
  const hanging = await open({ askStore: () => new Promise(() => undefined) }).app.inject('/health');
  expect(hanging.statusCode).toBe(503);
});

test('[OP20] a disk that is nearly full shows in health while the node serves', async () => {
  const low = await open({ freeBytes: async () => 1_000 }).app.inject('/health');
  expect([low.statusCode, low.json().status]).toEqual([200, 'low-disk']);
});

test('[OP24] log and metrics name the pattern of an address, never the address', async () => {
  const opened = open();
  await opened.app.inject('/fhir/Patient/niobe-1?family=Example');
  await opened.app.inject('/nothing/niobe-2');
  const log = await opened.log();
  const metrics = (await opened.app.inject('/metrics')).body;
  expect(log).toContain('"route":"/fhir/:type/:id"');
  expect(log).toMatch(/"status":200,"ms":[\d.]+,"bytes":6/);
  expect(metrics).toContain('route="/fhir/:type/:id"');
  for (const text of [log, metrics]) expect(text).not.toMatch(/niobe|Example/);
});

test('[OP24] patterns keep what is of the standard and hide the rest', () => {
  const of = (url: string): string => routePattern(url, '/fhir/*');
  expect(of('/fhir')).toBe('/fhir');
  expect(of('/fhir/metadata')).toBe('/fhir/metadata');
  expect(of('/fhir/Patient?name=x')).toBe('/fhir/:type');
  expect(of('/fhir/Patient/_search')).toBe('/fhir/:type/_search');
  expect(of('/fhir/Patient/1/_history/2')).toBe('/fhir/:type/:id/_history/:version');
  expect(of('/fhir/Patient/1/$everything#x')).toBe('/fhir/:type/:id/$everything');
  expect(of('/fhir/a/b/c/d/e')).toBe('/fhir/(other)');
  expect(routePattern('/secret', undefined)).toBe('(none)');
  expect(routePattern('/health?x=1', '/health')).toBe('/health');
});

test('[OP25] beyond its limit the node refuses at once with Retry-After; health and metrics still answer', async () => {
  const opened = open({ pressure: { inFlightMax: 2, lagMsMax: 60_000, lagInFlightMin: 0 } });
  const slow = [opened.app.inject('/fhir/slow/1'), opened.app.inject('/fhir/slow/2')];
  await opened.app.inject('/health');
  const refused = await opened.app.inject('/fhir/Patient');
  expect(refused.statusCode).toBe(503);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.json()).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ code: 'throttled' }] });
  expect((await opened.app.inject('/health')).statusCode).toBe(200);
  expect((await opened.app.inject('/metrics')).body).toContain('holdfast_http_refused_total{why="in-flight"}');
  opened.letGo();
  expect((await Promise.all(slow)).map((answer) => answer.statusCode)).toEqual([200, 200]);
  expect((await opened.app.inject('/fhir/Patient')).statusCode).toBe(200);
});

test('[OP25] a process that comes late to its own timer refuses, when requests queue', async () => {
  const late = async (lagInFlightMin: number): Promise<number> => {
    const opened = open({ pressure: { inFlightMax: 10, lagMsMax: 50, lagInFlightMin } });
    expect((await opened.app.inject('/fhir/Patient')).statusCode).toBe(200);
    const slow = opened.app.inject('/fhir/slow/1');
    await opened.app.inject('/health');
    const until = performance.now() + 400;
    while (performance.now() < until);
    // The late timer runs, and says so.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const answer = await opened.app.inject('/fhir/Patient');
    opened.letGo();
    await slow;
    return answer.statusCode;
  };
  expect(await late(1)).toBe(503);
  // One large request holds the process, and nothing queues behind it.
  expect(await late(2)).toBe(200);
});

test('[OP23] metrics are the sum of what the processes counted', async () => {
  const opened = open();
  await opened.app.inject('/fhir/Patient');
  await opened.app.inject('/fhir/Patient');
  const text = (await opened.app.inject('/metrics')).body;
  expect(text).toMatch(/holdfast_http_request_seconds_count\{[^}]*route="\/fhir\/:type"[^}]*\} 4/);
  expect(text).toContain('holdfast_processes 2');
});

test('[OP26] the front door loads nothing, forbids scripts, and says when the hospital is made up', async () => {
  const page = await open({ demo: true }).app.inject('/');
  const policy = String(page.headers['content-security-policy']);
  expect(page.headers['content-type']).toContain('text/html');
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|script-src|https?:|\*/);
  expect(page.body).not.toMatch(/<script|<img|<link|\ssrc=|url\(|@import/);
  const outside = [...page.body.matchAll(/href="([^"]+)"/g)].filter(([, href]) => !String(href).startsWith('/'));
  expect(outside).toEqual([]);
  expect(page.body).toContain('made up');
  expect((await open().app.inject('/')).body).not.toContain('made up');
});

test('[OP24] every answer names its request, so that a line of the log can be found', async () => {
  const opened = open();
  const answer = await opened.app.inject('/fhir/Patient');
  expect(await opened.log()).toContain(`"id":"${answer.headers['x-request-id']}"`);
});
