// A criterion as a condition on `resource r`: exact, or a superset whose members the body must confirm.
//
//   PG10  What SQL answers holds every match; what it cannot answer exactly is re-checked by the shared evaluator.
//
// Semantics: specs/search.md; the numbers are those of index-rows.ts.
import { homeParams } from '../../../core/fhir/compartment.ts';
import { fold } from '../../../core/fhir/search/fold.ts';
import type {
  Criterion,
  DateValue,
  NumberValue,
  ParamCriterion,
  ParamType,
  QuantityValue,
  SearchValue,
} from '../../../core/fhir/search/query.ts';
import {
  bareToken,
  codeHash,
  codingToken,
  hasToken,
  HOT_PARAMS,
  longHash,
  memberToken,
  paramHash,
  SHORT_SPAN_MS,
  STRING_MAX,
  systemCodeHash,
  textToken,
} from './index-rows.ts';
import type { StoreTools } from './prepare.ts';
import type { Values } from './stored-rows.ts';

export interface Narrowing {
  /** On `resource r`. */
  readonly sql: string;
  readonly isExact: boolean;
  /** Where the condition is just "has one of these tokens": `sql` says the same. */
  readonly tokens?: readonly number[];
  /** `tokens` have rows in the hot table. */
  readonly hot?: boolean;
  /** Every match has one of these homes (`Patient/1`), or a sibling of what is shown has. */
  readonly homes?: readonly string[];
  /** A body that holds one of these texts is no collision. */
  readonly witnesses?: readonly string[];
}

const NOTHING: Narrowing = { sql: 'false', isExact: true };
const ANYTHING: Narrowing = { sql: 'true', isExact: false };

export interface Scope {
  readonly types: readonly string[];
  readonly tools: StoreTools;
  readonly values: Values;
}

/** Chains and reverse chains must have been resolved before (resolve-chains.ts). */
export function narrow(criterion: Criterion, scope: Scope): Narrowing {
  const { values } = scope;
  switch (criterion.kind) {
    case 'param':
      return narrowParam(criterion, scope);
    case 'id': {
      const ids = values.add(criterion.ids, 'text[]');
      if (criterion.not) return { sql: `r.id <> ALL (${ids})`, isExact: true };
      const names = criterion.ids.filter((id) => id.includes('/')).map((name) => name.split('/'));
      if (names.length > 0) {
        const of = values.add(
          names.map(([type]) => type),
          'text[]',
        );
        const named = values.add(
          names.map(([, id]) => id),
          'text[]',
        );
        return {
          sql: `(r.c, r.rid) IN (SELECT l.c, l.rid FROM unnest(${of}, ${named}) AS k(type, id) JOIN locator l ON l.type = k.type AND l.id = k.id)`,
          isExact: true,
        };
      }
      const types = values.add(scope.types, 'text[]');
      return {
        sql: `(r.c, r.rid) IN (SELECT l.c, l.rid FROM locator l WHERE l.type = ANY (${types}) AND l.id = ANY (${ids}))`,
        isExact: true,
      };
    }
    case 'lastUpdated': {
      const each = criterion.values.map((value) => spanSql(value, 'r.updated', '(r.updated + 1)', values));
      return { sql: either(each), isExact: true };
    }
    case 'compartment': {
      const target = `${criterion.type}/${criterion.id}`;
      return ofTokens([memberToken(target)], true, scope, [criterion.id]);
    }
    case 'any': {
      const of = criterion.of.map((each) => narrow(each, scope));
      return { sql: either(of.map((each) => each.sql)), isExact: of.every((each) => each.isExact) };
    }
    case 'chain':
    case 'has':
      return ANYTHING;
  }
}

const either = (sql: readonly string[]): string => (sql.length === 0 ? 'false' : `(${sql.join(' OR ')})`);

