// A search as it stands in a URL, to the query that a store answers (http://hl7.org/fhir/R4/search.html).
//
//   FS28  What is not known is ignored and told when the caller is lenient, refused when strict (3.1.1.3). What is known
//         and wrong, or known and not supported, is always refused: a wider answer than was asked for can harm.
//   FS29  All faults of a search are told at once.
//   FS30  `used` is what the answer was made from, in the order of the request: the self link.
//   FS31  The size of a search is bounded before any of it is run.
import type { Instant } from '../../base/ports.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { definitions } from '../definitions/r4.ts';
import type { Fault } from '../fault.ts';
import { parseCriterion, sharedInfo, type CriteriaContext } from './parse-criteria.ts';
import { paramInfos } from './param-info.ts';
import type { Criterion, Include, SearchQuery, SortKey } from './query.ts';
import { safeName, searchFault } from './search-fault.ts';
import { NO_TERMINOLOGY, type Terminology } from './terminology.ts';

export interface SearchRequest {
  /** Absent: a search of the whole system, or of a whole compartment. */
  readonly type?: string;
  /** `GET /Patient/123/Observation`, `GET /Patient/123/*`. */
  readonly compartment?: { readonly type: string; readonly id: string };
  /** In the order of the request, percent-decoded, escapes (`\,`) left in. */
  readonly params: readonly (readonly [name: string, value: string])[];
  /** For `ap`. */
  readonly now: Instant;
  /** This server's own, without a slash at the end. */
  readonly baseUrls: readonly string[];
  /** `Prefer: handling=lenient`, the standard's default. */
  readonly lenient: boolean;
  readonly terminology?: Terminology;
  /** Matches a page when `_count` is absent. */
  readonly countDefault: number;
  /** More than that is cut down to it. */
  readonly countMax: number;
}

export type Summary = 'true' | 'text' | 'data' | 'count' | 'false';

export interface ParsedSearch {
  readonly query: SearchQuery;
  readonly summary?: Summary;
  readonly elements?: readonly string[];
  /** Names (or 'a parameter' where a name is not one) that were ignored, each with why. Empty when strict. */
  readonly ignored: readonly { readonly name: string; readonly message: string }[];
  readonly used: readonly (readonly [name: string, value: string])[];
}

