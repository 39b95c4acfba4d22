// Which topics a change bears on, and what collides there now: the finders of core/care over what the record shows.
//
//   CW15  A change is looked at where it bears now, and where it bore before (rows that name it).
//   CW16  What a dose's node is not known to be counts as another node: a doubt is told, not passed over.
import { numberOf, parseJson } from '../base/json.ts';
import type { JsonObject, JsonValue } from '../base/json-types.ts';
import { CUSTODY_CODE, CUSTODY_SYSTEM, isCustody } from '../care/medication/mar-custody.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../care/merge/clinical-words.ts';
import {
  findAsNeededExcess,
  findBedCollisions,
  findDoubleDoses,
  findDoublePayments,
  findOverDispense,
  findRepeatedForms,
  findSharedIdentifiers,
  findSplitCustody,
  type AsNeededLimits,
  type Collision,
  type Shown,
} from '../care/merge/find-collisions.ts';
import { isCurrentPlace } from '../care/merge/leads.ts';
import type { Criterion, ParamType, SearchValue } from '../fhir/search/query.ts';
import type { KeptCollision } from '../record/collision-rows.ts';
import { installOf } from '../record/scope.ts';
import { EVERYTHING, type RecordStore, type ResourceKey } from '../record/store.ts';

type Found = Omit<KeptCollision, 'since'>;
type Looking = Pick<RecordStore, 'read' | 'search' | 'siblings'>;

const REQUEST = 'MedicationRequest/';
/** Types whose changes bear on a topic. */
export const COLLIDING_TYPES: ReadonlySet<string> = new Set([
  'Encounter',
  'MedicationAdministration',
  'MedicationDispense',
  'MedicationRequest',
  'Patient',
  'PaymentNotice',
  'QuestionnaireResponse',
  'Task',
]);

/** Statuses of an Encounter that is over: custody of its doses ends with it. */
export const ENDED_STAY: ReadonlySet<string> = new Set(['finished', 'cancelled', 'entered-in-error']);

const referenceOf = (value: JsonValue | undefined): string => textOf(at(value, 'reference'));

/** What a resource, as one side of it says, bears on. */
export function topicsOf({ type, id }: ResourceKey, body: JsonObject): readonly string[] {
  const request = (reference: string): readonly string[] =>
    reference.startsWith(REQUEST) ? [`request ${reference}`] : [];
  switch (type) {
    case 'MedicationAdministration':
      return request(referenceOf(body['request']));
    case 'MedicationRequest':
      return request(`${REQUEST}${id}`);
    case 'MedicationDispense':
      return itemsOf(body['authorizingPrescription']).flatMap((one) => request(referenceOf(one)));
    case 'Patient':
      return itemsOf(body['identifier']).flatMap((one) => {
        const [system, value] = [textOf(at(one, 'system')), textOf(at(one, 'value'))];
        return system === '' || value === '' ? [] : [`identifier ${system}|${value}`];
      });
    case 'Encounter':
      return [
        `custody Encounter/${id}`,
        ...(referenceOf(body['subject']) === '' ? [] : [`stays ${referenceOf(body['subject'])}`]),
        ...itemsOf(body['location'])
          .filter(isCurrentPlace)
          .flatMap((one) => {
            const place = referenceOf(at(one, 'location'));
            return place === '' ? [] : [`bed ${place}`];
          }),
      ];
    case 'QuestionnaireResponse':
      return referenceOf(body['encounter']) === '' ? [] : [`forms ${referenceOf(body['encounter'])}`];
    case 'Task':
      return isCustody(body) && referenceOf(body['encounter']) !== ''
        ? [`custody ${referenceOf(body['encounter'])}`]
        : [];
    case 'PaymentNotice':
      return referenceOf(body['request']) === '' ? [] : [`bill ${referenceOf(body['request'])}`];
    default:
      return [];
  }
}

