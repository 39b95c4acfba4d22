// What no single element shows: a settled status over content that changed meanwhile, a deletion beside an update, two beds,
// a critical result; and the words that a person must read.
//
//   MG18  A side that settled a resource never takes another's changed content with it unasked.
//   MG19  A deletion beside an update never hides it.
//   MG28  What is asked for where another decides stands in the log, as a change request.
import type { JsonObject } from '../../base/json-types.ts';
import { at, codesOf, criticalCodesOf, isList, itemsOf, textOf } from './clinical-words.ts';
import { canonOf, keyOf, valueOf, type Unit } from './elements.ts';
import { isAllergyPresent, isCurrentPlace, isGiven, isOnMar, isStopped } from './leads.ts';
import { ruleOf } from './merge-element.ts';
import type { Ancestor, FieldConflict, Live, MergeHead, Side } from './merged.ts';
import { noteOf, type Note, type NoteKind, type Words } from './notes.ts';
import type { PolicyRow, Severity } from './policies.ts';

interface Judging {
  readonly type: string;
  readonly row: PolicyRow;
  /** The safest first. */
  readonly deciding: readonly Live[];
  readonly asking: readonly Live[];
  readonly gone: readonly MergeHead[];
  readonly ancestor: Ancestor | undefined;
  readonly fields: readonly FieldConflict[];
  /** What is shown so far; the judge may take from it. */
  readonly merged: Map<string, Unit>;
  readonly words: Words;
}
interface Judged {
  readonly fields: readonly FieldConflict[];
  readonly notes: readonly Note[];
  /** One head is shown as it was written: a mixture would mean what nobody meant. */
  readonly whole: boolean;
}

export function fieldOf(
  type: string,
  element: string,
  severity: Severity,
  ancestor: Ancestor | undefined,
  sides: readonly Side[],
  items: readonly string[] = [],
): FieldConflict {
  const before = valueOf(element, ancestor?.units.get(element));
  return {
    path: `${type}.${element}`,
    severity,
    ...(before === undefined ? {} : { base: before }),
    sides: sides.map(({ head, unit }) => ({ head: head.hash, value: valueOf(element, unit) })),
    ...(items.length === 0 ? {} : { items }),
  };
}

export function judge(judging: Judging): Judged {
  const { type, row, deciding, gone, fields } = judging;
  const found = [...fields];
  const has = (path: string): boolean => found.some((field) => field.path === path);
  const add = (element: string, severity: Severity): void => {
    if (!has(`${type}.${element}`))
      found.push(fieldOf(type, element, severity, judging.ancestor, sidesOf(judging, element)));
  };
  if (gone.length > 0) {
    const live = deciding.map(({ hash }) => ({ head: hash, value: undefined }));
    const sides = [...live, ...gone.map(({ hash }) => ({ head: hash, value: undefined, deleted: true as const }))];
    found.push({ path: type, severity: row.deletion, sides });
  }
  const settled = settledOver(judging);
  if (settled !== undefined) add(settled, ruleOf(row, settled, [], true).severity);
  if (row.name === 'encounter' && haveTwoPlaces(judging)) add('location', 'S1');
  if (type === 'List' && isDeniedList(judging)) {
    add('emptyReason', 'S1');
    judging.merged.delete('emptyReason');
  }
  // A narrative that holds more than the data is content; a generated one is not.
  const narratives = new Set(deciding.map(({ units }) => units.get('text')?.canon));
  if (narratives.size > 1 && deciding.some(({ body }) => at(body, 'text.status') === 'additional')) {
    add('text', row.severity === 'S3' ? 'S2' : row.severity);
  }
  found.push(...requestsOf(judging));
  const judged = isCritical(row, deciding)
    ? found.map((field) => (field.severity === 'S2' ? { ...field, severity: 'S1' as const } : field))
    : found;
  const whole = ['contained', 'modifierExtension', 'implicitRules'].some((element) => has(`${type}.${element}`));
  return { fields: judged, notes: notesOf(judging, judged), whole };
}

const sidesOf = ({ deciding }: Judging, element: string): readonly Side[] =>
  deciding.map((head) => ({ head, unit: head.units.get(element) }));

/** The elements by which a resource says whether it holds. */
export const STATUSES = ['status', 'docStatus', 'lifecycleStatus', 'clinicalStatus', 'verificationStatus'] as const;
const NO_CONTENT: ReadonlySet<string> = new Set([
  ...STATUSES,
  'id',
  'language',
  'meta',
  'resourceType',
  'statusReason',
  'text',
]);

/** The status by which one side settled what another changed meanwhile. */
function settledOver({ row, deciding, ancestor }: Judging): string | undefined {
  if (row.settles === undefined || ancestor === undefined) return undefined;
  const settles = new Set(row.settles);
  const isSettled = (head: Live, element: string): boolean => {
    const said = codeOf(head.body, element);
    return settles.has(said) && said !== codeOf(ancestor.body, element);
  };
  const changed = (head: Live): boolean =>
    [...new Set([...head.units.keys(), ...ancestor.units.keys()])].some((element) => {
      if (NO_CONTENT.has(element) || head.units.get(element)?.canon === ancestor.units.get(element)?.canon)
        return false;
      const rule = ruleOf(row, element, [{ head, unit: head.units.get(element) }], true);
      return row.weighs?.includes(element) === true || (rule.mode !== 'union' && rule.severity !== 'S3');
    });
  return STATUSES.find((element) => {
    const open = deciding.filter((head) => !settles.has(codeOf(head.body, element)));
    return deciding.some((head) => isSettled(head, element)) && open.some(changed);
  });
}

