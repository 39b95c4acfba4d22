import { describe, expect, test } from 'vitest';
import { DUE_AT } from './fhir-parts.ts';
import { FORMULARY, UNITS, type Medicine } from './formulary.ts';
import { ANALYTES, interpret } from './laboratory.ts';
import { news2 } from './news2.ts';
import type { Sex } from './names.ts';
import { permitted, prescribe, type Facts } from './prescribe.ts';
import {
  AFTERNOON,
  ageOf,
  amount,
  atc,
  code,
  hasProblem,
  list,
  medicinesOf,
  NIGHT,
  readDemo,
  text,
  time,
  type Demo,
} from './read-demo.test-kit.ts';
import { STORIES } from './choose-story.ts';

const demos: readonly Demo[] = [
  readDemo({ seed: 'holdfast', now: AFTERNOON }),
  readDemo({ seed: 'night', now: NIGHT, beds: 180, patients: 400 }),
];
/** Every rule is looked at in each demo; the seed of a failure stands in the test's title. */
const both = (look: (demo: Demo) => void): void => {
  for (const demo of demos) look(demo);
};
const BETA_LACTAM = /^J01C|^J01D/;
const NSAID = /^M01A/;
const ANTICOAGULANT = /^B01AA|^B01AB|^B01AF|^B01AX05/;
const given = (demo: Demo, patient: string) =>
  demo.about(patient, 'MedicationAdministration').filter((m) => text(m, 'status') !== 'not-done');
const doseTime = (dose: unknown): number => time(dose, 'effectiveDateTime') || time(dose, 'effectivePeriod', 'start');

