// Sends FHIR documents (bundles and single resources) to the node, several at a time, and counts what came of them.
//
//   1. The text is sent as it was read: decimals keep their zeros.
//   2. Every document ends as stored or as a failure with a place and a reason; one failure stops nothing else.
import { parseJson, printJson } from '../../core/base/json.ts';
import type { JsonObject, JsonValue } from '../../core/base/json-types.ts';
import { errorCodeOf, failureOf } from './read-outcome.ts';
import type { FhirClient } from './fhir-client.ts';

export interface Document {
  /** Where it was read, for people: `patients.ndjson:12`. */
  readonly place: string;
  readonly text: string;
}
export interface SendFailure {
  readonly place: string;
  readonly reason: string;
}
export interface SendReport {
  /** Resources stored, by type. */
  readonly counts: ReadonlyMap<string, number>;
  readonly documents: number;
  readonly failures: readonly SendFailure[];
}
export interface SendOptions {
  readonly parallel: number;
  /** After each document. */
  readonly progress?: (documents: number, resources: number) => void;
  readonly onFailure?: (failure: SendFailure) => void;
}

// The common case, told without parsing a megabyte: a bundle that goes to the server as it is.
const WHOLE_BUNDLE =
  /^\s*\{\s*"resourceType"\s*:\s*"Bundle"\s*,(?:\s*"id"\s*:\s*"[^"]*"\s*,)?\s*"type"\s*:\s*"(?:transaction|batch)"/;

/** Sends all of `documents`; at most `parallel` are on their way at a time. */
export async function sendDocuments(
  documents: AsyncIterable<Document> | Iterable<Document>,
  client: FhirClient,
  options: SendOptions,
): Promise<SendReport> {
  const counts = new Map<string, number>();
  const failures: SendFailure[] = [];
  let done = 0;
  let resources = 0;
  const tally: Tally = {
    stored: (type) => {
      counts.set(type, (counts.get(type) ?? 0) + 1);
      resources += 1;
    },
    failed: (place, reason) => {
      const failure = { place, reason };
      failures.push(failure);
      options.onFailure?.(failure);
    },
  };
  const underway = new Set<Promise<void>>();
  for await (const document of documents) {
    const one = sendOne(document, client, tally).then(() => {
      done += 1;
      options.progress?.(done, resources);
      underway.delete(one);
    });
    underway.add(one);
    if (underway.size >= options.parallel) await Promise.race(underway);
  }
  await Promise.all(underway);
  return { counts, documents: done, failures };
}

interface Tally {
  stored(type: string): void;
  failed(place: string, reason: string): void;
}

async function sendOne(document: Document, client: FhirClient, tally: Tally): Promise<void> {
  const { place, text } = document;
  if (WHOLE_BUNDLE.test(text.slice(0, 400))) return sendBundle(place, text, client, tally);
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 200 });
  if (!parsed.ok) return tally.failed(place, 'is not JSON');
  const value = parsed.value.value;
  if (!isObject(value) || typeof value['resourceType'] !== 'string') {
    return tally.failed(place, 'is not a FHIR resource: it names no resourceType');
  }
  if (value['resourceType'] !== 'Bundle') return sendResource(place, value, text, client, tally);
  if (value['type'] === 'transaction' || value['type'] === 'batch') return sendBundle(place, text, client, tally);
  // A collection, a search result, a document: each of its resources by itself.
  const entries = Array.isArray(value['entry']) ? value['entry'] : [];
  for (const [index, entry] of entries.entries()) {
    const resource: JsonValue | undefined = isObject(entry) ? entry['resource'] : undefined;
    if (resource === undefined || !isObject(resource)) continue;
    await sendResource(`${place} entry[${index}]`, resource, printJson(resource), client, tally);
  }
}

async function sendResource(place: string, resource: JsonObject, text: string, client: FhirClient, tally: Tally) {
  const type = String(resource['resourceType']);
  const id = resource['id'];
  const safe = /^[A-Za-z]+$/.test(type) && (id === undefined || (typeof id === 'string' && /^[\w.-]{1,64}$/.test(id)));
  if (!safe) return tally.failed(place, 'has a resourceType or id that is out of form');
  const answer = await attempt(() =>
    typeof id === 'string' ? client.send('PUT', `${type}/${id}`, text) : client.send('POST', type, text),
  );
  if (typeof answer === 'string') return tally.failed(place, answer);
  if (answer.status === 200 || answer.status === 201) return tally.stored(type);
  return tally.failed(place, failureOf(answer.status, answer.text));
}

async function sendBundle(place: string, text: string, client: FhirClient, tally: Tally): Promise<void> {
  const answer = await attempt(() => client.send('POST', '', text));
  if (typeof answer === 'string') return tally.failed(place, answer);
  if (answer.status !== 200) return tally.failed(place, failureOf(answer.status, answer.text));
  const bundle: unknown = JSON.parse(answer.text);
  const entries = isRecord(bundle) && Array.isArray(bundle['entry']) ? bundle['entry'] : [];
  for (const [index, entry] of entries.entries()) {
    const response: unknown = isRecord(entry) ? entry['response'] : undefined;
    if (!isRecord(response)) continue;
    const status = Number.parseInt(String(response['status']), 10);
    if (status >= 400) {
      tally.failed(`${place} entry[${index}]`, failureOf(status, JSON.stringify(response['outcome'] ?? '')));
      continue;
    }
    const type = /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(String(response['location'] ?? ''))?.[1];
    if (type !== undefined) tally.stored(type);
  }
}

async function attempt<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    return `the connection to the node broke (${errorCodeOf(error)}); it may or may not be stored`;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