function ofTokens(
  tokens: readonly number[],
  isExact: boolean,
  { values }: Scope,
  witnesses?: readonly string[],
): Narrowing {
  if (tokens.length === 0) return NOTHING;
  const list = values.bigints(tokens);
  const sql = tokens.length === 1 ? `r.tokens @> ${list}` : `r.tokens && ${list}`;
  return { sql, isExact, tokens, ...(witnesses ? { witnesses } : {}) };
}

function narrowParam(criterion: ParamCriterion, scope: Scope): Narrowing {
  const { param, type, modifier, values } = criterion;
  if (modifier === 'missing') return narrowMissing(criterion, scope);
  if (modifier === 'not') return narrowNot(criterion, scope);
  if (type === 'composite') return narrowComposite(criterion, scope);
  if (type === 'text') return ANYTHING;
  const isPlain = modifier === undefined || (type === 'string' && (modifier === 'exact' || modifier === 'contains'));
  if (!isPlain) return present(param, scope);
  switch (type) {
    case 'token':
    case 'reference':
    case 'uri':
      return narrowTokens(criterion, scope);
    case 'string': {
      const each = values.map((value) =>
        value.kind === 'string' ? stringSql(param, value.value, modifier, scope) : NOTHING,
      );
      return { sql: either(each.map((e) => e.sql)), isExact: each.every((e) => e.isExact) };
    }
    case 'date': {
      const each = values.map((value) => (value.kind === 'date' ? dateSql(param, value, scope) : 'false'));
      return { sql: either(each), isExact: true };
    }
    case 'number':
    case 'quantity': {
      const each = values.map((value) =>
        value.kind === 'number' || value.kind === 'quantity' ? numberSql(param, value, scope) : 'false',
      );
      const isExact = values.every((v) => v.kind !== 'quantity' || !v.system || v.code !== undefined);
      return { sql: either(each), isExact };
    }
  }
}

/** Whatever has a value of the parameter at all. */
function present(param: string, scope: Scope): Narrowing {
  return ofTokens(
    scope.types.map((type) => hasToken(type, param)),
    false,
    scope,
  );
}

function narrowMissing({ param, type, values }: ParamCriterion, scope: Scope): Narrowing {
  if (type === 'composite' || type === 'text') return ANYTHING;
  const wanted = new Set(values.map((value) => value.kind === 'missing' && value.missing));
  if (wanted.size > 1) return { sql: 'true', isExact: true };
  const has = ofTokens(
    scope.types.map((each) => hasToken(each, param)),
    true,
    scope,
  );
  return wanted.has(true) ? { sql: `NOT (${has.sql})`, isExact: true } : has;
}

function narrowNot(criterion: ParamCriterion, scope: Scope): Narrowing {
  const { tokens, isExact } = tokensOf(criterion, scope.types);
  if (!isExact) return ANYTHING;
  return { sql: `NOT (r.tokens && ${scope.values.bigints(tokens)})`, isExact: true };
}

function narrowTokens(criterion: ParamCriterion, scope: Scope): Narrowing {
  const { param } = criterion;
  const { tokens, isExact, witnesses } = tokensOf(criterion, scope.types);
  const made = ofTokens(tokens, isExact, scope, witnesses);
  if (criterion.type === 'token') return isExact && HOT_PARAMS.has(param) ? { ...made, hot: true } : made;
  const [type] = scope.types;
  if (criterion.type !== 'reference' || type === undefined || scope.types.length > 1) return made;
  // A patient parameter that decides the home by itself: one compartment holds all matches.
  if (!homeParams(type).includes(param)) return made;
  const homes: string[] = [];
  for (const value of criterion.values) {
    if (value.kind !== 'reference' || value.url !== undefined || value.targets.length === 0) return made;
    for (const target of value.targets) {
      if (target.type !== 'Patient') return made;
      homes.push(`Patient/${target.id}`);
    }
  }
  return { ...made, homes };
}

