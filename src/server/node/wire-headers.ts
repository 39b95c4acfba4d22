// What every answer says to a browser, unless its route says otherwise (OWASP Secure Headers; SMART apps reach us by CORS,
// which none of these stands against).
import type { ServerResponse } from 'node:http';

export const API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const WIRE_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  // frame-ancestors, for browsers that know only this.
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)',
  'content-security-policy': API_POLICY,
  'cache-control': 'no-store',
};
/** Half a year. */
export const STRICT_HEADERS: Readonly<Record<string, string>> = {
  ...WIRE_HEADERS,
  'strict-transport-security': 'max-age=15768000',
};

export const isDressed = (answer: ServerResponse): boolean => answer.hasHeader('x-frame-options');

/** Sets them on an answer that is still empty; what is set afterwards under the same name wins. */
export function dress(answer: ServerResponse, strictTransport: boolean): void {
  for (const [name, value] of Object.entries(strictTransport ? STRICT_HEADERS : WIRE_HEADERS)) {
    answer.setHeader(name, value);
  }
}

/** `Set-Cookie` with the flags that it must have. */
export function safeCookie(cookie: string, secure: boolean): string {
  const has = (flag: string): boolean => new RegExp(`;\\s*${flag}\\s*(?:[;=]|$)`, 'i').test(cookie);
  return [
    cookie,
    ...(has('HttpOnly') ? [] : ['HttpOnly']),
    ...(has('SameSite') ? [] : ['SameSite=Lax']),
    ...(!secure || has('Secure') ? [] : ['Secure']),
  ].join('; ');
}
