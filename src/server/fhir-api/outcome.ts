// The one place where a refusal becomes a status and an OperationOutcome
// (http://hl7.org/fhir/R4/http.html#Status-Codes, http://hl7.org/fhir/R4/operationoutcome.html).
//
//   1. Every kind of refusal has one row in REFUSALS; a new kind breaks the build until it has one.
//   2. Texts hold no patient data: no value of a resource, no value of a query. Names of parameters, types, paths and
//      rules, and ids that the client sent itself, are all that is quoted.
//   3. Each issue says what is wrong (`details.text`) and what to do, with the page of the standard (`diagnostics`).
import { unreachable } from '../../core/base/assert.ts';
import type { JsonFault } from '../../core/base/json.ts';
import type { ChangeRefusal } from '../../core/engine/engine.ts';
import type { Fault, IssueType } from '../../core/fhir/fault.ts';

export interface Issue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  readonly code: IssueType;
  readonly text: string;
  readonly remedy: string;
  readonly spec?: string;
  readonly path?: string;
}

export type Refusal =
  | { readonly kind: 'unknown-type' }
  | { readonly kind: 'unknown-path' }
  | { readonly kind: 'unknown-operation'; readonly name: string }
  | { readonly kind: 'bad-id' }
  | { readonly kind: 'bad-host' }
  | { readonly kind: 'method'; readonly allow: readonly string[] }
  /** Nobody, or nobody that is known: `why` for the header, absent where nothing was presented. */
  | { readonly kind: 'unauthenticated'; readonly why?: string }
  /** `why` for people, without values. */
  | { readonly kind: 'forbidden'; readonly why: string; readonly by?: 'role' | 'scope' }
  | { readonly kind: 'not-found' }
  /** As `not-found`, at a node that does not have everything. `lastContact`: as a FHIR instant, or 'never'. */
  | { readonly kind: 'not-here'; readonly lastContact: string }
  | { readonly kind: 'gone' }
  | { readonly kind: 'not-acceptable' }
  | { readonly kind: 'media-type'; readonly takes: readonly string[] }
  | { readonly kind: 'charset' }
  | { readonly kind: 'bad-utf8' }
  | { readonly kind: 'bad-json'; readonly fault: JsonFault }
  | { readonly kind: 'no-body' }
  | { readonly kind: 'too-large'; readonly limit: number }
  | { readonly kind: 'long-address' }
  | { readonly kind: 'bad-request' }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
  | { readonly kind: 'wrong-resource'; readonly path: string; readonly wants: string }
  | { readonly kind: 'bad-etag'; readonly header: string }
  | { readonly kind: 'no-if-match' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'many-matches'; readonly count: number }
  | { readonly kind: 'no-criteria' }
  | { readonly kind: 'contended' }
  | { readonly kind: 'bad-params'; readonly issues: readonly Issue[] }
  | { readonly kind: 'bad-page' }
  | { readonly kind: 'too-costly'; readonly what: string }
  | { readonly kind: 'busy'; readonly retryAfterS: number }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unforeseen'; readonly requestId: string }
  /** Inside a transaction: the entry that could not be. */
  | { readonly kind: 'entry'; readonly path: string; readonly refusal: Refusal };

const HTTP = 'http://hl7.org/fhir/R4/http.html';
const SEARCH = 'http://hl7.org/fhir/R4/search.html';
const SECURITY = 'http://hl7.org/fhir/R4/security.html';

export interface Refused {
  readonly status: number;
  readonly issues: readonly Issue[];
  readonly headers?: Readonly<Record<string, string>>;
}

const one = (
  status: number,
  code: IssueType,
  text: string,
  remedy: string,
  spec: string,
  more?: { readonly path?: string; readonly headers?: Readonly<Record<string, string>>; readonly fatal?: boolean },
): Refused => ({
  status,
  issues: [
    {
      severity: more?.fatal === true ? 'fatal' : 'error',
      code,
      text,
      remedy,
      spec,
      ...(more?.path === undefined ? {} : { path: more.path }),
    },
  ],
  ...(more?.headers === undefined ? {} : { headers: more.headers }),
});

type Rows = { readonly [K in Refusal['kind']]: (refusal: Extract<Refusal, { kind: K }>) => Refused };

