// The cast: patients that demonstrations and tests can count on, by fixed ids, whatever the seed. README.md tells their stories.
import type { StoryChange } from './choose-story.ts';
import type { WardKind } from './layout.ts';
import type { Sex } from './names.ts';

export interface InpatientRole {
  readonly id: string;
  readonly shows: string;
  readonly ward: WardKind;
  readonly story: string;
  readonly age: number;
  readonly sex: Sex;
  readonly days: number;
  readonly given?: string;
  readonly family?: string;
  readonly culture?: string;
  readonly sideRoom?: true;
  readonly isolation?: string;
  readonly dnacpr?: true;
  readonly allergies?: readonly string[];
  readonly always?: readonly string[];
  readonly unknown?: true;
  readonly noFixedAbode?: true;
  readonly change?: StoryChange;
}
export const INPATIENT_CAST: readonly InpatientRole[] = [
  {
    id: 'cast-sepsis',
    shows: 'septic patient: worse for twelve hours, then better; antibiotics by vein changed to tablets',
    ward: 'acute',
    story: 'urosepsis',
    age: 71,
    sex: 'female',
    days: 3.4,
    given: 'Margaret',
    family: 'Holt',
    allergies: [],
    always: ['hypertension'],
  },
  {
    id: 'cast-dka',
    shows: 'diabetic ketoacidosis: insulin by vein, potassium, ketones falling',
    ward: 'acute',
    story: 'dka',
    age: 23,
    sex: 'male',
    days: 0.9,
    given: 'Callum',
    family: 'Reeves',
    allergies: [],
  },
  {
    id: 'cast-deteriorating',
    shows: 'getting worse now: NEWS2 rising, needs escalation',
    ward: 'acute',
    story: 'pneumonia',
    age: 66,
    sex: 'male',
    days: 1.2,
    given: 'Derek',
    family: 'Pickering',
    allergies: [],
    change: { course: 'worsening' },
  },
  {
    id: 'cast-isolation',
    shows: 'isolation in a side room (influenza)',
    ward: 'acute',
    story: 'pneumonia',
    age: 58,
    sex: 'female',
    days: 2.1,
    given: 'Elaine',
    family: 'Sutton',
    sideRoom: true,
    isolation: 'Droplet precautions: influenza',
  },
  {
    id: 'cast-no-abode',
    shows: 'no fixed abode',
    ward: 'acute',
    story: 'cellulitis',
    age: 47,
    sex: 'male',
    days: 1.6,
    noFixedAbode: true,
    given: 'Nigel',
    family: 'Marsh',
  },
  {
    id: 'cast-gi-bleed',
    shows: 'gastrointestinal bleed: endoscopy, no anti-inflammatory medicines',
    ward: 'acute',
    story: 'gi-bleed',
    age: 62,
    sex: 'male',
    days: 1.8,
    given: 'Raymond',
    family: 'Slater',
  },
  {
    id: 'cast-stroke',
    shows: 'stroke: swallow, aspirin, therapies',
    ward: 'elderly',
    story: 'stroke',
    age: 74,
    sex: 'female',
    days: 4.2,
    culture: 'greek',
  },
  {
    id: 'cast-parkinson',
    shows: 'time-critical levodopa five times a day',
    ward: 'elderly',
    story: 'parkinson',
    age: 78,
    sex: 'male',
    days: 2.7,
    given: 'Kenneth',
    family: 'Greenwood',
    allergies: [],
  },
  {
    id: 'cast-alike-1',
    shows: 'similar name on the same ward as cast-alike-2',
    ward: 'elderly',
    story: 'fall',
    age: 84,
    sex: 'female',
    days: 3.1,
    given: 'Joan',
    family: 'Clarke',
  },
  {
    id: 'cast-alike-2',
    shows: 'similar name on the same ward as cast-alike-1',
    ward: 'elderly',
    story: 'heart-failure',
    age: 86,
    sex: 'female',
    days: 5.2,
    given: 'Joanne',
    family: 'Clark',
    dnacpr: true,
  },
  {
    id: 'cast-hip-fracture',
    shows: 'hip fracture after surgery; not for resuscitation',
    ward: 'ortho',
    story: 'hip',
    age: 88,
    sex: 'female',
    days: 3.8,
    given: 'Winifred',
    family: 'Ashworth',
    dnacpr: true,
  },
  {
    id: 'cast-penicillin',
    shows: 'severe penicillin allergy: antibiotics chosen around it',
    ward: 'surgical',
    story: 'appendix',
    age: 29,
    sex: 'female',
    days: 1.3,
    given: 'Hannah',
    family: 'Fletcher',
    allergies: ['penicillin'],
  },
  {
    id: 'cast-interpreter',
    shows: 'interpreter needed; name in another script',
    ward: 'surgical',
    story: 'gallbladder',
    age: 52,
    sex: 'female',
    days: 2.4,
    culture: 'arabic',
  },
  {
    id: 'cast-nstemi',
    shows: 'heart attack: troponins, stent, secondary prevention',
    ward: 'cardiology',
    story: 'nstemi',
    age: 59,
    sex: 'male',
    days: 2.6,
    culture: 'polish',
  },
  {
    id: 'cast-alike-3',
    shows: 'similar name on the same ward as cast-alike-4',
    ward: 'cardiology',
    story: 'heart-failure',
    age: 77,
    sex: 'male',
    days: 3.3,
    given: 'Mohammed',
    family: 'Hussain',
    culture: 'urdu',
  },
  {
    id: 'cast-alike-4',
    shows: 'similar name on the same ward as cast-alike-3',
    ward: 'cardiology',
    story: 'fast-af',
    age: 71,
    sex: 'male',
    days: 1.1,
    given: 'Mohamed',
    family: 'Hussein',
    culture: 'arabic',
  },
  {
    id: 'cast-bronchiolitis',
    shows: 'baby with bronchiolitis, isolated, doses by weight',
    ward: 'paediatrics',
    story: 'bronchiolitis',
    age: 0.5,
    sex: 'male',
    days: 1.4,
    sideRoom: true,
  },
  {
    id: 'cast-child-asthma',
    shows: 'child with asthma: inhaler every four hours',
    ward: 'paediatrics',
    story: 'child-asthma',
    age: 7,
    sex: 'female',
    days: 0.8,
    culture: 'yoruba',
  },
  {
    id: 'cast-mother',
    shows: 'mother after a normal birth; the newborn is cast-mother-baby',
    ward: 'maternity',
    story: 'birth',
    age: 29,
    sex: 'female',
    days: 1.2,
    culture: 'vietnamese',
  },
  {
    id: 'cast-preeclampsia',
    shows: 'pre-eclampsia: pressure coming under control',
    ward: 'maternity',
    story: 'preeclampsia',
    age: 33,
    sex: 'female',
    days: 1.7,
    culture: 'amharic',
  },
  {
    id: 'cast-septic-shock',
    shows: 'septic shock in intensive care: vasopressor, observations every two hours',
    ward: 'intensive',
    story: 'septic-shock',
    age: 57,
    sex: 'male',
    days: 1.9,
    culture: 'japanese',
    allergies: [],
  },
  {
    id: 'cast-unknown',
    shows: 'unknown man with a temporary identity',
    ward: 'intensive',
    story: 'head-injury',
    age: 40,
    sex: 'male',
    days: 0.6,
    unknown: true,
    allergies: [],
  },
];

export interface OutpatientRole {
  readonly id: string;
  readonly shows: string;
  readonly kind: 'dialysis' | 'oncology' | 'diabetes' | 'deceased' | 'telehealth';
  readonly age: number;
  readonly sex: Sex;
  readonly culture: string;
}
export const OUTPATIENT_CAST: readonly OutpatientRole[] = [
  {
    id: 'cast-dialysis',
    shows: 'dialysis three times a week',
    kind: 'dialysis',
    age: 61,
    sex: 'male',
    culture: 'bengali',
  },
  {
    id: 'cast-oncology',
    shows: 'breast cancer clinic',
    kind: 'oncology',
    age: 54,
    sex: 'female',
    culture: 'ukrainian',
  },
  {
    id: 'cast-diabetes',
    shows: 'type 2 diabetes with HbA1c over years',
    kind: 'diabetes',
    age: 63,
    sex: 'female',
    culture: 'punjabi',
  },
  { id: 'cast-video', shows: 'video visit booked', kind: 'telehealth', age: 45, sex: 'male', culture: 'chinese' },
  {
    id: 'cast-deceased',
    shows: 'died after a stay in hospital',
    kind: 'deceased',
    age: 91,
    sex: 'male',
    culture: 'irish',
  },
];
