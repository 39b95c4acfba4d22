// What can be ordered by a name: codes, how soon the same again is asked about, what it is called. A small list of our own; anything
// else is written in words.
//
//   OD5  Codes: LOINC (laboratory, imaging), SNOMED CT (procedures), our own (diet, nursing).
//   OD7  `againHours`: the same within them is told. After the Royal College of Pathologists, National minimum retesting intervals, 2021, where it
//        has one for patients in hospital.
import type { JsonObject, ResourceJson } from '../../base/json-types.ts';
import { codesOf } from '../merge/clinical-words.ts';

export const ORDER_KINDS = ['laboratory', 'imaging', 'procedure', 'diet', 'nursing'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

const SNOMED = 'http://snomed.info/sct';
const LOINC = 'http://loinc.org';
/** As the wards of the demonstration have them. */
const LOCAL = 'https://holdfast.example/demo/codes';

/** ServiceRequest.category: what departments find their orders by. */
export const KIND_CODING: Readonly<Record<OrderKind, JsonObject>> = {
  laboratory: { system: SNOMED, code: '108252007', display: 'Laboratory procedure' },
  imaging: { system: SNOMED, code: '363679005', display: 'Imaging' },
  procedure: { system: SNOMED, code: '71388002', display: 'Procedure' },
  diet: { system: LOCAL, code: 'service-diet', display: 'Diet' },
  nursing: { system: LOCAL, code: 'service-nursing', display: 'Nursing care' },
};
const BY_CODE: Readonly<Record<string, OrderKind>> = {
  '108252007': 'laboratory',
  laboratory: 'laboratory',
  LAB: 'laboratory',
  '363679005': 'imaging',
  imaging: 'imaging',
  RAD: 'imaging',
  '71388002': 'procedure',
  '387713003': 'procedure',
  'service-diet': 'diet',
  'service-nursing': 'nursing',
};
/** By its category; a category that is not known is a procedure: something is to be done. */
export const kindOf = (order: ResourceJson): OrderKind =>
  codesOf(order['category'])
    .map((code) => BY_CODE[code])
    .find((kind) => kind !== undefined) ?? 'procedure';

export interface CatalogueEntry {
  readonly key: string;
  readonly kind: OrderKind;
  readonly words: string;
  readonly coding?: JsonObject;
  /** 0: never asked about. */
  readonly againHours: number;
}

/** `key; words; system|code; name of the code; hours`. `_`: no code. */
const ROWS: Readonly<Record<OrderKind, string>> = {
  laboratory: `
fbc; Full blood count; L|58410-2; CBC panel - Blood by Automated count; 12
ue; Urea and electrolytes; L|24362-6; Renal function 2000 panel - Serum or Plasma; 12
lft; Liver function; L|24325-3; Hepatic function 2000 panel - Serum or Plasma; 72
crp; C-reactive protein; L|1988-5; C reactive protein [Mass/volume] in Serum or Plasma; 24
lactate; Lactate; L|2524-7; Lactate [Moles/volume] in Serum or Plasma; 1
gas; Blood gas; _; _; 1
troponin; Troponin; L|67151-1; Troponin T.cardiac [Mass/volume] in Serum or Plasma by High sensitivity method; 1
bnp; NT-proBNP; L|33762-6; Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma; 168
inr; Clotting; L|6301-6; INR in Platelet poor plasma by Coagulation assay; 12
glucose; Glucose; L|14749-6; Glucose [Moles/volume] in Serum or Plasma; 1
ketones; Ketones and glucose; L|6873-4; Beta hydroxybutyrate [Moles/volume] in Serum or Plasma; 1
magnesium; Magnesium; L|2601-3; Magnesium [Moles/volume] in Serum or Plasma; 24
bone; Bone profile; L|2000-8; Calcium [Moles/volume] in Serum or Plasma; 48
amylase; Amylase; L|1798-8; Amylase [Enzymatic activity/volume] in Serum or Plasma; 72
ddimer; D-dimer; L|48065-7; Fibrin D-dimer FEU [Mass/volume] in Platelet poor plasma; 168
hba1c; HbA1c; L|59261-8; Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol; 1440
tsh; Thyroid function; L|3016-3; Thyrotropin [Units/volume] in Serum or Plasma; 720
lipids; Cholesterol; L|14647-2; Cholesterol [Moles/volume] in Serum or Plasma; 720
blood-culture; Blood culture; L|600-7; Bacteria identified in Blood by Culture; 12
urine-culture; Urine culture; L|630-4; Bacteria identified in Urine by Culture; 48
group-save; Group and save; _; _; 72`,
  imaging: `
chest; Chest X-ray; L|36554-4; XR Chest Single view; 24
ct-head; CT head; L|24725-4; CT Head; 24
ct-abdomen; CT abdomen and pelvis; _; _; 24
ct-pulmonary; CT pulmonary angiogram; _; _; 24
us-abdomen; Ultrasound of the abdomen; _; _; 48
us-leg; Ultrasound of the leg veins; _; _; 72
hip; X-ray of hip and pelvis; _; _; 24
mr-head; MR head; _; _; 72
ecg; 12-lead electrocardiogram; L|11524-6; EKG study; 1`,
  procedure: `
urinary-catheter; Urinary catheter; _; _; 24
cannula; Intravenous cannula; _; _; 0
lumbar-puncture; Lumbar puncture; _; _; 72
ascitic-tap; Ascitic tap; _; _; 48
nasogastric; Nasogastric tube; _; _; 24`,
  diet: `
normal; Normal diet; _; _; 0
soft; Soft diet; _; _; 0
puree; Pureed diet and thickened fluids; _; _; 0
diabetic; Diabetic diet; _; _; 0
fluids; Clear fluids only; _; _; 0
nil; Nil by mouth; _; _; 0`,
  nursing: `
obs-hourly; Observations each hour; _; _; 0
obs-4-hourly; Observations every 4 hours; _; _; 0
fluid-balance; Fluid balance chart; _; _; 24
daily-weight; Weight each day; _; _; 24
turning; Turn every 2 hours; _; _; 24
one-to-one; One-to-one nursing; _; _; 0
stool-chart; Stool chart; _; _; 24`,
};
export const CATALOGUE: readonly CatalogueEntry[] = ORDER_KINDS.flatMap((kind) =>
  ROWS[kind]
    .trim()
    .split('\n')
    .map((row): CatalogueEntry => {
      const [key = '', words = '', code = '_', display = '', hours = '0'] = row.split(';').map((cell) => cell.trim());
      return {
        key: `${kind}/${key}`,
        kind,
        words,
        againHours: Number(hours),
        ...(code === '_' ? {} : { coding: { system: LOINC, code: code.slice(2), display } }),
      };
    }),
);
export const entryBy = (key: string): CatalogueEntry | undefined => CATALOGUE.find((one) => one.key === key);
