import { expect, test } from 'vitest';
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { alertsOf } from './alerts.ts';
import { allergySection, isLiveAllergy, type Copy, type Entry } from './allergy-section.ts';
import { copyAge } from './copy-age.ts';
import { currentPlace, currentStay } from './current-place.ts';
import { identityLines } from './identity-lines.ts';
import { resuscitationOf } from './resuscitation.ts';

const NOW = Date.parse('2026-11-23T14:00:00Z');
const MINUTE = 60_000;
const status = (code: string): JsonObject => ({ coding: [{ code }] });
const allergy = (id: string, words: string, more: JsonObject = {}): Entry => ({
  conflict: false,
  resource: {
    resourceType: 'AllergyIntolerance',
    id,
    clinicalStatus: status('active'),
    verificationStatus: status('confirmed'),
    code: { text: words },
    ...more,
  },
});
const DENIAL = allergy('none', 'No known allergies', {
  code: { coding: [{ code: '716186003' }], text: 'No known allergies' },
});
const FRESH: Copy = { held: 'whole', asOf: NOW, isStale: false };
const STALE: Copy = { held: 'whole', asOf: NOW - 40 * MINUTE, isStale: true };

test('[CH2] a copy of 30 minutes is not yet stale, one of 31 is, and one that no site ever confirmed is', () => {
  expect(copyAge(NOW - 30 * MINUTE, NOW, 'site')).toMatchObject({ isStale: false, minutes: 30 });
  expect(copyAge(NOW - 31 * MINUTE, NOW, 'site')).toMatchObject({ isStale: true, minutes: 31 });
  expect(copyAge(undefined, NOW, 'live')).toEqual({ isStale: true, isOffline: false });
});
test('[CH3] offline is where nobody answers, and a clock set back makes nothing younger than now', () => {
  expect(copyAge(NOW, NOW, 'device')).toMatchObject({ isOffline: true, isStale: false });
  expect(copyAge(NOW, NOW, 'site').isOffline).toBe(false);
  expect(copyAge(NOW + 10 * MINUTE, NOW, 'site').minutes).toBe(0);
});

test('[CH4] each of the four titles stands where it must, and "unavailable" only where there is no copy of allergies', () => {
  const titles: readonly (readonly [readonly Entry[], Copy, string])[] = [
    [[allergy('1', 'Penicillin')], FRESH, 'known'],
    [[DENIAL], FRESH, 'none-known'],
    [[], FRESH, 'not-recorded'],
    [[], STALE, 'not-recorded'],
    [[], { held: 'identity', asOf: NOW, isStale: false }, 'not-recorded'],
    [[], { held: 'unknown', isStale: true }, 'unavailable'],
    [[], { held: 'filling', asOf: NOW, isStale: false }, 'unavailable'],
    [[allergy('1', 'Penicillin')], { held: 'unknown', isStale: true }, 'known'],
    [[DENIAL], { held: 'filling', asOf: NOW, isStale: false }, 'none-known'],
  ];
  for (const [entries, copy, title] of titles)
    expect(allergySection(entries, copy).title, JSON.stringify(copy)).toBe(title);
});
test('[CH5] a stale copy shows every allergy as of when, may be incomplete; a stale denial is not confirmed since then', () => {
  const known = allergySection([allergy('1', 'Penicillin'), allergy('2', 'Latex')], STALE);
  expect(known).toMatchObject({ title: 'known', caveat: 'may-be-incomplete', since: STALE.asOf });
  expect(known.lines.map(({ substance }) => substance).toSorted()).toEqual(['Latex', 'Penicillin']);
  expect(allergySection([DENIAL], STALE)).toMatchObject({
    title: 'none-known',
    caveat: 'not-confirmed',
    since: STALE.asOf,
  });
  expect(allergySection([], STALE)).toMatchObject({ title: 'not-recorded', caveat: 'may-be-incomplete' });
  expect(allergySection([DENIAL], FRESH).caveat).toBeUndefined();
  expect(allergySection([DENIAL], { held: 'whole', isStale: true })).toEqual({
    title: 'none-known',
    caveat: 'not-confirmed',
    lines: [],
    partDenials: [],
  });
});
test('[CH6] unverified and disputed allergies count; refuted, erroneous and ended ones do not; the gravest is first', () => {
  const section = allergySection(
    [
      allergy('low', 'Codeine', { criticality: 'low' }),
      allergy('un', 'Aspirin', { verificationStatus: status('unconfirmed') }),
      { ...allergy('dis', 'Latex'), conflict: true },
      allergy('high', 'Peanut', {
        criticality: 'high',
        type: 'intolerance',
        reaction: [{ manifestation: [{ text: 'Anaphylaxis' }], severity: 'severe' }],
      }),
      allergy('ref', 'Egg', { verificationStatus: status('refuted') }),
      allergy('err', 'Nut', { verificationStatus: status('entered-in-error') }),
      allergy('old', 'Milk', { clinicalStatus: status('resolved') }),
    ],
    FRESH,
  );
  expect(section.lines.map(({ substance }) => substance)).toEqual(['Peanut', 'Aspirin', 'Latex', 'Codeine']);
  expect(section.lines[0]).toMatchObject({ reactions: ['Anaphylaxis'], severity: 'severe', isIntolerance: true });
  expect(section.lines[1]).toMatchObject({ isUnverified: true, isDisputed: false });
  expect(section.lines[2]).toMatchObject({ isUnverified: false, isDisputed: true });
  expect(isLiveAllergy({ resourceType: 'AllergyIntolerance' })).toBe(true);
});
test('[CH7] a denial beside an allergy, in dispute or of one kind denies nothing', () => {
  expect(allergySection([DENIAL, allergy('1', 'Penicillin')], FRESH).lines).toHaveLength(1);
  expect(allergySection([{ ...DENIAL, conflict: true }], FRESH).title).toBe('not-recorded');
  const drugs = allergy('d', 'No known drug allergy', {
    code: { coding: [{ code: '409137002' }], text: 'No known drug allergy' },
  });
  expect(allergySection([drugs], FRESH)).toMatchObject({
    title: 'not-recorded',
    partDenials: ['No known drug allergy'],
    lines: [],
  });
  expect(allergySection([allergy('n', 'NKDA')], FRESH)).toMatchObject({ title: 'not-recorded', partDenials: ['NKDA'] });
  expect(allergySection([allergy('n', 'NKA')], FRESH).title).toBe('none-known');
});

