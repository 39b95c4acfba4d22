// The switchboard on its own port: a page, its script and style, what is so, and what was pressed. It lives beside the nodes, so it
// outlives them.
//
//   NW5  It answers whatever else is down.
//   NW6  Only its own page may press: another origin, another name, or a link changes nothing.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Result } from '../../core/base/result.ts';
import { isNodeName, SITES, type NetworkState, type Press } from './network-words.ts';
import { SWITCHBOARD_PAGE, SWITCHBOARD_SCRIPT, SWITCHBOARD_STYLE } from './switchboard-page.ts';

export interface SwitchboardOptions {
  readonly port: number;
  readonly state: () => NetworkState;
  readonly press: (press: Press) => Promise<Result<void, string>>;
}
export interface Switchboard {
  readonly address: string;
  close(): Promise<void>;
}

const BODY_MAX = 1_000;
const RULES: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
const FILES: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/': ['text/html', SWITCHBOARD_PAGE],
  '/switchboard.js': ['text/javascript', SWITCHBOARD_SCRIPT],
  '/switchboard.css': ['text/css', SWITCHBOARD_STYLE],
};

/** Listens on loopback alone. Rejects where the port is taken. */
export async function openSwitchboard({ port, state, press }: SwitchboardOptions): Promise<Switchboard> {
  const server = createServer((request, response) => {
    answer(request, response, state, press).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    address: `http://localhost:${String((server.address() as AddressInfo).port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  state: () => NetworkState,
  press: SwitchboardOptions['press'],
): Promise<void> {
  const say = (status: number, type: string, text: string): void => {
    response.writeHead(status, { ...RULES, 'content-type': `${type}; charset=utf-8` }).end(text);
  };
  // A name that somebody else's page made point to this machine is not ours.
  if (!isOwnHost(request.headers.host)) return say(421, 'text/plain', 'Not a name of this switchboard.');
  const { method = '', url = '' } = request;
  if (method === 'GET' || method === 'HEAD') {
    const file = FILES[url];
    if (file !== undefined) return say(200, ...file);
    if (url === '/state') return say(200, 'application/json', JSON.stringify(state()));
    return say(404, 'text/plain', 'There is no such page. The switchboard is at /.');
  }
  if (method !== 'POST' || url !== '/press') return say(405, 'text/plain', 'Not done here.');
  const { origin, 'sec-fetch-site': site, 'content-type': type } = request.headers;
  const isOwnPage = origin === `http://${request.headers.host ?? ''}` && (site === undefined || site === 'same-origin');
  if (!isOwnPage || type !== 'application/json')
    return say(403, 'text/plain', 'Only the switchboard’s own page presses.');
  const body = await bodyOf(request);
  const wish = body === undefined ? undefined : pressOf(body);
  if (wish === undefined) return say(400, 'text/plain', 'Not a switch of this board.');
  const done = await press(wish);
  if (done.ok) return say(200, 'application/json', '{}');
  return say(409, 'text/plain', done.error);
}

const isOwnHost = (host: string | undefined): boolean => /^(localhost|127\.0\.0\.1)(:\d{1,5})?$/.test(host ?? '');

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > BODY_MAX) return undefined;
  }
  return text;
}

/** What was pressed; undefined for what is no switch. */
export function pressOf(body: string): Press | undefined {
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof said !== 'object' || said === null) return undefined;
  const { do: what, node, site } = said as { readonly do?: unknown; readonly node?: unknown; readonly site?: unknown };
  if (what === 'heal' || what === 'play') return { do: what };
  if ((what === 'stop' || what === 'start') && typeof node === 'string' && isNodeName(node)) return { do: what, node };
  const known = SITES.find((one) => one === site);
  if ((what === 'cut' || what === 'mend') && known !== undefined) return { do: what, site: known };
  return undefined;
}
