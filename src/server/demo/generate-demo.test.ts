import { beforeAll, describe, expect, test } from 'vitest';
import { validateResource } from '../../core/fhir/validate/validate.ts';
import { calendarAt } from './calendar.ts';
import { INPATIENT_CAST, OUTPATIENT_CAST } from './cast.ts';
import { DEMO_TAG, HOSPITAL_NUMBER } from './fhir-parts.ts';
import { generateDemo } from './generate-demo.ts';
import { generateLoad } from './generate-load.ts';
import { planHospital } from './layout.ts';
import { FICTIONAL_PHONE, isHospitalNumber } from './numbers.ts';
import {
  AFTERNOON,
  ageOf,
  at,
  code,
  list,
  NIGHT,
  readDemo,
  references,
  text,
  time,
  type Demo,
} from './read-demo.test-kit.ts';
import { demoSummary } from './summarise.ts';

let demo: Demo;
beforeAll(() => {
  demo = readDemo({ seed: 'holdfast', now: AFTERNOON });
});
const inpatientStays = (d: Demo) =>
  d.of('Encounter').filter((e) => text(e, 'status') === 'in-progress' && text(e, 'class', 'code') === 'IMP');
const wardOf = (d: Demo, encounter: unknown): string => {
  const bed = text(list(encounter, 'location').at(-1), 'location', 'reference');
  return text(d.get(bed), 'partOf', 'reference').replace('Location/', '');
};

describe('the stream', () => {
  test('[DM1] the same options give the same bytes, another seed gives another hospital', () => {
    const bytes = (seed: string): string =>
      JSON.stringify([...generateDemo({ seed, now: NIGHT, beds: 20, patients: 40 })]);
    expect(bytes('a')).toBe(bytes('a'));
    expect(bytes('a')).not.toBe(bytes('b'));
  });
  test('[DM2] batches come when asked for, and a hospital of a million patients starts at once', () => {
    const stream = generateDemo({ seed: 'large', now: AFTERNOON, beds: 100, patients: 1_000_000 });
    let patients = 0;
    for (const batch of stream) {
      expect(batch.resources.length).toBeGreaterThan(0);
      if (batch.kind === 'outpatient' && ++patients === 100) break;
    }
    expect(patients).toBe(100);
    // A patient's own story does not depend on how many others there are.
    const story = (total: number): string =>
      JSON.stringify(
        [...generateDemo({ seed: 's', now: AFTERNOON, beds: 20, patients: total })]
          .find((b) => b.kind === 'inpatient')
          ?.resources.filter((r) => r.resourceType === 'Observation'),
      );
    expect(story(25)).toBe(story(60));
  });
  test('[DM3] every resource of the default demo is valid FHIR R4', () => {
    const faults = new Set<string>();
    for (const r of demo.all)
      for (const f of validateResource(r, { now: AFTERNOON }))
        if (f.severity === 'error') faults.add(`${r.resourceType} ${f.path} ${f.rule}`);
    expect([...faults]).toEqual([]);
    expect(
      validateResource({ ...demo.all[0], status: 5, nonsense: true }).length,
      'the validator looks',
    ).toBeGreaterThan(0);
  });
  test('[DM4] ids are unique, and references resolve to the same batch or an earlier one', () => {
    for (const prefix of ['', 'x-']) {
      const seen = new Set<string>();
      const missing: string[] = [];
      for (const batch of prefix === ''
        ? demo.batches
        : generateDemo({ seed: 'holdfast', now: NIGHT, beds: 60, patients: 120, idPrefix: prefix })) {
        for (const r of batch.resources) {
          if (seen.has(`${r.resourceType}/${r.id}`)) throw new Error(`twice: ${r.resourceType}/${r.id}`);
          seen.add(`${r.resourceType}/${r.id}`);
        }
        for (const r of batch.resources)
          for (const to of references(r)) if (!seen.has(to)) missing.push(`${r.resourceType}/${r.id} -> ${to}`);
      }
      expect(missing).toEqual([]);
    }
  });
  test('[DM5] the default demo has 120 beds, at most 40,000 resources, all tagged', () => {
    const wards = new Set(
      demo
        .of('Location')
        .filter((l) => l.id.startsWith('ward-') && text(l, 'physicalType', 'coding', 0, 'code') === 'wa')
        .map((l) => l.id),
    );
    const beds = demo
      .of('Location')
      .filter((l) => wards.has(text(l, 'partOf', 'reference').replace('Location/', '')) && !l.id.endsWith('-cot'));
    expect(beds).toHaveLength(120);
    expect(demo.all.length).toBeLessThanOrEqual(40_000);
    expect(demo.all.length).toBeGreaterThan(25_000);
    expect(demo.all.filter((r) => text(r, 'meta', 'tag', 0, 'code') !== DEMO_TAG.code)).toEqual([]);
  });
  test('[DM6] the summary counts what was generated and names the cast', () => {
    const counter = demoSummary();
    for (const batch of demo.batches) counter.add(batch);
    const { total, byType, cast } = counter.summary();
    expect(total).toBe(demo.all.length);
    expect(byType.get('Patient')).toBe(demo.patients.length);
    expect([...cast.keys()].sort()).toEqual([...INPATIENT_CAST, ...OUTPATIENT_CAST].map((c) => c.id).sort());
  });
  test('[DM7] a load has at most the resources asked for, closed under references, over more than one hospital', () => {
    for (const count of [0, 1, 1_000, 50_000]) {
      const seen = new Set<string>();
      for (const batch of generateLoad({ seed: 'load', count, now: AFTERNOON })) {
        for (const r of batch.resources) seen.add(`${r.resourceType}/${r.id}`);
        for (const r of batch.resources)
          for (const to of references(r)) if (!seen.has(to)) throw new Error(`dangling ${to}`);
      }
      expect(seen.size).toBeLessThanOrEqual(count);
      if (count === 50_000) {
        expect(seen.size).toBeGreaterThan(49_000);
        expect([...seen].some((id) => id.startsWith('Patient/h2-'))).toBe(true);
      }
    }
  });
});

