// Notes that can be read: put together from what really stands in the chart (this patient's numbers, medicines, allergies).
import type { Instant } from '../../core/base/ports.ts';
import type { Background } from './background.ts';
import { orgRef, type Chart } from './chart.ts';
import { LOINC, coding, loinc, narrative, period, ref, resource, type Json, type Resource } from './fhir-parts.ts';
import type { VitalSet } from './news2.ts';
import type { Staff } from './layout.ts';
import { latinName } from './names.ts';
import { kindOfPerson } from './person.ts';

/** Fills `{he}`, `{side}` … in a story's words. */
export function filler(chart: Chart): (text: string) => string {
  const { person, dice } = chart;
  const male = person.sex === 'male';
  const side = dice.pick(['left', 'right']);
  const vars: Readonly<Record<string, string>> = {
    he: male ? 'he' : 'she',
    him: male ? 'him' : 'her',
    his: male ? 'his' : 'her',
    He: male ? 'He' : 'She',
    His: male ? 'His' : 'Her',
    side,
    Side: side === 'left' ? 'Left' : 'Right',
    left: side,
    right: side === 'left' ? 'right' : 'left',
    pack: String(dice.int(20, 60)),
  };
  return (text) => text.replace(/\{(\w+)\}/g, (all, name: string) => vars[name] ?? all);
}
/** `82-year-old woman`, `7-month-old baby`, `a man of about 40`. */
export function introduction(chart: Chart): string {
  const { person } = chart;
  if (person.unknown) return 'Unknown man, about 40 years old';
  const name = latinName(person.name);
  if (person.age < 1 / 6) return `${name}, ${Math.max(0, Math.floor(person.age * 365.25))}-day-old baby`;
  if (person.age < 2) return `${name}, ${Math.floor(person.age * 12)}-month-old ${kindOfPerson(person)}`;
  return `${name}, ${Math.floor(person.age)}-year-old ${kindOfPerson(person)}`;
}
export function signsInWords(set: VitalSet | undefined, score: number | undefined): string {
  if (set === undefined) return 'Observations not yet taken.';
  const oxygen = set.oxygenLitres > 0 ? `on ${set.oxygenLitres} L/min oxygen` : 'on air';
  const mind = set.alert ? 'alert' : 'newly confused';
  return `Temp ${set.temperature} °C, pulse ${set.heart}, BP ${set.systolic}/${set.diastolic}, resps ${set.breath}, saturation ${set.saturation} % ${oxygen}, ${mind}${score === undefined ? '' : `, NEWS2 ${score}`}.`;
}

export interface NoteKind {
  readonly code: string;
  readonly display: string;
  readonly title: string;
}
export const CLERKING: NoteKind = {
  code: '34117-2',
  display: 'History and physical note',
  title: 'Admission clerking',
};
export const ROUND: NoteKind = { code: '11506-3', display: 'Progress note', title: 'Ward round' };
export const NURSING: NoteKind = { code: '34746-8', display: 'Nurse Note', title: 'Nursing note' };
export const DISCHARGE: NoteKind = { code: '18842-5', display: 'Discharge summary', title: 'Discharge summary' };
export const CONSULTATION: NoteKind = { code: '11488-4', display: 'Consult note', title: 'Consultation' };

export type Section = readonly [title: string, ...paragraphs: string[]];

export function composition(
  chart: Chart,
  kind: NoteKind,
  author: Staff,
  at: Instant,
  encounter: Json,
  sections: readonly Section[],
): Resource {
  return resource('Composition', chart.id('note'), {
    text: narrative([
      `${kind.title}, ${chart.calendar.spoken(at)} ${chart.calendar.clock(at)}, ${author.display}`,
      ...sections.map(([title, ...lines]) => `${title}: ${lines.join(' ')}`),
    ]),
    status: 'final',
    type: loinc(kind.code, kind.display, kind.title),
    subject: chart.subject,
    encounter,
    date: chart.calendar.at(at),
    author: [ref('Practitioner', author.id, author.display)],
    title: kind.title,
    custodian: orgRef(chart.hospital),
    section: sections.map(([title, ...lines]) => ({ title, text: narrative(lines) })),
  });
}

/** A short note as plain text: how most nursing notes are kept. */
export function textNote(
  chart: Chart,
  kind: NoteKind,
  author: Staff,
  at: Instant,
  encounter: Json,
  text: string,
): Resource {
  return resource('DocumentReference', chart.id('document'), {
    status: 'current',
    docStatus: 'final',
    type: loinc(kind.code, kind.display, kind.title),
    category: [{ coding: [coding(LOINC, kind.code, kind.display)] }],
    subject: chart.subject,
    date: chart.calendar.at(at),
    author: [ref('Practitioner', author.id, author.display)],
    description: kind.title,
    content: [
      {
        attachment: {
          contentType: 'text/plain; charset=utf-8',
          language: 'en',
          data: Buffer.from(text, 'utf8').toString('base64'),
          title: kind.title,
          creation: chart.calendar.at(at),
        },
      },
    ],
    context: { encounter: [encounter], period: period(chart.calendar.at(at), chart.calendar.at(at)) },
  });
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
export function pastHistory(b: Background, egfr: number): string {
  const list = b.longTerm.map((p) => p.display.toLowerCase().replace('parkinson', 'Parkinson'));
  const kidneys = egfr < 60 && egfr > 15 ? `Usual eGFR ${Math.round(egfr)}.` : '';
  return `${list.length === 0 ? 'Nothing of note' : capital(list.join(', '))}. ${kidneys}`.trim();
}
export const smokingWords = (b: Background): string =>
  b.smoker === 'never'
    ? 'Never smoked.'
    : b.smoker === 'former'
      ? 'Stopped smoking years ago.'
      : 'Smokes about ten a day, offered help to stop.';
export const listed = (items: readonly string[]): string => (items.length === 0 ? 'None.' : `${items.join(', ')}.`);
