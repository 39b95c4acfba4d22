// What a principal may see and do: duties and scopes, by the table of roles, as rules that the store evaluates.
//
//   AC4   Duties add up; without one nothing is open.
//   AC11  Identity, flags and allergies are never hidden from a clinician.
//   AC22  Scopes narrow and never widen.
//   AC37  The same person, duties and scopes in the same minute: the same rules.
//
// For each action: rules of every role, then the scopes' rules as a second condition, then few of them.
import type { Instant } from '../base/ports.ts';
import type { ResourceFilter, Visibility, VisibilityRule } from '../record/store.ts';
import { definitions } from '../fhir/definitions/r4.ts';
import type { Access } from './access.ts';
import { bundlesOf, type Guard } from './bundle-rights.ts';
import { judgeWrite } from './judge-write.ts';
import { NEVER_SEEN } from './names.ts';
import type { Principal, Role } from './principal.ts';
import { refusalOf } from './refuse-asked.ts';
import { ownPlaces, personOf, relationsOf, type Person, type Relations } from './relations.ts';
import { ADMITTING, CLINICIANS, type Action, type Reach } from './roles.ts';
import { intersect, simplified } from './rules.ts';
import { devicesOf, grantsOf, scopeRules, type ScopeGrant } from './scopes.ts';
import { RESTRICTED, SENSITIVE_LABELS, TABOO_LABEL } from './sensitivity.ts';

const MINUTE = 60_000;
/** Everything but who exactly asks: what stores keep their statements and answers by. */
type Rights = Omit<Access, 'principal'>;

/** Of the minute that was asked of last; forgotten with it, and when there are too many. */
const rights = { minute: NaN, of: new Map<string, Rights>() };
const RIGHTS_MAX = 5_000;
const known = new WeakMap<Principal, { readonly of: Rights; readonly access: Access }>();

/**
 * The rights of `principal` at `now`. For the same person, duties and scopes the rules are the same objects throughout a minute of the
 * clock; for the same principal object so is the answer.
 */
export function accessOf(principal: Principal, now: Instant): Access {
  const found = rightsOf(principal, Math.floor(now / MINUTE));
  const before = known.get(principal);
  if (before?.of === found) return before.access;
  const access: Access = {
    principal,
    visible: found.visible,
    // Most requests read: the others are made when they are asked for.
    get create() {
      return found.create;
    },
    get update() {
      return found.update;
    },
    get delete() {
      return found.delete;
    },
    ...(found.care === undefined ? {} : { care: found.care }),
    putCreates: found.putCreates,
    judgeWrite: found.judgeWrite,
    refuses: found.refuses,
    mayBreakGlass: found.mayBreakGlass,
    mayReviewBreakGlass: found.mayReviewBreakGlass,
    mayEnrol: found.mayEnrol,
    audit: found.audit,
    ...(found.auditOf === undefined ? {} : { auditOf: found.auditOf }),
  };
  known.set(principal, { of: found, access });
  return access;
}

const texts = new WeakMap<Principal, string>();

function rightsOf(principal: Principal, minute: number): Rights {
  if (rights.minute !== minute || rights.of.size >= RIGHTS_MAX) {
    rights.minute = minute;
    rights.of.clear();
  }
  let text = texts.get(principal);
  if (text === undefined) {
    const { who, duties, scopes, launchPatient } = principal;
    texts.set(principal, (text = JSON.stringify([who, duties, scopes ?? null, launchPatient ?? null])));
  }
  let found = rights.of.get(text);
  if (found === undefined) rights.of.set(text, (found = makeRights(principal, minute * MINUTE)));
  return found;
}