const codeOf = (body: JsonObject, element: string): string =>
  textOf(body[element]) || (codesOf(body[element]).find((code) => code !== '') ?? '');

/** Two sides each brought the patient somewhere where the other did not. */
function haveTwoPlaces({ type, row, deciding, ancestor }: Judging): boolean {
  const placesOf = (body: JsonObject): readonly string[] =>
    itemsOf(body['location'])
      .filter(isCurrentPlace)
      .map((item) => keyOf(type, 'location', item, row.keys?.['location']));
  const before = new Set(ancestor === undefined ? [] : placesOf(ancestor.body));
  const added = deciding.map(({ body }) => placesOf(body).filter((key) => !before.has(key)));
  return added.some((one) =>
    added.some((other) => one.some((key) => !other.includes(key)) && other.some((key) => !one.includes(key))),
  );
}

/** One side says that there is nothing, another says what. */
const isDeniedList = ({ deciding, merged }: Judging): boolean => {
  const entry = merged.get('entry')?.members['entry'];
  const denies = (body: JsonObject): boolean =>
    body['emptyReason'] !== undefined && itemsOf(body['entry']).length === 0;
  return isList(entry) && entry.length > 0 && merged.has('emptyReason') && deciding.some(({ body }) => denies(body));
};

const isCritical = (row: PolicyRow, heads: readonly Live[]): boolean =>
  (row.name === 'result' || row.name === 'report') && heads.some(({ body }) => criticalCodesOf(body).length > 0);

/** By element, what sides ask for that may not decide and did not get. */
function requestsOf({ type, row, asking, ancestor, merged }: Judging): readonly FieldConflict[] {
  const elements = new Set(asking.flatMap((head) => [...head.units.keys(), ...(ancestor?.units.keys() ?? [])]));
  return [...elements]
    .filter((element) => !['id', 'meta', 'resourceType', 'text'].includes(element))
    .flatMap((element) => {
      const wishes = asking.filter((head) => {
        const wish = head.units.get(element)?.canon;
        return (
          wish !== merged.get(element)?.canon && (ancestor === undefined || wish !== ancestor.units.get(element)?.canon)
        );
      });
      if (wishes.length === 0) return [];
      return [
        fieldOf(
          type,
          element,
          row.severity,
          ancestor,
          wishes.map((head) => ({ head, unit: head.units.get(element) })),
        ),
      ];
    });
}

function notesOf(
  { row, type, deciding, asking, gone, merged, words }: Judging,
  fields: readonly FieldConflict[],
): readonly Note[] {
  const notes: Note[] = [];
  const say = (kind: NoteKind, heads: readonly MergeHead[]): void => {
    notes.push(
      noteOf(
        kind,
        heads.map(({ hash }) => hash),
        words,
      ),
    );
  };
  const all = [...deciding, ...asking, ...gone];
  const urgent = fields.filter(({ severity }) => severity === 'S1');
  if (gone.length > 0) say('deleted-elsewhere', all);
  switch (row.name) {
    case 'resuscitation':
      if (fields.length > 0) say('resuscitation-disputed', all);
      break;
    case 'allergy':
      if (
        deciding.some(({ body }) => isAllergyPresent(body)) &&
        (gone.length > 0 || deciding.some(({ body }) => !isAllergyPresent(body)))
      ) {
        say('allergy-stands', all);
      }
      break;
    case 'prescription': {
      const running = deciding.some(({ body }) => isOnMar(body));
      const stopped = gone.length > 0 || deciding.some(({ body }) => isStopped(body));
      if (running && stopped) say('stop-disputed', all);
      if (urgent.some(({ path }) => path !== type && (path !== `${type}.status` || !(running && stopped))))
        say('conflicting-orders', all);
      break;
    }
    case 'administration':
      if (urgent.length > 0 && deciding.filter(({ body }) => isGiven(body)).length > 1) say('perhaps-two-doses', all);
      break;
    case 'encounter':
      if (urgent.length > 0) say('place-uncertain', all);
      break;
    case 'order':
      if (
        fields.some(({ path }) => path === `${type}.status`) &&
        deciding.some(({ body }) => row.settles?.includes(textOf(body['status'])) === true) &&
        deciding.some(({ body }) => ['active', 'completed'].includes(textOf(body['status'])))
      ) {
        say('performed-though-revoked', all);
      }
      break;
    case 'task': {
      const owner = canonOf(merged.get('owner')?.members);
      const lost = deciding.filter(({ units }) => canonOf(units.get('owner')?.members) !== owner);
      if (fields.some(({ path }) => path === `${type}.owner`)) say('claim-lost', lost);
      break;
    }
    default:
  }
  if (asking.length > 0 && fields.length > 0) say('change-request', asking);
  return notes;
}
