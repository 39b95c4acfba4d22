// A stay that is over: the encounter, what was found and done, the blood on the last day, and the summary that went home.
import type { Instant } from '../../core/base/ports.ts';
import { conditionResource, labPersonOf, type Background } from './background.ts';
import { bill } from './billing.ts';
import { DAY, HOUR, MINUTE } from './calendar.ts';
import { orgRef, type Chart } from './chart.ts';
import { drawStory, storyNamed } from './choose-story.ts';
import { ENCOUNTER_NUMBER, hl7, period, ref, refTo, resource, v3Coding, words } from './fhir-parts.ts';
import { operationCode } from './hospital-orders.ts';
import { labResources, usualValues } from './laboratory.ts';
import type { WardKind } from './layout.ts';
import { composition, DISCHARGE, filler, introduction, pastHistory } from './notes.ts';

export function pastStay(chart: Chart, b: Background, end: { readonly endsAt: Instant; readonly died: boolean }): void {
  const { person, calendar, dice, hospital } = chart;
  const { prefix } = hospital;
  const kinds: readonly WardKind[] =
    person.age < 16
      ? ['paediatrics']
      : person.age > 75
        ? ['elderly', 'ortho', 'acute']
        : ['acute', 'surgical', 'cardiology', 'ortho'];
  const wards = hospital.wards.filter((w) => kinds.includes(w.kind) && w.beds.length > 0);
  const ward = wards.length > 0 ? dice.pick(wards) : hospital.wards[0];
  if (ward === undefined) return;
  const fits = Array.from({ length: 12 }, () => drawStory(dice, ward.kind, true)).find(
    (s) =>
      person.age >= s.ages[0] &&
      person.age <= s.ages[1] + 1 &&
      !(s.always ?? []).some((k) => !b.longTerm.some((p) => p.key === k)) &&
      !(s.never ?? []).some((k) => b.longTerm.some((p) => p.key === k)),
  );
  const story = end.died ? storyNamed('pneumonia') : (fits ?? storyNamed(person.age < 16 ? 'child-uti' : 'pneumonia'));
  const fill = filler(chart);
  const from = Math.max(end.endsAt - Math.max(1.2, dice.between(...story.days)) * DAY, person.bornAt + DAY);
  const doctor = ward.staff[0] ?? hospital.person('consultant');
  const doctorRef = ref('Practitioner', doctor.id, doctor.display);
  const id = chart.id('encounter');
  const encounter = ref('Encounter', id);
  const condition = conditionResource(chart, {
    problem: story.problem,
    since: from - 12 * HOUR,
    recorded: from + 2 * HOUR,
    recorder: doctorRef,
    encounter,
    until: end.endsAt,
  });
  const span = period(calendar.at(from), calendar.at(end.endsAt));
  chart.add(
    resource('Encounter', id, {
      identifier: [{ system: ENCOUNTER_NUMBER, value: id.toUpperCase() }],
      status: 'finished',
      class: v3Coding('ActCode', 'IMP', 'inpatient encounter'),
      type: [words(story.elective ? 'Planned admission' : 'Emergency admission')],
      serviceType: words(ward.specialty),
      subject: chart.subject,
      participant: [{ type: [{ coding: [v3Coding('ParticipationType', 'ATND', 'attender')] }], individual: doctorRef }],
      period: span,
      reasonCode: [words(fill(story.complaint))],
      diagnosis: [{ condition: refTo(condition), use: hl7('diagnosis-role', 'DD', 'Discharge diagnosis'), rank: 1 }],
      hospitalization: {
        admitSource: hl7(
          'admit-source',
          story.elective ? 'outp' : 'emd',
          story.elective ? 'From outpatient department' : 'From accident/emergency department',
        ),
        dischargeDisposition: end.died
          ? hl7('discharge-disposition', 'exp', 'Expired')
          : hl7('discharge-disposition', 'home', 'Home'),
      },
      location: [{ location: ref('Location', ward.id, ward.name), status: 'completed', period: span }],
      serviceProvider: orgRef(hospital),
    }),
    condition,
  );
  const labPerson = labPersonOf(chart, b, false);
  const lastBloods = Math.max(from + HOUR, end.endsAt - 5 * HOUR);
  let results = 'None repeated.';
  if (story.panels.length > 0 && lastBloods + 70 * MINUTE < end.endsAt) {
    const lab = labResources(
      dice,
      { subject: chart.subject, encounter, performer: orgRef(hospital), at: calendar.at(lastBloods), id: chart.id },
      labPerson,
      usualValues(dice, labPerson),
      {
        panels: ['fbc', 'ue'],
        story: story.labs,
        share: end.died ? 1 : 0.05,
        reportedAt: calendar.at(lastBloods + 70 * MINUTE),
        labNumber: `${person.key}-S`.toUpperCase(),
        lab: orgRef(hospital),
      },
    );
    chart.add(...lab.resources);
    results = [...lab.values]
      .map(([key, value]) => `${key} ${value}`)
      .slice(0, 4)
      .join(', ');
  }
  const operatedAt = from + 20 * HOUR;
  const { operation } = story;
  if (operation !== undefined && !end.died && operatedAt + 3 * HOUR < end.endsAt)
    chart.add(
      resource('Procedure', chart.id('procedure'), {
        status: 'completed',
        code: operationCode(operation, fill),
        subject: chart.subject,
        encounter,
        performedPeriod: period(calendar.at(operatedAt), calendar.at(operatedAt + operation.minutes * MINUTE)),
        performer: [{ actor: doctorRef }],
        location: ref('Location', `${prefix}theatre-1`),
        note: [{ text: fill(operation.note) }],
      }),
    );
  const days = Math.max(1, Math.round((end.endsAt - from) / DAY));
  chart.add(
    composition(chart, DISCHARGE, doctor, end.endsAt - 30 * MINUTE, encounter, [
      [
        'Stay',
        `${introduction(chart)}. ${ward.name}, ${calendar.spoken(from)} to ${calendar.spoken(end.endsAt)} (${days} ${days === 1 ? 'day' : 'days'}).`,
      ],
      ['Diagnosis', `${story.problem.display}.`],
      ['Past history', pastHistory(b, b.egfrUsual)],
      ['Allergies', `${b.allergyWords}.`],
      [
        'Course',
        fill(story.history),
        ...(operation === undefined || end.died ? [] : [fill(operation.note)]),
        end.died
          ? 'Became more unwell despite treatment; care was changed to comfort with the family, and death came peacefully.'
          : fill(story.better),
      ],
      ['Last results', results],
      [
        'For the practice',
        end.died
          ? 'The family has been given the bereavement booklet. Please cancel appointments.'
          : dice.pick([
              'Please repeat kidney function in two weeks.',
              'No follow-up needed here. Please review medicines in a month.',
              'Clinic in six weeks, letter will follow.',
            ]),
      ],
    ]),
  );
  if (!end.died)
    chart.add(
      ...bill(
        chart,
        `Hospital stay, ${ward.specialty.toLowerCase()}`,
        days * 420,
        end.endsAt - HOUR,
        encounter,
        orgRef(hospital),
      ),
    );
}
