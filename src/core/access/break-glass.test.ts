import { describe, expect, test } from 'vitest';
import type { ResourceJson } from '../base/json-types.ts';
import { validateResource } from '../fhir/validate/validate.ts';
import { EVERYTHING } from '../record/store.ts';
import { accessOf } from './access-of.ts';
import { breakGlass, openReviews, reviewed, type BreakGlassWish } from './break-glass.ts';
import {
  concept,
  doctor,
  duty,
  hospital,
  label,
  medicine,
  note,
  NOW,
  nurse,
  patient,
  principal,
  service,
  type Hospital,
} from './small-hospital.test-kit.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const wish: BreakGlassWish = {
  patient: 'Patient/p4',
  who: 'Practitioner/me',
  name: 'Me',
  reason: 'cardiac arrest, called to help',
};

function opened(
  more: Partial<BreakGlassWish> = {},
  now = NOW,
): { readonly task: ResourceJson; readonly flag: ResourceJson } {
  const made = breakGlass({ ...wish, ...more }, now);
  if (!made.ok) throw new Error(made.error);
  return made.value;
}
async function withBroken(more: Partial<BreakGlassWish> = {}): Promise<Hospital> {
  const { task, flag } = opened(more);
  return hospital(
    ['Task/bg', task],
    ['Flag/bg', flag],
    ['Composition/secret', note('Patient/p4', label('conf', 'V'))],
    [
      'Consent/c',
      {
        status: 'active',
        scope: { text: 'x' },
        patient: { reference: 'Patient/p4' },
        category: [concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTOUT')],
        provision: { actor: [{ role: { text: 'x' }, reference: { reference: 'Practitioner/me' } }] },
      },
    ],
  );
}
const P4 = ['Composition/note-p4', 'Composition/secret', 'MedicationRequest/rx-p4'];

describe('what it opens', () => {
  test('[AC18] the record of that patient, as if no label and no consent stood against it', async () => {
    const house = await withBroken();
    expect(await house.sees(nurse, P4)).toEqual(P4);
    expect(await house.sees(nurse, ['Composition/note-p5', 'Composition/note-p2'])).toEqual([]);
  });

  test('[AC18] for writing as well, in the classes of the role', async () => {
    const house = await withBroken();
    expect(await house.may(nurse, 'create', 'Composition/n', note('Patient/p4'))).toBe(true);
    expect(await house.may(nurse, 'create', 'MedicationRequest/n', medicine('Patient/p4'))).toBe(false);
    expect(await house.may(doctor, 'create', 'MedicationRequest/n', medicine('Patient/p4'))).toBe(true);
    expect(await house.may(nurse, 'create', 'Composition/n', note('Patient/p5'))).toBe(false);
    expect(await house.sees(principal([duty('laboratory')]), P4)).toEqual([]);
  });

  test('[AC19] for its requester alone', async () => {
    const house = await withBroken();
    expect(await house.sees({ ...nurse, who: 'Practitioner/other' }, P4)).toEqual([]);
    expect(await house.sees(principal([duty('receptionist')]), P4)).toEqual([]);
  });

  test('[AC19] until the minute in which its period ends is over', async () => {
    const house = await withBroken({ hours: 4 });
    expect(await house.sees(nurse, P4, NOW + 4 * HOUR - 1)).toEqual(P4);
    expect(await house.sees(nurse, P4, NOW + 4 * HOUR)).toEqual([]);
    const odd = await withBroken({ hours: 0.51 }); // 30 minutes and 36 seconds
    expect(await odd.sees(nurse, P4, NOW + 31 * MINUTE - 1)).toEqual(P4);
    expect(await odd.sees(nurse, P4, NOW + 31 * MINUTE)).toEqual([]);
  });

  test('[AC19] a review that rejects it ends it, one that accepts it does not', async () => {
    const house = await withBroken();
    const { task } = opened();
    for (const accepted of [true, false]) {
      const done = reviewed(task, { who: 'Practitioner/boss', name: 'Boss', accepted, note: 'looked at' }, NOW);
      if (!done.ok) throw new Error(done.error);
      await house.add('Task/bg', done.value);
      expect(await house.sees(nurse, P4)).toEqual(accepted ? P4 : []);
    }
  });

  test('[AC19] the flag is seen by every clinician and by the patient', async () => {
    const house = await withBroken();
    const other = principal([duty('nurse', { places: ['Location/ward-b'] })], { who: 'Practitioner/other' });
    expect(await house.sees(other, ['Flag/bg'])).toEqual(['Flag/bg']);
    expect(await house.sees(patient('p4'), ['Flag/bg'])).toEqual(['Flag/bg']);
    const { flag } = opened();
    expect(JSON.stringify(flag)).toContain('Emergency access by Me until 2026-11-23T06:10:00.000Z');
  });

  test('[AC13] a broken glass is care', async () => {
    const house = await withBroken();
    const { care } = accessOf(nurse, NOW);
    expect(care && (await house.sees(care, ['Patient/p4', 'Patient/p5']))).toEqual(['Patient/p4']);
  });
});

describe('how it is asked for', () => {
  test('[AC20] task and flag are valid resources', () => {
    const { task, flag } = opened();
    expect(validateResource({ ...task, id: 'a' }).filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(validateResource({ ...flag, id: 'b' }).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('[AC20] a reason in words, 4 hours, 12 at most', () => {
    const refusal = (more: Partial<BreakGlassWish>) => {
      const made = breakGlass({ ...wish, ...more }, NOW);
      return made.ok ? made.value.endsAt - NOW : made.error;
    };
    expect(refusal({})).toBe(4 * HOUR);
    expect(refusal({ hours: 12 })).toBe(12 * HOUR);
    expect(refusal({ hours: 0.5 })).toBe(HOUR / 2);
    for (const hours of [12.01, 0, -1, NaN, Infinity]) expect(refusal({ hours })).toBe('not-a-time');
    for (const reason of ['', '   ', '...', '123']) expect(refusal({ reason })).toBe('no-reason');
    expect(refusal({ reason: 'x'.repeat(1001) })).toBe('reason-too-long');
    expect(refusal({ patient: 'Group/1' })).toBe('not-a-patient');
  });

  test('[AC20] clinicians may, others and applications may not', () => {
    const may = (who: Parameters<typeof accessOf>[0]) => accessOf(who, NOW).mayBreakGlass;
    for (const role of ['nurse', 'doctor', 'pharmacist', 'laboratory', 'imaging'] as const)
      expect(may(principal([duty(role)]))).toBe(true);
    for (const role of ['receptionist', 'ward-clerk', 'billing', 'it', 'incident-lead'] as const)
      expect(may(principal([duty(role)]))).toBe(false);
    expect(may(service)).toBe(false);
    expect(may(patient('p1'))).toBe(false);
    const app = { ...doctor, scopes: ['user/*.cruds'] };
    expect(may(app)).toBe(false);
    expect(accessOf(app, NOW).refuses({ name: '$break-glass', type: 'Patient', id: 'p4' })?.by).toBe('scope');
    expect(accessOf(doctor, NOW).refuses({ name: '$break-glass', type: 'Patient', id: 'p4' })).toBeUndefined();
    expect(accessOf(service, NOW).refuses({ name: '$break-glass', type: 'Patient' })?.by).toBe('role');
  });
});

describe('how it is reviewed', () => {
  const review = { who: 'Practitioner/boss', name: 'Boss', accepted: true, note: 'on the crash team' };
  test('[AC21] by another person, with a note, once', () => {
    const { task, flag } = opened();
    const error = (asked: ResourceJson, more: Partial<typeof review>) => {
      const done = reviewed(asked, { ...review, ...more }, NOW);
      return done.ok ? undefined : done.error;
    };
    expect(error(task, { who: 'Practitioner/me' })).toBe('own');
    expect(error(task, { note: ' ' })).toBe('no-note');
    expect(error(flag, {})).toBe('not-a-break-glass');
    expect(error({ resourceType: 'Task', status: 'requested' }, {})).toBe('not-a-break-glass');
    const done = reviewed(task, review, NOW);
    if (!done.ok) throw new Error(done.error);
    expect(error(done.value, {})).toBe('reviewed');
    expect(done.value).toMatchObject({ status: 'completed', owner: { reference: 'Practitioner/boss' } });
    expect(validateResource({ ...done.value, id: 'a' }).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('[AC21] by supervisors; open ones are listed, the oldest first', async () => {
    const charge = principal([duty('nurse', { supervisor: true })]);
    expect(accessOf(charge, NOW).mayReviewBreakGlass).toBe(true);
    expect(accessOf(nurse, NOW).mayReviewBreakGlass).toBe(false);
    expect(accessOf(nurse, NOW).refuses({ name: '$break-glass-review', type: 'Task', id: 'x' })?.by).toBe('role');
    const done = reviewed(opened({}, NOW - HOUR).task, review, NOW);
    if (!done.ok) throw new Error(done.error);
    const house = await hospital(
      ['Task/late', opened({}, NOW + 1).task],
      ['Task/early', opened({}, NOW - 90 * HOUR).task],
      ['Task/done', done.value],
    );
    const { hits } = await house.scribe.page(openReviews(10), EVERYTHING);
    expect(hits.map(({ stored }) => stored.key.id)).toEqual(['early', 'late']);
  });
});
