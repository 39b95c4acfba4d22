// What the table of types cannot say about a write: labels, the node's own resources, rights that follow from data (AC31 to AC35, AC42).
import type { JsonObject, JsonValue, ResourceJson } from '../base/json-types.ts';
import { printJson } from '../base/json.ts';
import { labelsOf } from '../record/visible.ts';
import { readBatchId } from './audit-lines.ts';
import { codingsOf, isBreakGlass, isObject, refersTo } from './break-glass.ts';
import { ACCOUNT_SYSTEM, NEVER_SEEN } from './names.ts';
import type { Principal, Role } from './principal.ts';
import { PROTECTED_LABELS, RESTRICTED_LABEL, VERY_RESTRICTED_LABEL } from './sensitivity.ts';

export interface JudgedWrite {
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

/** Why `principal` may not make this write, without any value; undefined: nothing stands against it. */
export function judgeWrite(principal: Principal, { before, after }: JudgedWrite): string | undefined {
  const has = (...roles: readonly Role[]): boolean => principal.duties.some(({ role }) => roles.includes(role));
  for (const each of [before, after]) {
    if (each === undefined) continue;
    const labels = labelsOfJson(each);
    if (NEVER_SEEN.some((label) => labels.has(label))) return 'This label belongs to the node itself.';
    const { resourceType: type, id } = each;
    // Who took the next name of a batch would stop the trail; who took an event's would stand before it.
    if ((type === 'Binary' || type === 'AuditEvent') && typeof id === 'string' && readBatchId(id) !== undefined) {
      return "This name belongs to the node's own audit trail.";
    }
    if (type === 'Basic' && codingsOf(each['code']).some(({ system }) => system === ACCOUNT_SYSTEM)) {
      return 'Accounts are not written as resources.';
    }
    if ((type === 'Task' || type === 'Flag') && isBreakGlass(each)) {
      return 'Emergency access is opened by $break-glass and reviewed by $break-glass-review.';
    }
    if (type === 'PractitionerRole' && refersTo(each['practitioner'], principal.who)) {
      return 'Nobody changes their own roles.';
    }
    if (before !== undefined && (type === 'AuditEvent' || type === 'Provenance')) {
      return 'What tells of the past is created and never changed.';
    }
  }
  if (!has('service') && !sameLinks(before, after)) {
    return 'Records of one person are joined by $merge and parted by $unmerge.';
  }
  if (before === undefined) return undefined;
  if (!has('doctor', 'service') && takesProtectionOff(before, after)) {
    return 'A label of confidentiality or sensitivity is taken off or lowered by a doctor.';
  }
  if (before['resourceType'] === 'Location' && after !== undefined && !has('it', 'service')) {
    const moves = ['partOf', 'managingOrganization'].some((name) => !sameJson(before[name], after[name]));
    if (moves) return 'A place is put under another by IT: who reaches which patients follows from it.';
  }
  return undefined;
}

/** Of patients: what says that one record was given up for another. */
function sameLinks(before: JsonObject | undefined, after: JsonObject | undefined): boolean {
  if ((after ?? before)?.['resourceType'] !== 'Patient' || after === undefined) return true;
  const told = (patient: JsonObject | undefined): readonly string[] => {
    const links = patient?.['link'];
    return (Array.isArray(links) ? links.filter(isObject) : [])
      .filter(({ type }) => type === 'replaces' || type === 'replaced-by')
      .map((link) => `${String(link['type'])} ${text(link['other'] ?? null)}`)
      .toSorted();
  };
  return told(before).join('\n') === told(after).join('\n');
}

function takesProtectionOff(before: JsonObject, after: JsonObject | undefined): boolean {
  const left = after === undefined ? new Set<string>() : labelsOfJson(after);
  return [...labelsOfJson(before)].some(
    (label) =>
      PROTECTED_LABELS.has(label) &&
      !left.has(label) &&
      !(label === RESTRICTED_LABEL && left.has(VERY_RESTRICTED_LABEL)),
  );
}

function labelsOfJson(resource: JsonObject): ReadonlySet<string> {
  const { resourceType } = resource;
  return labelsOf({ ...resource, resourceType: typeof resourceType === 'string' ? resourceType : '' } as ResourceJson);
}

/** Two references are the same where they read the same: displays and order of members count, which is the careful side. */
const sameJson = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  a === undefined || b === undefined ? a === b : text(a) === text(b);
const text = (value: JsonValue): string => {
  const reference = isObject(value) ? value['reference'] : undefined;
  return typeof reference === 'string' ? reference : printJson(value);
};
