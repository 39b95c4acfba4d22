// Numbers that name people. Made up, but made as a hospital makes them: short enough to read out, and with a check character
// so that a slip of the finger is noticed before the wrong patient is opened.

/** No I, O, Q, S, Z: they are read as 1, 0, 0, 5, 2. */
const CHECK_LETTERS = 'ABCDEFGHJKLMNPRTUVWXY';

/** The check character over all digits, weighted by place; catches one wrong digit and two that changed places. */
export function checkLetter(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) sum += (i + 2) * Number(digits[i]);
  return CHECK_LETTERS[sum % CHECK_LETTERS.length] ?? 'A';
}

/** `4001234K`: seven digits and the check letter. `serial` below 9,000,000. */
export function hospitalNumber(serial: number): string {
  // A walk by a step that has no factor in common with the range visits every number once, in no visible order.
  const digits = String(1_000_000 + ((serial * 3_456_763 + 271_828) % 9_000_000));
  return digits + checkLetter(digits);
}
export function isHospitalNumber(text: string): boolean {
  return /^\d{7}[A-Z]$/.test(text) && checkLetter(text.slice(0, 7)) === text[7];
}

/** Ten digits that begin with 00: like a national number, but none that a country gives. */
export function nationalNumber(serial: number): string {
  return `00${String((serial * 61_803_397 + 14_142_135) % 100_000_000).padStart(8, '0')}`;
}

/** Mobile, home and work numbers of the ranges that Ofcom keeps for drama: they ring nowhere. */
export const mobileNumber = (n: number): string => `07700 900${String(n % 1000).padStart(3, '0')}`;
export const homeNumber = (n: number): string => `01632 960${String(n % 1000).padStart(3, '0')}`;
export const workNumber = (n: number): string => `020 7946 0${String(n % 1000).padStart(3, '0')}`;
export const FICTIONAL_PHONE = /^(07700 900\d{3}|01632 960\d{3}|020 7946 0\d{3})$/;
