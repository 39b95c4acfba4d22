// What a reference's text points at (http://hl7.org/fhir/R4/references.html).
//
//   FS3  Every text has exactly one reading, found in one pass: no regular expression, no exception.
//   FS4  An absolute URL under one of this server's base URLs is read as a local reference.

export type ParsedReference =
  /** `Patient/123`, or an absolute URL of this server. `version` of a `/_history/2`. */
  | { readonly kind: 'local'; readonly type: string; readonly id: string; readonly version?: string }
  /** The RESTful URL of a resource on another server; `url` is without its version. */
  | {
      readonly kind: 'remote';
      readonly url: string;
      readonly type: string;
      readonly id: string;
      readonly version?: string;
    }
  /** `#med1`: a contained resource; id '' is the containing resource itself. */
  | { readonly kind: 'fragment'; readonly id: string }
  | { readonly kind: 'urn'; readonly urn: string }
  /** Any other absolute URL, also a canonical one: `http://a.org/ValueSet/x|1.0#part`. */
  | { readonly kind: 'url'; readonly url: string; readonly version?: string; readonly fragment?: string }
  /** `Patient?identifier=x`, which only a transaction may hold. */
  | { readonly kind: 'conditional'; readonly type: string; readonly query: string }
  | { readonly kind: 'other'; readonly text: string };

/** An upper-case ASCII letter and then only ASCII letters, at most 64. That it exists is for the caller to know. */
export function isTypeName(text: string): boolean {
  if (text.length === 0 || text.length > 64) return false;
  const first = text.charCodeAt(0);
  if (first < 65 || first > 90) return false;
  for (let i = 1; i < text.length; i++) {
    const code = text.charCodeAt(i) | 32;
    if (code < 97 || code > 122) return false;
  }
  return true;
}

/** http://hl7.org/fhir/R4/datatypes.html#id: letters, digits, `-` and `.`, 1 to 64 of them. */
export function isId(text: string): boolean {
  if (text.length === 0 || text.length > 64) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const letter = (code | 32) >= 97 && (code | 32) <= 122;
    if (!letter && !(code >= 48 && code <= 57) && code !== 45 && code !== 46) return false;
  }
  return true;
}

const withVersion = (version: string | undefined): { readonly version?: string } =>
  version === undefined ? {} : { version };

/** `Type/id` or `Type/id/_history/version`, as the whole of `text`. */
function parseRelative(text: string): { type: string; id: string; version?: string } | undefined {
  const slash = text.indexOf('/');
  if (slash < 1) return undefined;
  const type = text.slice(0, slash);
  const next = text.indexOf('/', slash + 1);
  const id = next < 0 ? text.slice(slash + 1) : text.slice(slash + 1, next);
  if (!isTypeName(type) || !isId(id)) return undefined;
  if (next < 0) return { type, id };
  const history = '/_history/';
  if (!text.startsWith(history, next)) return undefined;
  const version = text.slice(next + history.length);
  return isId(version) ? { type, id, version } : undefined;
}

/**
 * Reads `Reference.reference`, a canonical, a uri or the value of a reference search parameter.
 * `baseUrls` are this server's own, without a slash at the end (`https://a.org/fhir`).
 */
export function parseReference(text: string, baseUrls: readonly string[] = []): ParsedReference {
  if (text.startsWith('#')) return { kind: 'fragment', id: text.slice(1) };
  const relative = parseRelative(text);
  if (relative !== undefined) return { kind: 'local', ...relative };
  const scheme = schemeOf(text);
  if (scheme === undefined) {
    const question = text.indexOf('?');
    const type = question < 0 ? '' : text.slice(0, question);
    if (isTypeName(type)) return { kind: 'conditional', type, query: text.slice(question + 1) };
    return { kind: 'other', text };
  }
  if (scheme === 'urn') return { kind: 'urn', urn: text };
  for (const base of baseUrls) {
    if (!text.startsWith(base) || text.charAt(base.length) !== '/') continue;
    const local = parseRelative(text.slice(base.length + 1));
    if (local !== undefined) return { kind: 'local', ...local };
  }
  if (scheme === 'http' || scheme === 'https') {
    const remote = parseRemote(text);
    if (remote !== undefined) return remote;
  }
  return parseCanonical(text);
}

/** The scheme of an absolute URI, in lower case. */
function schemeOf(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon < 2 || colon > 16) return undefined;
  for (let i = 0; i < colon; i++) {
    const code = text.charCodeAt(i);
    const letter = (code | 32) >= 97 && (code | 32) <= 122;
    if (!letter && (i === 0 || !((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46))) {
      return undefined;
    }
  }
  return text.slice(0, colon).toLowerCase();
}

/** `http://other.org/fhir/Patient/123[/_history/2]`: the last two segments are a type's and an id's. */
function parseRemote(text: string): ParsedReference | undefined {
  if (text.includes('|') || text.includes('?') || text.includes('#')) return undefined;
  const history = text.lastIndexOf('/_history/');
  const end = history < 0 ? text.length : history;
  const idSlash = text.lastIndexOf('/', end - 1);
  const typeSlash = idSlash < 1 ? -1 : text.lastIndexOf('/', idSlash - 1);
  if (typeSlash < 8) return undefined; // nothing but the scheme is before it
  const relative = parseRelative(text.slice(typeSlash + 1));
  if (relative === undefined) return undefined;
  const { type, id, version } = relative;
  return { kind: 'remote', url: text.slice(0, end), type, id, ...withVersion(version) };
}

/** Splits `url|version#fragment` (http://hl7.org/fhir/R4/references.html#canonical). */
export function parseCanonical(text: string): Extract<ParsedReference, { kind: 'url' }> {
  const bar = text.indexOf('|');
  if (bar < 0) return { kind: 'url', url: text };
  const hash = text.indexOf('#', bar);
  const version = hash < 0 ? text.slice(bar + 1) : text.slice(bar + 1, hash);
  const fragment = hash < 0 ? {} : { fragment: text.slice(hash + 1) };
  return { kind: 'url', url: text.slice(0, bar), ...withVersion(version === '' ? undefined : version), ...fragment };
}
