// What a device needs to give a number by itself.
import type { Chance } from '../../../core/base/ports.ts';
import type { PatientIndex } from './patient-index.ts';

export const browserChance: Chance = { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) };

/** Numbers that stand in a record on this device are not given. */
export function numberIsKnown(index: PatientIndex): (text: string) => boolean {
  const known = new Set([...index.entries.values()].flatMap(({ numbers }) => numbers));
  return (text) => known.has(text.toLowerCase().replaceAll('-', ''));
}
