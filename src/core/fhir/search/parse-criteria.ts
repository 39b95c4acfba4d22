// One search parameter of a URL to one criterion (http://hl7.org/fhir/R4/search.html).
//
//   FS22  A modifier that the parameter's type does not know is refused, however lenient the caller is.
//   FS23  A chain without a type goes over all targets that know the rest; refused when none does.
//   FS24  Refusals name the parameter and never quote its value.
//   FS25  What a request may cost is bounded: values, hops, and branches of a chain.
import { err, ok, type Result } from '../../base/result.ts';
import { definitions } from '../definitions/r4.ts';
import type { Fault } from '../fault.ts';
import { isId } from '../reference.ts';
import { paramInfos, type ParamInfo } from './param-info.ts';
import type { Criterion, DateValue, Modifier, SearchValue, TokenValue } from './query.ts';
import { searchFault } from './search-fault.ts';
import type { Terminology } from './terminology.ts';
import {
  parseDate,
  parseOfType,
  parseReferenceValue,
  parseToken,
  parseValue,
  splitUnescaped,
  unescape,
  withImpliedSystem,
  type ValueContext,
} from './values.ts';

export interface CriteriaContext extends ValueContext {
  readonly terminology: Terminology;
  /** Branches of untyped chains that may still be made in this search; counted down. */
  branches: number;
}

/** `unknown` may be ignored by a lenient caller; `refused` may not. */
export type CriterionRefusal =
  | { readonly kind: 'unknown'; readonly fault: Fault }
  | { readonly kind: 'refused'; readonly fault: Fault };
type Parsed = Result<Criterion, CriterionRefusal>;

const VALUES_MAX = 1_000;
const HOPS_MAX = 5;
const EXPANDED_MAX = 10_000;

/** What all of `types` call `code`, when it means the same kind of value for each. */
export function sharedInfo(types: readonly string[], code: string): ParamInfo | undefined {
  const [first, ...others] = types;
  let shared = first === undefined ? undefined : paramInfos(first).get(code);
  for (const type of others) {
    const info = paramInfos(type).get(code);
    if (shared === undefined || info === undefined || info.type !== shared.type) return undefined;
    if (info.targets.length === 0 && info.bindings.length === 0 && info.systemless === shared.systemless) continue;
    shared = {
      ...shared,
      targets: [...new Set([...shared.targets, ...info.targets])],
      bindings: [...new Set([...shared.bindings, ...info.bindings])],
      systemless: shared.systemless && info.systemless,
    };
  }
  return shared;
}

const refused = (fault: Fault): Parsed => err({ kind: 'refused', fault });
const unknownParam = (name: string): Parsed =>
  err({
    kind: 'unknown',
    fault: searchFault('not-supported', name, 'search-parameter', 'is not a search parameter here', 'searchresource'),
  });
const wrongModifier = (name: string): Parsed =>
  refused(searchFault('not-supported', name, 'search-modifier', 'has a modifier that it does not know', 'modifiers'));
const wrongValue = (name: string, form: string): Parsed =>
  refused(searchFault('value', name, 'search-value', `has a value that is not ${form}`, 'ptypes'));

/** The criterion that `name=value` asks of resources of each of `types`. `value` is decoded, escapes left in. */
export function parseCriterion(
  types: readonly string[],
  name: string,
  value: string,
  context: CriteriaContext,
  hops = 0,
): Parsed {
  if (hops > HOPS_MAX) {
    const message = `chains over more than ${HOPS_MAX} references`;
    return refused(searchFault('too-costly', name, 'search-hops', message, 'chaining'));
  }
  if (name.startsWith('_has:')) return parseHas(types, name, value, context, hops);
  const dot = name.indexOf('.');
  if (dot > 0) return parseChain(types, name.slice(0, dot), name.slice(dot + 1), value, context, hops);
  const [code = '', modifier, ...more] = name.split(':');
  if (more.length > 0) return wrongModifier(name);
  const parts = splitUnescaped(value, ',').filter((part) => part !== '');
  if (parts.length === 0) return wrongValue(name, 'there');
  if (parts.length > VALUES_MAX) {
    const message = `has more than ${VALUES_MAX} values`;
    return refused(searchFault('too-costly', name, 'search-values', message, 'escaping'));
  }
  if (code === '_id') return parseId(name, modifier, parts);
  if (code === '_lastUpdated') return parseLastUpdated(name, modifier, parts, context);
  if (code === '_list') return parseList(name, modifier, parts);
  const info = sharedInfo(types, code);
  if (info === undefined) {
    // Location's `near`: known to the standard, so that leaving it out would find places that were not asked for.
    const isSpecial = types.some((type) => definitions.searchParams(type).get(code)?.type === 'special');
    if (!isSpecial) return unknownParam(name);
    return refused(searchFault('not-supported', name, 'search-parameter', 'is not supported', 'special'));
  }
  return parseParam(info, name, modifier, parts, context);
}

