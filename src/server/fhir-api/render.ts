// Bundles put together from stored texts, never from parsed ones (http://hl7.org/fhir/R4/bundle.html).
import { instantText, renderStored } from '../../core/record/body.ts';
import type { Stored, Version } from '../../core/record/store.ts';
import type { Ask } from './ask.ts';
import { etagOf } from './negotiate.ts';
import { outcomeText, type Issue } from './outcome.ts';
import type { Shown } from './shown.ts';
import type { View } from './query-text.ts';
import { viewed } from './summary.ts';

export interface Link {
  readonly relation: 'self' | 'first' | 'next';
  readonly url: string;
}

/** The resource as a read sends it. */
export function resourceText(stored: Stored | Version, view: View, shown: Shown): string {
  shown.add(stored);
  return viewed(renderStored(stored), view);
}

/** Whether the texts together are over `chars`: asked before they are put into one string. */
export function isTooMuch(stored: readonly { readonly text: string }[], chars: number): boolean {
  let sum = 0;
  for (const { text } of stored) sum += text.length;
  return sum > chars;
}

/** A Bundle; `entries` are whole entry objects as JSON text. */
export function bundleText(
  type: 'searchset' | 'history' | 'batch-response' | 'transaction-response',
  links: readonly Link[],
  entries: readonly string[],
  total?: number,
): string {
  let text = `{"resourceType":"Bundle","type":"${type}"`;
  if (total !== undefined) text += `,"total":${total}`;
  if (links.length > 0) {
    text += `,"link":[${links.map((link) => `{"relation":"${link.relation}","url":${JSON.stringify(link.url)}}`).join(',')}]`;
  }
  // An empty array is no FHIR JSON.
  if (entries.length > 0) text += `,"entry":[${entries.join(',')}]`;
  return `${text}}`;
}

/** Ids and types need no escaping in JSON; a base does. */
export function searchEntry(
  { base, shown }: Pick<Ask, 'base' | 'shown'>,
  stored: Stored,
  mode: 'match' | 'include',
  view: View,
): string {
  const { type, id } = stored.key;
  return `{"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},"resource":${resourceText(stored, view, shown)},"search":{"mode":"${mode}"}}`;
}

export const remarksEntry = (issues: readonly Issue[]): string =>
  `{"resource":${outcomeText(issues)},"search":{"mode":"outcome"}}`;

/** Of a Bundle's entry in a history: a version from which it descends, and that people decided a conflict by it. */
const PARENT = 'https://holdfast.example/fhir/StructureDefinition/version-parent';
const RESOLVES = 'https://holdfast.example/fhir/StructureDefinition/version-resolves';

/** The graph that a history is, as extensions of its entry: hashes need no escaping. */
function ancestryText({ parents, kind }: Version): string {
  const said = parents.map((parent) => `{"url":"${PARENT}","valueId":"${parent}"}`);
  if (kind === 'resolve') said.push(`{"url":"${RESOLVES}","valueBoolean":true}`);
  return said.length === 0 ? '' : `"extension":[${said.join(',')}],`;
}

/** A version in a history (http://hl7.org/fhir/R4/http.html#history). */
export function historyEntry({ base, shown }: Pick<Ask, 'base' | 'shown'>, version: Version, view: View): string {
  shown.add(version);
  const { type, id } = version.key;
  const created = version.parents.length === 0;
  const request = version.deleted
    ? { method: 'DELETE', url: `${type}/${id}` }
    : created
      ? { method: 'POST', url: type }
      : { method: 'PUT', url: `${type}/${id}` };
  const response = {
    status: version.deleted ? '204' : created ? '201' : '200',
    etag: etagOf(version.versionId),
    lastModified: instantText(version.lastUpdatedAt),
  };
  const resource = version.deleted ? '' : `"resource":${resourceText(version, view, shown)},`;
  return `{${ancestryText(version)}"fullUrl":${JSON.stringify(`${base}/${type}/${id}`)},${resource}"request":${JSON.stringify(request)},"response":${JSON.stringify(response)}}`;
}
