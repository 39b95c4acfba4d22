// What the record says that a handover should tell, in the four parts of SBAR: with times and sources, and nothing that nobody wrote. Pure.
//
//   WB42  Every line is a quotation: as recorded, with its time and its source. What is not recorded has no line.
//   WB43  Lines of old scores and old notes keep their time, so that nobody takes them for now.
import type { JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { allergyLine, isLiveAllergy, isLiveDenial, type Entry } from '../banner/allergy-section.ts';
import { at, codesOf, criticalCodesOf, deniesAllergy, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import { rowTags } from '../ward/alerts.ts';
import { lastScore } from '../ward/scores.ts';
import { currentStay, idIn, instantOf, staysOf, wordsOf } from '../ward/stays.ts';
import { tasksOf } from '../ward/tasks.ts';

export const PARTS = ['situation', 'background', 'assessment', 'recommendation'] as const;
export type Part = (typeof PARTS)[number];
export interface HandoverLine {
  readonly kind:
    | 'reason'
    | 'admitted'
    | 'problem'
    | 'alert'
    | 'past'
    | 'allergy'
    | 'no-allergies'
    | 'operation'
    | 'score'
    | 'critical'
    | 'note'
    | 'task'
    | 'plan';
  /** As recorded. */
  readonly words: string;
  readonly at?: Instant;
  readonly by?: string;
  /** `Observation/1`. */
  readonly source: string;
  readonly isOverdue?: boolean;
  /** Of a score: the one before. */
  readonly before?: number;
}
export type Prefilled = Readonly<Record<Part, readonly HandoverLine[]>>;

const DAY = 86_400_000;
/** Sections of a note that say what comes next, and what was found. */
const SAID: Readonly<Record<'assessment' | 'recommendation', RegExp>> = {
  assessment: /^(?:assessment|impression)$/i,
  recommendation: /^(?:recommendation|plan)$/i,
};

/** `entries`: all that is here of one patient. */
export function prefillHandover(entries: readonly Entry[], now: Instant): Prefilled {
  const of = (type: string): readonly ResourceJson[] =>
    entries.filter(({ resource }) => resource.resourceType === type).map(({ resource }) => resource);
  const stay = currentStay(staysOf(of('Encounter')));
  const conditions = of('Condition').filter(isLive);
  const isOfStay = (one: ResourceJson): boolean =>
    stay !== undefined && idIn(one['encounter'], 'Encounter') === stay.id;
  const problem =
    (kind: 'problem' | 'past') =>
    (one: ResourceJson): HandoverLine => ({
      kind,
      words: wordsOf(one['code']),
      ...timed(instantOf(one['onsetDateTime'])),
      source: nameOf(one),
    });
  const situation: HandoverLine[] = [];
  if (stay !== undefined) {
    const source = `Encounter/${stay.id}`;
    situation.push({ kind: 'admitted', words: stay.now?.words ?? '', ...timed(stay.from), source });
    if (stay.reason !== '') situation.push({ kind: 'reason', words: stay.reason, source });
  }
  situation.push(...conditions.filter(isOfStay).map(problem('problem')));
  situation.push(
    ...rowTags(entries, now).map((tag): HandoverLine => ({ kind: 'alert', words: tag.words, source: '' })),
  );
  return {
    situation: told(situation),
    background: told([
      ...conditions.filter((one) => !isOfStay(one)).map(problem('past')),
      ...allergyLines(entries),
      ...of('Procedure')
        .filter((one) => isOfStay(one) && one['status'] === 'completed')
        .map((one): HandoverLine => ({
          kind: 'operation',
          words: wordsOf(one['code']),
          ...timed(instantOf(one['performedDateTime']) ?? instantOf(at(one['performedPeriod'], 'start'))),
          source: nameOf(one),
        })),
    ]),
    assessment: told([
      ...scoreLine(of('Observation'), now),
      ...criticalLines(of('Observation'), now),
      ...noteLines(of('Composition'), 'assessment', now),
    ]),
    recommendation: told([
      ...tasksOf(of('Task'), now)
        .filter(({ isOpen }) => isOpen)
        .map((task): HandoverLine => ({
          kind: 'task',
          words: task.words,
          ...timed(task.dueAt),
          ...(task.owner === undefined || task.owner.name === '' ? {} : { by: task.owner.name }),
          source: `Task/${task.id}`,
          isOverdue: task.urgency === 'overdue',
        })),
      ...noteLines(of('Composition'), 'recommendation', now),
    ]),
  };
}

const told = (lines: readonly HandoverLine[]): readonly HandoverLine[] =>
  lines.filter(({ words, kind }) => words !== '' || kind === 'no-allergies');
const timed = (at: Instant | undefined): { readonly at: Instant } | Record<never, never> =>
  at === undefined ? {} : { at };
const nameOf = (resource: ResourceJson): string => `${resource.resourceType}/${resource.id ?? ''}`;

function isLive(condition: ResourceJson): boolean {
  const clinical = codesOf(condition['clinicalStatus']);
  const verified = codesOf(condition['verificationStatus']);
  return (
    !clinical.some((code) => ['resolved', 'inactive', 'remission'].includes(code)) &&
    !verified.some((code) => ['refuted', 'entered-in-error'].includes(code))
  );
}

function allergyLines(entries: readonly Entry[]): readonly HandoverLine[] {
  const live = entries.filter(({ resource }) => isLiveAllergy(resource));
  const known = live.filter(({ resource }) => !deniesAllergy(resource));
  if (known.length > 0)
    return known.map((entry) => {
      const { substance, reactions, name } = allergyLine(entry);
      return {
        kind: 'allergy',
        words: reactions.length === 0 ? substance : `${substance} (${reactions.join(', ')})`,
        ...timed(instantOf(entry.resource['recordedDate'])),
        source: name,
      };
    });
  const denial = live.find(({ resource, conflict }) => !conflict && isLiveDenial(resource));
  if (denial === undefined) return [];
  return [
    {
      kind: 'no-allergies',
      words: '',
      ...timed(instantOf(denial.resource['recordedDate'])),
      source: nameOf(denial.resource),
    },
  ];
}

function scoreLine(observations: readonly ResourceJson[], now: Instant): readonly HandoverLine[] {
  const last = lastScore(observations, now);
  if (last === undefined) return [];
  const { score, at: when, before, source } = last;
  return [{ kind: 'score', words: String(score), at: when, source, ...(before === undefined ? {} : { before }) }];
}

/** Results of the last day that could not wait. */
const criticalLines = (observations: readonly ResourceJson[], now: Instant): readonly HandoverLine[] =>
  observations
    .filter((one) => criticalCodesOf(one).length > 0 && codesOf(one['category']).includes('laboratory'))
    .flatMap((one) => {
      const when = instantOf(one['effectiveDateTime']);
      if (when === undefined || now - when > DAY) return [];
      const value = isObject(one['valueQuantity'])
        ? `${String(one['valueQuantity']['value'] ?? '')} ${textOf(one['valueQuantity']['unit'])}`.trim()
        : wordsOf(one['valueCodeableConcept']) || textOf(one['valueString']);
      return [
        { kind: 'critical' as const, words: `${wordsOf(one['code'])} ${value}`.trim(), at: when, source: nameOf(one) },
      ];
    })
    .toSorted((a, b) => b.at - a.at);

/** What the newest note of the last two days said under that heading. */
function noteLines(
  notes: readonly ResourceJson[],
  part: 'assessment' | 'recommendation',
  now: Instant,
): readonly HandoverLine[] {
  const newest = notes
    .filter((one) => textOf(one['status']) !== 'entered-in-error')
    .toSorted((a, b) => (instantOf(b['date']) ?? 0) - (instantOf(a['date']) ?? 0));
  for (const note of newest) {
    const when = instantOf(note['date']);
    if (when === undefined || now - when > 2 * DAY) return [];
    const section = itemsOf(note['section']).find((one) => SAID[part].test(textOf(at(one, 'title'))));
    const words = plainText(at(section, 'text.div'));
    if (words === '') continue;
    const by = textOf(at(itemsOf(note['author'])[0], 'display'));
    return [
      {
        kind: part === 'assessment' ? 'note' : 'plan',
        words,
        at: when,
        ...(by === '' ? {} : { by }),
        source: nameOf(note),
      },
    ];
  }
  return [];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
/** The words of a narrative: paragraphs become lines. */
export function plainText(div: JsonValue | undefined): string {
  return textOf(div)
    .replace(/<(?:br|\/p|\/li|\/tr|\/div|\/h\d)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(#x?[0-9a-f]+|\w+);/gi, (all, name: string) => {
      if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? all;
      const code = name.toLowerCase().startsWith('#x') ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
      return Number.isNaN(code) || code > 0x10ffff ? all : String.fromCodePoint(code);
    })
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n');
}