describe('people and time', () => {
  test('[DM15] weight, height and age go together', () =>
    both((demo) => {
      for (const p of demo.patients) {
        const age = ageOf(demo, p);
        for (const o of demo.about(p.id, 'Observation')) {
          const value = amount(o, 'valueQuantity', 'value');
          const then = age - (demo.now - time(o, 'effectiveDateTime')) / (365.25 * 86_400_000);
          if (code(o) === '29463-7') {
            const [low, high] =
              then < 1 ? [2, 12.5] : then < 6 ? [6.5, 27] : then < 12 ? [14, 55] : then < 16 ? [28, 80] : [36, 170];
            expect(value >= low && value <= high, `${value} kg at ${then}`).toBe(true);
          }
          if (code(o) === '8302-2' && then >= 16) expect(value >= 140 && value <= 205).toBe(true);
        }
      }
    }));
  test('[DM16] pregnancy only in women of 15 to 50; newborns are linked to a mother who was there before', () =>
    both((demo) => {
      for (const c of demo.of('Condition').filter((x) => ['77386006', '398254007'].includes(code(x)))) {
        const p = demo.get(text(c, 'subject', 'reference'));
        expect(p !== undefined && text(p, 'gender') === 'female' && ageOf(demo, p) >= 15 && ageOf(demo, p) <= 50).toBe(
          true,
        );
      }
      const babies = demo.patients.filter((p) => p.id.endsWith('-baby'));
      expect(babies.length).toBeGreaterThan(0);
      for (const baby of babies) {
        const mother = demo.get(`Patient/${baby.id.slice(0, -5)}`);
        const related = demo.about(baby.id, 'RelatedPerson')[0];
        expect(text(mother, 'link', 0, 'other', 'reference')).toBe(`RelatedPerson/${related?.id}`);
        const birth = demo.about(baby.id, 'Encounter')[0];
        const stay = demo.get(text(birth, 'partOf', 'reference'));
        expect(text(stay, 'subject', 'reference')).toBe(`Patient/${mother?.id}`);
        expect(time(stay, 'period', 'start')).toBeLessThan(time(birth, 'period', 'start'));
      }
    }));
  test('[DM17] nothing is charted in the future, before birth, or outside its encounter', () =>
    both((demo) => {
      const charted = [
        'effectiveDateTime',
        'issued',
        'authoredOn',
        'recordedDate',
        'date',
        'onsetDateTime',
        'performedDateTime',
        'occurrenceDateTime',
        'created',
        'abatementDateTime',
      ];
      for (const r of demo.all) {
        const patient = demo.get(text(r, 'subject', 'reference') || text(r, 'patient', 'reference'));
        const born = patient === undefined ? Number.NaN : time(patient, 'birthDate');
        const encounter = demo.get(text(r, 'encounter', 'reference') || text(r, 'context', 'reference'));
        for (const name of charted) {
          const when = time(r, name);
          if (Number.isNaN(when) || (name === 'occurrenceDateTime' && r.resourceType === 'ServiceRequest')) continue;
          if (when > demo.now) throw new Error(`${r.resourceType}/${r.id} ${name} is in the future`);
          const pregnancy = code(r) === '77386006' || code(r) === '398254007';
          if (!Number.isNaN(born) && !pregnancy)
            if (when < born - 1) throw new Error(`${r.resourceType}/${r.id} ${name} is before birth`);
          if (encounter !== undefined && name === 'effectiveDateTime') {
            if (when < time(encounter, 'period', 'start')) throw new Error(`${r.id} is before its encounter`);
            const end = time(encounter, 'period', 'end');
            if (!Number.isNaN(end) && code(r) !== '59261-8' && r.resourceType !== 'DiagnosticReport')
              if (when > end + 30 * 60_000) throw new Error(`${r.id} is after its encounter`);
          }
        }
      }
      for (const e of demo.of('Encounter'))
        if (text(e, 'period', 'end') !== '')
          expect(time(e, 'period', 'end')).toBeGreaterThan(time(e, 'period', 'start'));
    }));
  test('[DM18] one administration for a due time, within the life of the order, never of what is on hold', () =>
    both((demo) => {
      const seen = new Set<string>();
      for (const dose of demo.of('MedicationAdministration')) {
        const request = demo.get(text(dose, 'request', 'reference'));
        const due = text(dose, 'extension', 0, 'url') === DUE_AT ? text(dose, 'extension', 0, 'valueDateTime') : '';
        if (due !== '') {
          const key = `${request?.id} ${due}`;
          expect(seen.has(key), key).toBe(false);
          seen.add(key);
          expect(doseTime(dose)).toBeGreaterThanOrEqual(Date.parse(due));
        }
        expect(text(request, 'status')).not.toBe('on-hold');
        const bounds = (end: 'start' | 'end'): number =>
          time(request, 'dosageInstruction', 0, 'timing', 'repeat', 'boundsPeriod', end);
        expect(doseTime(dose)).toBeGreaterThanOrEqual(time(request, 'authoredOn'));
        if (!Number.isNaN(bounds('end'))) expect(doseTime(dose), dose.id).toBeLessThan(bounds('end'));
        expect(doseTime(dose)).toBeLessThanOrEqual(demo.now);
      }
      expect(seen.size).toBeGreaterThan(1_000);
    }));
});

