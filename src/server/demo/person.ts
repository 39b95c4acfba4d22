// Who a patient is: body, name, numbers, where they live, whom to ring. No illness here.
import type { Instant } from '../../core/base/ports.ts';
import { DAY, YEAR, type Calendar } from './calendar.ts';
import type { Dice } from './dice.ts';
import {
  clamp,
  hl7,
  HOSPITAL_NUMBER,
  NATIONAL_NUMBER,
  ref,
  resource,
  round,
  TEMPORARY_NUMBER,
  v3,
  type Json,
  type Resource,
} from './fhir-parts.ts';
import type { Staff } from './layout.ts';
import { drawName, drawRelative, humanNames, latinName, type PersonName, type Sex } from './names.ts';
import { homeNumber, hospitalNumber, mobileNumber, nationalNumber } from './numbers.ts';

export interface Person {
  /** Id of the Patient and stem of all ids of the story. */
  readonly key: string;
  readonly serial: number;
  readonly sex: Sex;
  readonly bornAt: Instant;
  readonly age: number;
  readonly name: PersonName;
  readonly heightCm: number;
  readonly weightKg: number;
  readonly interpreter: boolean;
  readonly unknown: boolean;
  readonly noFixedAbode: boolean;
  readonly diedAt?: Instant;
  readonly gp: Staff;
}
export interface PersonWish {
  readonly key: string;
  readonly serial: number;
  readonly ages: readonly [number, number];
  readonly sex?: Sex | undefined;
  readonly name?: PersonName | undefined;
  readonly culture?: string | undefined;
  readonly unknown?: boolean;
  readonly noFixedAbode?: boolean;
  readonly bornAt?: Instant;
  readonly diedAt?: Instant | undefined;
  readonly gps: readonly Staff[];
}

/** Median weight (kg) and height (cm) by age in years, boys and girls together, rounded. */
const GROWTH: readonly (readonly [age: number, weight: number, height: number])[] = [
  [0, 3.4, 50],
  [0.08, 4.4, 54.5],
  [0.25, 6.2, 61],
  [0.5, 7.7, 67],
  [0.75, 8.8, 72],
  [1, 9.6, 76],
  [1.5, 10.9, 82],
  [2, 12.2, 87],
  [3, 14.3, 96],
  [4, 16.3, 103],
  [5, 18.4, 110],
  [6, 20.7, 116],
  [7, 23.1, 122],
  [8, 25.7, 128],
  [9, 28.6, 133],
  [10, 32, 138],
  [11, 35.8, 144],
  [12, 40.5, 150],
  [13, 45.8, 156],
  [14, 51, 162],
  [15, 55.5, 166],
  [16, 59, 168],
  [18, 64, 170],
];
export function growthAt(age: number): { readonly weightKg: number; readonly heightCm: number } {
  const after = GROWTH.findIndex(([a]) => a > age);
  const upper = GROWTH[after === -1 ? GROWTH.length - 1 : after] as readonly [number, number, number];
  const lower = GROWTH[after === -1 ? GROWTH.length - 1 : Math.max(0, after - 1)] as readonly [number, number, number];
  const part = upper[0] === lower[0] ? 0 : (age - lower[0]) / (upper[0] - lower[0]);
  return { weightKg: lower[1] + part * (upper[1] - lower[1]), heightCm: lower[2] + part * (upper[2] - lower[2]) };
}

export function makePerson(dice: Dice, calendar: Calendar, wish: PersonWish): Person {
  const sex = wish.sex ?? (dice.chance(0.52) ? 'female' : 'male');
  // A minute of the birth day is not kept, but for the newborn it is the birth itself.
  const age0 = dice.between(wish.ages[0], wish.ages[1] + (wish.ages[1] > 16 ? 0.99 : 0));
  const bornAt = wish.bornAt ?? calendar.dayStart(calendar.now - age0 * YEAR) + DAY / 2;
  const age = (calendar.now - bornAt) / YEAR;
  const name = wish.name ?? drawName(dice, sex, wish.culture, age);
  const growth = growthAt(age);
  const adultHeight = clamp((sex === 'male' ? 176 : 163) + dice.bell() * 6.5 - Math.max(0, age - 60) * 0.1, 145, 200);
  const bmi = clamp((age > 75 ? 23.8 : 26.4) + dice.bell() * 4, 17.5, 42);
  const heightCm = round(age < 16 ? growth.heightCm * (1 + dice.bell() * 0.03) : adultHeight, age < 2 ? 1 : 0);
  const childWeight = growth.weightKg * (1 + clamp(dice.bell() * 0.08, -0.17, 0.2));
  const weightKg = round(age < 16 ? childWeight : bmi * (heightCm / 100) ** 2, age < 1 ? 2 : 1);
  const noFixedAbode = wish.noFixedAbode === true;
  return {
    key: wish.key,
    serial: wish.serial,
    sex,
    bornAt,
    age,
    name,
    heightCm,
    weightKg,
    interpreter: age > 1 && dice.int(1, 100) <= name.culture.interpreter,
    unknown: wish.unknown === true,
    noFixedAbode,
    ...(wish.diedAt === undefined ? {} : { diedAt: wish.diedAt }),
    gp: dice.pick(wish.gps),
  };
}

const STREETS = [
  'Mill Lane',
  'Chapel Street',
  'Orchard Way',
  'Harbour Road',
  'Station Road',
  'Weavers Row',
  'Heron Close',
  'Larch Avenue',
  'Quarry Hill',
  'Foundry Street',
  'Meadow Rise',
  'Abbey Gardens',
] as const;
const TOWNS = ['Harrowmere', 'Millbrook', 'Upper Fenwick', 'Saltby', 'Thornley Cross'] as const;
const INTERPRETER = 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired';
const BIRTH_TIME = 'http://hl7.org/fhir/StructureDefinition/patient-birthTime';

