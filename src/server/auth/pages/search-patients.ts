// Finding a patient by what a person at a desk knows: words of the name, a number, a date of birth; and how one is shown.
//
//   1. What is found is what `visible` shows, and nothing else: the caller's own.
//   2. Identity reads as wards read it: FAMILY, Given (Title) · Born 14-Jul-1945 (61 y) · Male · No. 943 476 5919.
import { parseJson } from '../../../core/base/json.ts';
import type { JsonObject, JsonValue } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { parseSearch } from '../../../core/fhir/search/parse.ts';
import type { RecordStore, Visibility } from '../../../core/record/store.ts';
import { html, type Html } from './html.ts';
import type { Say } from './language.ts';
import type { TextKey } from './texts/en.ts';
import type { Visit } from './visit.ts';

export interface PatientLine {
  /** `Patient/1` */
  readonly reference: string;
  readonly family: string;
  readonly given: string;
  readonly title: string;
  readonly birthDate: string;
  readonly gender: string;
  readonly number: string;
  readonly deceased: boolean;
}
export interface PatientsFound {
  readonly lines: readonly PatientLine[];
  readonly more: boolean;
  /** The search, for the audit. */
  readonly query: string;
}

const COUNT = 12;
const MS = 5_000;
const WORDS_MAX = 6;
const LIMITS = { includes: 0, ms: MS };

/** `text`: words, digits (spaces in them do not count), or a date as 1958-03-21, 21-Mar-1958 or 21/03/1958. Blank finds nobody. */
export async function searchPatients(
  store: RecordStore,
  visible: Visibility,
  text: string,
  now: Instant,
): Promise<PatientsFound> {
  const params = paramsOf(text);
  const query = new URLSearchParams(params.map(([name, value]): [string, string] => [name, value])).toString();
  const parsed = parseSearch({
    type: 'Patient',
    params: [...params, ['_sort', 'family,given']],
    now,
    baseUrls: [],
    lenient: true,
    countDefault: COUNT,
    countMax: COUNT,
  });
  if (params.length === 0 || !parsed.ok) return { lines: [], more: false, query };
  const page = await store.search(parsed.value.query, visible, LIMITS);
  if (!page.ok) return { lines: [], more: true, query };
  return {
    lines: page.value.hits.flatMap(({ stored }) => lineOf(stored.text)),
    more: page.value.next !== undefined,
    query,
  };
}

