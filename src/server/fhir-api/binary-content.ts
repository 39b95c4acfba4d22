// Binary as what it holds (http://hl7.org/fhir/R4/binary.html#rest): its bytes under its own content type, in and out.
//
//   1. The FHIR types, and a body without a type, are a Binary resource in JSON here, as everywhere else.
//   2. What comes out is never a page of this server: a sandbox without scripts, and types that could act are downloads.
//   3. What came in as bytes is judged and stored as the Binary that it means, under the same limits.
import { err, ok, type Result } from '../../core/base/result.ts';
import { parseJson } from '../../core/base/json.ts';
import type { AskBody } from './ask.ts';
import { isFhirType, RESOURCE_TYPES } from './negotiate.ts';
import type { Refusal } from './outcome.ts';
import { isObject } from './parameters.ts';

const BINARY = /^\/?Binary(?:\/([A-Za-z0-9.-]{1,64})(\/_history\/[^/]+)?)?\/?$/;

/**
 * Whether a read of a Binary wants its bytes: `Accept` names types, none of them FHIR's, and there is no `_format`. A client
 * that says nothing, or `*` + `/*` alone, as programs do that read every resource alike, gets the resource that it stored.
 * `path` is what follows the base.
 */
export function wantsContent(
  method: string,
  path: string,
  accept: string | undefined,
  format: string | undefined,
): boolean {
  if (!path.includes('Binary') || (method !== 'GET' && method !== 'HEAD')) return false;
  if (BINARY.exec(path)?.[1] === undefined || (format !== undefined && format !== '')) return false;
  const said = (accept ?? '').trim();
  if (said === '' || said === '*/*') return false;
  return !said.split(',').some((part) => isFhirType((part.split(';')[0] ?? '').trim().toLowerCase()));
}

/** Whether a body of `mediaType`, written to `path`, is the content of a Binary. */
export function isContent(method: string, path: string, mediaType: string): boolean {
  if ((method !== 'POST' && method !== 'PUT') || !path.includes('Binary')) return false;
  const found = BINARY.exec(path);
  if (found === null || found[2] !== undefined) return false;
  return /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(mediaType) && !isFhirType(mediaType) && mediaType !== FORM;
}
const FORM = 'application/x-www-form-urlencoded';

/** The Binary that `bytes` mean. `context`: `X-Security-Context`, the reference that says who may read it. */
export function binaryOf(
  bytes: Uint8Array,
  contentType: string,
  context: string | undefined,
  verb: string,
  path: string,
  limit: number,
): Result<AskBody, Refusal> {
  // Base64 takes four characters for three bytes; a little room for the rest of the resource.
  const bytesMax = Math.floor((limit - 1_000) / 4) * 3;
  if (bytes.length > bytesMax) return err({ kind: 'too-large', limit: bytesMax });
  const id = verb === 'PUT' ? BINARY.exec(path)?.[1] : undefined;
  const text = JSON.stringify({
    resourceType: 'Binary',
    ...(id === undefined ? {} : { id }),
    contentType,
    ...(context === undefined || context === '' ? {} : { securityContext: { reference: context } }),
    data: Buffer.from(bytes).toString('base64'),
  });
  return ok({ text, mediaType: RESOURCE_TYPES[0] ?? '' });
}

export interface Content {
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

/** Types that a browser shows and that cannot act. Anything else is offered for saving. */
const SHOWN =
  /^(?:image\/(?:png|jpeg|gif|webp|bmp|tiff)|audio\/|video\/|text\/plain|text\/csv|application\/(?:pdf|dicom|json))/;
const CONTENT_TYPE = /^[A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+(?:\s*;[\x20-\x7e]*)?$/;

/** What a Binary's text holds. */
export function contentOf(text: string): Content {
  const parsed = parseJson(text, { depthMax: 1_000 });
  const binary = parsed.ok && isObject(parsed.value.value) ? parsed.value.value : {};
  const { contentType, data, securityContext } = binary;
  // What no header can carry is sent as bytes of no known type.
  const type =
    typeof contentType === 'string' && CONTENT_TYPE.test(contentType) ? contentType : 'application/octet-stream';
  const context = isObject(securityContext) ? securityContext['reference'] : undefined;
  return {
    bytes: typeof data === 'string' ? Buffer.from(data, 'base64') : new Uint8Array(),
    headers: {
      'content-type': type,
      'content-security-policy': "default-src 'none'; sandbox",
      ...(SHOWN.test(type.toLowerCase()) ? {} : { 'content-disposition': 'attachment' }),
      ...(typeof context === 'string' && /^[\x21-\x7e]+$/.test(context) ? { 'x-security-context': context } : {}),
    },
  };
}
