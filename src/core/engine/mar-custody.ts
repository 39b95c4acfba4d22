// Taking custody of an inpatient's doses, and who has it: on a server and on a device alike (CR7).
//
//   CW28  Whoever may administer medication to the patient takes it, for one stay that goes on; nobody is asked, nothing is awaited.
//   CW29  It is taken over from all that are known to have it, whoever may see their Tasks, in one commit.
//   CW30  With the stay it ends.
import type { JsonObject, ResourceJson } from '../base/json-types.ts';
import { parseJson } from '../base/json.ts';
import type { Clock } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import { isObject, textOf } from '../care/merge/clinical-words.ts';
import {
  CUSTODY_CODE,
  CUSTODY_SYSTEM,
  custodyWords,
  holdersOf,
  takeCustody,
  type Holder,
  type Where,
} from '../care/medication/mar-custody.ts';
import type { Criterion } from '../fhir/search/query.ts';
import { instantText } from '../record/body.ts';
import { EVERYTHING, type RecordStore, type Stored, type Visibility } from '../record/store.ts';
import type { Actor, Change, ChangeRefusal, Outcome, RecordEngine } from './engine.ts';
import { ENDED_STAY } from './find-collisions.ts';

export interface CustodyDeps {
  readonly store: RecordStore;
  readonly engine: RecordEngine;
  readonly clock: Clock;
}
export interface CustodyWish {
  /** An id. */
  readonly patient: string;
  readonly where: Where;
  /** `Encounter/1`; absent: the one stay that goes on. */
  readonly stay?: string;
}
export type CustodyRefusal =
  | { readonly kind: 'not-found' }
  /** No stay goes on, or not this one. */
  | { readonly kind: 'no-stay' }
  /** Several go on: `stay` must say which. */
  | { readonly kind: 'several-stays' }
  | { readonly kind: 'may-not-administer' }
  | { readonly kind: 'no-such-device' }
  | { readonly kind: 'refused'; readonly why: ChangeRefusal };

export async function takeMarCustody(
  { patient, where, stay }: CustodyWish,
  actor: Actor,
  { store, engine, clock }: CustodyDeps,
): Promise<Result<Outcome, CustodyRefusal>> {
  const about = `Patient/${patient}`;
  const [seen] = await store.read([{ type: 'Patient', id: patient }], actor.visible);
  if (seen === undefined || seen.deleted) return err({ kind: 'not-found' });
  // A dose as it would be: who may write it, charts.
  const dose = {
    resourceType: 'MedicationAdministration',
    id: 'new',
    status: 'completed',
    subject: { reference: about },
  };
  const candidate = { key: { type: 'MedicationAdministration', id: 'new' }, resource: dose as ResourceJson };
  const [may] = await store.wouldSee([candidate], actor.may?.create ?? actor.visible);
  if (may !== true) return err({ kind: 'may-not-administer' });
  if (where.on === 'device') {
    const [device] = await store.read([{ type: 'Device', id: where.device.slice('Device/'.length) }], actor.visible);
    if (device === undefined || device.deleted) return err({ kind: 'no-such-device' });
  }
  const stays = (await staysOf(patient, actor.visible, store)).filter((one) => stay === undefined || one === stay);
  const [only, ...more] = stays;
  if (only === undefined) return err({ kind: 'no-stay' });
  if (more.length > 0) return err({ kind: 'several-stays' });
  const tasks = await custodyTasks(patient, EVERYTHING, store);
  const before = holdersOf(only, tasks);
  const since = instantText(clock.now());
  const who = actor.author?.practitioner;
  const taken = takeCustody({
    patient: about,
    stay: only,
    where,
    since,
    after: before.map(({ task }) => task),
    ...(who === undefined ? {} : { who }),
  });
  const over = tasks.filter(
    ({ name, body, stored }) =>
      before.some(({ task }) => task === name) && textOf(body['status']) === 'in-progress' && !stored.conflict,
  );
  const changes: readonly Change[] = [
    { kind: 'create', type: 'Task', text: JSON.stringify(taken) },
    ...over.map(({ body, stored }): Change => {
      // Alike wherever it is taken over: two who do so at once differ in their own Tasks alone.
      const text = JSON.stringify({ ...body, status: 'completed' });
      return { kind: 'update', type: 'Task', id: stored.key.id, ifMatch: stored.versionId, text };
    }),
  ];
  // The right was asked above; the Tasks that are taken over may be beyond what the person sees.
  const { author } = actor;
  const done = await engine.change(changes, { visible: EVERYTHING, ...(author === undefined ? {} : { author }) });
  if (!done.ok) return err({ kind: 'refused', why: done.error.refusal });
  const [outcome] = done.value;
  return outcome === undefined ? err({ kind: 'not-found' }) : ok(outcome);
}