/** One patient that the caller may know of. */
export async function readPatient(
  store: RecordStore,
  visible: Visibility,
  reference: string,
): Promise<PatientLine | undefined> {
  const id = /^Patient\/([A-Za-z0-9\-.]{1,64})$/.exec(reference)?.[1];
  if (id === undefined) return undefined;
  const [found] = await store.read([{ type: 'Patient', id }], visible);
  return found === undefined || found.deleted ? undefined : lineOf(found.text)[0];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

export function paramsOf(text: string): readonly (readonly [string, string])[] {
  const trimmed = text.trim();
  const born = dateOf(trimmed);
  if (born !== undefined) return [['birthdate', born]];
  const digits = trimmed.replaceAll(/[\s-]/g, '');
  if (/^\d{4,}$/.test(digits)) return [['identifier', digits]];
  if (/^\S*\d\S*$/.test(trimmed)) return [['identifier', escaped(trimmed)]];
  return trimmed
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .slice(0, WORDS_MAX)
    .map((word) => ['name', escaped(word)] as const);
}
const escaped = (value: string): string => value.replaceAll(/[\\,$|]/g, (char) => `\\${char}`);

function dateOf(text: string): string | undefined {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  const [, day, month, year] = /^(\d{1,2})[-/. ](\d{1,2}|[A-Za-z]{3})[-/. ](\d{4})$/.exec(text) ?? [];
  if (day === undefined || month === undefined || year === undefined) return undefined;
  const number = /^\d/.test(month) ? Number(month) : MONTHS.indexOf(month.toLowerCase()) + 1;
  return number < 1 || number > 12 ? undefined : `${year}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const words = (value: JsonValue | undefined): string => (Array.isArray(value) ? value.map(textOf).join(' ') : '');

function lineOf(text: string): readonly PatientLine[] {
  const parsed = parseJson(text);
  if (!parsed.ok || !isObject(parsed.value.value)) return [];
  const patient = parsed.value.value;
  const names = objects(patient['name']);
  const name = names.find((each) => each['use'] === 'official') ?? names[0] ?? {};
  const identifiers = objects(patient['identifier']).filter((each) => textOf(each['value']) !== '');
  const number = identifiers.find((each) => each['use'] === 'official') ?? identifiers[0] ?? {};
  return [
    {
      reference: `Patient/${textOf(patient['id'])}`,
      family: textOf(name['family']) || textOf(name['text']),
      given: words(name['given']),
      title: words(name['prefix']),
      birthDate: textOf(patient['birthDate']),
      gender: textOf(patient['gender']),
      number: textOf(number['value']),
      deceased: patient['deceasedBoolean'] === true || typeof patient['deceasedDateTime'] === 'string',
    },
  ];
}

/** 09-Sep-2008, the month in the page's language; a year or month alone as far as it is known. */
export function dateWords(language: string, date: string): string {
  const [year = '', month, day] = date.split('-');
  if (month === undefined) return year;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day ?? 1));
  const name = new Intl.DateTimeFormat(language, { month: 'short', timeZone: 'UTC' }).format(at).replaceAll('.', '');
  return [...(day === undefined ? [] : [day.slice(0, 2)]), name, year].join('-');
}
/** 09-Sep-2008 14:05, by the node's own zone. */
export function timeWords(language: string, at: Instant): string {
  const when = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  const date = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
  return `${dateWords(language, date)} ${two(when.getHours())}:${two(when.getMinutes())}`;
}

function ageWords(t: Say, birthDate: string, now: Instant): string {
  const [year = 0, month = 1, day = 1] = birthDate.split('-').map(Number);
  const today = new Date(now);
  let months = (today.getFullYear() - year) * 12 + today.getMonth() + 1 - month;
  if (today.getDate() < day) months -= 1;
  return months < 24
    ? t('patient.months', { count: Math.max(0, months) })
    : t('patient.years', { count: Math.floor(months / 12) });
}

const GENDERS: Readonly<Record<string, TextKey>> = {
  male: 'gender.male',
  female: 'gender.female',
  other: 'gender.other',
  unknown: 'gender.unknown',
};

export const patientName = (t: Say, line: PatientLine): string => {
  const name = [line.family.toUpperCase(), line.given].filter((part) => part !== '').join(', ');
  return name === '' ? t('patient.noName') : line.title === '' ? name : `${name} (${line.title})`;
};

export function patientIdentity(visit: Visit, line: PatientLine, now: Instant): Html {
  const { t, language } = visit;
  const gender = GENDERS[line.gender];
  return html`<div>
    <div class="person">
      <bdi>${patientName(t, line)}</bdi>${line.deceased && html` <span class="tag">${t('patient.dead')}</span>`}
    </div>
    <div class="facts small">
      ${line.birthDate !== '' && html`<div><span>${t('patient.born')}</span><bdi>${dateWords(language, line.birthDate)}</bdi>${!line.deceased && html` (${ageWords(t, line.birthDate, now)})`}</div>`}
      ${gender !== undefined && html`<div>${t(gender)}</div>`}
      ${line.number !== '' && html`<div><span>${t('patient.number')}</span><bdi>${grouped(line.number)}</bdi></div>`}
    </div>
  </div>`;
}
/** Ten digits read as 943 476 5919. */
const grouped = (number: string): string => number.replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3');

/** The search field and what it found; each line with what `action` makes of it. */
export function patientFinder(
  visit: Visit,
  options: {
    readonly to: string;
    readonly act: string;
    readonly text: string;
    readonly token: Html;
    readonly found?: PatientsFound;
    readonly now: Instant;
    readonly action: (line: PatientLine) => Html;
  },
): Html {
  const { t } = visit;
  const { found } = options;
  return html`<form method="post" action="${options.to}" role="search">
      ${options.token}<input type="hidden" name="act" value="${options.act}" />
      <label for="q">${t('patient.search')}<span class="hint" id="qh">${t('patient.searchHint')}</span></label>
      <div class="search">
        <input
          id="q"
          name="q"
          value="${options.text}"
          required
          maxlength="100"
          autocomplete="off"
          spellcheck="false"
          aria-describedby="qh"
          ${found === undefined && html` autofocus`}
        /><button>${t('patient.submit')}</button>
      </div>
    </form>
    ${found !== undefined && found.lines.length === 0 && html`<p role="status">${t('patient.none')}</p>`}
    ${
      found !== undefined &&
      found.lines.length > 0 &&
      html`<ul class="plain">
        ${found.lines.map((line) => html`<li class="entry">${patientIdentity(visit, line, options.now)}${options.action(line)}</li>`)}
      </ul>`
    }
    ${found?.more === true && html`<p class="small dim" role="status">${t('patient.more')}</p>`}`;
}
