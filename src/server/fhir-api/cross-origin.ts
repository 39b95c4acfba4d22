// Pages of other origins in a browser (https://fetch.spec.whatwg.org/#http-cors-protocol): those of registered apps may call
// the API with a token of theirs; no page may with a cookie of ours.
//
//   FR64  Headers for an origin are sent to registered ones alone; what is open to anyone is open to any page.

/** `access-control-` headers for an answer; {} where the origin is none of ours. `isOpen`: what is answered to anyone. */
export async function crossOriginHeaders(
  origin: string | undefined,
  isOpen: boolean,
  isAppOrigin: ((origin: string) => boolean | Promise<boolean>) | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (origin === undefined || origin === 'null') return {};
  const isApp = isAppOrigin !== undefined && (await isAppOrigin(origin));
  if (!isApp) return isOpen ? { 'access-control-allow-origin': '*' } : { vary: 'Origin' };
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': TAKEN,
    'access-control-max-age': '600',
    vary: 'Origin',
  };
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const EXPOSED =
  'ETag, Last-Modified, Location, Content-Location, Retry-After, WWW-Authenticate, X-Holdfast-Commit, X-Holdfast-Conflict, X-Holdfast-As-Of, X-Holdfast-Record';
const TAKEN =
  'Authorization, Content-Type, Accept, Prefer, If-Match, If-None-Match, If-None-Exist, If-Modified-Since, X-Security-Context';