const flag = (id: string, code: JsonObject, more: JsonObject = {}): Entry => ({
  conflict: false,
  resource: { resourceType: 'Flag', id, status: 'active', code, period: { start: '2026-11-20T10:00:00Z' }, ...more },
});
const DNACPR = flag('dnacpr', { coding: [{ code: '304253006' }], text: 'DNACPR' }, { author: { display: 'Dr Hale' } });
test('[CH8] resuscitation in conflict, or contradicted, is disputed, with every entry', () => {
  expect(resuscitationOf([DNACPR])).toMatchObject({ kind: 'limited', entries: [{ words: 'DNACPR', by: 'Dr Hale' }] });
  expect(resuscitationOf([{ ...DNACPR, conflict: true }]).kind).toBe('disputed');
  const attempt = flag('for', { coding: [{ code: '304252001' }], text: 'For resuscitation' });
  const both = resuscitationOf([DNACPR, attempt]);
  expect(both).toMatchObject({ kind: 'disputed' });
  expect(both.kind === 'disputed' && both.entries.map(({ name }) => name).toSorted()).toEqual([
    'Flag/dnacpr',
    'Flag/for',
  ]);
  expect(resuscitationOf([attempt]).kind).toBe('attempt');
  const said = (category: string): Entry => ({
    conflict: false,
    resource: {
      resourceType: 'Observation',
      id: 'o',
      status: 'final',
      category: [{ coding: [{ code: category }] }],
      code: { coding: [{ code: '304251008' }], text: 'Resuscitation status' },
      valueCodeableConcept: { coding: [{ code: '304253006' }], text: 'Not for resuscitation' },
    },
  });
  expect(resuscitationOf([said('survey')]).kind).toBe('limited');
  expect(resuscitationOf([said('survey'), attempt]).kind).toBe('disputed');
});
test('[CH9] nothing recorded, or only what is over, is not a decision', () => {
  expect(resuscitationOf([])).toEqual({ kind: 'not-recorded' });
  expect(resuscitationOf([{ ...DNACPR, resource: { ...DNACPR.resource, status: 'inactive' } }]).kind).toBe(
    'not-recorded',
  );
  const over = { ...DNACPR, conflict: true, resource: { ...DNACPR.resource, status: 'inactive' } };
  expect(resuscitationOf([over]).kind).toBe('disputed');
});
test('[CH10] alerts end with their period unless people must decide; isolation is first, by code or words', () => {
  const alerts = alertsOf(
    [
      flag('fall', { text: 'High risk of falls' }),
      flag('iso', { coding: [{ code: '40174006' }], text: 'Influenza, droplet' }),
      flag('side', { text: 'Needs a side room' }),
      flag(
        'glass',
        { coding: [{ code: 'break-glass' }], text: 'Emergency access' },
        { period: { end: '2026-11-23T18:00:00Z' } },
      ),
      flag('past', { text: 'Over' }, { period: { end: '2026-11-23T13:00:00Z' } }),
      { ...flag('open', { text: 'Two say' }, { status: 'inactive' }), conflict: true },
      flag('off', { text: 'Ended' }, { status: 'inactive' }),
    ],
    NOW,
  );
  expect(alerts.map(({ name }) => name)).toEqual(['Flag/iso', 'Flag/side', 'Flag/glass', 'Flag/fall', 'Flag/open']);
  expect(alerts[2]?.kind).toBe('break-glass');
});