interface TokenSet {
  readonly tokens: readonly number[];
  readonly isExact: boolean;
  readonly witnesses: readonly string[];
}

/** A superset of what the values name. */
function tokensOf({ param, values }: ParamCriterion, types: readonly string[]): TokenSet {
  const tokens = new Set<number>();
  const witnesses: string[] = [];
  let isExact = true;
  const presence = (type: string): void => {
    tokens.add(hasToken(type, param));
    isExact = false;
  };
  for (const type of types) {
    const p = paramHash(type, param);
    for (const value of values) {
      if (value.kind === 'token') {
        if (value.code === undefined || value.ofType) presence(type);
        else {
          tokens.add(value.system === undefined ? bareToken(p, value.code) : codingToken(p, value.system, value.code));
          witnesses.push(value.code);
        }
      } else if (value.kind === 'reference') {
        if (value.identifier) presence(type);
        if (value.version !== undefined) isExact = false;
        for (const target of value.targets) {
          tokens.add(textToken(p, `${target.type}/${target.id}`));
          witnesses.push(target.id);
        }
        if (value.url !== undefined) {
          tokens.add(textToken(p, value.url));
          witnesses.push(value.url);
        }
      } else if (value.kind === 'uri') {
        tokens.add(textToken(p, value.value));
        witnesses.push(value.value);
      } else isExact = false;
    }
  }
  return { tokens: [...tokens], isExact, witnesses };
}

const COMPONENTS = new Set<ParamType>(['token', 'string', 'date', 'number', 'quantity', 'uri']);