const REFUSALS: Rows = {
  'unknown-type': () =>
    one(
      404,
      'not-supported',
      'This is no FHIR R4 resource type.',
      'Types are case-sensitive: Patient.',
      `${HTTP}#general`,
    ),
  'unknown-path': () =>
    one(
      404,
      'not-found',
      'There is nothing at this address.',
      'See [base]/metadata for what there is.',
      `${HTTP}#general`,
    ),
  'unknown-operation': (r) =>
    one(
      404,
      'not-supported',
      `The operation ${r.name} is not known here.`,
      'See [base]/metadata for what there is.',
      `${HTTP}#operations`,
    ),
  'bad-id': () =>
    one(
      400,
      'value',
      'The id is no FHIR id.',
      'Use 1 to 64 letters, digits, - and . only.',
      'http://hl7.org/fhir/R4/datatypes.html#id',
    ),
  'bad-host': () =>
    one(
      400,
      'invalid',
      'The Host header is not of a form to build addresses with.',
      'Send Host: name:port.',
      `${HTTP}#root`,
    ),
  method: (r) =>
    one(
      405,
      'not-supported',
      'This address does not have that method.',
      `It has ${r.allow.join(', ')}.`,
      `${HTTP}#summary`,
      {
        headers: { allow: r.allow.join(', ') },
      },
    ),
  unauthenticated: (r) =>
    one(
      401,
      'login',
      r.why === undefined ? 'Sign in first.' : 'The token is not, or no longer, good.',
      'Send Authorization: Bearer with a token of this server.',
      `${SECURITY}#http`,
      { headers: { 'www-authenticate': challengeOf(r.why) } },
    ),
  forbidden: (r) =>
    one(
      403,
      'forbidden',
      r.why,
      r.by === 'scope' ? 'The program needs a wider scope.' : 'Ask who gives out roles here.',
      `${SECURITY}#http`,
    ),
  'not-found': () =>
    one(404, 'not-found', 'There is no such resource.', 'Check type and id, or search for it.', `${HTTP}#read`),
  'not-here': (r) =>
    one(
      404,
      'not-found',
      `There is no such resource at this node, which does not keep every record; last contact with the others: ${r.lastContact}.`,
      'Do not take this for "nothing there": ask for the patient\'s record with POST [base]/Patient/[id]/$fetch-record.',
      `${HTTP}#read`,
    ),
  gone: () =>
    one(410, 'deleted', 'The resource was deleted.', 'Its earlier versions are in its _history.', `${HTTP}#read`),
  'not-acceptable': () =>
    one(
      406,
      'not-supported',
      'FHIR is spoken here as JSON only.',
      'Ask for application/fhir+json.',
      `${HTTP}#mime-type`,
    ),
  'media-type': (r) =>
    one(
      415,
      'not-supported',
      'The body is of a media type that is not taken here.',
      `Send ${r.takes.join(' or ')}.`,
      `${HTTP}#mime-type`,
    ),
  charset: () =>
    one(415, 'not-supported', 'The body is of a charset that is not taken here.', 'Send UTF-8.', `${HTTP}#mime-type`),
  'bad-utf8': () =>
    one(400, 'structure', 'The body is no UTF-8.', 'Send the text as UTF-8.', `${HTTP}#mime-type`, { fatal: true }),
  'bad-json': (r) =>
    one(
      400,
      'structure',
      `The body is no JSON: ${r.fault.message} (line ${r.fault.line}, column ${r.fault.column}).`,
      'Mend the text at that place.',
      'http://hl7.org/fhir/R4/json.html',
      { fatal: true },
    ),
  'no-body': () =>
    one(400, 'required', 'This request needs a body.', 'Send the resource as application/fhir+json.', HTTP),
  'too-large': (r) =>
    one(413, 'too-long', `The body is over the limit of ${r.limit} bytes.`, 'Send less at once.', HTTP),
  'long-address': () =>
    one(
      414,
      'too-long',
      'The address or its headers are too long.',
      'Search by POST to _search.',
      `${SEARCH}#Introduction`,
    ),
  'bad-request': () => one(400, 'invalid', 'The request cannot be read.', 'Check address and headers.', HTTP),
  invalid: (r) => ({
    status: r.faults.some((fault) => fault.severity === 'error' && !isBusiness(fault.type)) ? 400 : 422,
    issues: r.faults.map(issueOfFault),
  }),
  'wrong-resource': (r) =>
    one(400, 'invalid', `${r.path} must be ${r.wants}.`, 'Make body and address agree.', `${HTTP}#update`, {
      path: r.path,
    }),
  'bad-etag': (r) =>
    one(
      400,
      'value',
      `${r.header} is not of the form W/"versionId".`,
      'Send the ETag as it was given.',
      `${HTTP}#concurrency`,
    ),
  'no-if-match': () =>
    one(
      428,
      'business-rule',
      'Changes need If-Match here.',
      'Read first, then send its ETag as If-Match.',
      `${HTTP}#concurrency`,
    ),
  stale: () =>
    one(
      412,
      'conflict',
      'The resource is not at the version that the condition asks for.',
      'Read it again and redo the change.',
      `${HTTP}#concurrency`,
    ),
  'many-matches': (r) =>
    one(
      412,
      'multiple-matches',
      `The criteria match ${r.count} resources.`,
      'Use criteria that only one meets.',
      `${HTTP}#cond-update`,
    ),
  'no-criteria': () =>
    one(
      412,
      'required',
      'A conditional change needs at least one search parameter that is known.',
      'Add one, or an id.',
      `${HTTP}#cond-update`,
    ),
  contended: () =>
    one(
      409,
      'conflict',
      'Others are changing the same at the moment.',
      'Send it again.',
      `${HTTP}#transaction-integrity`,
      {
        headers: { 'retry-after': '1' },
      },
    ),
  'bad-params': (r) => ({ status: 400, issues: r.issues }),
  'bad-page': () =>
    one(400, 'value', 'The page link is broken or from elsewhere.', 'Begin the search again.', `${HTTP}#paging`),
  'too-costly': (r) =>
    one(
      400,
      'too-costly',
      `This asks for too much at once: ${r.what}.`,
      'Narrow the search or take a smaller _count.',
      SEARCH,
    ),
  busy: (r) =>
    one(
      503,
      'transient',
      'The record has more to do than it can.',
      `Send it again in ${r.retryAfterS} s.`,
      `${HTTP}#Status-Codes`,
      {
        headers: { 'retry-after': String(r.retryAfterS) },
      },
    ),
  timeout: () =>
    one(
      504,
      'timeout',
      'This took longer than the time allowed.',
      'Narrow it, or send it again later.',
      `${HTTP}#Status-Codes`,
    ),
  unforeseen: (r) =>
    one(
      500,
      'exception',
      'Something went wrong here that should not.',
      `Tell the operator request ${r.requestId}.`,
      `${HTTP}#Status-Codes`,
      {
        fatal: true,
      },
    ),
  entry: (r) => {
    const inner = refusedAs(r.refusal);
    return { ...inner, issues: inner.issues.map((issue) => ({ ...issue, path: pathInside(r.path, issue.path) })) };
  },
};