// --- parameters of the resource itself -------------------------------------------------------------------------------

const FORMS: Readonly<Record<string, string>> = {
  token: 'a code, system|code, |code or system|',
  string: 'a text with letters or digits',
  reference: 'an id, Type/id or URL',
  date: 'a date of FHIR, with or without a prefix',
  number: 'a number, with or without a prefix',
  quantity: 'number|system|code, with or without a prefix',
  uri: 'a URI',
  composite: 'as many values joined by $ as the parameter has parts',
  text: 'a word',
};

function parseParam(
  info: ParamInfo,
  name: string,
  modifier: string | undefined,
  parts: readonly string[],
  context: CriteriaContext,
): Parsed {
  const { code: param, type } = info;
  const of = (values: readonly SearchValue[], kept?: Modifier): Parsed =>
    ok({ kind: 'param', param, type, ...(kept === undefined ? undefined : { modifier: kept }), values });
  const each = (read: (part: string) => readonly SearchValue[] | undefined, form: string, kept?: Modifier): Parsed => {
    const values: SearchValue[] = [];
    for (const part of parts) {
      const read_ = read(part);
      if (read_ === undefined) return wrongValue(name, form);
      values.push(...read_);
    }
    return of(values, kept);
  };
  const one = (value: SearchValue | undefined): readonly SearchValue[] | undefined => value && [value];
  const form = FORMS[type] ?? 'of its form';
  if (modifier === undefined) return each((part) => parseValue(part, info, context), form);
  if (type === 'composite' || type === 'text') return wrongModifier(name);
  if (modifier === 'missing') {
    const [part] = parts;
    if (parts.length > 1 || (part !== 'true' && part !== 'false')) return wrongValue(name, 'true or false');
    return of([{ kind: 'missing', missing: part === 'true' }], 'missing');
  }
  switch (type) {
    case 'string':
      if (modifier === 'exact') return each((part) => [{ kind: 'string', value: unescape(part) }], form, 'exact');
      if (modifier === 'contains') return each((part) => parseValue(part, info, context), form, 'contains');
      return wrongModifier(name);
    case 'uri':
      if (modifier !== 'above' && modifier !== 'below') return wrongModifier(name);
      return each((part) => parseValue(part, info, context), form, modifier);
    case 'reference':
      if (modifier === 'identifier') {
        const read = (part: string) => {
          const identifier = parseToken(part);
          return one(identifier && { kind: 'reference', targets: [], identifier });
        };
        return each(read, 'value, system|value, |value or system|', 'identifier');
      }
      if (!definitions.resourceTypes.includes(modifier)) return wrongModifier(name);
      if (!info.targets.includes(modifier)) {
        return refused(searchFault('value', name, 'search-target', `never refers to ${modifier}`, 'reference'));
      }
      return each((part) => one(parseReferenceValue(part, info.targets, context, modifier)), form);
    case 'token':
      if (modifier === 'text') {
        return each((part) => parseValue(part, { ...info, type: 'string' }, context), FORMS['string'] ?? '', 'text');
      }
      if (modifier === 'not') return each((part) => parseValue(part, info, context), form, 'not');
      if (modifier === 'of-type') return each((part) => one(parseOfType(part)), 'system|code|value', 'of-type');
      return parseExpanded(info, name, modifier, parts, context);
    default:
      return wrongModifier(name);
  }
}

/** :in, :not-in, :above, :below of tokens, as the tokens they stand for. */
function parseExpanded(
  info: ParamInfo,
  name: string,
  modifier: string,
  parts: readonly string[],
  context: CriteriaContext,
): Parsed {
  const values: SearchValue[] = [];
  const not = modifier === 'not-in';
  for (const part of parts) {
    let tokens: readonly TokenValue[] | undefined;
    if (modifier === 'in' || not) tokens = context.terminology.valueSet(unescape(part));
    else if (modifier === 'above' || modifier === 'below') {
      const token = parseToken(part);
      if (token?.system === undefined || token.code === undefined) return wrongValue(name, 'system|code');
      const { system, code } = token;
      const codes = context.terminology.subsumed(modifier, system, code);
      tokens = codes?.map((each) => ({ kind: 'token', system, code: each }));
    } else return wrongModifier(name);
    if (tokens === undefined) {
      const message = 'needs a ValueSet or CodeSystem that is stored here and can be enumerated';
      return refused(searchFault('not-found', name, 'search-terminology', message, 'token'));
    }
    values.push(...tokens.flatMap((token) => withImpliedSystem(token, info)));
  }
  if (values.length > EXPANDED_MAX) {
    const message = `stands for more than ${EXPANDED_MAX} codes`;
    return refused(searchFault('too-costly', name, 'search-values', message, 'token'));
  }
  const criterion = { kind: 'param', param: info.code, type: info.type, values } as const;
  return ok(not ? { ...criterion, modifier: 'not' } : criterion);
}

