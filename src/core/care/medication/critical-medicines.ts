// Medicines of which a dispute must not wait: data, to be signed by a clinical safety officer.
//
//   MG38  By ATC code or by name; where nothing can be read, it counts as critical.
import type { JsonObject } from '../../base/json-types.ts';
import { at, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';

/** Beginnings of codes of http://www.whocc.no/atc */
const ATC: readonly string[] = [
  'A10A', // insulins
  'A10BB', // sulfonylureas
  'A12BA', // potassium
  'B01A', // antithrombotics
  'C01', // cardiac therapy: digoxin, antiarrhythmics, adrenergics
  'H01BB', // oxytocin
  'H02A', // corticosteroids
  'J01', // antibacterials
  'L01', // antineoplastics
  'L04A', // immunosuppressants
  'M03A', // muscle relaxants
  'N01', // anaesthetics
  'N02A', // opioids
  'N03A', // antiepileptics
  'N04B', // dopaminergics
  'N05CD', // benzodiazepines that sedate
];
const NAMES =
  /insulin|heparin|enoxaparin|dalteparin|tinzaparin|warfarin|acenocoumarol|apixaban|rivaroxaban|dabigatran|alteplase|potassium|adrenalin|epinephrin|dopamin|dobutamin|vasopressin|amiodaron|digoxin|lidocain|morphin|oxycodon|hydromorphon|fentanyl|methadon|pethidin|ketamin|propofol|midazolam|magnesium|oxytocin|methotrexat|vincristin|ciclosporin|tacrolimus|phenytoin|valpro|levetiracetam|carbamazepin|levodopa|hydrocortison|rocuronium|suxamethonium|meropenem|vancomycin|gentamicin|ceftriaxon/i;

/** Whether the medicine of an order, a dose or a dispense is one of those. True where what it is stands elsewhere or nowhere. */
export function isCriticalMedicine(body: JsonObject): boolean {
  const concept = body['medicationCodeableConcept'];
  if (!isObject(concept)) return true;
  const codings = itemsOf(concept['coding']);
  const names = [textOf(concept['text']), ...codings.map((coding) => textOf(at(coding, 'display')))];
  const codes = codings
    .filter((coding) => textOf(at(coding, 'system')) === 'http://www.whocc.no/atc')
    .map((coding) => textOf(at(coding, 'code')));
  if ([...names, ...codes].every((one) => one === '')) return true;
  return codes.some((code) => ATC.some((start) => code.startsWith(start))) || names.some((name) => NAMES.test(name));
}
