import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { NetworkState, Press } from './network-words.ts';
import { openSwitchboard, pressOf, type Switchboard } from './switchboard.ts';

const STATE: NetworkState = { nodes: [], lines: [], told: [] };
let board: Switchboard;
let pressed: Press[];
let answer: Result<void, string>;

beforeEach(async () => {
  pressed = [];
  answer = ok(undefined);
  board = await openSwitchboard({
    port: 0,
    state: () => STATE,
    press: async (one) => {
      pressed.push(one);
      return answer;
    },
  });
});
afterEach(() => board.close());

interface Said {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}
const send = (method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<Said> =>
  new Promise((resolve, reject) => {
    const asked = request(`${board.address.replace('localhost', '127.0.0.1')}${path}`, { method, headers }, (reply) => {
      let text = '';
      reply.on('data', (chunk: Buffer) => (text += chunk.toString()));
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text, headers: reply.headers }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
const host = (): string => new URL(board.address).host;
const own = (): Readonly<Record<string, string>> => ({
  host: host(),
  origin: `http://${host()}`,
  'sec-fetch-site': 'same-origin',
  'content-type': 'application/json',
});

test('[NW5] the page, its script and its style come from the switchboard, with nothing inline and nothing from elsewhere', async () => {
  const page = await send('GET', '/', { host: host() });
  expect(page.status).toBe(200);
  expect(page.headers['content-security-policy']).toContain("script-src 'self'");
  expect(page.text).not.toMatch(/<script>|<style|style=|onclick|https?:/);
  expect((await send('GET', '/switchboard.js', { host: host() })).headers['content-type']).toContain('text/javascript');
  expect((await send('GET', '/switchboard.css', { host: host() })).status).toBe(200);
  expect(JSON.parse((await send('GET', '/state', { host: host() })).text)).toEqual(STATE);
  expect((await send('GET', '/nothing', { host: host() })).status).toBe(404);
});

test('[NW6] its own page presses', async () => {
  expect((await send('POST', '/press', own(), '{"do":"stop","node":"region"}')).status).toBe(200);
  expect(pressed).toEqual([{ do: 'stop', node: 'region' }]);
});

test('[NW6] another page, another name, a form or a link presses nothing', async () => {
  const wish = '{"do":"stop","node":"region"}';
  const { origin: _, ...unsaid } = own();
  for (const [headers, status] of [
    [{ ...own(), origin: 'http://evil.example' }, 403],
    [{ ...own(), origin: 'http://localhost:8080' }, 403],
    [{ ...own(), 'sec-fetch-site': 'cross-site' }, 403],
    [{ ...own(), 'content-type': 'text/plain' }, 403],
    [unsaid, 403],
    [{ ...own(), host: 'evil.example', origin: 'http://evil.example' }, 421],
  ] as const) {
    expect((await send('POST', '/press', headers, wish)).status).toBe(status);
  }
  expect((await send('GET', '/press?do=stop', { host: host() })).status).toBe(404);
  expect((await send('PUT', '/press', own(), wish)).status).toBe(405);
  expect((await send('GET', '/state', { host: 'evil.example' })).status).toBe(421);
  expect(pressed).toEqual([]);
});

test('[NW6] what is no switch is refused', async () => {
  for (const body of [
    '',
    '[]',
    'null',
    '{"do":"stop"}',
    '{"do":"stop","node":"all"}',
    '{"do":"cut","site":"region"}',
    '{',
  ])
    expect(pressOf(body), body).toBeUndefined();
  expect(pressOf('{"do":"cut","site":"practice"}')).toEqual({ do: 'cut', site: 'practice' });
  expect(pressOf('{"do":"play"}')).toEqual({ do: 'play' });
  expect((await send('POST', '/press', own(), `{"do":"play","x":"${'x'.repeat(2_000)}"}`)).status).toBe(400);
  expect(pressed).toEqual([]);
});

test('[NW8] what cannot be done now is said in words', async () => {
  answer = err('A node is being started. Wait until that is done.');
  const said = await send('POST', '/press', own(), '{"do":"heal"}');
  expect(said).toMatchObject({ status: 409, text: 'A node is being started. Wait until that is done.' });
});
