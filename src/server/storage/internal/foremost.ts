// Names of what is in given scopes, in clinical order: by this a node that starts empty is filled (specs/scopes.md).
//
//   SC12 Staff, places and accounts before all patients; identity, allergies and alerts; medication, problems and encounters that go on;
//        catalogues; the rest, what is newest first.
//   SC13 A page is bounded; where it ends stands in its cursor, which means nothing to anybody else.
//   SC17 Only names of what the scopes permit are told: each header is looked at.
import { clinicalRank, CLINICAL_RANKS, typesOfRank } from '../../../core/record/clinical-rank.ts';
import { CATALOGUE_SCOPES, DEMOGRAPHICS, DEMOGRAPHIC_TYPES } from '../../../core/record/scope.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Foremost } from '../../../core/sync/ports.ts';
import { keysOf, permits, sameScopes, type Scopes } from '../../../core/sync/scopes.ts';
import { int8s, texts } from './binary-arrays.ts';
import type { Queryable, Row } from './connections.ts';
import type { StoreTools } from './prepare.ts';

const DAY = 86_400_000;
/** Compartments that one statement looks at. */
const AT_ONCE = 500;
/** Of the last rank, in days before the newest: newer than, and not newer than. */
const SPANS: readonly (readonly [oldest: number | null, newest: number | null])[] = [
  [90, null],
  [730, 90],
  [null, 730],
];
const CATALOGUE_TYPES = CATALOGUE_SCOPES.map((key) => key.slice('cat/'.length));
const REST = 4;
const PATIENT = 'pat/';
/** Of no patient: many, and each node's own. */
const AUDIT_TYPE = 'Binary';

/** Part of the order. In `nobody` and `patients` resources stand by compartment, in `everybody` by rid alone. */
interface Step {
  readonly of: 'nobody' | 'everybody' | 'patients';
  readonly types: readonly string[];
  /** All types but those. */
  readonly others?: true;
  /** Only those of this rank, by their body. */
  readonly rank?: number;
  /** [from, to) of the main date; null: no bound. */
  readonly main?: readonly [number | null, number | null];
}

/** Where a page ended: `part` counts steps; what stands behind `c`, `rid` in it is still to be told. */
interface Place {
  readonly part: number;
  readonly c: number;
  readonly rid: number;
  readonly done: number;
  readonly of: number;
  /** Of the first page, in days since 1970: spans are counted from it. */
  readonly day: number;
}
const START = { c: -1, rid: -1 } as const;

interface Found {
  readonly rows: readonly { readonly hash: string; readonly header: string; readonly body: string | undefined }[];
  /** Where to go on; undefined: the step is over. */
  readonly next?: { readonly c: number; readonly rid: number };
}

/** A page of names; more than `limit` where its last resource has several heads. `after`: '' or the `next` of the page before. */
export async function foremost(
  db: Queryable,
  tools: Pick<StoreTools, 'compartment'>,
  scopes: Scopes,
  after: string,
  limit: number,
): Promise<Foremost> {
  const patients = remembered(tools, scopes);
  let place = readPlace(after) ?? (await firstPlace(db, scopes, patients));
  const steps = stepsOf(scopes, place.day);
  const names: string[] = [];
  for (let step = steps[place.part]; step !== undefined && names.length < limit; step = steps[place.part]) {
    const { rows, next } = await take(db, step, patients, place, limit - names.length);
    for (const { hash, header, body } of rows) {
      if (!permits(scopes, keysOf(header))) continue;
      if (step.rank === undefined || clinicalRank(read(body)) === step.rank) names.push(hash);
    }
    place = next === undefined ? { ...place, ...START, part: place.part + 1 } : { ...place, ...next };
  }
  const { of } = place;
  if (steps[place.part] === undefined) return { names, next: '', done: of, of };
  const done = Math.min(of, place.done + names.length);
  return { names, next: printPlace({ ...place, done }), done, of };
}

function stepsOf(scopes: Scopes, day: number): readonly Step[] {
  const isOfAll = permits(scopes, [DEMOGRAPHICS]);
  const [first = [], ...ranks] = CLINICAL_RANKS.map((rank) => typesOfRank(rank)).filter((types) => types !== undefined);
  const at = (days: number | null): number | null => (days === null ? null : (day + 1 - days) * DAY);
  return [
    { of: 'nobody', types: [...CATALOGUE_TYPES, AUDIT_TYPE], others: true },
    ...(isOfAll ? DEMOGRAPHIC_TYPES.toReversed().map((type): Step => ({ of: 'everybody', types: [type] })) : []),
    { of: 'patients', types: isOfAll ? first.filter((type) => !DEMOGRAPHIC_TYPES.includes(type)) : first },
    ...ranks.map((types, i): Step => ({ of: 'patients', types, rank: i + 1 })),
    { of: 'nobody', types: CATALOGUE_TYPES },
    ...SPANS.flatMap(([oldest, newest]): readonly Step[] => {
      const main = [at(oldest), at(newest)] as const;
      return [
        { of: 'patients', types: [...first, ...ranks.flat()], others: true, main },
        { of: 'patients', types: ranks.flat(), rank: REST, main },
      ];
    }),
  ];
}

/** Of the last few that asked: a page would spend most of its time on hashing 200,000 names again. */
const KEPT = 4;
const kept: { readonly scopes: Scopes; readonly patients: readonly number[] | undefined }[] = [];

function remembered(tools: Pick<StoreTools, 'compartment'>, scopes: Scopes): readonly number[] | undefined {
  const known = kept.find((each) => sameScopes(each.scopes, scopes));
  if (known !== undefined) return known.patients;
  const patients = patientsOf(tools, scopes);
  kept.unshift({ scopes, patients });
  kept.length = Math.min(kept.length, KEPT);
  return patients;
}

