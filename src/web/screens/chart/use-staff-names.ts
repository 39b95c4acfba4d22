// Names of the people who wrote, by `Practitioner/1`: authors of versions are kept as references alone.
import { useCallback } from 'react';
import { isObject, itemsOf } from '../../../core/care/merge/clinical-words.ts';
import type { Device } from '../../device/device.ts';
import { chooseName, formatName, type NameParts } from '../../texts/clinical-names.ts';
import { useRead } from '../frame/use-device.ts';

/** Of those that are on this device; whoever is not known keeps the reference. */
export function useStaffNames(who: readonly (string | undefined)[]): (reference: string | undefined) => string {
  const wanted = [...new Set(who.filter((one) => one !== undefined && one.startsWith('Practitioner/')))]
    .toSorted()
    .join(' ');
  const read = useCallback(
    async (device: Device): Promise<ReadonlyMap<string, string>> => {
      const ids = wanted.split(' ').filter((one) => one !== '');
      const shown = await device.read(
        ids.map((one) => ({ type: 'Practitioner', id: one.slice('Practitioner/'.length) })),
      );
      return new Map(
        shown.flatMap((one) => {
          if (one === undefined) return [];
          const names = itemsOf(one.resource['name'])
            .filter(isObject)
            .map((name): NameParts => name);
          const name = formatName(chooseName(names));
          return name === '' ? [] : [[`Practitioner/${one.key.id}`, name] as const];
        }),
      );
    },
    [wanted],
  );
  const names = useRead(read, () => false);
  return (reference) => (reference === undefined ? '' : (names?.get(reference) ?? reference));
}
