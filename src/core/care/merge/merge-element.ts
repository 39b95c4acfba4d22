// One element of several heads, by its mode.
//
//   MG13  each: nobody changed it: the ancestor's; one change: that; two different changes, or no ancestor: in conflict.
//   MG14  guard, additive, side, asserted: what differs is in conflict, whoever changed it.
//   MG15  status: changes that follow each other in the row's order go to the furthest.
//   MG16  first: the earliest claim stands; the authority's goes before all.
import { isObject, textOf } from './clinical-words.ts';
import type { JsonValue } from '../../base/json-types.ts';
import { canonOf, keyOf, listOf, unitOf, type Unit } from './elements.ts';
import { mergeItems } from './merge-items.ts';
import { mergeLists } from './merge-lists.ts';
import type { Side } from './merged.ts';
import type { Mode, PolicyRow, Severity } from './policies.ts';

export interface FieldRule {
  readonly mode: Mode;
  readonly severity: Severity;
}
interface Asked {
  readonly type: string;
  readonly row: PolicyRow;
  readonly element: string;
  readonly mode: Mode;
  /** Absent: no ancestor is known. `unit` undefined: it had none. */
  readonly base: { readonly unit: Unit | undefined } | undefined;
  /** The safest first. */
  readonly sides: readonly Side[];
}
interface Done {
  readonly shown: Unit | undefined;
  /** There when in conflict: the identities of a list's items, or []. */
  readonly disputed?: readonly string[];
}

/** The rule of an element. `mergeable` false: the heads are of several authors whose work is never mixed. */
export function ruleOf(row: PolicyRow, element: string, sides: readonly Side[], mergeable: boolean): FieldRule {
  const rule = named(row, element, sides);
  if (mergeable || rule.mode === 'union' || element === 'meta' || rule.severity === 'S3') return rule;
  return { mode: 'guard', severity: rule.severity };
}

/** Elements that say whose record it is: what one side gave to another patient is never mixed with what another side wrote (MG37). */
const WHOSE: ReadonlySet<string> = new Set(['beneficiary', 'for', 'individual', 'patient', 'subject']);

function named(row: PolicyRow, element: string, sides: readonly Side[]): FieldRule {
  const clinical = row.severity === 'S3' ? 'S2' : row.severity;
  if (element === 'modifierExtension' || element === 'implicitRules') return { mode: 'guard', severity: clinical };
  if (element === 'contained') return { mode: row.single === 'guard' ? 'guard' : 'union', severity: clinical };
  if (element === 'meta' || element === 'language') return { mode: 'each', severity: 'S3' };
  const own = row.elements !== undefined && Object.hasOwn(row.elements, element) ? row.elements[element] : undefined;
  if (own !== undefined)
    return typeof own === 'string' ? { mode: own, severity: row.severity } : { mode: own[0], severity: own[1] };
  if (WHOSE.has(element)) return { mode: 'guard', severity: 'S1' };
  if (element === 'extension' && row.single !== 'guard') {
    return { mode: row.single === 'additive' ? 'union' : 'set', severity: row.severity };
  }
  const isListed = sides.some(({ unit }) => unit !== undefined && listOf(element, unit) !== undefined);
  return { mode: isListed ? (row.lists ?? row.single) : row.single, severity: row.severity };
}

export function mergeElement(asked: Asked): Done {
  const { element, mode, sides, base } = asked;
  if (element === 'meta') return mergeMeta(asked);
  switch (mode) {
    case 'union':
    case 'set':
      return byItem(asked, mode);
    case 'items': {
      const lists = listsOf(asked);
      if (lists === undefined) return byAncestor(asked);
      const merged = mergeItems(lists.base, lists.sides);
      return done(element, merged.items, merged.disputed);
    }
    case 'guard':
      return distinctOf(sides).size > 1 ? { shown: sides[0]?.unit, disputed: [] } : { shown: sides[0]?.unit };
    case 'side': {
      const lists = listsOf(asked);
      if (distinctOf(sides).size <= 1 || lists === undefined) return mergeElement({ ...asked, mode: 'guard' });
      const all = mergeLists([], lists.sides, 'union', canonOf);
      return { shown: done(element, all.items, []).shown, disputed: [] };
    }
    case 'asserted': {
      const shown = sides.find(
        ({ unit }) => unit !== undefined && Object.values(unit.members).some((value) => value !== false),
      );
      const found = mergeElement({ ...asked, mode: 'guard' });
      return { ...found, shown: shown?.unit ?? found.shown };
    }
    case 'additive': {
      const present = sides.filter(({ unit }) => unit !== undefined);
      const shown = present[0]?.unit;
      return distinctOf(present).size > 1 ? { shown, disputed: [] } : { shown };
    }
    case 'status':
      return byOrder(asked);
    case 'first':
      return byClaim(asked);
    case 'restrict': {
      const found = byAncestor(asked);
      const revoked =
        found.disputed === undefined ? undefined : sides.find(({ unit }) => unit?.members[element] === false);
      return revoked === undefined ? found : { ...found, shown: revoked.unit };
    }
    case 'each':
      return byAncestor({ ...asked, base });
  }
}

