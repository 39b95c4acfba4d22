// Both sides of a conflict, element by element, and what a person makes of them.
//
//   CH50  Every element in which two sides differ is a line; each line shows what stood there before, and what each side says, in full.
//   CH51  An element is taken whole, with its unit and its twin: nothing inside a value is mixed (MG3); digits stay (MG4).
//   CH52  A side that deleted is a side: it says so, and can be kept.
import { assert } from '../../../core/base/assert.ts';
import { parseJson, printJson } from '../../../core/base/json.ts';
import type { JsonObject, JsonValue } from '../../../core/base/json-types.ts';
import { isObject } from '../../../core/care/merge/clinical-words.ts';
import { unitsOf, valueOf, type Units } from '../../../core/care/merge/elements.ts';
import { mergeHeads } from '../../../core/care/merge/merge-heads.ts';
import type { MergeHead } from '../../../core/care/merge/merged.ts';
import type { NoteKind } from '../../../core/care/merge/notes.ts';
import type { ConflictShown, Side } from '../../device/device.ts';

export interface DifferingField {
  /** `status`, `value` (of value[x]), `dosageInstruction`. */
  readonly element: string;
  /** Lossless; undefined where it had none or no base is known. */
  readonly base: JsonValue | undefined;
  /** In the order of the sides; undefined where that side has none. */
  readonly values: readonly (JsonValue | undefined)[];
  /** By side: it is not what stood there before. False for all where no base is known. */
  readonly changed: readonly boolean[];
  /** It harms or may harm (MG2): of the fields that people must decide, by the table of policies. */
  readonly severity?: 'S1' | 'S2' | 'S3';
}
export interface Comparison {
  readonly fields: readonly DifferingField[];
  /** Elements in which all sides agree, by name: shown folded. */
  readonly same: readonly { readonly element: string; readonly value: JsonValue }[];
  /** By side: it deleted the resource. */
  readonly deleted: readonly boolean[];
  /** What people must read beside it (CR5, CR8 …). */
  readonly notes: readonly NoteKind[];
}

/** Not clinical content: the store's own, and the generated narrative. */
const LEFT_OUT: ReadonlySet<string> = new Set(['meta', 'text', 'id', 'resourceType']);

export function compareSides({ shown, base, sides }: ConflictShown): Comparison {
  const { type } = shown.key;
  const units = sides.map((side) => unitsOfText(type, side.text));
  const before = base === undefined ? undefined : unitsOfText(type, base.text);
  const names = [...new Set([...(before?.keys() ?? []), ...units.flatMap((one) => [...(one?.keys() ?? [])])])].filter(
    (name) => !LEFT_OUT.has(name),
  );
  const severities = severitiesOf(type, sides, base);
  const live = units.filter((one) => one !== undefined);
  const fields: DifferingField[] = [];
  const same: { element: string; value: JsonValue }[] = [];
  for (const element of names) {
    const canons = live.map((one) => one.get(element)?.canon ?? '');
    const first = live[0]?.get(element);
    if (canons.every((canon) => canon === canons[0])) {
      const value = valueOf(element, first);
      if (value !== undefined) same.push({ element, value });
      continue;
    }
    const stood = before?.get(element);
    const severity = severities.fields.get(element);
    fields.push({
      element,
      base: valueOf(element, stood),
      values: units.map((one) => valueOf(element, one?.get(element))),
      changed: units.map(
        (one) => before !== undefined && one !== undefined && (one.get(element)?.canon ?? '') !== (stood?.canon ?? ''),
      ),
      ...(severity === undefined ? {} : { severity }),
    });
  }
  return {
    fields: fields.toSorted((a, b) => rank(a.severity) - rank(b.severity)),
    same,
    deleted: units.map((one) => one === undefined),
    notes: severities.notes,
  };
}
const rank = (severity: string | undefined): number => ['S1', 'S2', 'S3', undefined].indexOf(severity);

function unitsOfText(type: string, text: string): Units | undefined {
  const body = bodyOf(text);
  return body === undefined ? undefined : unitsOf(type, body);
}
/** Lossless; undefined of a side that deleted. */
export function bodyOf(text: string): JsonObject | undefined {
  if (text === '') return undefined;
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  return parsed.ok && isObject(parsed.value.value) ? parsed.value.value : undefined;
}

