// What is wrong with people: coded conditions, how common each is by age, and what is taken for it at home.
// SNOMED CT codes with short names; ATC and doses stand in formulary.ts.
import type { Sex } from './names.ts';

export interface Problem {
  readonly key: string;
  readonly code: string;
  readonly display: string;
}
const problem = (key: string, code: string, display: string): Problem => ({ key, code, display });

export interface LongTerm extends Problem {
  /** Share of people who have it at an age. */
  readonly share: (age: number, sex: Sex) => number;
  /** Years since it was found, at most. */
  readonly years: number;
  /** Home medicines as order lines (see prescribe.ts); each line is one medicine, first permitted alternative. */
  readonly medicines: readonly string[];
}
const rises =
  (from: number, to: number, at80: number) =>
  (age: number): number =>
    age < from ? 0 : Math.min(at80, (at80 * (age - from)) / (to - from));

export const LONG_TERM: readonly LongTerm[] = [
  // Atrial fibrillation stands first: where an anticoagulant is taken, aspirin is not.
  {
    ...problem('af', '49436004', 'Atrial fibrillation'),
    share: rises(60, 85, 0.16),
    years: 6,
    medicines: ['apixaban 5 bd', 'bisoprolol 2.5 od | diltiazem-mr 120 od'],
  },
  {
    ...problem('hypertension', '38341003', 'Hypertension'),
    share: rises(35, 75, 0.55),
    years: 15,
    medicines: ['ramipril 5 od | amlodipine 5 od', 'amlodipine 5 od | indapamide 2.5 od'],
  },
  {
    ...problem('diabetes1', '46635009', 'Type 1 diabetes mellitus'),
    share: () => 0,
    years: 12,
    medicines: ['glargine 18 nocte', 'aspart 6 meals'],
  },
  {
    ...problem('diabetes2', '44054006', 'Type 2 diabetes mellitus'),
    share: rises(35, 70, 0.2),
    years: 12,
    medicines: ['metformin 500 bd | linagliptin 5 od', 'atorvastatin 20 nocte'],
  },
  {
    ...problem('lipids', '55822004', 'Hyperlipidaemia'),
    share: rises(40, 75, 0.25),
    years: 10,
    medicines: ['atorvastatin 20 nocte'],
  },
  {
    ...problem('ischaemic', '414545008', 'Ischaemic heart disease'),
    share: rises(50, 80, 0.2),
    years: 10,
    medicines: ['aspirin 75 od', 'atorvastatin 40 nocte', 'bisoprolol 2.5 od'],
  },
  {
    ...problem('failure', '84114007', 'Heart failure'),
    share: rises(62, 88, 0.12),
    years: 5,
    medicines: ['furosemide 40 od', 'bisoprolol 2.5 od', 'ramipril 2.5 od'],
  },
  {
    ...problem('copd', '13645005', 'Chronic obstructive pulmonary disease'),
    share: rises(50, 75, 0.12),
    years: 9,
    medicines: ['tiotropium 18 od', 'salbutamol-inh 2 prn4'],
  },
  {
    ...problem('asthma', '195967001', 'Asthma'),
    share: (age) => (age < 4 ? 0 : age < 60 ? 0.1 : 0.05),
    years: 15,
    medicines: ['beclometasone-inh 2 bd', 'salbutamol-inh 2 prn4'],
  },
  {
    ...problem('ckd3', '433144002', 'Chronic kidney disease stage 3'),
    share: rises(60, 88, 0.22),
    years: 6,
    medicines: [],
  },
  {
    ...problem('thyroid', '40930008', 'Hypothyroidism'),
    share: (age, sex) => (age < 30 ? 0 : sex === 'female' ? 0.09 : 0.02),
    years: 12,
    medicines: ['levothyroxine 75 early'],
  },
  {
    ...problem('epilepsy', '84757009', 'Epilepsy'),
    share: (age) => (age < 16 ? 0.005 : 0.012),
    years: 15,
    medicines: ['levetiracetam 500 bd'],
  },
  {
    ...problem('parkinson', '49049000', 'Parkinson’s disease'),
    share: rises(65, 85, 0.035),
    years: 6,
    medicines: ['co-careldopa 125 pd4'],
  },
  {
    ...problem('dementia', '52448006', 'Dementia'),
    share: rises(72, 92, 0.2),
    years: 4,
    medicines: ['donepezil 10 nocte'],
  },
  {
    ...problem('depression', '35489007', 'Depressive disorder'),
    share: (age) => (age < 18 ? 0 : 0.09),
    years: 6,
    medicines: ['sertraline 50 od'],
  },
  {
    ...problem('knee', '239873007', 'Osteoarthritis of knee'),
    share: rises(50, 80, 0.22),
    years: 8,
    medicines: ['paracetamol 1000 prn6'],
  },
  {
    ...problem('bone', '64859006', 'Osteoporosis'),
    share: (age, sex) => (age < 65 ? 0 : sex === 'female' ? 0.2 : 0.05),
    years: 6,
    medicines: ['colecalciferol 800 od'],
  },
  {
    ...problem('reflux', '235595009', 'Gastro-oesophageal reflux disease'),
    share: (age) => (age < 25 ? 0 : 0.12),
    years: 8,
    medicines: ['omeprazole 20 early'],
  },
  {
    ...problem('gout', '90560007', 'Gout'),
    share: (age, sex) => (age < 45 ? 0 : sex === 'male' ? 0.05 : 0.01),
    years: 7,
    medicines: ['allopurinol 100 od'],
  },
];

