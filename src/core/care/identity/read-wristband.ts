// The number of a patient in what a scanner read from a wristband or a label: plain, GS1, or one of our own codes. Pure.
//
//   WB25  GS1 application identifier 8018 (service relation number) gives its digits; of our own code the patient's part; all else is the number itself.
import { fold } from '../../fhir/search/fold.ts';

const GS = '\u001d';

/** What may be the number, the likeliest first; folded, without blanks, as `PatientEntry.numbers` are. */
export function numbersInScan(code: string): readonly string[] {
  const plain = code.replace(/^\][A-Za-z]\d/, '').trim();
  const found: string[] = [];
  const gs1 = new RegExp(`(?:^|${GS}|\\))\\(?8018\\)?(\\d{18})`).exec(plain);
  if (gs1?.[1] !== undefined) found.push(gs1[1], gs1[1].replace(/^0+/, ''));
  const parts = plain.split('|');
  if (parts.length >= 5) {
    const reference = parts[4] ?? '';
    if (reference.startsWith('Patient/')) found.push(reference);
  }
  found.push(plain);
  return [
    ...new Set(found.map((text) => (text.startsWith('Patient/') ? text : fold(text).replace(/\s+/g, '')))),
  ].filter((text) => text !== '');
}

/** Id of the one patient that a scan names; undefined: nobody here, or more than one. */
export function patientInScan(
  code: string,
  entries: Iterable<{ readonly id: string; readonly numbers: readonly string[] }>,
): string | undefined {
  const all = [...entries];
  for (const number of numbersInScan(code)) {
    const hits = number.startsWith('Patient/')
      ? all.filter(({ id }) => id === number.slice('Patient/'.length))
      : all.filter(({ numbers }) => numbers.includes(number));
    const [first, second] = hits;
    if (first !== undefined) return second === undefined ? first.id : undefined;
  }
  return undefined;
}