const numberType = (code: string, display: string): Json => hl7('v2-0203', code, display);

/** The Patient and nobody else. `prefix` keeps the numbers of several demo hospitals apart. */
export function patientResource(
  dice: Dice,
  calendar: Calendar,
  person: Person,
  hospitalPrefix: string,
  kin?: Json,
): Resource {
  const p = person;
  const organization = ref('Organization', `${hospitalPrefix}org-hospital`);
  if (p.unknown) {
    return resource('Patient', p.key, {
      text: {
        status: 'generated',
        div: '<div xmlns="http://www.w3.org/1999/xhtml">Unknown male, about 40 years, brought in by ambulance without papers</div>',
      },
      identifier: [
        {
          use: 'temp',
          type: numberType('MR', 'Medical record number'),
          system: TEMPORARY_NUMBER,
          value: `${hospitalPrefix}UNKNOWN-${p.serial}`,
        },
      ],
      active: true,
      name: [{ use: 'temp', text: 'Unknown male', family: 'Unknown', given: ['Male'] }],
      gender: 'male',
      managingOrganization: organization,
    });
  }
  const child = p.age < 16;
  const mobile: Json = { system: 'phone', value: mobileNumber(p.serial * 7 + 13), use: 'mobile' };
  const home: Json = { system: 'phone', value: homeNumber(p.serial * 11 + 5), use: 'home' };
  const relativeSex: Sex = dice.chance(0.6) ? 'female' : 'male';
  const relative = drawRelative(dice, p.name, relativeSex, p.sex);
  const relation = child
    ? relativeSex === 'female'
      ? 'Mother'
      : 'Father'
    : p.age > 75
      ? relativeSex === 'female'
        ? 'Daughter'
        : 'Son'
      : dice.pick(['Partner', 'Sibling', 'Friend']);
  const contact: Json = kin ?? {
    relationship: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0131', code: 'N', display: 'Next-of-Kin' }],
        text: relation,
      },
    ],
    name: { text: latinName(relative), family: relative.family.latin, given: [relative.given.latin] },
    telecom: [{ system: 'phone', value: mobileNumber(p.serial * 17 + 400), use: 'mobile' }],
    gender: relativeSex,
  };
  const speaks: Json[] = [
    {
      language: {
        coding: [{ system: 'urn:ietf:bcp:47', code: p.name.culture.language, display: p.name.culture.languageName }],
        text: p.name.culture.languageName,
      },
      preferred: true,
    },
  ];
  if (p.name.culture.language !== 'en' && !p.interpreter)
    speaks.push({
      language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en', display: 'English' }], text: 'English' },
    });
  const address: Json = p.noFixedAbode
    ? {
        use: 'temp',
        type: 'postal',
        text: 'No fixed abode; post to the Harrowmere day shelter',
        line: ['No fixed abode'],
        city: 'Harrowmere',
      }
    : {
        use: 'home',
        line: [`${dice.int(1, 180)} ${dice.pick(STREETS)}`],
        city: dice.pick(TOWNS),
        postalCode: `ZZ${dice.int(2, 9)} ${dice.int(1, 9)}${dice.pick(['AB', 'DF', 'HJ', 'KL', 'NP', 'RT'])}`,
      };
  const married =
    p.age < 20
      ? undefined
      : dice.weighted(
          [
            ['M', 'Married', 5],
            ['S', 'Never Married', 3],
            ['W', 'Widowed', p.age > 70 ? 5 : 0.2],
            ['D', 'Divorced', 1.5],
          ] as const,
          (m) => m[2],
        );
  const birthDate = calendar.on(p.bornAt);
  return resource('Patient', p.key, {
    ...(p.interpreter ? { extension: [{ url: INTERPRETER, valueBoolean: true }] } : {}),
    identifier: [
      {
        use: 'usual',
        type: numberType('MR', 'Medical record number'),
        system: HOSPITAL_NUMBER,
        value: hospitalNumber(p.serial),
      },
      {
        use: 'official',
        type: numberType('NI', 'National unique individual identifier'),
        system: NATIONAL_NUMBER,
        value: nationalNumber(p.serial),
      },
    ],
    active: true,
    name: humanNames(
      p.name,
      child ? undefined : p.sex === 'male' ? 'Mr' : married?.[0] === 'M' || married?.[0] === 'W' ? 'Mrs' : 'Ms',
    ),
    ...(p.noFixedAbode
      ? { telecom: dice.chance(0.5) ? [mobile] : [home] }
      : { telecom: child ? [home] : p.age > 82 && dice.chance(0.6) ? [home] : [mobile, home] }),
    gender: p.sex,
    birthDate,
    ...(p.age < 0.1 ? { _birthDate: { extension: [{ url: BIRTH_TIME, valueDateTime: calendar.at(p.bornAt) }] } } : {}),
    ...(p.diedAt === undefined ? {} : { deceasedDateTime: calendar.at(p.diedAt) }),
    address: [address],
    ...(married === undefined ? {} : { maritalStatus: v3('MaritalStatus', married[0], married[1]) }),
    ...(p.noFixedAbode ? {} : { contact: [contact] }),
    communication: speaks,
    generalPractitioner: [ref('Practitioner', p.gp.id, p.gp.display)],
    managingOrganization: organization,
  });
}
export const kindOfPerson = (person: Person): string =>
  person.age < 1
    ? 'baby'
    : person.age < 16
      ? person.sex === 'male'
        ? 'boy'
        : 'girl'
      : person.sex === 'male'
        ? 'man'
        : 'woman';