/** Each component is a parameter of the type, so what has the composite has each of them. */
function narrowComposite({ values }: ParamCriterion, scope: Scope): Narrowing {
  const each = values.map((value) => {
    if (value.kind !== 'composite') return 'false';
    const parts = value.components
      .filter((component) => COMPONENTS.has(component.type))
      .map((c) => narrowParam({ kind: 'param', param: c.param, type: c.type, values: [c.value] }, scope).sql);
    return parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`;
  });
  return { sql: either(each), isExact: false };
}

/** Where rows of an index table belong to `r`. */
const rowsOf = (table: string, condition: string): string =>
  `EXISTS (SELECT 1 FROM ${table} d WHERE d.c = r.c AND d.rid = r.rid AND ${condition})`;

function stringSql(param: string, text: string, modifier: ParamCriterion['modifier'], scope: Scope): Narrowing {
  const folded = fold(text);
  const isIndexed = folded !== '' && !folded.includes('\0') && folded.length <= STRING_MAX;
  if (modifier === undefined && folded === '') return NOTHING;
  if (modifier === 'contains' && folded === '') return NOTHING;
  if (!isIndexed) return present(param, scope);
  const p = `d.p = ANY (${scope.values.bigints(scope.types.map((type) => paramHash(type, param)))})`;
  const value = scope.values.add(folded, 'text');
  if (modifier === 'exact') return { sql: rowsOf('index_string', `${p} AND d.value = ${value}`), isExact: false };
  if (modifier === 'contains') {
    return {
      sql: rowsOf('index_string', `${p} AND (strpos(d.value, ${value}) > 0 OR length(d.value) >= ${STRING_MAX / 2})`),
      isExact: false,
    };
  }
  // COLLATE "C" orders by bytes, and no text goes on with the greatest code point.
  const end = scope.values.add(`${folded}\u{10ffff}`, 'text');
  return { sql: rowsOf('index_string', `${p} AND d.value >= ${value} AND d.value < ${end}`), isExact: true };
}

/** Dates stand in two bands: spans of a day at most, whose start tells their end to a day, and longer ones. */
function dateSql(param: string, value: DateValue, { types, values }: Scope): string {
  const short = values.bigints(types.map((type) => paramHash(type, param)));
  const long = values.bigints(types.map((type) => longHash(type, param)));
  const exact = spanSql(value, 'd.lo', 'd.hi', values);
  const near = nearestStart(value);
  const start = near === undefined ? 'true' : `d.lo >= ${values.add(near, 'bigint')}`;
  return rowsOf(
    'index_date',
    `((d.p = ANY (${short}) AND ${start} AND ${exact}) OR (d.p = ANY (${long}) AND ${exact}))`,
  );
}

/** The least start that a short span may have and match. */
function nearestStart({ prefix, lo, hi }: DateValue): number | undefined {
  const least = (at: number): number | undefined => (Number.isFinite(at) ? Math.floor(at) : undefined);
  switch (prefix) {
    case 'gt':
      return least(hi - SHORT_SPAN_MS);
    case 'ge':
      return least(Math.min(lo, hi - SHORT_SPAN_MS));
    case 'ap':
      return least(lo - SHORT_SPAN_MS);
    default:
      return undefined;
  }
}

function spanSql({ prefix, lo, hi }: DateValue, start: string, end: string, values: Values): string {
  const from = values.add(wholeMs(lo), 'bigint');
  const to = values.add(wholeMs(hi), 'bigint');
  const within = `(${start} >= ${from} AND ${start} <= ${to} AND ${end} <= ${to})`;
  switch (prefix) {
    case 'eq':
      return within;
    case 'ne':
      return `NOT ${within}`;
    case 'gt':
      return `${end} > ${to}`;
    case 'lt':
      return `${start} < ${from}`;
    case 'ge':
      return `(${end} > ${to} OR ${within})`;
    case 'le':
      return `(${start} < ${from} OR ${within})`;
    case 'sa':
      return `${start} >= ${to}`;
    case 'eb':
      return `(${start} < ${from} AND ${end} <= ${from})`;
    case 'ap':
      return `(${start} < ${to} AND ${end} > ${from})`;
  }
}

const BIGINT_MAX = '9223372036854775807';
const BIGINT_MIN = '-9223372036854775808';

/** Open ends are the ends of the type; ms have no fraction here. */
function wholeMs(at: number): string {
  if (at === Infinity) return BIGINT_MAX;
  if (at === -Infinity) return BIGINT_MIN;
  return String(Math.round(at));
}

function numberSql(param: string, value: NumberValue | QuantityValue, { types, values }: Scope): string {
  const p = `d.p = ANY (${values.bigints(types.map((type) => paramHash(type, param)))})`;
  const v = values.add(value.value, 'double precision');
  const lo = values.add(value.lo, 'double precision');
  const hi = values.add(value.hi, 'double precision');
  return rowsOf('index_number', `${p} AND ${unitSql(value, values)} AND ${rangeSql(value.prefix, v, lo, hi)}`);
}

function rangeSql(prefix: NumberValue['prefix'], v: string, lo: string, hi: string): string {
  const within = `(d.lo >= ${lo} AND d.lo < ${hi} AND d.hi < ${hi})`;
  switch (prefix) {
    case 'eq':
      return within;
    case 'ne':
      return `NOT ${within}`;
    case 'gt':
      return `d.hi > ${v}`;
    case 'lt':
      return `d.lo < ${v}`;
    case 'ge':
      return `d.hi >= ${v}`;
    case 'le':
      return `d.lo <= ${v}`;
    case 'sa':
      return `d.lo > ${v}`;
    case 'eb':
      return `d.hi < ${v}`;
    case 'ap':
      return `(d.lo <= ${hi} AND d.hi >= ${lo})`;
  }
}

function unitSql(value: SearchValue, values: Values): string {
  if (value.kind !== 'quantity') return 'true';
  const { system, code } = value;
  if (system) {
    if (code === undefined) return 'd.system IS NOT NULL';
    return `d.system = ${values.add(systemCodeHash(system, code), 'bigint')}`;
  }
  if (code === undefined) return 'true';
  const hash = values.add(codeHash(code), 'bigint');
  return `(d.code = ${hash} OR d.unit = ${hash})`;
}
