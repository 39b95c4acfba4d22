// $issue-number, Patient/$temporary-identity, Patient/$match, Patient/$merge and $unmerge: identities and numbers, by HTTP.
//
//   They answer and refuse as `server/identity` decides (specs/identity.md).
import { assert } from '../../core/base/assert.ts';
import type { JsonObject, ResourceJson } from '../../core/base/json-types.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { identifierOf, isSeries, SERIES, type Series } from '../../core/care/identity/number-series.ts';
import type { Likeness } from '../../core/care/identity/similar-patients.ts';
import type { Stored } from '../../core/record/store.ts';
import { findSimilar, type Similar } from '../identity/find-similar.ts';
import { giveIdentity, type IdentityWish } from '../identity/give-identity.ts';
import { tell, type IdentityDeps, type IdentityRefusal } from '../identity/identity-deps.ts';
import { COUNT_MAX, issueNumbers } from '../identity/issue-numbers.ts';
import { mergePatients, unmergePatients, type MergeWish } from '../identity/merge-patients.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { ALL_OK, badParam, outcomeText, type Issue, type Refusal } from './outcome.ts';
import { bodyObject, isObject, parametersIn } from './parameters.ts';
import { pairsOf, WHOLE } from './query-text.ts';
import { bundleText, remarksEntry, resourceText } from './render.ts';
import { identityRemarks } from './completeness.ts';

const SPEC = 'http://hl7.org/fhir/R4/operations.html';
/** R4 has none: http://hl7.org/fhir/R5/patient-operation-merge.html */
const MERGE_SPEC = 'http://hl7.org/fhir/R5/patient-operation-merge.html';
const GENDERS = ['male', 'female', 'other', 'unknown'] as const;
type Gender = (typeof GENDERS)[number];
const isGender = (text: string): text is Gender => GENDERS.some((one) => one === text);

/** `type` (a series of the node's own) or `series` (a leased one), `count` (1), `purpose` in words. */
export async function issueNumber(ask: Ask, api: Api): Promise<Answered> {
  const deps = identityDeps(ask, api);
  if (!deps.ok) return deps;
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const { type = '', series, count = '1', purpose = '' } = one(given.value);
  if (series === undefined && !isSeries(type))
    return err(badParam('type', `type takes one of ${SERIES.join(', ')}.`, SPEC));
  const wanted = /^\d{1,5}$/.test(count) ? Number(count) : 0;
  if (wanted < 1 || wanted > COUNT_MAX)
    return err(badParam('count', `count takes a number from 1 to ${COUNT_MAX}.`, SPEC));
  if (purpose.length > 200) return err(badParam('purpose', 'purpose takes 200 characters at most.', SPEC));
  if (series !== undefined) return issueShort(series, wanted, purpose, ask, deps.value);
  assert(isSeries(type), 'looked at');
  return parameters(await givenOf(type, wanted, purpose, ask, deps.value));
}

type Parameter = Readonly<Record<string, unknown>>;

/** Numbers of the node's own series, noted. */
async function givenOf(
  type: Series,
  count: number,
  purpose: string,
  ask: Ask,
  deps: IdentityDeps,
): Promise<readonly Parameter[]> {
  const numbers = await issueNumbers(type, count, deps);
  const block = await noteGiven(type, numbers, purpose, ask, deps);
  const site = deps.node.siteCode;
  return [...numbers.map((value) => ({ name: 'number', valueIdentifier: identifierOf(type, site, value) })), ...block];
}

/** A leased number, and where there is none to be had a temporary one in its place. */
async function issueShort(
  name: string,
  count: number,
  purpose: string,
  ask: Ask,
  deps: IdentityDeps,
): Promise<Answered> {
  const got = await deps.leases?.issue(name, count);
  if (got === undefined) {
    const names = (await deps.leases?.names()) ?? [];
    const known = names.length === 0 ? 'there is none' : names.join(', ');
    return err(badParam('series', `series takes a leased series: ${known}.`, SPEC));
  }
  const { series, numbers } = got;
  const block = await noteGiven(name, numbers, purpose, ask, deps);
  const { system, text } = series;
  const lacking = count - numbers.length;
  return parameters([
    ...numbers.map((value) => ({
      name: 'number',
      valueIdentifier: { use: 'official', type: { text }, system, value },
    })),
    ...block,
    ...(lacking === 0 ? [] : await givenOf('temporary', lacking, `in place of ${name}: ${purpose}`, ask, deps)),
    ...(lacking === 0
      ? []
      : [
          {
            name: 'temporary',
            part: [
              { name: 'count', valueInteger: lacking },
              { name: 'reason', valueString: NONE_TO_BE_HAD },
            ],
          },
        ]),
  ]);
}
const NONE_TO_BE_HAD =
  'This node has no more numbers of that series at present. Temporary ones stand in; add the number to the record when there is one.';