describe('medicines', () => {
  test('[DM19] nobody gets what they are allergic to', () =>
    both((demo) => {
      let allergic = 0;
      const blocked: Readonly<Record<string, RegExp>> = {
        '764146007': BETA_LACTAM,
        '387207008': NSAID,
        '387494007': /^R05DA04/,
        '387170002': /^J01EA/,
        '387487009': /^J01FA/,
        '373529000': /^N02AA|^R05DA04/,
      };
      for (const allergy of demo.of('AllergyIntolerance')) {
        const rule = blocked[code(allergy)];
        if (rule === undefined) continue;
        const who = text(allergy, 'patient', 'reference').slice('Patient/'.length);
        allergic++;
        for (const m of [...demo.about(who, 'MedicationRequest'), ...given(demo, who)])
          expect(rule.test(atc(m)), `${who} ${atc(m)}`).toBe(false);
      }
      expect(allergic).toBeGreaterThan(10);
    }));
  test('[DM20] no metformin with eGFR under 30, no NSAID where it harms', () =>
    both((demo) => {
      for (const p of demo.patients) {
        const takes = medicinesOf(demo, p.id);
        const filtration = demo
          .about(p.id, 'Observation')
          .filter((o) => code(o) === '98979-8')
          .map((o) => amount(o, 'valueQuantity', 'value'));
        const least = Math.min(999, ...filtration);
        if (least < 30)
          expect(
            takes.some((m) => atc(m) === 'A10BA02'),
            `${p.id} metformin at ${least}`,
          ).toBe(false);
        if (!takes.some((m) => NSAID.test(atc(m)))) continue;
        expect(least, `${p.id} NSAID`).toBeGreaterThanOrEqual(45);
        expect(hasProblem(demo, p.id, '37372002', '77386006', '398254007'), `${p.id} NSAID`).toBe(false);
        expect(
          takes.some((m) => ANTICOAGULANT.test(atc(m))),
          p.id,
        ).toBe(false);
      }
    }));
  test('[DM21] one anticoagulant, no beta blocker in asthma, valproate, aspirin and doxycycline kept from whom they harm', () =>
    both((demo) => {
      for (const p of demo.patients) {
        const active = medicinesOf(demo, p.id)
          .filter((m) => text(m, 'status') === 'active')
          .map(atc);
        const ever = medicinesOf(demo, p.id).map(atc);
        expect(active.filter((c) => ANTICOAGULANT.test(c)).length, p.id).toBeLessThanOrEqual(1);
        if (hasProblem(demo, p.id, '195967001'))
          expect(
            ever.some((c) => c.startsWith('C07')),
            p.id,
          ).toBe(false);
        const age = ageOf(demo, p);
        if (text(p, 'gender') === 'female' && age >= 15 && age <= 50) expect(ever).not.toContain('N03AG01');
        if (age < 16) for (const kept of ['B01AC06', 'J01AA02']) expect(ever).not.toContain(kept);
      }
      const woman: Facts = {
        age: 30,
        sex: 'female',
        weightKg: 60,
        egfr: 90,
        pregnant: false,
        problems: new Set(),
        blockedClasses: new Set(),
        taken: new Set(),
      };
      expect(permitted(FORMULARY.get('valproate') as Medicine, woman)).toBe(false);
      expect(permitted(FORMULARY.get('valproate') as Medicine, { ...woman, sex: 'male' })).toBe(true);
      expect(permitted(FORMULARY.get('warfarin') as Medicine, { ...woman, taken: new Set(['anticoagulant']) })).toBe(
        false,
      );
    }));
  test('[DM22] doses lie within the bounds of the medicine, for a child by weight', () =>
    both((demo) => {
      const byName = new Map([...FORMULARY.values()].map((m) => [`${m.atc} ${m.route} ${m.form}`, m] as const));
      let children = 0;
      for (const request of demo.of('MedicationRequest')) {
        const who = text(request, 'subject', 'reference').slice('Patient/'.length);
        const instruction = list(request, 'dosageInstruction')[0];
        const route = text(instruction, 'route', 'text');
        const form = text(request, 'medicationCodeableConcept', 'text');
        const m = [...byName.values()].find(
          (x) =>
            x.atc === atc(request) && x.route === route && (form.endsWith(x.form) || form.endsWith('oral suspension')),
        );
        expect(m, `${form} ${route}`).toBeDefined();
        if (m === undefined) continue;
        const dose = amount(instruction, 'doseAndRate', 0, 'doseQuantity', 'value');
        expect(text(instruction, 'doseAndRate', 0, 'doseQuantity', 'code')).toBe(UNITS[m.unit][0]);
        expect(dose >= m.singleMin && dose <= m.singleMax, `${m.key} ${dose}`).toBe(true);
        const daily =
          text(instruction, 'timing', 'repeat', 'periodUnit') === 'd'
            ? dose * amount(instruction, 'timing', 'repeat', 'frequency')
            : amount(instruction, 'maxDosePerPeriod', 'numerator', 'value');
        if (!Number.isNaN(daily)) expect(daily, `${m.key} a day`).toBeLessThanOrEqual(m.dayMax);
        const patient = demo.get(`Patient/${who}`);
        if (patient === undefined || !(ageOf(demo, patient) < 16) || m.kg === undefined) continue;
        const weight = Math.max(
          ...demo
            .about(who, 'Observation')
            .filter((o) => code(o) === '29463-7')
            .map((o) => amount(o, 'valueQuantity', 'value')),
        );
        if (!Number.isFinite(weight)) continue;
        children++;
        expect(dose, `${m.key} ${dose} at ${weight} kg`).toBeLessThanOrEqual(m.kg[0] * weight * 1.2);
        if (!Number.isNaN(daily))
          expect(daily, `${m.key} ${daily} a day at ${weight} kg`).toBeLessThanOrEqual(m.kg[1] * weight * 1.2);
      }
      expect(children).toBeGreaterThan(5);
      const facts = (): Facts => ({
        age: 40,
        sex: 'male',
        weightKg: 80,
        egfr: 90,
        pregnant: false,
        problems: new Set(),
        blockedClasses: new Set(),
        taken: new Set(),
      });
      for (const story of STORIES.filter((s) => s.ages[0] >= 16))
        for (const line of story.orders) expect(() => prescribe(line, facts(), 0), line).not.toThrow();
    }));
  test('[DM23] what was not given says why; as-needed doses keep interval and maximum', () =>
    both((demo) => {
      const byRequest = new Map<string, number[]>();
      let notGiven = 0;
      for (const dose of demo.of('MedicationAdministration')) {
        if (text(dose, 'status') === 'not-done') {
          notGiven++;
          expect(text(dose, 'statusReason', 0, 'text')).not.toBe('');
          continue;
        }
        const key = text(dose, 'request', 'reference');
        byRequest.set(key, [...(byRequest.get(key) ?? []), doseTime(dose)]);
      }
      expect(notGiven).toBeGreaterThan(20);
      for (const [key, times] of byRequest) {
        const instruction = list(demo.get(key), 'dosageInstruction')[0];
        times.sort((a, b) => a - b);
        const paracetamol = atc(demo.get(key)) === 'N02BE01';
        const prn = text(instruction, 'timing', 'repeat', 'periodUnit') === 'h';
        const hours = prn ? amount(instruction, 'timing', 'repeat', 'period') : paracetamol ? 4 : 0;
        for (let n = 1; n < times.length; n++)
          expect(((times[n] ?? 0) - (times[n - 1] ?? 0)) / 3_600_000, key).toBeGreaterThanOrEqual(hours);
        if (!prn) continue;
        const dose = amount(instruction, 'doseAndRate', 0, 'doseQuantity', 'value');
        const most = amount(instruction, 'maxDosePerPeriod', 'numerator', 'value');
        for (const t of times)
          expect(times.filter((x) => x > t - 86_400_000 && x <= t).length * dose, key).toBeLessThanOrEqual(most + 1e-6);
      }
    }));
});