/** RFC 6750 3: the error is named only where a token was presented. What a header cannot carry is left out of the text. */
const challengeOf = (why: string | undefined): string =>
  why === undefined
    ? 'Bearer realm="holdfast"'
    : `Bearer realm="holdfast", error="invalid_token", error_description="${why.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '')}"`;

/** Well-formed, but what it asks for cannot be done to this resource (a patch that does not fit): 422 rather than 400. */
const isBusiness = (type: IssueType): boolean =>
  type === 'business-rule' || type === 'processing' || type === 'conflict';

/** `Patient.name[0]` of entry 3 is `Bundle.entry[3].resource.name[0]`; anything else is the entry itself. */
function pathInside(entry: string, path: string | undefined): string {
  if (path === undefined || path === '') return entry;
  if (path.startsWith(entry)) return path;
  // What is wrong with the entry itself, said by someone who does not know which it is.
  if (path.startsWith('Bundle.entry.')) return entry + path.slice('Bundle.entry'.length);
  const dot = path.indexOf('.');
  return dot < 0 ? `${entry}.resource` : `${entry}.resource${path.slice(dot)}`;
}

/** The status, issues and headers that a refusal is answered with. */
export function refusedAs(refusal: Refusal): Refused {
  // The map's type ties each row to its kind; the compiler cannot follow that through an index.
  return (REFUSALS[refusal.kind] as (refusal: Refusal) => Refused)(refusal);
}

/** For pages whose resources are too large together. */
export const TOO_MUCH_TEXT: Refusal = { kind: 'too-costly', what: 'resources too large for one answer' };

export const issueOfFault = (fault: Fault): Issue => ({
  severity: fault.severity,
  code: fault.type,
  text: fault.message,
  remedy: `Rule ${fault.rule}.`,
  spec: fault.spec,
  path: fault.path,
});

/** What the engine refused, as a refusal of the API. */
export function refusalOfChange(refusal: ChangeRefusal): Refusal {
  switch (refusal.kind) {
    case 'invalid':
      return { kind: 'invalid', faults: refusal.faults };
    case 'not-found':
      return { kind: 'not-found' };
    case 'deleted':
      return { kind: 'gone' };
    case 'stale':
      return { kind: 'stale' };
    case 'many-matches':
      return { kind: 'many-matches', count: refusal.count };
    case 'too-large':
      return { kind: 'too-large', limit: refusal.limit };
    case 'contended':
      return { kind: 'contended' };
    case 'forbidden':
      return { kind: 'forbidden', why: refusal.why, by: 'role' };
    default:
      return unreachable(refusal);
  }
}

/** A parameter that cannot be taken, as an issue. `name` is the client's; its value is not quoted. */
export const paramIssue = (severity: 'error' | 'warning', name: string, text: string, spec = SEARCH): Issue => ({
  severity,
  code: severity === 'error' ? 'value' : 'not-supported',
  text,
  remedy: severity === 'error' ? 'Mend the parameter.' : 'The parameter was left out of the search.',
  spec,
  path: `http.${name.replace(/[^A-Za-z0-9_.:-]/g, '?').slice(0, 80)}`,
});

export const badParam = (name: string, text: string, spec = SEARCH): Refusal => ({
  kind: 'bad-params',
  issues: [paramIssue('error', name, text, spec)],
});

/** An OperationOutcome as JSON text. */
export function outcomeText(issues: readonly Issue[]): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: issues.map((issue) => ({
      severity: issue.severity,
      code: issue.code,
      details: { text: issue.text },
      diagnostics: issue.spec === undefined ? issue.remedy : `${issue.remedy} See ${issue.spec}`,
      ...(issue.path === undefined || issue.path === '' ? {} : { expression: [issue.path] }),
    })),
  });
}

export const ALL_OK: Issue = {
  severity: 'information',
  code: 'informational',
  text: 'All OK',
  remedy: 'Nothing to do.',
};
