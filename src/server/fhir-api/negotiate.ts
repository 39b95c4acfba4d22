// Which form the answer takes, and what the headers say (http://hl7.org/fhir/R4/http.html#mime-type).
import type { AskHeaders, Prefer } from './ask.ts';

/** The two content types that answers carry; made once. */
export type AnswerType = 'application/fhir+json; charset=utf-8' | 'application/json; charset=utf-8';
const FHIR_JSON: AnswerType = 'application/fhir+json; charset=utf-8';
const PLAIN_JSON: AnswerType = 'application/json; charset=utf-8';

/** Media types of a body that is a resource. */
export const RESOURCE_TYPES: readonly string[] = [
  'application/fhir+json',
  'application/json',
  'text/json',
  'application/json+fhir',
];

const answerTypeOf = (media: string): AnswerType | undefined => {
  switch (media) {
    case '*/*':
    case 'application/*':
    case 'application/fhir+json':
    case 'application/json+fhir':
    case 'json':
    // A browser's address bar: JSON is what there is to show.
    case 'text/html':
    case 'application/xhtml+xml':
    case 'html':
      return FHIR_JSON;
    case 'application/json':
    case 'text/json':
    case 'text/*':
      return PLAIN_JSON;
    default:
      return undefined;
  }
};

/** Whether a media type, in lower case, is one in which FHIR is written, XML included. */
export const isFhirType = (media: string): boolean => RESOURCE_TYPES.includes(media) || XML_TYPES.has(media);
const XML_TYPES: ReadonlySet<string> = new Set([
  'application/fhir+xml',
  'application/xml+fhir',
  'application/fhir+turtle',
  'application/x-turtle',
]);

// Clients send few different Accept headers; the cap keeps strangers from filling memory.
const known = new Map<string, AnswerType | undefined>();
const knownMax = 256;

function fromAccept(accept: string): AnswerType | undefined {
  let best: AnswerType | undefined;
  let bestQuality = 0;
  for (const part of accept.split(',')) {
    const [media = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const type = answerTypeOf(media);
    if (type === undefined) continue;
    const version = parameters.find((parameter) => parameter.startsWith('fhirversion='));
    if (version !== undefined && !/^fhirversion="?4\.0"?$/.test(version)) continue;
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    if (quality > 0 && (quality > bestQuality || (quality === bestQuality && type === FHIR_JSON))) {
      best = type;
      bestQuality = quality;
    }
  }
  return best;
}

/** The content type to answer with, or `undefined` where the client takes none of ours. `format` is `_format`. */
export function answerType(accept: string | undefined, format: string | undefined): AnswerType | undefined {
  if (format !== undefined && format !== '') {
    // A `+` that the client did not escape arrives as a space.
    return answerTypeOf((format.split(';')[0] ?? '').trim().toLowerCase().replace(' ', '+'));
  }
  if (accept === undefined || accept === '') return FHIR_JSON;
  if (known.has(accept)) return known.get(accept);
  const type = fromAccept(accept);
  if (known.size < knownMax && accept.length < 200) known.set(accept, type);
  return type;
}

/** The media type of a Content-Type in lower case, or a charset that is not UTF-8. */
export function mediaTypeOf(contentType: string | undefined): { readonly mediaType: string; readonly utf8: boolean } {
  if (contentType === undefined) return { mediaType: '', utf8: true };
  const semicolon = contentType.indexOf(';');
  if (semicolon < 0) return { mediaType: contentType.trim().toLowerCase(), utf8: true };
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  return {
    mediaType: contentType.slice(0, semicolon).trim().toLowerCase(),
    utf8: charset === undefined || /^utf-?8$/i.test(charset),
  };
}

/** `Prefer: return=…`; `representation` unless it says otherwise. */
export function preferred(headers: AskHeaders): Prefer {
  if (headers.prefer === undefined) return 'representation';
  const value = /(?:^|[,;\s])return\s*=\s*"?([A-Za-z]+)/.exec(headers.prefer)?.[1];
  return value === 'minimal' || value === 'OperationOutcome' ? value : 'representation';
}

/** `Prefer: handling=strict`. */
export const isStrict = (headers: AskHeaders): boolean =>
  headers.prefer !== undefined && /(?:^|[,;\s])handling\s*=\s*"?strict\b/.test(headers.prefer);

/** `W/"vid"` or `"vid"` to `vid`; `undefined` for anything else. */
export const versionOfEtag = (etag: string): string | undefined =>
  /^(?:W\/)?"([A-Za-z0-9.-]{1,64})"$/.exec(etag.trim())?.[1];

export const etagOf = (versionId: string): string => `W/"${versionId}"`;

/** Whether `If-None-Match` names `versionId` (a list, or `*`). */
export const namesVersion = (ifNoneMatch: string, versionId: string): boolean =>
  ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((etag) => versionOfEtag(etag) === versionId);