const WRITTEN = 'http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation';
const patient = (more: JsonObject): ResourceJson => ({ resourceType: 'Patient', ...more });
test('[CH11] the name is that in Latin letters; another script and a preferred name stand beside it', () => {
  const lines = identityLines(
    patient({
      name: [
        { use: 'official', text: 'محمد حسين', family: 'حسين', given: ['محمد'] },
        {
          use: 'usual',
          text: 'Mohammed Hussein',
          family: 'Hussein',
          given: ['Mohammed'],
          prefix: ['Mr'],
          extension: [{ url: WRITTEN, valueCode: 'ABC' }],
        },
        { use: 'nickname', given: ['Mo'] },
        { use: 'old', family: 'Before' },
      ],
    }),
    false,
  );
  expect(lines.name).toEqual({ family: 'HUSSEIN', given: 'Mohammed', title: 'Mr' });
  expect(lines).toMatchObject({ native: 'محمد حسين', preferred: 'Mo', isUnknown: false });
});
test('[CH12] numbers come hospital first, and what is not known is told apart from what is', () => {
  const known = identityLines(
    patient({
      name: [{ family: 'Clarke', given: ['Joan', 'Mary'] }],
      birthDate: '1945-07-14',
      _birthDate: {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthTime', valueDateTime: '1945-07-14T03:00:00Z' },
        ],
      },
      gender: 'female',
      identifier: [
        { type: { coding: [{ code: 'NI' }] }, value: '9434765919' },
        { type: { coding: [{ code: 'MR' }] }, value: 'H123' },
        { use: 'old', value: 'X' },
      ],
    }),
    true,
  );
  expect(known.numbers).toEqual([
    { kind: 'hospital', text: 'H123' },
    { kind: 'national', text: '943 476 5919' },
  ]);
  expect(known).toMatchObject({
    gender: 'female',
    birthDate: '1945-07-14',
    birthTime: '1945-07-14T03:00:00Z',
    isDisputed: true,
  });
  const unknown = identityLines(
    patient({
      name: [{ use: 'temp', family: 'Unknown', given: ['Male'] }],
      identifier: [{ use: 'temp', value: 'T-1' }],
      deceasedBoolean: true,
    }),
    false,
  );
  expect(unknown).toMatchObject({
    isUnknown: true,
    gender: 'not-recorded',
    numbers: [{ kind: 'temporary', text: 'T-1' }],
    died: true,
  });
  expect(identityLines(patient({}), false).name).toEqual({ family: '', given: '', title: '' });
});
const stay = (id: string, start: string, code = 'IMP', more: JsonObject = {}): Entry => ({
  conflict: false,
  resource: { resourceType: 'Encounter', id, status: 'in-progress', class: { code }, period: { start }, ...more },
});
test('[CH13] the place is that of the last stay that goes on, uncertain where sides differ', () => {
  const bed = {
    location: [
      { status: 'completed', location: { display: 'ED' } },
      { status: 'active', location: { reference: 'Location/b', display: 'Ward 4, bed 2' } },
    ],
  };
  const now = stay('b', '2026-11-22', 'IMP', bed);
  expect(currentStay([stay('a', '2026-11-20'), now, stay('c', '2026-11-23', 'AMB')])).toBe(now);
  expect(currentStay([{ ...now, resource: { ...now.resource, status: 'finished' } }])).toBeUndefined();
  expect(currentPlace(now)).toEqual({ location: 'Location/b', words: 'Ward 4, bed 2', isUncertain: false });
  expect(currentPlace({ ...now, conflict: true })?.isUncertain).toBe(true);
  expect(currentPlace(stay('d', '2026-11-23'))).toBeUndefined();
});