describe('the hospital', () => {
  test('[DM8] 92 % of beds are taken, one patient a bed, also in other sizes', () => {
    for (const [d, beds] of [
      [demo, 120],
      [readDemo({ seed: 'n', now: NIGHT, beds: 60, patients: 60 }), 60],
      [readDemo({ seed: 'm', now: NIGHT, beds: 9, patients: 5 }), 9],
    ] as const) {
      const places = inpatientStays(d).map((e) => text(list(e, 'location').at(-1), 'location', 'reference'));
      expect(new Set(places).size).toBe(places.length);
      expect(Math.abs(places.filter((p) => !p.endsWith('-cot')).length - beds * 0.92)).toBeLessThanOrEqual(2);
      for (const e of inpatientStays(d))
        expect(text(list(e, 'location').at(-1), 'location', 'display')).toContain(
          text(d.get(`Location/${wardOf(d, e)}`), 'name'),
        );
    }
  });
  test('[DM9] patients fit their ward', () => {
    for (const e of inpatientStays(demo)) {
      const patient = demo.get(text(e, 'subject', 'reference'));
      const age = patient === undefined ? Number.NaN : ageOf(demo, patient);
      const ward = wardOf(demo, e);
      if (patient?.id === 'cast-unknown') continue;
      if (ward.includes('paediatrics')) expect(age).toBeLessThan(16.5);
      else if (ward.includes('maternity'))
        expect(age < 0.1 || (text(patient, 'gender') === 'female' && age >= 15 && age <= 50)).toBe(true);
      else expect(age).toBeGreaterThanOrEqual(16);
    }
  });
  test('[DM10] whoever gives a dose is on duty by the rota', () => {
    const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
    const calendar = calendarAt(AFTERNOON, 0);
    let checked = 0;
    for (const dose of demo.of('MedicationAdministration')) {
      const who = text(dose, 'performer', 0, 'actor', 'reference').replace('Practitioner/', '');
      const given = time(dose, 'effectiveDateTime') || time(dose, 'effectivePeriod', 'start');
      const clock = `${calendar.clock(given)}:00`;
      const shifts = list(demo.get(`PractitionerRole/${who}-role`), 'availableTime');
      const on = shifts.some(
        (s) =>
          list(s, 'daysOfWeek').includes(days[calendar.weekday(given)] ?? '') &&
          text(s, 'availableStartTime') <= clock &&
          clock < text(s, 'availableEndTime'),
      );
      expect(on, `${dose.id} ${clock}`).toBe(true);
      checked++;
    }
    expect(checked).toBeGreaterThan(1_000);
  });
  test('[DM11] nobody is double-booked, dialysis is three times a week', () => {
    const diary = new Map<string, [number, number][]>();
    for (const a of demo.of('Appointment'))
      for (const p of list(a, 'participant')) {
        const who = text(p, 'actor', 'reference');
        if (who.startsWith('Location/') && !who.includes('chair')) continue;
        diary.set(who, [...(diary.get(who) ?? []), [time(a, 'start'), time(a, 'end')]]);
      }
    for (const [who, visits] of diary) {
      visits.sort((a, b) => a[0] - b[0]);
      for (let n = 1; n < visits.length; n++)
        expect((visits[n]?.[0] ?? 0) >= (visits[n - 1]?.[1] ?? 0), who).toBe(true);
    }
    expect(diary.size).toBeGreaterThan(50);
    const sessions = diary.get('Patient/cast-dialysis') ?? [];
    expect(sessions).toHaveLength(12);
    const slots = demo.of('Slot').map((s) => `${text(s, 'schedule', 'reference')} ${text(s, 'start')}`);
    expect(new Set(slots).size).toBe(slots.length);
  });
  test('[DM12] the difficult cases are there', () => {
    const flags = demo.of('Flag').map((f) => text(f, 'code', 'text'));
    expect(flags.filter((f) => f.includes('precautions')).length).toBeGreaterThanOrEqual(2);
    const dnacpr = (type: string, test: (r: unknown) => boolean, who: (r: unknown) => string): string[] =>
      demo.of(type).filter(test).map(who).sort();
    const flagged = dnacpr(
      'Flag',
      (f) => code(f) === '304253006',
      (f) => text(f, 'subject', 'reference'),
    );
    expect(flagged).toEqual(
      dnacpr(
        'Consent',
        (c) => text(c, 'category', 0, 'coding', 0, 'code') === 'dnr',
        (c) => text(c, 'patient', 'reference'),
      ),
    );
    expect(flagged.length).toBeGreaterThanOrEqual(2);
    expect(text(demo.get('Patient/cast-unknown'), 'name', 0, 'text')).toBe('Unknown male');
    expect(demo.patients.some((p) => text(p, 'address', 0, 'line', 0) === 'No fixed abode')).toBe(true);
    expect(demo.patients.some((p) => at(p, 'extension', 0, 'valueBoolean') === true)).toBe(true);
    expect(demo.patients.some((p) => text(p, 'deceasedDateTime') !== '')).toBe(true);
    const wardFor = (id: string): string => wardOf(demo, demo.about(id, 'Encounter')[0]);
    expect(wardFor('cast-alike-1')).toBe(wardFor('cast-alike-2'));
    expect(wardFor('cast-alike-3')).toBe(wardFor('cast-alike-4'));
  });
  test('[DM12] every ward has nurse and doctor at every hour of the week', () => {
    for (const beds of [8, 120, 700]) {
      const hospital = planHospital('rota', '', beds, 500);
      expect(hospital.wards.reduce((sum, w) => sum + w.beds.length, 0)).toBe(beds);
      const calendar = calendarAt(AFTERNOON, 120);
      for (const ward of hospital.wards)
        for (let h = 0; h < 168; h++) {
          const moment = AFTERNOON + h * 3_600_000;
          const on = ward.staff.filter((s) =>
            s.shifts.some(
              (x) =>
                x.days.includes(calendar.weekday(moment)) &&
                x.from <= `${calendar.clock(moment)}:00` &&
                `${calendar.clock(moment)}:00` < x.to,
            ),
          );
          expect(
            on.some((s) => s.role === 'nurse' || s.role === 'midwife') &&
              on.some((s) => s.role === 'resident' || s.role === 'foundation'),
          ).toBe(true);
        }
    }
  });
});