/** Compartments of the patients' keys, ascending; undefined: of all. */
function patientsOf(tools: Pick<StoreTools, 'compartment'>, scopes: Scopes): readonly number[] | undefined {
  if (scopes === 'all') return undefined;
  const ids = scopes.filter((key) => key.startsWith(PATIENT)).map((key) => key.slice(PATIENT.length));
  return ids.map((id) => tools.compartment(`Patient/${id}`).key).toSorted((a, b) => a - b);
}

/** Each resource once, with each of its heads. $1 c, $2 rid, $3 limit, $4 types, $5 $6 main. */
const selected = (where: string, order: string): string => `
SELECT f.c, f.rid, v.hash, v.header, f.body
FROM (
  SELECT r.c, r.rid, r.heads, r.version, CASE WHEN r.type = ANY ($7::text[]) THEN r.body END AS body
  FROM resource r
  WHERE NOT r.deleted AND ${where} AND ($5::bigint IS NULL OR r.main >= $5) AND ($6::bigint IS NULL OR r.main < $6)
  ORDER BY ${order} LIMIT $3) AS f
JOIN revision v ON v.c = f.c AND v.rid = f.rid AND v.hash = ANY (coalesce(f.heads, ARRAY[f.version]))
ORDER BY ${order.replaceAll('r.', 'f.')}, v.hash`;
const IN_ORDER = 'r.c, r.rid';
const only = (step: Step): string => (step.others ? 'r.type <> ALL ($4::text[])' : 'r.type = ANY ($4::text[])');

async function take(
  db: Queryable,
  step: Step,
  patients: readonly number[] | undefined,
  { c, rid }: Place,
  limit: number,
): Promise<Found> {
  const [oldest = null, newest = null] = step.main ?? [];
  const values = [c, rid, limit, texts(step.types), oldest, newest, texts(step.rank === undefined ? [] : step.types)];
  if (step.of === 'nobody')
    return found(
      await db.query(selected(`r.c = 0 AND ($1 < 0 OR r.rid > $2) AND ${only(step)}`, IN_ORDER), values),
      limit,
    );
  if (step.of === 'everybody')
    // By the index of the type; $1 is of no use here, and named so that it has a type.
    return found(
      await db.query(
        selected(`$1::bigint IS NOT NULL AND r.type = ANY ($4::text[]) AND r.rid > $2 AND r.c <> 0`, 'r.rid'),
        values,
      ),
      limit,
    );
  if (patients === undefined)
    return found(
      await db.query(selected(`r.c <> 0 AND (r.c, r.rid) > ($1, $2) AND ${only(step)}`, IN_ORDER), values),
      limit,
    );
  const from = patients.findIndex((each) => each >= c);
  const some = from < 0 ? [] : patients.slice(from, from + AT_ONCE);
  const last = some.at(-1);
  if (last === undefined) return { rows: [] };
  const where = `r.c = ANY ($8::bigint[]) AND (r.c, r.rid) > ($1, $2) AND ${only(step)}`;
  const page = found(await db.query(selected(where, IN_ORDER), [...values, int8s(some)]), limit);
  if (page.next !== undefined || from + AT_ONCE >= patients.length) return page;
  // These are told; the others follow.
  return { ...page, next: { c: last, rid: Number.MAX_SAFE_INTEGER } };
}

function found(rows: readonly Row[], limit: number): Found {
  const told = rows.map(([, , hash, header, body]) => ({
    hash: String(hash),
    header: String(header),
    body: typeof body === 'string' ? body : undefined,
  }));
  const resources = new Set(rows.map(([c, rid]) => `${String(c)} ${String(rid)}`));
  const last = rows.at(-1);
  if (last === undefined || resources.size < limit) return { rows: told };
  return { rows: told, next: { c: Number(last[0]), rid: Number(last[1]) } };
}

async function firstPlace(db: Queryable, scopes: Scopes, patients: readonly number[] | undefined): Promise<Place> {
  const [newest] = await db.query('SELECT max(updated) FROM resource', []);
  const count = async (where: string, values: readonly unknown[]): Promise<number> =>
    Number((await db.query(`SELECT count(*) FROM resource WHERE NOT deleted AND ${where}`, values))[0]?.[0] ?? 0);
  let of = await count(`c = 0 AND type <> '${AUDIT_TYPE}'`, []);
  if (patients === undefined) of += await count('c <> 0', []);
  else {
    of += await count('c = ANY ($1::bigint[])', [int8s(patients)]);
    if (permits(scopes, [DEMOGRAPHICS])) {
      const types = texts(DEMOGRAPHIC_TYPES);
      of += await count('type = ANY ($1::text[]) AND c <> 0', [types]);
      of -= await count('type = ANY ($1::text[]) AND c = ANY ($2::bigint[])', [types, int8s(patients)]);
    }
  }
  return { ...START, part: 0, done: 0, of, day: Math.floor(Number(newest?.[0] ?? 0) / DAY) };
}

function readPlace(after: string): Place | undefined {
  const [part, c, rid, done, of, day] = after.split(':').map(Number);
  if (part === undefined || c === undefined || rid === undefined || done === undefined || of === undefined)
    return undefined;
  return day === undefined || !Number.isSafeInteger(day) ? undefined : { part, c, rid, done, of, day };
}

const printPlace = ({ part, c, rid, done, of, day }: Place): string => [part, c, rid, done, of, day].join(':');

const read = (body: string | undefined): ResourceJson | undefined =>
  body === undefined || body === '' ? undefined : (JSON.parse(body) as ResourceJson);