/** What collides on `topic` now. */
export async function collisionsOn(topic: string, store: Looking): Promise<readonly Found[]> {
  const [kind = '', ...rest] = topic.split(' ');
  const name = rest.join(' ');
  const shown = new Map<string, string>();
  const find: Find = async (type, where) => {
    const found: Shown[] = [];
    for await (const { key, home, text } of hits(store, type, where)) {
      const body = bodyOf(text);
      const own = `${key.type}/${key.id}`;
      shown.set(own, home);
      // Each by itself until it matters where it was written.
      if (body !== undefined) found.push({ name: own, body, node: own });
    }
    return found;
  };
  const kept = await KINDS[kind]?.(name, find, store);
  return (kept ?? []).map(({ kind: what, severity, names, about }) => ({
    topic,
    kind: what,
    severity,
    names,
    about,
    homes: [...new Set(names.flatMap((one) => shown.get(one) ?? []))].filter((home) => home !== '').toSorted(),
  }));
}

type Find = (type: string, where: readonly Criterion[]) => Promise<readonly Shown[]>;
type Kind = (name: string, find: Find, store: Looking) => Promise<readonly Collision[]>;

const param = (name: string, type: ParamType, value: SearchValue): Criterion => ({
  kind: 'param',
  param: name,
  type,
  values: [value],
});
function named(name: string, reference: string): Criterion {
  const [type = '', id = ''] = reference.split('/');
  return param(name, 'reference', { kind: 'reference', targets: [{ type, id }] });
}

const KINDS: Readonly<Record<string, Kind>> = {
  request: async (request, find, store) => {
    const id = request.slice(REQUEST.length);
    const [requests, doses, dispenses] = await Promise.all([
      find('MedicationRequest', [{ kind: 'id', ids: [id] }]),
      find('MedicationAdministration', [named('request', request)]),
      find('MedicationDispense', [named('prescription', request)]),
    ]);
    const twice = findDoubleDoses(doses);
    const suspects = new Set(twice.flatMap(({ names }) => names));
    const placed = await Promise.all(
      doses
        .filter(({ name }) => suspects.has(name))
        .map(async (dose) => ({ ...dose, node: await nodeOf(dose.name, store) })),
    );
    const limits = requests.map(({ body }) => limitsOf(body))[0];
    return [
      ...findDoubleDoses(placed),
      ...(limits === undefined ? [] : findAsNeededExcess(doses, limits)),
      ...findOverDispense(requests, dispenses),
    ];
  },
  identifier: async (identifier, find) => {
    const bar = identifier.indexOf('|');
    const [system, code] = [identifier.slice(0, bar), identifier.slice(bar + 1)];
    const patients = await find('Patient', [param('identifier', 'token', { kind: 'token', system, code })]);
    return findSharedIdentifiers(patients).filter(({ about }) => about === identifier);
  },
  bed: async (bed, find, store) => {
    if (!(await isBed(bed, store))) return [];
    const stays = await find('Encounter', [named('location', bed)]);
    return findBedCollisions(stays, (place) => place === bed).filter(({ kind }) => kind === 'same-bed');
  },
  stays: async (patient, find, store) => {
    const stays = await find('Encounter', [named('subject', patient)]);
    const places = new Set(
      stays.flatMap(({ body }) =>
        itemsOf(body['location'])
          .filter(isCurrentPlace)
          .map((one) => referenceOf(at(one, 'location'))),
      ),
    );
    if (places.size < 2) return [];
    const beds = new Set<string>();
    for (const place of places) if (await isBed(place, store)) beds.add(place);
    return findBedCollisions(stays, (place) => beds.has(place)).filter(({ kind }) => kind === 'two-beds');
  },
  custody: async (stay, find) => {
    const code: SearchValue = { kind: 'token', system: CUSTODY_SYSTEM, code: CUSTODY_CODE };
    const tasks = await find('Task', [named('encounter', stay), param('code', 'token', code)]);
    if (tasks.length < 2) return [];
    const stays = await find('Encounter', [{ kind: 'id', ids: [stay.slice('Encounter/'.length)] }]);
    // With the stay its doses end.
    if (stays.some(({ body }) => ENDED_STAY.has(textOf(body['status'])))) return [];
    return findSplitCustody(
      tasks
        .filter(({ body }) => isCustody(body))
        .map(({ name, body }) => ({
          name,
          of: stay,
          // Paper and what has no record of its own is named in words.
          custodian: referenceOf(body['owner']) || textOf(at(body['owner'], 'display')),
          after: itemsOf(body['partOf']).map(referenceOf),
        })),
    );
  },
  forms: async (visit, find) => findRepeatedForms(await find('QuestionnaireResponse', [named('encounter', visit)])),
  bill: async (bill, find) => findDoublePayments(await find('PaymentNotice', [named('request', bill)])),
};

