// What a resource with several heads is shown as: a pure function of the heads, their common ancestor and the row of the type.
//
//   MG9   The order of the heads, the same head twice and a head that another descends from change nothing.
//   MG10  Nothing is shown that no head has. What is left out stands in `fields` and `beside`.
//   MG11  By element against the ancestor's body where there is just one; otherwise every difference is a conflict.
//   MG12  Views are never written. A resolution is a revision with the policy's version.
//
// `specs/merge.md` says what each row does.
import { assert } from '../../base/assert.ts';
import { parseJson, printJson } from '../../base/json.ts';
import type { JsonObject, JsonValue } from '../../base/json-types.ts';
import { isObject, isResuscitation } from './clinical-words.ts';
import { unitsOf, type Unit, type Units } from './elements.ts';
import { fieldOf, judge, STATUSES } from './judge-fields.ts';
import { mergeElement, ruleOf } from './merge-element.ts';
import type { Ancestor, FieldConflict, Live, Merged, MergeHead, MergeOptions, Side } from './merged.ts';
import { policyOf, POLICY_VERSION, RESUSCITATION_ROW, type PolicyRow } from './policies.ts';

/**
 * The view of `heads` (at least one). `ancestors`: their lowest common ones as far as they are kept; of several, none serves.
 * `type` is the resource type of all of them.
 */
export function mergeHeads(
  type: string,
  heads: readonly MergeHead[],
  ancestors: readonly MergeHead[] = [],
  options: MergeOptions = {},
): Merged {
  const standing = undominated(heads, ancestors).sort(latestFirst);
  const [latest] = standing;
  assert(latest !== undefined, 'a resource has at least one head');
  const live: Live[] = [];
  const gone: MergeHead[] = [];
  const unreadable: MergeHead[] = [];
  for (const head of standing) {
    const body = head.text === undefined ? undefined : bodyOf(head.text);
    if (head.text === undefined) gone.push(head);
    else if (body === undefined) unreadable.push(head);
    else live.push({ ...head, text: head.text, body, units: unitsOf(type, body) });
  }
  const plain = { notes: [], beside: [], fields: [], composed: false, policy: POLICY_VERSION };
  const [shown = unreadable[0]] = live;
  if (shown === undefined) {
    return { ...plain, state: 'clean', conflict: false, deleted: true, displayed: latest.hash, text: '' };
  }
  const text = shown.text ?? '';
  if (standing.length === 1) {
    return { ...plain, state: 'clean', conflict: false, deleted: false, displayed: shown.hash, text };
  }
  if (live.length === 0 || unreadable.length > 0) {
    const field: FieldConflict = {
      path: type,
      severity: 'S1',
      sides: standing.map(({ hash }) => ({ head: hash, value: undefined })),
    };
    const beside = standing.filter(({ hash }) => hash !== shown.hash).map(({ hash }) => hash);
    return {
      ...plain,
      state: 'conflict',
      conflict: true,
      deleted: false,
      displayed: shown.hash,
      text,
      severity: 'S1',
      fields: [field],
      beside,
    };
  }
  return mergeLive(type, live, gone, ancestorOf(type, ancestors), options);
}

const latestFirst = (a: MergeHead, b: MergeHead): number =>
  b.generation - a.generation || compareTexts(b.hlc, a.hlc) || compareTexts(b.hash, a.hash);
const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Each once, without what another of them or an ancestor descends from. */
function undominated(heads: readonly MergeHead[], ancestors: readonly MergeHead[]): MergeHead[] {
  const known = new Map([...ancestors, ...heads].map((node) => [node.hash, node]));
  const covered = new Set(ancestors.map(({ hash }) => hash));
  const open = [...known.values()].flatMap(({ parents = [] }) => parents);
  for (let hash = open.pop(); hash !== undefined; hash = open.pop()) covered.add(hash);
  const own = [...new Map(heads.map((head) => [head.hash, head])).values()];
  const left = own.filter(({ hash }) => !covered.has(hash));
  return left.length > 0 ? left : own;
}

function bodyOf(text: string): JsonObject | undefined {
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  return parsed.ok && isObject(parsed.value.value) ? parsed.value.value : undefined;
}

function ancestorOf(type: string, ancestors: readonly MergeHead[]): Ancestor | undefined {
  const [one, ...more] = new Map(ancestors.map((node) => [node.hash, node])).values();
  if (one?.text === undefined || more.length > 0) return undefined;
  const body = bodyOf(one.text);
  return body === undefined ? undefined : { body, units: unitsOf(type, body) };
}

