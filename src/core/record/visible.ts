// Whether a reader may know of a resource (rule RS9 of `specs/store.md`).
import type { JsonObject, JsonValue, ResourceJson } from '../base/json-types.ts';
import type { Visibility, VisibilityRule } from './store.ts';

/** What a visibility asks of a resource. */
export interface Seen {
  readonly type: string;
  /** Home compartment of the displayed head: `Patient/1` or ''. */
  readonly home: string;
  /** `system|code` of meta.security over all heads; of a tombstone, those of what it deleted. */
  readonly labels: ReadonlySet<string>;
}

export const NO_LABELS: ReadonlySet<string> = new Set();

export const isVisible = (visible: Visibility, seen: Seen): boolean =>
  visible.see === 'everything' || visible.rules.some((rule) => meets(rule, seen));

/** A version is visible by a rule that both its resource, as it is now, and its own labels meet. */
export const isVersionVisible = (visible: Visibility, seen: Seen, versionLabels: ReadonlySet<string>): boolean =>
  visible.see === 'everything' ||
  visible.rules.some((rule) => meets(rule, seen) && meets(rule, { ...seen, labels: versionLabels }));

function meets(rule: VisibilityRule, { type, home, labels }: Seen): boolean {
  if (rule.types !== undefined && !rule.types.includes(type)) return false;
  if (rule.compartments !== undefined && !rule.compartments.includes(home)) return false;
  return rule.withoutSecurity === undefined || !rule.withoutSecurity.some((label) => labels.has(label));
}

/** `system|code` of each of `meta.security`; an absent system or code is ''. */
export function labelsOf(resource: ResourceJson): ReadonlySet<string> {
  const meta = resource['meta'];
  const security = isObject(meta) ? meta['security'] : undefined;
  if (!Array.isArray(security)) return NO_LABELS;
  const labels = new Set<string>();
  for (const coding of security as readonly JsonValue[]) {
    if (isObject(coding)) labels.add(`${textOf(coding['system'])}|${textOf(coding['code'])}`);
  }
  return labels;
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