function severitiesOf(
  type: string,
  sides: readonly Side[],
  base: Side | undefined,
): { readonly fields: ReadonlyMap<string, 'S1' | 'S2' | 'S3'>; readonly notes: readonly NoteKind[] } {
  const head = (side: Side, generation: number): MergeHead => ({
    hash: side.hash,
    generation,
    hlc: String(side.authoredAt).padStart(16, '0'),
    text: side.text === '' ? undefined : side.text,
    ...(side.author?.practitioner === undefined ? {} : { author: side.author.practitioner }),
  });
  const merged = mergeHeads(
    type,
    sides.map((side) => head(side, 2)),
    base === undefined ? [] : [head(base, 1)],
  );
  const fields = new Map(
    merged.fields.map(({ path, severity }) => [path.slice(path.indexOf('.') + 1), severity] as const),
  );
  return { fields, notes: [...new Set(merged.notes.map(({ kind }) => kind))] };
}

/** What was chosen for an element: what a side says, what stood before, or members typed anew. */
export type FieldChoice =
  | { readonly from: 'side'; readonly side: number }
  | { readonly from: 'base' }
  | { readonly from: 'anew'; readonly members: JsonObject };

/**
 * The resource that the choices make, printed without loss. `lead`: the side of which everything is taken that no choice is about. It
 * did not delete.
 */
export function decidedText(conflict: ConflictShown, lead: number, choices: ReadonlyMap<string, FieldChoice>): string {
  const { type } = conflict.shown.key;
  const whole = bodyOf(conflict.sides[lead]?.text ?? '');
  assert(whole !== undefined, 'a resource is decided from a side that has one');
  let body: JsonObject = whole;
  for (const [element, choice] of choices) {
    const own = unitsOf(type, body).get(element);
    const rest = Object.fromEntries(Object.entries(body).filter(([name]) => own?.members[name] === undefined));
    body = { ...rest, ...membersOf(conflict, element, choice) };
  }
  // A narrative that was made of other values would contradict them.
  const { text, ...without } = body;
  return printJson(choices.size > 0 && at(text, 'status') === 'generated' ? without : body);
}
const at = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  isObject(value) ? value[name] : undefined;

/** The members of an element (`valueQuantity`, `_status` …) as a choice has them; {} where it has none. */
export function membersOf(conflict: ConflictShown, element: string, choice: FieldChoice): JsonObject {
  if (choice.from === 'anew') return choice.members;
  const text = choice.from === 'base' ? (conflict.base?.text ?? '') : (conflict.sides[choice.side]?.text ?? '');
  return unitsOfText(conflict.shown.key.type, text)?.get(element)?.members ?? {};
}

/** What typing anew begins with: the first side that has the element, else what stood before. */
export function startOf(conflict: ConflictShown, element: string): JsonObject {
  const ways: readonly FieldChoice[] = [
    ...conflict.sides.map((_, side): FieldChoice => ({ from: 'side', side })),
    { from: 'base' },
  ];
  return ways.map((way) => membersOf(conflict, element, way)).find((members) => Object.keys(members).length > 0) ?? {};
}

/** Types of which two sides can both be true: each a fact of its own. Doses never become one (CR6). */
const TWO_FACTS: ReadonlySet<string> = new Set([
  'MedicationAdministration',
  'Observation',
  'Condition',
  'AllergyIntolerance',
  'Procedure',
  'Immunization',
  'Composition',
  'DocumentReference',
  'DiagnosticReport',
  'QuestionnaireResponse',
  'Communication',
  'MedicationStatement',
  'FamilyMemberHistory',
  'ClinicalImpression',
  'CarePlan',
  'Goal',
]);
export const mayKeepBoth = (type: string): boolean => TWO_FACTS.has(type);
/** Every administration stays whatever is decided: the engine keeps the other as a resource of its own (CW8). */
export const keepsBothAlways = (type: string): boolean => type === 'MedicationAdministration';

/** A side as a new resource, every digit as written: for keeping both. */
export function textAsNew(side: Side, id: string): string {
  const body = bodyOf(side.text);
  assert(body !== undefined, 'a side that deleted is no fact to keep');
  return printJson({ ...body, id });
}