// --- parameters of every resource ------------------------------------------------------------------------------------

function parseId(name: string, modifier: string | undefined, parts: readonly string[]): Parsed {
  if (modifier !== undefined && modifier !== 'not') return wrongModifier(name);
  // What is no id can be no resource's: it finds nothing, like any other id that is not there.
  const ids = parts.map(unescape).filter(isId);
  return ok({ kind: 'id', ids, ...(modifier === 'not' ? { not: true } : undefined) });
}

function parseLastUpdated(
  name: string,
  modifier: string | undefined,
  parts: readonly string[],
  context: CriteriaContext,
): Parsed {
  if (modifier !== undefined) return wrongModifier(name);
  const values: DateValue[] = [];
  for (const part of parts) {
    const value = parseDate(part, context.now);
    if (value === undefined) return wrongValue(name, FORMS['date'] ?? '');
    values.push(value);
  }
  return ok({ kind: 'lastUpdated', values });
}

/** The members of a List (http://hl7.org/fhir/R4/search.html#list). Functional ones (`$current-allergies`) are refused. */
function parseList(name: string, modifier: string | undefined, parts: readonly string[]): Parsed {
  if (modifier !== undefined) return wrongModifier(name);
  const ids = parts.map(unescape);
  if (!ids.every(isId)) return wrongValue(name, 'the id of a List');
  return ok({ kind: 'has', type: 'List', param: 'item', where: { kind: 'id', ids } });
}

// --- chains ----------------------------------------------------------------------------------------------------------

function parseChain(
  types: readonly string[],
  head: string,
  rest: string,
  value: string,
  context: CriteriaContext,
  hops: number,
): Parsed {
  const [code = '', modifier, ...more] = head.split(':');
  const name = `${head}.${rest}`;
  const info = sharedInfo(types, code);
  if (info === undefined) return unknownParam(name);
  if (info.type !== 'reference' || more.length > 0) return wrongModifier(name);
  if (modifier !== undefined) {
    if (!definitions.resourceTypes.includes(modifier)) return wrongModifier(name);
    if (!info.targets.includes(modifier)) {
      return refused(searchFault('value', name, 'search-target', `never refers to ${modifier}`, 'chaining'));
    }
  }
  const targets = modifier === undefined ? info.targets : [modifier];
  const of: Criterion[] = [];
  let fault: Fault | undefined;
  for (const targetType of targets) {
    const where = parseCriterion([targetType], rest, value, context, hops + 1);
    if (where.ok) {
      context.branches -= 1;
      if (context.branches < 0) {
        const message = 'goes over too many types: name them, as in subject:Patient.name';
        return refused(searchFault('too-costly', name, 'search-branches', message, 'chaining'));
      }
      of.push({ kind: 'chain', param: info.code, targetType, where: where.value });
    } else if (fault === undefined || where.error.kind === 'refused') {
      fault = where.error.fault;
      if (fault.type === 'too-costly') return refused(fault);
    }
  }
  const [only, ...others] = of;
  if (only === undefined) {
    return fault === undefined ? unknownParam(name) : refused({ ...fault, path: searchFaultPath(name) });
  }
  return ok(others.length === 0 ? only : { kind: 'any', of });
}

const searchFaultPath = (name: string): string => searchFault('value', name, '', '', '').path;

/** `_has:Observation:patient:code=x`; what follows the second name may chain or be another `_has`. */
function parseHas(
  types: readonly string[],
  name: string,
  value: string,
  context: CriteriaContext,
  hops: number,
): Parsed {
  const [, type = '', code = '', ...rest] = name.split(':');
  if (rest.length === 0 || !definitions.resourceTypes.includes(type)) return unknownParam(name);
  const info = paramInfos(type).get(code);
  if (info === undefined || info.type !== 'reference') return unknownParam(name);
  if (!types.some((type) => info.targets.includes(type))) {
    return refused(searchFault('value', name, 'search-target', 'never refers to what is searched', 'has'));
  }
  const where = parseCriterion([type], rest.join(':'), value, context, hops + 1);
  if (!where.ok) return refused({ ...where.error.fault, path: searchFaultPath(name) });
  return ok({ kind: 'has', type, param: code, where: where.value });
}