function makeRights(principal: Principal, now: Instant): Rights {
  const { duties } = principal;
  const grants = grantsOf(principal);
  const person = personOf(principal, now);
  const roles = [...new Set(duties.map(({ role }) => role))];
  const parts = roles.map((role): RolePart => {
    const own = duties.filter((duty) => duty.role === role);
    return { role, person, relations: relationsOf(person, own, now), admitsTo: ownPlaces(own), who: principal.who };
  });
  const supervises = duties.some(({ supervisor }) => supervisor);
  const isClinician = roles.some((role) => CLINICIANS.has(role)) && principal.who.startsWith('Practitioner/');
  const seesAudit = supervises || roles.some((role) => role === 'it' || role === 'service');
  const { audit, auditOf } = auditRights(principal, seesAudit, grants);
  const made = new Map<Action, Visibility>();
  const may = (action: Action): Visibility => {
    const before = made.get(action);
    if (before !== undefined) return before;
    const rules = parts.flatMap((part) => rulesOfRole(part, action));
    if (action === 'read' && seesAudit) rules.push({ types: ['AuditEvent'], withoutSecurity: NEVER_SEEN });
    const open = narrowed(simplified(rules), grants, action, principal.launchPatient);
    const isPartOnly = action === 'read' && audit === 'own';
    const visible: Visibility = { see: 'some', rules: isPartOnly ? open.flatMap(withoutAudit) : open };
    made.set(action, visible);
    return visible;
  };
  const ownPages = grants === undefined;
  return {
    visible: may('read'),
    get create() {
      return may('create');
    },
    get update() {
      return may('update');
    },
    get delete() {
      return may('delete');
    },
    putCreates: roles.includes('service') && (grants === undefined || grants.some(isWhole)),
    judgeWrite: (write) => judgeWrite(principal, write),
    refuses: (asked) => refusalOf(asked, { roles, grants, supervises, isClinician }),
    ...(isClinician ? { care: careOf(parts) } : {}),
    mayBreakGlass: isClinician && ownPages,
    mayReviewBreakGlass: supervises && ownPages,
    mayEnrol: supervises && ownPages,
    audit,
    ...(auditOf === undefined ? {} : { auditOf }),
  };
}

/** Of the node's own AuditEvents (AC36), and how far scopes let an application see them (AC41). */
function auditRights(
  { who, duties, launchPatient }: Principal,
  seesAudit: boolean,
  grants: readonly ScopeGrant[] | undefined,
): Pick<Access, 'audit' | 'auditOf'> {
  const isPatient = who.startsWith('Patient/') && duties.some(({ role }) => role === 'patient');
  const own: Pick<Access, 'audit' | 'auditOf'> = isPatient ? { audit: 'own', auditOf: ofRecord(who, true) } : NO_AUDIT;
  const ofRoles = seesAudit ? ({ audit: 'all' } as const) : own;
  if (grants === undefined) return ofRoles;
  const open = grants.filter(
    ({ type, permissions, matching }) =>
      (type === '*' || type === 'AuditEvent') &&
      (permissions.has('r') || permissions.has('s')) &&
      matching.length === 0,
  );
  if (open.some(({ context }) => context !== 'patient')) return ofRoles;
  if (open.length === 0 || launchPatient === undefined) return NO_AUDIT;
  if (seesAudit) return { audit: 'own', auditOf: ofRecord(launchPatient, false) };
  return launchPatient === who ? own : NO_AUDIT;
}

const NO_AUDIT = { audit: 'none' } as const;

const ofRecord = (patient: string, isOwn: boolean): Access['auditOf'] & object => {
  const withoutSecurity = isOwn ? HIDDEN_FROM_PATIENTS : HIDDEN_BY_LABEL;
  return {
    patient,
    kept: { see: 'some', rules: [{ types: ['AuditEvent'], compartments: [patient], withoutSecurity }] },
  };
};

function withoutAudit(rule: VisibilityRule): readonly VisibilityRule[] {
  const types = (rule.types ?? definitions.resourceTypes).filter((type) => type !== 'AuditEvent');
  return types.length === 0 ? [] : [{ ...rule, types }];
}

const isWhole = ({ context, type, permissions, matching }: ScopeGrant): boolean =>
  context === 'system' && type === '*' && permissions.size === 5 && matching.length === 0;

function narrowed(
  rules: readonly VisibilityRule[],
  grants: readonly ScopeGrant[] | undefined,
  action: Action,
  launchPatient: string | undefined,
): readonly VisibilityRule[] {
  return grants === undefined ? rules : intersect(rules, simplified(scopeRules(grants, action, launchPatient)));
}