export interface Custody {
  readonly stay: string;
  readonly holders: readonly Holder[];
  /** What stands over the chart. */
  readonly words: string;
}
/** Of each stay that goes on; `undefined`: the patient is not to be seen. */
export async function marCustody(
  patient: string,
  here: Where,
  visible: Visibility,
  store: RecordStore,
): Promise<{ readonly custodies: readonly Custody[]; readonly shown: readonly Stored[] } | undefined> {
  const [seen] = await store.read([{ type: 'Patient', id: patient }], visible);
  if (seen === undefined || seen.deleted) return undefined;
  const tasks = await custodyTasks(patient, visible, store);
  const every = await custodyTasks(patient, EVERYTHING, store);
  const custodies = (await staysOf(patient, visible, store)).map((stay) => {
    const holders = holdersOf(stay, every);
    // Nobody reads that nobody has it where somebody has it whom they may not see.
    const isHidden = holders.some((one) => tasks.every(({ name }) => name !== one.task));
    return isHidden
      ? { stay, holders: [], words: 'who charts the doses is not shown to you: ask who gives them' }
      : { stay, holders, words: custodyWords(holders, here) };
  });
  return { custodies, shown: [seen, ...tasks.map(({ stored }) => stored)] };
}

const ofPatient = (param: string, id: string): Criterion => ({
  kind: 'param',
  param,
  type: 'reference',
  values: [{ kind: 'reference', targets: [{ type: 'Patient', id }] }],
});

/** Names of Encounters that go on. */
async function staysOf(patient: string, visible: Visibility, store: RecordStore): Promise<readonly string[]> {
  const found = await all('Encounter', [ofPatient('subject', patient)], visible, store);
  return found
    .filter(({ body }) => !ENDED_STAY.has(textOf(body['status'])) && textOf(body['status']) !== 'planned')
    .map(({ name }) => name)
    .toSorted();
}

function custodyTasks(patient: string, visible: Visibility, store: RecordStore): Promise<readonly ShownHere[]> {
  const code: Criterion = {
    kind: 'param',
    param: 'code',
    type: 'token',
    values: [{ kind: 'token', system: CUSTODY_SYSTEM, code: CUSTODY_CODE }],
  };
  return all('Task', [ofPatient('patient', patient), code], visible, store);
}

interface ShownHere {
  readonly name: string;
  readonly body: JsonObject;
  readonly stored: Stored;
}
const PAGE = 200;
async function all(
  type: string,
  where: readonly Criterion[],
  visible: Visibility,
  store: RecordStore,
): Promise<readonly ShownHere[]> {
  const shown: ShownHere[] = [];
  let after: string | undefined;
  do {
    const query = { types: [type], where, sort: [], count: PAGE, total: 'none', include: [] } as const;
    const page = await store.search(after === undefined ? query : { ...query, after }, visible, {
      includes: 0,
      ms: 10_000,
    });
    if (!page.ok) throw new Error(`a search for custody was too costly: ${page.error.what}`);
    for (const { stored } of page.value.hits) {
      const parsed = parseJson(stored.text, { depthMax: 1_000 });
      const body = parsed.ok ? parsed.value.value : undefined;
      if (isObject(body)) shown.push({ name: `${type}/${stored.key.id}`, body, stored });
    }
    after = page.value.next;
  } while (after !== undefined);
  return shown;
}