function mergeLive(
  type: string,
  live: readonly Live[],
  gone: readonly MergeHead[],
  ancestor: Ancestor | undefined,
  options: MergeOptions,
): Merged {
  const row = rowFor(type, live, ancestor);
  const ordered = [...live].sort((a, b) => compareRanks(rankOf(row, b), rankOf(row, a)) || latestFirst(a, b));
  const { deciding, asking } = byAuthority(row, ordered);
  const [lead] = deciding;
  assert(lead !== undefined, 'some head leads');

  const merged = new Map<string, Unit>();
  const found: FieldConflict[] = [];
  for (const element of elementsOf(deciding, ancestor)) {
    const sides = deciding.map((head): Side => ({ head, unit: head.units.get(element) }));
    const rule = ruleOf(row, element, sides, oneAuthor(row, deciding));
    // A revocation holds wherever it was written.
    const revoking = rule.mode === 'restrict' ? asking.filter(({ body }) => body[element] === false) : [];
    const all = [...sides, ...revoking.map((head): Side => ({ head, unit: head.units.get(element) }))];
    const base = ancestor === undefined ? undefined : { unit: ancestor.units.get(element) };
    const done = mergeElement({ type, row, element, mode: rule.mode, base, sides: all });
    if (done.shown !== undefined) merged.set(element, done.shown);
    if (done.disputed !== undefined) found.push(fieldOf(type, element, rule.severity, ancestor, all, done.disputed));
  }
  const judged = judge({
    type,
    row,
    deciding,
    asking,
    gone,
    ancestor,
    fields: found,
    merged,
    words: options.words ?? {},
  });
  const fields = [...judged.fields].sort((a, b) => compareTexts(a.path, b.path));
  const conflict = fields.some(({ severity }) => severity !== 'S3');
  // While people must decide, what leads says whether it holds: not one side's quiet deactivation.
  if (conflict && row.lead !== undefined) {
    for (const element of STATUSES) {
      const own = lead.units.get(element);
      if (own === undefined) merged.delete(element);
      else merged.set(element, own);
    }
  }
  const alike = gone.length === 0 && ordered.every((head) => sameUnits(head.units, lead.units));
  const mixed = judged.whole || (row.exact === true && conflict) ? undefined : merged;
  const exact = mixed === undefined ? lead : ordered.find((head) => sameUnits(head.units, mixed, 'text'));
  const text = exact === undefined ? compose(lead, merged) : exact.text;
  const worst = fields.map(({ severity }) => severity).sort()[0];
  const displayed = exact ?? lead;
  return {
    state: conflict ? 'conflict' : alike ? 'clean' : 'merged',
    conflict,
    deleted: false,
    displayed: displayed.hash,
    text,
    composed: exact === undefined,
    ...(worst === undefined ? {} : { severity: worst }),
    fields,
    beside: conflict
      ? [...ordered.filter((head) => head !== exact).map(({ hash }) => hash), ...gone.map(({ hash }) => hash)]
      : [],
    notes: judged.notes,
    policy: POLICY_VERSION,
  };
}

const DEFAULT_ROW: PolicyRow = {
  name: 'unknown',
  types: [],
  single: 'guard',
  severity: 'S1',
  deletion: 'S1',
  exact: true,
};
/** A head that tells of resuscitation takes the resource under CR5, whatever its type. */
function rowFor(type: string, live: readonly Live[], ancestor: Ancestor | undefined): PolicyRow {
  const bodies = [...live.map(({ body }) => body), ...(ancestor === undefined ? [] : [ancestor.body])];
  if (bodies.some(isResuscitation) && RESUSCITATION_TYPES.has(type)) return RESUSCITATION_ROW;
  return policyOf(type) ?? DEFAULT_ROW;
}
const RESUSCITATION_TYPES: ReadonlySet<string> = new Set([
  'Consent',
  'Flag',
  'Observation',
  'ServiceRequest',
  'CarePlan',
  'Contract',
  'Condition',
]);

const rankOf = (row: PolicyRow, head: Live): readonly number[] => row.lead?.(head.body) ?? [];
function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [i, rank] of a.entries()) if (rank !== b[i]) return rank - (b[i] ?? 0);
  return 0;
}

/** Where the authority has written, its heads stand and the others ask. */
function byAuthority(
  row: PolicyRow,
  ordered: readonly Live[],
): { readonly deciding: readonly Live[]; readonly asking: readonly Live[] } {
  const deciding = ordered.filter((head) => head.decides === true);
  if (row.authority !== true || deciding.length === 0) return { deciding: ordered, asking: [] };
  return { deciding, asking: ordered.filter((head) => head.decides !== true) };
}

function oneAuthor(row: PolicyRow, heads: readonly Live[]): boolean {
  if (row.oneAuthor !== true) return true;
  const named = new Set(heads.map((head) => head.author ?? head.units.get('author')?.canon ?? ''));
  return named.size <= 1;
}

const UNMERGED: ReadonlySet<string> = new Set(['resourceType', 'id', 'text']);
const elementsOf = (heads: readonly Live[], ancestor: Ancestor | undefined): readonly string[] =>
  [...new Set([...heads.flatMap((head) => [...head.units.keys()]), ...(ancestor?.units.keys() ?? [])])]
    .filter((element) => !UNMERGED.has(element))
    .sort();

function sameUnits(a: Units, b: Units, but = ''): boolean {
  const names = new Set([...a.keys(), ...b.keys()]);
  names.delete(but);
  if (but !== '') for (const name of UNMERGED) names.delete(name);
  return [...names].every((name) => a.get(name)?.canon === b.get(name)?.canon);
}

/** The lead's members in its own order, then the others' by name. A generated narrative tells of one head alone: it is left out. */
function compose(lead: Live, merged: ReadonlyMap<string, Unit>): string {
  const members: [string, JsonValue][] = [];
  const names = [...lead.units.keys(), ...[...merged.keys()].filter((name) => !lead.units.has(name))];
  for (const name of names) {
    const own = UNMERGED.has(name) ? lead.units.get(name) : merged.get(name);
    if (own === undefined || (name === 'text' && !isAuthored(own))) continue;
    for (const [member, value] of Object.entries(own.members)) if (value !== undefined) members.push([member, value]);
  }
  return printJson(Object.fromEntries(members));
}

const isAuthored = (unit: Unit): boolean => {
  const narrative = unit.members['text'];
  return isObject(narrative) && narrative['status'] === 'additional';
};