/** Where it was first written, where that can be told: of what was written on since, not. */
async function nodeOf(name: string, store: Looking): Promise<string> {
  const [type = '', id = ''] = name.split('/');
  const found = await store.siblings({ type, id }, EVERYTHING);
  const [only, ...more] = found?.heads ?? [];
  return only === undefined || more.length > 0 || only.parents.length > 0 ? name : installOf(only.origin);
}

const BED_CODES: ReadonlySet<string> = new Set(['bd', 'bed']);
async function isBed(place: string, store: Looking): Promise<boolean> {
  const [type = '', id = ''] = place.split('/');
  if (type !== 'Location' || id === '') return false;
  const [stored] = await store.read([{ type, id }], EVERYTHING);
  const body = stored === undefined || stored.deleted ? undefined : bodyOf(stored.text);
  return body !== undefined && codesOf(body['physicalType']).some((code) => BED_CODES.has(code));
}

const HOUR_MINUTES: Readonly<Record<string, number>> = { min: 1, h: 60, d: 1_440 };
/**
 * What an as-needed order allows: an interval where it says one dose in so many minutes or hours, a maximum where it says one for a
 * day. Undefined: it is not as needed, or says neither.
 */
export function limitsOf(request: JsonObject): AsNeededLimits | undefined {
  const [dosage, ...more] = itemsOf(request['dosageInstruction']).filter(
    (one) => at(one, 'asNeededBoolean') === true || at(one, 'asNeededCodeableConcept') !== undefined,
  );
  // Of several lines it cannot be told which a dose was given by.
  if (dosage === undefined || more.length > 0) return undefined;
  const repeat = at(dosage, 'timing.repeat');
  const [period, unit] = [numberOf(at(repeat, 'period')), textOf(at(repeat, 'periodUnit'))];
  const isOnce = (numberOf(at(repeat, 'frequency')) ?? 1) === 1;
  const minutes =
    period === undefined || unit === 'd' || !isOnce ? undefined : period * (HOUR_MINUTES[unit] ?? Number.NaN);
  const most = at(dosage, 'maxDosePerPeriod');
  const span = numberOf(at(most, 'denominator.value'));
  const spanUnit = textOf(at(most, 'denominator.code')) || textOf(at(most, 'denominator.unit'));
  const isDay = span !== undefined && span * (HOUR_MINUTES[spanUnit] ?? Number.NaN) === 1_440;
  const value = numberOf(at(most, 'numerator.value'));
  const in24Hours =
    isDay && value !== undefined
      ? { value, unit: textOf(at(most, 'numerator.code')) || textOf(at(most, 'numerator.unit')) }
      : undefined;
  const minutesApart = minutes === undefined || Number.isNaN(minutes) ? undefined : minutes;
  if (minutesApart === undefined && in24Hours === undefined) return undefined;
  return {
    ...(minutesApart === undefined ? {} : { minutesApart }),
    ...(in24Hours === undefined ? {} : { in24Hours }),
  };
}

function bodyOf(text: string): JsonObject | undefined {
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  return parsed.ok && isObject(parsed.value.value) ? parsed.value.value : undefined;
}

const PAGE = 500;
async function* hits(store: Looking, type: string, where: readonly Criterion[]) {
  let after: string | undefined;
  do {
    const page = await store.search(
      {
        types: [type],
        where,
        sort: [],
        count: PAGE,
        total: 'none',
        include: [],
        ...(after === undefined ? {} : { after }),
      },
      EVERYTHING,
      { includes: 0, ms: 10_000 },
    );
    if (!page.ok) throw new Error(`a search for collisions was too costly: ${page.error.what}`);
    for (const { stored } of page.value.hits) yield stored;
    after = page.value.next;
  } while (after !== undefined);
}
