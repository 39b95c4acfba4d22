// Two people change one fact at two nodes that cannot see each other: what no machine may decide. The drill provokes some, and
// looks for each of them on the work list where it should stand.
import type { Client } from './http-client.ts';
import { allergyOf, allergyText, codeStatusOf, codeStatusText, orderOf, orderText, type Chart } from './people.ts';

export interface Provoked {
  /** `Type/id` */
  readonly key: string;
  readonly what: 'allergy' | 'order' | 'code status';
  readonly nodes: readonly [string, string];
  readonly patient: string;
}

/** Both sides of each, at the two nodes; what either did not take is no conflict. */
export async function provokeConflicts(
  charts: readonly Chart[],
  clientOf: (node: string) => Client,
): Promise<readonly Provoked[]> {
  const provoked: Provoked[] = [];
  for (const chart of charts) {
    const [other] = chart.alsoAt;
    if (other === undefined) continue;
    const kinds = [
      [
        'allergy',
        `AllergyIntolerance/${allergyOf(chart)}`,
        allergyText(chart, 'high'),
        allergyText(chart, 'unable-to-assess'),
      ],
      ['order', `MedicationRequest/${orderOf(chart)}`, orderText(chart, '5 mg'), orderText(chart, '1 mg')],
      [
        'code status',
        `Flag/${codeStatusOf(chart)}`,
        codeStatusText(chart, 'active', 'Not for resuscitation'),
        codeStatusText(chart, 'inactive', 'For resuscitation'),
      ],
    ] as const;
    for (const [what, key, one, another] of kinds) {
      const taken = [
        await clientOf(chart.home).send('PUT', `/fhir/${key}`, one),
        await clientOf(other).send('PUT', `/fhir/${key}`, another),
      ].every(({ status }) => status === 200);
      if (taken) provoked.push({ key, what, nodes: [chart.home, other], patient: chart.patient });
    }
  }
  return provoked;
}

export interface ShownConflicts {
  readonly node: string;
  /** Of those provoked, how many stand on the work list; and how many are answered with a warning when read. */
  readonly listed: number;
  readonly warned: number;
  readonly missing: readonly string[];
  /** All that the list holds. */
  readonly open: number;
}

/** What the work list of a node says of `expected`. */
export async function lookForConflicts(
  node: string,
  client: Client,
  expected: readonly Provoked[],
): Promise<ShownConflicts> {
  const list = await client.send('GET', '/fhir/$conflicts?_count=1000');
  const text = list.status === 200 ? list.text : '';
  let warned = 0;
  for (const { key } of expected) {
    const { headers } = await client.send('GET', `/fhir/${key}`);
    if (headers['x-holdfast-conflict'] !== undefined) warned += 1;
  }
  const missing = expected.filter(({ key }) => !text.includes(key)).map(({ key }) => key);
  return { node, listed: expected.length - missing.length, warned, missing, open: openIn(text) };
}

function openIn(text: string): number {
  if (text === '') return 0;
  const list = JSON.parse(text) as {
    readonly total?: number;
    readonly entry?: readonly unknown[];
    readonly parameter?: readonly unknown[];
  };
  return list.total ?? list.entry?.length ?? list.parameter?.length ?? 0;
}