describe('measurements', () => {
  const VITAL: Readonly<Record<string, readonly [number, number]>> = {
    '9279-1': [8, 75],
    '59408-5': [70, 100],
    '8867-4': [35, 210],
    '8310-5': [33, 41.5],
    '8480-6': [50, 230],
    '8462-4': [25, 130],
    '3151-8': [0.5, 15],
  };
  test('[DM24] vital signs and laboratory values can be lived with', () =>
    both((demo) => {
      const bounds = new Map<string, readonly [number, number]>([
        ...Object.entries(VITAL),
        ...[...ANALYTES.values()].map((a) => [a.code, [a.least, a.most]] as const),
      ]);
      let checked = 0;
      for (const o of demo.of('Observation'))
        for (const part of [o, ...list(o, 'component')]) {
          const range = bounds.get(code(part));
          const value = amount(part, 'valueQuantity', 'value');
          if (range === undefined || Number.isNaN(value)) continue;
          checked++;
          if (value < range[0] || value > range[1]) throw new Error(`${o.id} ${code(part)} ${value}`);
        }
      expect(checked).toBeGreaterThan(10_000);
    }));
  test('[DM25] every NEWS2 score is what its set gives', () =>
    both((demo) => {
      let sets = 0;
      for (const score of demo.of('Observation').filter((o) => code(o) === 'news2')) {
        const members = list(score, 'hasMember').map((m) => demo.get(text(m, 'reference')));
        const value = (loinc: string): number =>
          amount(
            members.find((m) => code(m) === loinc),
            'valueQuantity',
            'value',
          );
        const litres = value('3151-8');
        const awake = members.find((m) => code(m) === 'acvpu');
        const systolic = amount(
          list(
            members.find((m) => code(m) === '85354-9'),
            'component',
          )[0],
          'valueQuantity',
          'value',
        );
        const set = {
          time: 0,
          breath: value('9279-1'),
          saturation: value('59408-5'),
          oxygenLitres: Number.isNaN(litres) ? 0 : litres,
          systolic,
          diastolic: 0,
          heart: value('8867-4'),
          alert: text(awake, 'valueCodeableConcept', 'text') === 'Alert',
          temperature: value('8310-5'),
          pain: 0,
        };
        expect(news2(set, text(score, 'method', 'text').includes('scale 2')), score.id).toBe(
          amount(score, 'valueInteger'),
        );
        sets++;
      }
      expect(sets).toBeGreaterThan(500);
      const well = {
        time: 0,
        breath: 16,
        saturation: 97,
        oxygenLitres: 0,
        systolic: 120,
        diastolic: 70,
        heart: 75,
        alert: true,
        temperature: 37,
        pain: 0,
      };
      expect(news2(well, false)).toBe(0);
      expect(
        news2(
          {
            ...well,
            breath: 26,
            saturation: 90,
            oxygenLitres: 4,
            systolic: 88,
            heart: 132,
            alert: false,
            temperature: 39.2,
          },
          false,
        ),
      ).toBe(19);
      expect(news2({ ...well, saturation: 97, oxygenLitres: 2 }, true)).toBe(5);
    }));
  test('[DM26] interpretation follows the range beside the value', () =>
    both((demo) => {
      const byCode = new Map([...ANALYTES.values()].map((a) => [a.code, a] as const));
      let critical = 0;
      for (const o of demo
        .of('Observation')
        .filter((x) => text(x, 'category', 0, 'coding', 0, 'code') === 'laboratory')) {
        const value = amount(o, 'valueQuantity', 'value');
        if (Number.isNaN(value)) continue;
        const flag = text(o, 'interpretation', 0, 'coding', 0, 'code');
        const low = amount(o, 'referenceRange', 0, 'low', 'value');
        const high = amount(o, 'referenceRange', 0, 'high', 'value');
        if (flag === 'N') expect(!(value < low) && !(value > high), o.id).toBe(true);
        if (flag === 'H') expect(value > high).toBe(true);
        if (flag === 'L') expect(value < low).toBe(true);
        const analyte = byCode.get(code(o));
        const patient = demo.get(text(o, 'subject', 'reference'));
        if (analyte !== undefined && patient !== undefined && text(patient, 'birthDate') !== '')
          expect(interpret(analyte, value, text(patient, 'gender') as Sex, ageOf(demo, patient))).toBe(flag);
        if (flag === 'HH' || flag === 'LL') critical++;
      }
      expect(critical).toBeGreaterThan(10);
    }));
  test('[DM27] the septic patient gets worse, then better', () =>
    both((demo) => {
      const scores = demo
        .about('cast-sepsis', 'Observation')
        .filter((o) => code(o) === 'news2')
        .sort((a, b) => time(a, 'effectiveDateTime') - time(b, 'effectiveDateTime'))
        .map((o) => amount(o, 'valueInteger'));
      const peak = Math.max(...scores);
      expect(peak).toBeGreaterThanOrEqual(7);
      expect(scores.indexOf(peak)).toBeGreaterThan(0);
      expect(scores.indexOf(peak)).toBeLessThan(scores.length / 2);
      expect(scores.at(-1)).toBeLessThanOrEqual(2);
      const crp = demo
        .about('cast-sepsis', 'Observation')
        .filter((o) => code(o) === '1988-5')
        .map((o) => amount(o, 'valueQuantity', 'value'));
      expect(crp.at(-1)).toBeLessThan(Math.max(...crp) / 2);
    }));
});
