// Cookies of the node's own pages.
//
//   1. With TLS every cookie is `__Host-`: Secure, path `/`, of this very host; no neighbouring host can set one.
//   2. On loopback without TLS the plain name stands, since browsers refuse the prefix there.
//   3. SameSite=Lax: a link from elsewhere finds the person signed in, and the way back from the hospital's own provider
//      works. No GET changes anything, and every POST is checked (`guard-post.ts`), so Strict would add no protection.

/** What a browser sent; the first of a name counts. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

export const cookieName = (name: string, secure: boolean): string => (secure ? `__Host-${name}` : name);

/** `maxAgeSeconds` absent: until the browser closes. */
export function setCookie(name: string, value: string, secure: boolean, maxAgeSeconds?: number): string {
  const life = maxAgeSeconds === undefined ? '' : `; Max-Age=${maxAgeSeconds}`;
  return `${cookieName(name, secure)}=${value}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}${life}`;
}
export const dropCookie = (name: string, secure: boolean): string => setCookie(name, '', secure, 0);
