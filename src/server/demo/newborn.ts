// A birth: the baby as a patient in a cot at the mother's bed, linked to her both ways.
import type { Instant } from '../../core/base/ports.ts';
import { HOUR, MINUTE } from './calendar.ts';
import { openChart, orgRef, type Chart } from './chart.ts';
import { conditionResource } from './background.ts';
import {
  DUE_AT,
  ENCOUNTER_NUMBER,
  hl7,
  loinc,
  period,
  quantity,
  ref,
  resource,
  snomed,
  v3,
  v3Coding,
  words,
  type Json,
} from './fhir-parts.ts';
import { requestResource } from './administer.ts';
import { NURSES, whoIsOn, type Bed, type Ward } from './layout.ts';
import { drawRelative, humanNames, latinName, type Sex } from './names.ts';
import { makePerson, patientResource } from './person.ts';
import { PROBLEMS } from './problems.ts';
import { prescribe, type Facts } from './prescribe.ts';
import { cotOf } from './site-resources.ts';
import { measurement, vitalResources, vitalSets, type Charting } from './vitals.ts';

export interface Birth {
  readonly ward: Ward;
  readonly bed: Bed;
  readonly motherEncounter: Json;
  readonly bornAt: Instant;
  readonly caesarean: boolean;
}
export const babyOf = (motherKey: string): string => `${motherKey}-baby`;