const PARAMS_MAX = 200;
const CHAIN_BRANCHES_MAX = 256;
const INCLUDES_MAX = 50;
const SORT_KEYS_MAX = 10;
const SUMMARIES: ReadonlySet<string> = new Set(['true', 'text', 'data', 'count', 'false']);
const isSummary = (text: string): text is Summary => SUMMARIES.has(text);
/** What the REST rim answers for itself, on every interaction. */
const OF_THE_RIM: ReadonlySet<string> = new Set(['_format', '_pretty']);
/** Known to the standard, not supported here: ignoring them would change what is found. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map([
  ['_filter', 'is not supported: use search parameters, chains and _has'],
  ['_query', 'names no query that is known here'],
  ['_containedType', 'is not supported: contained resources are found by what contains them'],
]);

interface State {
  readonly request: SearchRequest;
  readonly context: CriteriaContext;
  types: readonly string[];
  readonly where: Criterion[];
  readonly sort: SortKey[];
  readonly include: Include[];
  readonly faults: Fault[];
  readonly ignored: { name: string; message: string }[];
  count: number;
  total: SearchQuery['total'];
  summary?: Summary;
  elements?: readonly string[];
}

/** Reads a search. Errors: every fault of it, each naming its parameter; never a value. */
export function parseSearch(request: SearchRequest): Result<ParsedSearch, readonly Fault[]> {
  const { params, type } = request;
  if (type !== undefined && paramInfos(type).size === 0) {
    return err([searchFault('not-supported', '_type', 'search-type', 'names a type that R4 does not have', 'all')]);
  }
  if (params.length > PARAMS_MAX) {
    const message = `cannot be read: a search has at most ${PARAMS_MAX} parameters`;
    return err([searchFault('too-costly', 'a parameter', 'search-params', message, 'all')]);
  }
  const state: State = {
    request,
    context: {
      now: request.now,
      baseUrls: request.baseUrls,
      terminology: request.terminology ?? NO_TERMINOLOGY,
      branches: CHAIN_BRANCHES_MAX,
    },
    types: type === undefined ? typesOfSystem(request) : [type],
    where: request.compartment === undefined ? [] : [{ kind: 'compartment', ...request.compartment }],
    sort: [],
    include: [],
    faults: [],
    ignored: [],
    count: Math.min(request.countDefault, request.countMax),
    total: 'none',
  };
  const used: (readonly [string, string])[] = [];
  // The types decide what the other parameters mean, wherever `_type` stands.
  for (const [name, value] of params) if (name === '_type') readTypes(value, state);
  if (state.faults.length > 0) return err(state.faults);
  for (const [name, value] of params) if (readParam(name, value, state)) used.push([name, value]);
  if (state.include.length > INCLUDES_MAX) {
    const message = `asks for too much: a search has at most ${INCLUDES_MAX} includes`;
    state.faults.push(searchFault('too-costly', '_include', 'search-includes', message, 'include'));
  }
  if (state.faults.length > 0) return err(state.faults);
  const { types, where, sort, include, count, total, ignored, summary, elements } = state;
  return ok({
    query: { types, where, sort, count, total, include },
    ...(summary === undefined ? undefined : { summary }),
    ...(elements === undefined ? undefined : { elements }),
    ignored,
    used,
  });
}

function typesOfSystem({ compartment }: SearchRequest): readonly string[] {
  if (compartment === undefined) return definitions.resourceTypes;
  const { type } = compartment;
  return definitions.resourceTypes.filter(
    (each) => each === type || definitions.compartmentParams(type, each).length > 0,
  );
}

function readTypes(value: string, state: State): void {
  const asked = value.split(',').filter((type) => type !== '');
  const known = asked.filter((type) => definitions.resourceTypes.includes(type));
  const refuse = (message: string) => state.faults.push(searchFault('value', '_type', 'search-type', message, 'all'));
  if (asked.length === 0) return;
  if (known.length < asked.length) return void refuse('names a type that R4 does not have');
  const types = state.types.filter((type) => known.includes(type));
  if (types.length === 0) return void refuse('names none of the types that are searched');
  state.types = types;
}

/** True when the parameter was used. */
function readParam(name: string, value: string, state: State): boolean {
  const [code = ''] = name.split(':', 1);
  if (OF_THE_RIM.has(name)) return true;
  const unsupported = UNSUPPORTED.get(code);
  if (unsupported !== undefined) return refuse(state, name, 'not-supported', unsupported, 'all');
  if (value === '') return ignore(state, name, 'has no value');
  switch (code) {
    case '_type':
      return true;
    case '_count':
      return readCount(value, state);
    case '_total':
      if (value !== 'none' && value !== 'estimate' && value !== 'accurate') {
        return refuse(state, name, 'value', 'is one of none, estimate, accurate', 'total');
      }
      // An estimate costs as much as the truth here.
      if (value !== 'none') state.total = 'accurate';
      return true;
    case '_summary':
      if (!isSummary(value)) return refuse(state, name, 'value', 'is one of true, text, data, count, false', 'summary');
      state.summary = value;
      if (value === 'count') onlyTotal(state);
      return true;
    case '_elements':
      state.elements = [...(state.elements ?? []), ...value.split(',').filter((element) => element !== '')];
      return true;
    case '_contained':
      if (value === 'false') return true;
      return refuse(state, name, 'not-supported', 'is supported with the value false only', 'contained');
    case '_sort':
      return readSort(name, value, state);
    case '_include':
    case '_revinclude':
      return readInclude(name, value, state);
    default: {
      const parsed = parseCriterion(state.types, name, value, state.context);
      if (parsed.ok) {
        state.where.push(parsed.value);
        return true;
      }
      const { kind, fault } = parsed.error;
      if (kind === 'unknown' && state.request.lenient) return ignore(state, name, 'is not a search parameter here');
      state.faults.push(fault);
      return false;
    }
  }
}

