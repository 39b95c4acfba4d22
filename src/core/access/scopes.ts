// SMART on FHIR's resource scopes, v1 and v2 (http://hl7.org/fhir/smart-app-launch/scopes-and-launch-context.html), as rules that narrow.
//
//   AC22  Scopes narrow and never widen.
//   AC23  `patient/` is about the launch patient, `system/` for services.
//   AC24  What cannot be understood gives nothing.
import { definitions } from '../fhir/definitions/r4.ts';
import { parseCriterion } from '../fhir/search/parse-criteria.ts';
import type { Criterion } from '../fhir/search/query.ts';
import { NO_TERMINOLOGY } from '../fhir/search/terminology.ts';
import type { ResourceFilter, VisibilityRule } from '../record/store.ts';
import { classOf, OF_NO_PATIENT } from './data-classes.ts';
import type { Duty, Principal } from './principal.ts';
import { ACTIONS, rightOf, type Action } from './roles.ts';
import { names } from './sensitivity.ts';

/** create, read, update, delete, search. */
export type Permission = 'c' | 'r' | 'u' | 'd' | 's';

export interface ScopeGrant {
  readonly context: 'patient' | 'user' | 'system';
  /** '*': every type. */
  readonly type: string;
  readonly permissions: ReadonlySet<Permission>;
  /** Search parameters that narrow the types: one filter, or none. */
  readonly matching: readonly ResourceFilter[];
}

const SCOPE = /^(patient|user|system)\/(\*|[A-Za-z]{1,64})\.(read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?(.{1,2000}))?$/u;
const V1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };
const isPermission = (letter: string): letter is Permission => 'cruds'.includes(letter);
const isContext = (text: string): text is ScopeGrant['context'] =>
  text === 'patient' || text === 'user' || text === 'system';

/** Kept because the same scopes come with every request of a client; forgotten when there are too many. */
const parsed = new Map<string, ScopeGrant | undefined>();
const PARSED_MAX = 2000;

/** A resource scope as it is understood; undefined for any other text. The same text gives the same object for a while. */
export function parseScope(text: string): ScopeGrant | undefined {
  if (parsed.has(text)) return parsed.get(text);
  const grant = readScope(text);
  if (parsed.size >= PARSED_MAX) parsed.clear();
  parsed.set(text, grant);
  return grant;
}

function readScope(text: string): ScopeGrant | undefined {
  const [, context = '', type = '', letters = '', params] = SCOPE.exec(text) ?? [];
  if (!isContext(context) || (type !== '*' && !definitions.resourceTypes.includes(type))) return undefined;
  const v1 = Object.hasOwn(V1, letters) ? V1[letters] : undefined;
  if (v1 !== undefined && params !== undefined) return undefined;
  const permissions = new Set([...(v1 ?? letters)].filter(isPermission));
  if (params === undefined) return { context, type, permissions, matching: [] };
  const types = type === '*' ? definitions.resourceTypes : [type];
  const where: Criterion[] = [];
  for (const param of params.split('&')) {
    const criterion = readParam(types, param);
    if (criterion === undefined) return undefined;
    where.push(criterion);
  }
  return { context, type, permissions, matching: [{ types, where }] };
}

/** One `name=value` as a criterion of the resource itself. */
function readParam(types: readonly string[], param: string): Criterion | undefined {
  const at = param.indexOf('=');
  const name = decoded(param.slice(0, Math.max(at, 0)));
  const value = decoded(param.slice(at + 1));
  if (at < 1 || name === undefined || value === undefined) return undefined;
  const criterion = parseCriterion(types, name, value, {
    now: 0,
    baseUrls: [],
    terminology: NO_TERMINOLOGY,
    branches: 0,
  });
  return criterion.ok && canFilter(criterion.value) ? criterion.value : undefined;
}

/** A filter asks of the resource alone, without a clock. */
function canFilter(criterion: Criterion): boolean {
  if (criterion.kind === 'id') return true;
  if (criterion.kind !== 'param' || criterion.type === 'text' || criterion.type === 'composite') return false;
  return criterion.values.every((value) => !('prefix' in value) || value.prefix !== 'ap');
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** The scopes of `principal` that hold for it; undefined where none narrow it. */
export function grantsOf(principal: Principal): readonly ScopeGrant[] | undefined {
  if (principal.scopes === undefined) return undefined;
  const isService = principal.duties.some(({ role }) => role === 'service');
  return principal.scopes.flatMap((scope) => {
    const grant = parseScope(scope);
    if (grant === undefined || (grant.context === 'system' && !isService)) return [];
    return grant.context === 'patient' && principal.launchPatient === undefined ? [] : [grant];
  });
}

const PERMISSIONS: Readonly<Record<Action, readonly Permission[]>> = {
  read: ['r', 's'],
  create: ['c'],
  update: ['u'],
  delete: ['d'],
};

/** What `grants` open for `action`, as rules to be met beside those of the roles. */
export function scopeRules(
  grants: readonly ScopeGrant[],
  action: Action,
  launchPatient: string | undefined,
): readonly VisibilityRule[] {
  return grants
    .filter(({ permissions }) => PERMISSIONS[action].some((permission) => permissions.has(permission)))
    .flatMap((grant): readonly VisibilityRule[] => {
      const { type, matching } = grant;
      const types = type === '*' ? undefined : [type];
      const rule: VisibilityRule = {
        ...(types === undefined ? {} : { types }),
        ...(matching.length === 0 ? {} : { matching }),
      };
      if (grant.context !== 'patient') return [rule];
      if (launchPatient === undefined) return [];
      const outside = NO_COMPARTMENT.filter((each) => types === undefined || types.includes(each));
      const rules: VisibilityRule[] = [{ ...rule, compartments: [launchPatient] }];
      if (outside.length > 0) rules.push({ ...rule, types: outside, compartments: [''] });
      if (types === undefined || types.includes('Device')) {
        rules.push({ ...rule, types: ['Device'], matching: [...matching, devicesOf(launchPatient)] });
      }
      return rules;
    });
}

/** Devices have no compartment, but may name a patient. */
export const devicesOf = (patient: string): ResourceFilter => ({
  types: ['Device'],
  where: [names('patient', [patient])],
});

const NO_COMPARTMENT: readonly string[] = definitions.resourceTypes.filter((type) => {
  const name = classOf(type);
  return name !== undefined && OF_NO_PATIENT.has(name) && type !== 'Device';
});

/** Whether some grant has `permission` for `type` ('': for anything). */
export const permits = (grants: readonly ScopeGrant[], type: string, permission: Permission): boolean =>
  grants.some((grant) => (grant.type === '*' || grant.type === type) && grant.permissions.has(permission));

/** Of the `asked` scopes, the resource scopes that a principal with these duties could use for anything at all (AC26). */
export function grantableScopes(asked: readonly string[], duties: readonly Duty[]): readonly string[] {
  return asked.filter((scope) => {
    const grant = parseScope(scope);
    if (grant === undefined) return false;
    if (grant.context === 'system' && !duties.some(({ role }) => role === 'service')) return false;
    const types = grant.type === '*' ? definitions.resourceTypes : [grant.type];
    return ACTIONS.some(
      (action) =>
        PERMISSIONS[action].some((permission) => grant.permissions.has(permission)) &&
        duties.some(({ role }) => types.some((type) => rightOf(role, type, action) !== undefined)),
    );
  });
}