interface RolePart {
  readonly role: Role;
  readonly person: Person;
  readonly relations: Relations;
  /** Encounters at the places of the duties. */
  readonly admitsTo: readonly ResourceFilter[];
  readonly who: string;
}

const HIDDEN_BY_LABEL: readonly string[] = [...NEVER_SEEN, ...SENSITIVE_LABELS];
/** Labels decide what is read. What may not be read cannot be changed either, but a sensitive note may be written by who has yet to join the team. */
const hiddenFrom = (action: Action): readonly string[] => (action === 'read' ? HIDDEN_BY_LABEL : NEVER_SEEN);
const HIDDEN_FROM_PATIENTS: readonly string[] = [...NEVER_SEEN, TABOO_LABEL];

function rulesOfRole(part: RolePart, action: Action): VisibilityRule[] {
  const rules = rulesOfTable(part, action);
  // Who walks into the emergency department is nobody's patient yet (AC40).
  if (action === 'create' && ADMITTING.has(part.role)) {
    for (const place of part.admitsTo)
      rules.push({ types: ['Encounter'], withoutSecurity: NEVER_SEEN, matching: [place] });
  }
  return rules;
}

function rulesOfTable(part: RolePart, action: Action): VisibilityRule[] {
  return bundlesOf(part.role, action).flatMap(({ types, reach, guard, matching, ownDevices, ofNobody }) => {
    if (ownDevices) return [{ types, withoutSecurity: HIDDEN_FROM_PATIENTS, matching: [devicesOf(part.who)] }];
    const conditions = conditionsOf(part, reach, guard, action);
    const all = ofNobody ? [...conditions, { compartments: [''], withoutSecurity: hiddenFrom(action) }] : conditions;
    return all.map((rule) => ({ ...rule, types, ...(matching.length === 0 ? {} : { matching }) }));
  });
}

/** The ways by which what lies in `reach` is open, without its types. */
function conditionsOf(
  { role, person, relations, who }: RolePart,
  reach: Reach,
  guard: Guard,
  action: Action,
): readonly VisibilityRule[] {
  const hidden = hiddenFrom(action);
  const labels = { withoutSecurity: guard === 'open' ? NEVER_SEEN : hidden };
  if (reach === 'self')
    return who.startsWith('Patient/') ? [{ withoutSecurity: HIDDEN_FROM_PATIENTS, compartments: [who] }] : [];
  if (reach === 'everyone') return [guard === 'full' ? { ...labels, unrelated: RESTRICTED } : labels];
  const within = relations.within[reach];
  const { shutOut, brokenGlass, team } = person;
  const rules: VisibilityRule[] = [];
  if (guard === 'full') {
    rules.push(
      { withoutSecurity: hidden, related: [relations.beyondTeam[reach]], unrelated: [...RESTRICTED, shutOut] },
      { withoutSecurity: NEVER_SEEN, related: [team], unrelated: [shutOut] },
    );
  } else rules.push({ ...labels, related: [within], unrelated: [shutOut] });
  if (CLINICIANS.has(role)) rules.push({ withoutSecurity: NEVER_SEEN, related: [[brokenGlass]] });
  return rules;
}

/** Of every patient whose record is in reach, the Patient. */
function careOf(parts: readonly RolePart[]): Visibility {
  const rules = parts
    .filter(({ role }) => CLINICIANS.has(role))
    .flatMap((part) => {
      const { role } = part;
      const guard: Guard = role === 'laboratory' || role === 'imaging' ? 'open' : 'full';
      return conditionsOf(part, role === 'nurse' ? 'ward' : 'site', guard, 'read').map((rule) => ({
        ...rule,
        types: ['Patient'],
      }));
    });
  return { see: 'some', rules: simplified(rules) };
}

/** The types that any rule of `visible` names; all where one names none. For tests and for people. */
export function typesOf(visible: Visibility): ReadonlySet<string> {
  if (visible.see === 'everything') return new Set(definitions.resourceTypes);
  return new Set(visible.rules.flatMap(({ types }) => types ?? definitions.resourceTypes));
}
