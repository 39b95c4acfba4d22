// Runs the tests that a content package carries, against its own rules and in this engine, before it can be in force (CT3).
//
// A test: {"name", "now", "order": MedicationRequest, "record": [resources], "expect": ["allergy severe", …], "notExpected": ["interaction", …]}.
// `expect` names kind and weight of findings, or `not-checked medicine` … of what could not be checked.
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';
import { isList, isObject, textOf } from '../merge/clinical-words.ts';
import { checkOrder } from './check-order.ts';
import type { DrugRules } from './drug-rules.ts';
import { momentOf } from './patient-facts.ts';

/** Each must be expected by a test at least once: a package that never shows that it finds something is refused. */
export const MUST_FIND = [
  'allergy',
  'same-medicine',
  'same-class',
  'interaction',
  'dose-high',
  'day-high',
  'kidneys',
  'pregnancy',
  'age',
  'not-checked',
] as const;

export interface TestsRun {
  readonly ran: number;
  readonly failed: readonly string[];
  readonly notCovered: readonly string[];
}
const isResource = (value: JsonValue | undefined): value is ResourceJson =>
  isObject(value) && typeof value['resourceType'] === 'string';

export function runRuleTests(rules: DrugRules, json: JsonValue): TestsRun {
  const tests = isObject(json) ? json['tests'] : undefined;
  if (!isList(tests)) return { ran: 0, failed: ['tests'], notCovered: [] };
  const failed: string[] = [];
  const covered = new Set<string>();
  for (const [n, test] of tests.entries()) {
    const name = isObject(test) ? textOf(test['name']).slice(0, 100) || `test ${n}` : `test ${n}`;
    const found = isObject(test) ? findingsOf(rules, test) : undefined;
    const expected = isObject(test) && isList(test['expect']) ? test['expect'].map(textOf) : undefined;
    const unwanted = isObject(test) && isList(test['notExpected']) ? test['notExpected'].map(textOf) : [];
    if (found === undefined || expected === undefined) {
      failed.push(name);
      continue;
    }
    const isMet = expected.every((one) => found.includes(one));
    const isClean = unwanted.every((one) => found.every((two) => !two.startsWith(one)));
    if (!isMet || !isClean) failed.push(name);
    for (const one of expected) covered.add(one.split(' ')[0] ?? '');
  }
  return { ran: tests.length, failed, notCovered: MUST_FIND.filter((kind) => !covered.has(kind)) };
}
function findingsOf(
  rules: DrugRules,
  test: Readonly<Record<string, JsonValue | undefined>>,
): readonly string[] | undefined {
  const now = momentOf(test['now']);
  const order = test['order'];
  const record = test['record'];
  if (now === undefined || !isResource(order) || order.resourceType !== 'MedicationRequest' || !isList(record))
    return undefined;
  const checked = checkOrder(
    { order, record: record.filter(isResource), now, stale: false },
    { state: 'active', rules, content: 'under test' },
  );
  if (checked.state !== 'checked') return undefined;
  return [
    ...checked.findings.map(({ kind, weight }) => `${kind} ${weight}`),
    ...checked.notChecked.map(({ what }) => `not-checked ${what}`),
  ];
}