/** Adds the baby's story to the mother's chart (one commit). */
export function newborn(mother: Chart, birth: Birth): void {
  const { hospital, calendar, dice } = mother;
  const { now } = calendar;
  const { ward, bornAt } = birth;
  const sex: Sex = dice.chance(0.5) ? 'male' : 'female';
  const age = (now - bornAt) / (365.25 * 24 * HOUR);
  const person = makePerson(dice, calendar, {
    key: babyOf(mother.person.key),
    serial: mother.person.serial + 4_000_000,
    ages: [age, age],
    sex,
    bornAt,
    gps: [mother.person.gp],
    name: drawRelative(dice, mother.person.name, sex, mother.person.sex, 0),
  });
  const chart = openChart(person, hospital, calendar, dice);
  const kin: Json = {
    relationship: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'N', display: 'Next-of-Kin' }],
        text: 'Mother',
      },
    ],
    name: humanNames(mother.person.name).at(-1) ?? {},
    gender: 'female',
  };
  const drawn = patientResource(dice, calendar, person, hospital.prefix, kin);
  const home = mother.resources.find((r) => r.resourceType === 'Patient' && r.id === mother.person.key);
  // Lives where the mother lives.
  const patient = {
    ...drawn,
    address: home?.['address'],
    telecom: home?.['telecom'],
    communication: home?.['communication'],
  };
  const motherLink = resource('RelatedPerson', `${person.key}-mother`, {
    active: true,
    patient: ref('Patient', person.key, latinName(person.name)),
    relationship: [v3('RoleCode', 'MTH', 'mother')],
    name: humanNames(mother.person.name),
    gender: 'female',
    birthDate: calendar.on(mother.person.bornAt),
  });
  // The mother's own record says that this related person is she.
  const at = mother.resources.findIndex((r) => r.resourceType === 'Patient' && r.id === mother.person.key);
  const own = mother.resources[at];
  if (own !== undefined)
    mother.resources[at] = { ...own, link: [{ other: ref('RelatedPerson', motherLink.id), type: 'seealso' }] };

  const encounterId = chart.id('encounter');
  const encounter = ref('Encounter', encounterId);
  const midwife = whoIsOn(ward, NURSES, calendar, bornAt + 20 * MINUTE, dice);
  const midwifeRef = ref('Practitioner', midwife.id, midwife.display);
  const live = conditionResource(chart, {
    problem: PROBLEMS.newborn,
    since: bornAt,
    recorded: Math.min(bornAt + 30 * MINUTE, now),
    recorder: midwifeRef,
    encounter,
  });
  chart.add(
    patient,
    motherLink,
    resource('Encounter', encounterId, {
      identifier: [{ system: ENCOUNTER_NUMBER, value: encounterId.toUpperCase() }],
      status: 'in-progress',
      class: v3Coding('ActCode', 'IMP', 'inpatient encounter'),
      type: [words('Birth')],
      serviceType: words('Newborn care'),
      subject: chart.subject,
      participant: [{ individual: midwifeRef }],
      period: period(calendar.at(bornAt)),
      reasonCode: [words('Born in hospital')],
      hospitalization: { admitSource: hl7('admit-source', 'born', 'Born in hospital') },
      location: [
        {
          location: ref('Location', cotOf(birth.bed), `${ward.name}, cot at ${birth.bed.label.toLowerCase()}`),
          status: 'active',
          period: period(calendar.at(bornAt)),
        },
      ],
      partOf: birth.motherEncounter,
      serviceProvider: orgRef(hospital),
    }),
    live,
  );
  if (!birth.caesarean)
    chart.resources.push(
      resource('Procedure', `${mother.person.key}-delivery`, {
        status: 'completed',
        code: snomed('177184002', 'Normal delivery procedure', 'Normal birth'),
        subject: mother.subject,
        encounter: birth.motherEncounter,
        performedDateTime: calendar.at(bornAt),
        performer: [{ actor: midwifeRef }],
        note: [
          {
            text: `Live ${sex === 'male' ? 'boy' : 'girl'}, ${Math.round(person.weightKg * 1000)} g, cried at once. Placenta complete.`,
          },
        ],
      }),
    );
  const charting = (time: Instant): Charting => {
    const who = whoIsOn(ward, NURSES, calendar, time, dice);
    return {
      subject: chart.subject,
      encounter,
      performer: ref('Practitioner', who.id, who.display),
      at: calendar.at(time),
      id: chart.id,
    };
  };
  const first = charting(Math.min(bornAt + 25 * MINUTE, now));
  chart.add(
    measurement(first, 'weight', { valueQuantity: quantity(person.weightKg, 'kg') }),
    resource('Observation', chart.id('obs'), {
      status: 'final',
      category: [hl7('observation-category', 'exam', 'Exam')],
      code: loinc('9274-2', '5 minute Apgar Score', 'Apgar score at 5 minutes'),
      subject: chart.subject,
      encounter,
      effectiveDateTime: first.at,
      performer: [midwifeRef],
      valueInteger: dice.int(8, 10),
    }),
  );
  for (const set of vitalSets(dice, {
    age: person.age,
    course: 'steady',
    signs: {},
    startAt: bornAt,
    endAt: now,
    intensive: false,
    scale2: false,
    hypertensive: false,
  }).slice(0, 8))
    chart.add(...vitalResources(charting(set.time), set, false, false));
  const facts: Facts = {
    age: person.age,
    sex,
    weightKg: person.weightKg,
    egfr: 60,
    pregnant: false,
    problems: new Set<string>(),
    blockedClasses: new Set<string>(),
    taken: new Set<string>(),
  };
  const order = prescribe('vitamin-k 1 once | vitamin-k 0.4/kg once', facts, bornAt);
  const given = bornAt + 40 * MINUTE;
  if (order !== undefined && given <= now) {
    const p = requestResource(order, {
      subject: chart.subject,
      encounter,
      requester: midwifeRef,
      now,
      calendar,
      community: false,
      id: chart.id,
    });
    const who = charting(given);
    chart.add(
      p.request,
      resource('MedicationAdministration', chart.id('mar'), {
        extension: [{ url: DUE_AT, valueDateTime: calendar.at(bornAt) }],
        status: 'completed',
        medicationCodeableConcept: p.request['medicationCodeableConcept'],
        subject: chart.subject,
        context: encounter,
        effectiveDateTime: calendar.at(given),
        performer: [{ actor: who.performer }],
        request: ref('MedicationRequest', p.request.id),
        dosage: { route: snomed('78421000', 'Intramuscular route', 'intramuscular'), dose: quantity(order.dose, 'mg') },
      }),
    );
  }
  mother.add(...chart.resources);
}