export const PROBLEMS = {
  sepsis: problem('sepsis', '91302008', 'Sepsis'),
  uti: problem('uti', '68566005', 'Urinary tract infection'),
  pneumonia: problem('pneumonia', '385093006', 'Community acquired pneumonia'),
  copdFlare: problem('copd-flare', '195951007', 'Acute exacerbation of chronic obstructive pulmonary disease'),
  dka: problem('dka', '420422005', 'Ketoacidosis due to diabetes mellitus'),
  diabetes1: problem('diabetes1', '46635009', 'Type 1 diabetes mellitus'),
  cellulitis: problem('cellulitis', '128045006', 'Cellulitis'),
  giBleed: problem('gi-bleed', '37372002', 'Upper gastrointestinal haemorrhage'),
  embolism: problem('embolism', '59282003', 'Pulmonary embolism'),
  aki: problem('aki', '14669001', 'Acute kidney injury'),
  seizure: problem('seizure', '91175000', 'Seizure'),
  delirium: problem('delirium', '2776000', 'Delirium'),
  stroke: problem('stroke', '422504002', 'Ischaemic stroke'),
  fall: problem('fall', '217082002', 'Accidental fall'),
  hip: problem('hip', '5913000', 'Fracture of neck of femur'),
  appendicitis: problem('appendicitis', '85189001', 'Acute appendicitis'),
  cholecystitis: problem('cholecystitis', '65275009', 'Acute cholecystitis'),
  pancreatitis: problem('pancreatitis', '197456007', 'Acute pancreatitis'),
  colonCancer: problem('colon-cancer', '363406005', 'Malignant tumour of colon'),
  breastCancer: problem('breast-cancer', '254837009', 'Malignant neoplasm of breast'),
  obstruction: problem('obstruction', '81060008', 'Intestinal obstruction'),
  kneeArthritis: problem('knee', '239873007', 'Osteoarthritis of knee'),
  hipArthritis: problem('hip-oa', '239872002', 'Osteoarthritis of hip'),
  ankle: problem('ankle', '16114001', 'Fracture of ankle'),
  nstemi: problem('nstemi', '401314000', 'Acute non-ST segment elevation myocardial infarction'),
  stemi: problem('stemi', '401303003', 'Acute ST segment elevation myocardial infarction'),
  failure: problem('failure', '84114007', 'Heart failure'),
  af: problem('af', '49436004', 'Atrial fibrillation'),
  bronchiolitis: problem('bronchiolitis', '4120002', 'Bronchiolitis'),
  childAsthma: problem('asthma', '195967001', 'Asthma'),
  gastroenteritis: problem('gastroenteritis', '25374005', 'Gastroenteritis'),
  pregnancy: problem('pregnancy', '77386006', 'Pregnancy'),
  preeclampsia: problem('preeclampsia', '398254007', 'Pre-eclampsia'),
  newborn: problem('newborn', '169826009', 'Single live birth'),
  esrd: problem('esrd', '46177005', 'End-stage renal disease'),
  anaemiaRenal: problem('renal-anaemia', '271737000', 'Anaemia'),
  shock: problem('shock', '76571007', 'Septic shock'),
  respiratoryFailure: problem('respiratory-failure', '65710008', 'Acute respiratory failure'),
  parkinson: problem('parkinson', '49049000', 'Parkinson’s disease'),
  wrist: problem('wrist', '263102004', 'Fracture subluxation of wrist'),
} as const;