/** Who took which numbers, for people and for the audit; a block of several says so in the answer (ID43). */
async function noteGiven(
  series: string,
  numbers: readonly string[],
  purpose: string,
  ask: Ask,
  deps: IdentityDeps,
): Promise<readonly Parameter[]> {
  const [first, last] = [numbers[0], numbers.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { principal } = ask.access;
  const { length: count } = numbers;
  const who = principal.device === undefined ? principal.who : `${principal.who} on ${principal.device}`;
  await deps.rows.note({ at: deps.clock.now(), series, first, last, count, who, purpose: purpose.slice(0, 200) });
  const reason = `${series} ${first} to ${last}, ${count}${purpose === '' ? '' : `: ${purpose}`}`;
  await tell('$issue-number', principal, { reason }, deps);
  if (count === 1) return [];
  const part = [
    { name: 'series', valueString: series },
    { name: 'first', valueString: first },
    { name: 'last', valueString: last },
    { name: 'count', valueInteger: count },
    { name: 'taken-by', valueString: who },
  ];
  return [{ name: 'block', part }];
}

/** `kind`: unidentified (gender, age, note) or newborn (mother, gender for each child, born). */
export async function temporaryIdentity(ask: Ask, api: Api): Promise<Answered> {
  const deps = identityDeps(ask, api);
  if (!deps.ok) return deps;
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const wish = identityWish(given.value);
  if (!wish.ok) return wish;
  const made = await giveIdentity(ask.access, wish.value, deps.value);
  if (!made.ok) return err(refusalOf(made.error));
  const texts = made.value.map((stored) => resourceText(stored, WHOLE, ask.shown));
  const entries = texts.map((text) => `{"name":"patient","resource":${text}}`);
  return ok({ status: 201, resource: `{"resourceType":"Parameters","parameter":[${entries.join(',')}]}` });
}

function identityWish(given: Given): Result<IdentityWish, Refusal> {
  const { kind = 'unidentified', age, note, mother, born } = one(given);
  const genders = given.get('gender') ?? [];
  if (!genders.every(isGender)) return err(badParam('gender', `gender takes one of ${GENDERS.join(', ')}.`, SPEC));
  if (kind === 'unidentified') {
    if (genders.length > 1) return err(badParam('gender', 'gender is given once.', SPEC));
    if (age !== undefined && !(/^\d{1,3}$/.test(age) && Number(age) <= 130))
      return err(badParam('age', 'age takes years, from 0 to 130.', SPEC));
    if (note !== undefined && (note.trim() === '' || note.length > 500))
      return err(badParam('note', 'note takes 500 characters at most.', SPEC));
    return ok({
      kind,
      gender: genders[0] ?? 'unknown',
      ...(age === undefined ? {} : { age: Number(age) }),
      ...(note === undefined ? {} : { note }),
    });
  }
  if (kind !== 'newborn') return err(badParam('kind', 'kind takes unidentified or newborn.', SPEC));
  const id = patientId(mother);
  if (id === undefined) return err(badParam('mother', 'mother takes a reference, as Patient/[id].', SPEC));
  if (genders.length > 8) return err(badParam('gender', 'gender is given once for each child, 8 times at most.', SPEC));
  if (born !== undefined && !/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(born))
    return err(badParam('born', 'born takes a time with its zone, as 2026-11-23T02:10:00+03:00.', SPEC));
  return ok({
    kind,
    genders: genders.length === 0 ? ['unknown'] : genders,
    mother: id,
    ...(born === undefined ? {} : { born }),
  });
}

/** `source-patient`, `target-patient`, `reason`, `preview`. */
export const mergeRecords = (ask: Ask, api: Api): Promise<Answered> => joinOrPart(mergePatients, ask, api);
export const unmergeRecords = (ask: Ask, api: Api): Promise<Answered> => joinOrPart(unmergePatients, ask, api);

async function joinOrPart(act: typeof mergePatients, ask: Ask, api: Api): Promise<Answered> {
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const values = one(given.value);
  const source = patientId(values['source-patient']);
  const target = patientId(values['target-patient']);
  if (source === undefined || target === undefined) {
    const name = source === undefined ? 'source-patient' : 'target-patient';
    return err(badParam(name, `${name} takes a reference, as Patient/[id].`, MERGE_SPEC));
  }
  const wish: MergeWish = { source, target, reason: values['reason'] ?? '', preview: values['preview'] === 'true' };
  const { principal } = ask.access;
  const done = await act(principal, ask.actor.visible, wish, api);
  if (!done.ok) return err(refusalOf(done.error, MERGE_SPEC));
  const result = resourceText(done.value.target, WHOLE, ask.shown);
  const outcome = outcomeText([ALL_OK]);
  return ok({
    status: 200,
    resource: `{"resourceType":"Parameters","parameter":[{"name":"outcome","resource":${outcome}},{"name":"result","resource":${result}}]}`,
  });
}

/** http://hl7.org/fhir/R4/patient-operation-match.html: `resource`, `count`, `onlyCertainMatches`. */
export async function matchPatients(ask: Ask, api: Api): Promise<Answered> {
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  const named = body.value === undefined ? [] : parametersIn(body.value);
  const resource = named.find(({ name }) => name === 'resource')?.['resource'];
  if (!isObject(resource) || resource['resourceType'] !== 'Patient')
    return err(
      badParam('resource', 'resource takes a Patient.', 'http://hl7.org/fhir/R4/patient-operation-match.html'),
    );
  const { count = '50', onlyCertainMatches } = one(valuesOf(named));
  // Checked to be a Patient.
  const found = await findSimilar(resource as ResourceJson, ask.actor.visible, api.store, api.limits.searchMs);
  const wanted = found
    .filter(({ likeness }) => onlyCertainMatches !== 'true' || likeness === 'same-identifier')
    .slice(0, /^\d{1,4}$/.test(count) ? Number(count) : 50);
  const entries = wanted.map(({ stored, likeness }) => {
    const text = resourceText(stored, WHOLE, ask.shown);
    const { grade, score } = GRADES[likeness];
    const extension = `[{"url":"http://hl7.org/fhir/StructureDefinition/match-grade","valueCode":"${grade}"}]`;
    const search = `{"extension":${extension},"mode":"match","score":${score}}`;
    return `{"fullUrl":${JSON.stringify(`${ask.base}/Patient/${stored.key.id}`)},"resource":${text},"search":${search}}`;
  });
  const remarks = await identityRemarks(wanted.length, api);
  if (remarks.length > 0) entries.push(remarksEntry(remarks));
  return ok({ status: 200, resource: bundleText('searchset', [], entries, wanted.length) });
}

const GRADES: Readonly<Record<Likeness, { readonly grade: string; readonly score: number }>> = {
  'same-identifier': { grade: 'certain', score: 1 },
  'same-name-and-birth': { grade: 'probable', score: 0.9 },
  'like-name-and-birth': { grade: 'possible', score: 0.6 },
  'like-name-near-birth': { grade: 'possible', score: 0.4 },
};
const WORDS: Readonly<Record<Likeness, string>> = {
  'same-identifier': 'has the same identifier',
  'same-name-and-birth': 'has the same name and date of birth',
  'like-name-and-birth': 'has a like name and the same date of birth',
  'like-name-near-birth': 'has a like name and nearly the same date of birth',
};

/** What the desk is told of a Patient that was just made: who else it may be. It is made whatever this says. */
export async function duplicateHints(
  stored: Stored,
  patient: ResourceJson,
  ask: Ask,
  api: Api,
): Promise<readonly Issue[]> {
  const found = await findSimilar({ ...patient, id: stored.key.id }, ask.actor.visible, api.store, api.limits.searchMs);
  return found.slice(0, 10).map(({ stored: other, likeness }: Similar) => {
    ask.shown.hasLooked = true;
    ask.shown.add(other);
    return {
      severity: 'information',
      code: 'duplicate',
      text: `Patient/${other.key.id} ${WORDS[likeness]}.`,
      remedy: 'Compare both. Where they are one person: POST [base]/Patient/$merge with a reason.',
      spec: 'http://hl7.org/fhir/R4/patient-operation-match.html',
    };
  });
}

export function identityDeps(_ask: Ask, api: Api): Result<IdentityDeps, Refusal> {
  const { identity, store, engine, clock, chance, audit } = api;
  if (identity === undefined) return err({ kind: 'unknown-operation', name: 'that gives numbers' });
  return ok({ ...identity, store, engine, clock, chance, audit });
}

type Given = ReadonlyMap<string, readonly string[]>;

/** The values of each parameter, of the body and of the address: primitives as text, references as they read. */
export function givenIn(ask: Ask, api: Api): Result<Given, Refusal> {
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  const given = new Map(body.value === undefined ? [] : valuesOf(parametersIn(body.value)));
  for (const [name, value] of pairsOf(ask.query)) if (!given.has(name)) given.set(name, [value]);
  return ok(given);
}

function valuesOf(parameterList: readonly JsonObject[]): Given {
  const given = new Map<string, string[]>();
  for (const parameter of parameterList) {
    const { name } = parameter;
    if (typeof name !== 'string') continue;
    for (const [key, value] of Object.entries(parameter)) {
      if (!key.startsWith('value')) continue;
      const plain = isObject(value) ? value['reference'] : value;
      if (typeof plain !== 'string' && typeof plain !== 'number' && typeof plain !== 'boolean') continue;
      given.set(name, [...(given.get(name) ?? []), String(plain)]);
    }
  }
  return given;
}

/** The first value of each. */
export const one = (given: Given): Readonly<Partial<Record<string, string>>> =>
  Object.fromEntries([...given].map(([name, values]) => [name, values[0]]));

export const patientId = (reference: string | undefined): string | undefined =>
  reference === undefined ? undefined : /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(reference)?.[1];

export const parameters = (parameter: readonly object[]): Answered =>
  ok({ status: 200, resource: JSON.stringify({ resourceType: 'Parameters', parameter }) });

export function refusalOf({ kind, message, param = '' }: IdentityRefusal, spec = SPEC): Refusal {
  switch (kind) {
    case 'not-found':
    case 'contended':
      return { kind };
    case 'forbidden':
      return { kind, why: message, by: 'role' };
    case 'bad-param':
      return badParam(param, message, spec);
    default:
      return {
        kind: 'invalid',
        faults: [{ severity: 'error', type: 'business-rule', path: param, rule: kind, message, spec }],
      };
  }
}
