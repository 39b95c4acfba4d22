// A client that shows everything: status, headers, the exact text, and the text parsed.
// Resources are test input here, so their JSON is deliberately loose.

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body parsed; `{}` when there is none. */
  readonly json: Json;
}
export interface Json {
  readonly [name: string]: unknown;
}

export interface TestClient {
  readonly base: string;
  send(
    method: string,
    path: string,
    body?: string | Uint8Array | object,
    headers?: Record<string, string>,
  ): Promise<Reply>;
  get(path: string, headers?: Record<string, string>): Promise<Reply>;
  post(path: string, body: string | object, headers?: Record<string, string>): Promise<Reply>;
  put(path: string, body: string | object, headers?: Record<string, string>): Promise<Reply>;
  /** Creates and gives the id; throws with the outcome where that fails. */
  create(resource: object): Promise<string>;
}

/** `base`: with `/fhir`. Paths may be absolute addresses too. */
export function testClient(base: string): TestClient {
  const send: TestClient['send'] = async (method, path, body, headers = {}) => {
    const given =
      typeof body === 'string' || body instanceof Uint8Array
        ? body
        : body === undefined
          ? undefined
          : JSON.stringify(body);
    const response = await fetch(path.startsWith('http') ? path : `${base}${path}`, {
      method,
      headers: given === undefined ? headers : { 'content-type': 'application/fhir+json', ...headers },
      ...(given === undefined ? {} : { body: typeof given === 'string' ? given : Buffer.from(given) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  };
  return {
    base,
    send,
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    put: (path, body, headers) => send('PUT', path, body, headers),
    create: async (resource) => {
      const type = (resource as { resourceType: string }).resourceType;
      const reply = await send('POST', `/${type}`, resource);
      if (reply.status !== 201) throw new Error(`create of ${type}: ${reply.status} ${reply.text}`);
      return String(reply.json['id']);
    },
  };
}

function parsed(text: string): Json {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return { notJson: text };
  }
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path such as `entry.0.response.status`; `undefined` where it ends early. */
export function at(json: unknown, path: string): unknown {
  let value: unknown = json;
  for (const part of path.split('.')) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isJson(value)) value = value[part];
    else return undefined;
  }
  return value;
}

/** The list at a path; [] where there is none. */
export function listAt(json: unknown, path: string): readonly unknown[] {
  const value = at(json, path);
  return Array.isArray(value) ? value : [];
}

/** `Type/id` of each entry of a searchset with the given mode, in order. */
export const found = (reply: Reply, mode = 'match'): readonly string[] =>
  listAt(reply.json, 'entry')
    .filter((entry) => at(entry, 'search.mode') === mode)
    .map((entry) => `${String(at(entry, 'resource.resourceType'))}/${String(at(entry, 'resource.id'))}`);

export const linkOf = (reply: Reply, relation: string): string | undefined => {
  const link = listAt(reply.json, 'link').find((one) => at(one, 'relation') === relation);
  const url = at(link, 'url');
  return typeof url === 'string' ? url : undefined;
};

/** Codes of the issues of an OperationOutcome. */
export const issueCodes = (reply: Reply): readonly unknown[] =>
  listAt(reply.json, 'issue').map((issue) => at(issue, 'code'));
export const issuePaths = (reply: Reply): readonly unknown[] =>
  listAt(reply.json, 'issue').flatMap((issue) => listAt(issue, 'expression'));

let serial = 0;
/** A text that no other test uses. */
export const unique = (prefix: string): string => `${prefix}-${process.pid}-${Date.now().toString(36)}-${++serial}`;