const distinctOf = (sides: readonly Side[]): ReadonlySet<string> => new Set(sides.map(({ unit }) => unit?.canon ?? ''));

/** The sides that differ from the ancestor; all, where none is known. */
function changesOf({ base, sides }: Asked): readonly Side[] {
  if (base === undefined) return sides;
  const before = base.unit?.canon ?? '';
  return sides.filter(({ unit }) => (unit?.canon ?? '') !== before);
}

function byAncestor(asked: Asked): Done {
  const changes = changesOf(asked);
  const [change] = changes;
  if (change === undefined) return { shown: asked.base?.unit };
  if (distinctOf(changes).size === 1) return { shown: change.unit };
  return { shown: asked.sides[0]?.unit, disputed: [] };
}

function byOrder(asked: Asked): Done {
  const found = byAncestor(asked);
  const order = asked.row.order ?? [];
  const placeOf = ({ unit }: Side): number => order.indexOf(textOf(unit?.members[asked.element]));
  const changes = changesOf(asked);
  if (found.disputed === undefined || asked.base === undefined || changes.some((side) => placeOf(side) < 0))
    return found;
  const [furthest] = [...changes].sort((a, b) => placeOf(b) - placeOf(a));
  return { shown: furthest?.unit };
}

function byClaim(asked: Asked): Done {
  const found = byAncestor(asked);
  if (found.disputed === undefined) return found;
  const claims = changesOf(asked).filter(({ unit }) => unit !== undefined);
  const [earliest] = [...claims].sort(
    ({ head: a }, { head: b }) =>
      Number(b.decides === true) - Number(a.decides === true) ||
      (a.hlc < b.hlc ? -1 : a.hlc > b.hlc ? 1 : a.hash < b.hash ? -1 : 1),
  );
  return { ...found, shown: earliest?.unit ?? found.shown };
}

/** The element as lists; undefined where a side has it as something else. */
function listsOf(
  asked: Asked,
): { readonly base: readonly JsonValue[] | undefined; readonly sides: readonly (readonly JsonValue[])[] } | undefined {
  const before = asked.base === undefined ? undefined : listOf(asked.element, asked.base.unit);
  const sides = asked.sides.map(({ unit }) => listOf(asked.element, unit));
  const lists = sides.filter((side) => side !== undefined);
  if (lists.length < sides.length || (asked.base !== undefined && before === undefined)) return undefined;
  return { base: before, sides: lists };
}

function byItem(asked: Asked, mode: 'union' | 'set'): Done {
  const { type, row, element } = asked;
  const lists = listsOf(asked);
  if (lists === undefined) return byAncestor(asked);
  const paths = row.keys !== undefined && Object.hasOwn(row.keys, element) ? row.keys[element] : undefined;
  const merged = mergeLists(lists.base, lists.sides, mode, (item) => keyOf(type, element, item, paths));
  return done(element, merged.items, merged.disputed);
}

function done(element: string, items: readonly JsonValue[], disputed: readonly string[]): Done {
  const shown = items.length === 0 ? undefined : unitOf({ [element]: items });
  return disputed.length === 0 ? { shown } : { shown, disputed };
}

const LABELS: ReadonlySet<string> = new Set(['profile', 'security', 'tag']);
/** Labels of all sides, so that the most protective holds; of the rest one change, or of several the greatest by text. */
function mergeMeta({ base, sides }: Asked): Done {
  const metaOf = (unit: Unit | undefined): Readonly<Record<string, JsonValue | undefined>> => {
    const meta = unit?.members['meta'];
    return isObject(meta) ? meta : {};
  };
  const before = metaOf(base?.unit);
  const all = sides.map(({ unit }) => metaOf(unit));
  const names = [...new Set([before, ...all].flatMap((meta) => Object.keys(meta)))].sort();
  const members = names.flatMap((name): [string, JsonValue][] => {
    const values = all.map((meta) => meta[name]);
    const lists = values.map((value) => (Array.isArray(value) ? value : value === undefined ? [] : undefined));
    if (LABELS.has(name) && lists.every((list) => list !== undefined)) {
      const known = before[name];
      const merged = mergeLists(Array.isArray(known) ? known : [], lists, 'union', canonOf).items;
      return merged.length === 0 ? [] : [[name, merged]];
    }
    const changed = values.filter((value) => canonOf(value) !== canonOf(before[name]));
    const [greatest = before[name]] = [...changed].sort((a, b) => (canonOf(a) < canonOf(b) ? 1 : -1));
    return changed.length > 0 && changed.every((value) => value === undefined)
      ? []
      : greatest === undefined
        ? []
        : [[name, greatest]];
  });
  return { shown: members.length === 0 ? undefined : unitOf({ meta: Object.fromEntries(members) }) };
}