describe('people', () => {
  test('[DM13] names of many languages, a Latin one beside every other script', () => {
    const languages = new Set(demo.patients.map((p) => text(p, 'communication', 0, 'language', 'coding', 0, 'code')));
    expect(languages.size).toBeGreaterThanOrEqual(15);
    const latin = /^[\p{Script=Latin}\p{M}’\- .]+$/u;
    const scripts = new Set<string>();
    for (const p of demo.patients) {
      const names = list(p, 'name').map((n) => text(n, 'text'));
      expect(
        names.some((n) => latin.test(n)),
        names.join(' / '),
      ).toBe(true);
      if (!latin.test(names[0] ?? '')) scripts.add(text(p, 'communication', 0, 'language', 'coding', 0, 'code'));
    }
    expect(scripts.size).toBeGreaterThanOrEqual(8);
  });
  test('[DM14] hospital numbers check, and no phone number can ring', () => {
    const numbers = demo.patients.flatMap((p) =>
      list(p, 'identifier')
        .filter((i) => text(i, 'system') === HOSPITAL_NUMBER)
        .map((i) => text(i, 'value')),
    );
    expect(numbers.filter((n) => !isHospitalNumber(n))).toEqual([]);
    expect(new Set(numbers).size).toBe(numbers.length);
    const wrong = `${numbers[0]?.slice(0, 6)}${(Number(numbers[0]?.[6]) + 1) % 10}${numbers[0]?.[7]}`;
    expect(isHospitalNumber(wrong)).toBe(false);
    const phones = JSON.stringify(demo.all).match(/"system":"phone","value":"([^"]+)"/g) ?? [];
    expect(phones.length).toBeGreaterThan(400);
    for (const p of phones) expect(p.slice(26, -1)).toMatch(FICTIONAL_PHONE);
  });
  test('[DM28] the cast is there with every seed', () => {
    const other = readDemo({ seed: 'another', now: NIGHT, beds: 60, patients: 90 });
    for (const { id } of [...INPATIENT_CAST, ...OUTPATIENT_CAST])
      expect(other.get(`Patient/${id}`) ?? other.get(`Patient/${id}`), id).toBeDefined();
    expect(other.get('Patient/cast-mother-baby')).toBeDefined();
    const isolated = demo.about('cast-isolation', 'Encounter')[0];
    expect(text(list(isolated, 'location').at(-1), 'location', 'display')).toContain('side room');
    expect(demo.about('cast-dka', 'Condition').some((c) => code(c) === '420422005')).toBe(true);
  });
});