function ignore(state: State, name: string, why: string): false {
  if (state.request.lenient || why === 'has no value') {
    state.ignored.push({ name: safeName(name), message: `The parameter ${safeName(name)} ${why}: it was ignored.` });
  } else {
    state.faults.push(searchFault('not-supported', name, 'search-parameter', why, 'errors'));
  }
  return false;
}

function refuse(state: State, name: string, type: 'value' | 'not-supported', message: string, anchor: string): false {
  state.faults.push(searchFault(type, name, 'search-result', message, anchor));
  return false;
}

/** `_count=0` and `_summary=count` ask for the total alone. */
function onlyTotal(state: State): void {
  state.count = 0;
  state.total = 'accurate';
}

function readCount(value: string, state: State): boolean {
  if (!/^[0-9]{1,9}$/u.test(value)) return refuse(state, '_count', 'value', 'is a whole number from 0', 'count');
  const count = Number(value);
  if (count === 0) onlyTotal(state);
  else if (state.summary !== 'count') state.count = Math.min(count, state.request.countMax);
  return true;
}

function readSort(name: string, value: string, state: State): boolean {
  if (name !== '_sort') return refuse(state, name, 'not-supported', 'has no modifiers: use a leading -', 'sort');
  let used = false;
  for (const part of value.split(',')) {
    if (part === '') continue;
    const descending = part.startsWith('-');
    const param = descending ? part.slice(1) : part;
    const type = sortType(param, state.types);
    if (type === undefined) {
      used = ignore(state, name, 'names something that cannot be sorted by') || used;
    } else if (!state.sort.some((key) => key.param === param)) {
      state.sort.push({ param, type, descending });
      used = true;
    }
  }
  if (state.sort.length > SORT_KEYS_MAX) {
    return refuse(state, name, 'value', `names more than ${SORT_KEYS_MAX} parameters`, 'sort');
  }
  return used;
}

function sortType(param: string, types: readonly string[]): SortKey['type'] | undefined {
  if (param === '_id') return 'id';
  if (param === '_lastUpdated') return 'lastUpdated';
  const type = sharedInfo(types, param)?.type;
  return type === 'composite' || type === 'text' ? undefined : type;
}

function readInclude(name: string, value: string, state: State): boolean {
  const [code, modifier, ...more] = name.split(':');
  const kind = code === '_include' ? 'include' : 'revinclude';
  if ((modifier !== undefined && modifier !== 'iterate') || more.length > 0) {
    return refuse(state, name, 'not-supported', 'knows only the modifier iterate', 'include');
  }
  const iterate = modifier === 'iterate';
  const [source = '', param, target, ...rest] = value.split(':');
  if (source === '*' && param === undefined && kind === 'include') {
    for (const type of state.types) state.include.push({ kind, source: type, param: '*', iterate });
    return true;
  }
  if (!definitions.resourceTypes.includes(source) || param === undefined || rest.length > 0) {
    return refuse(state, name, 'value', 'is Type:parameter or Type:parameter:Target', 'include');
  }
  if (target !== undefined && !definitions.resourceTypes.includes(target)) {
    return refuse(state, name, 'value', 'names a target type that R4 does not have', 'include');
  }
  if (param !== '*' && paramInfos(source).get(param)?.type !== 'reference') {
    return refuse(state, name, 'value', 'names no reference parameter of its type', 'include');
  }
  state.include.push({ kind, source, param, iterate, ...(target === undefined ? undefined : { target }) });
  return true;
}
