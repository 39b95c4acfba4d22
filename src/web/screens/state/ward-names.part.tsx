// The names of the wards whose patients this device keeps.
import { useCallback, type ReactElement } from 'react';
import type { Device } from '../../device/device.ts';
import { useRead } from '../frame/use-device.ts';

export function WardNames({ wards }: { readonly wards: readonly string[] }): ReactElement {
  const ids = wards.join(' ');
  const read = useCallback(
    async (device: Device) => {
      const keys = ids.split(' ').map((ward) => ({ type: 'Location', id: ward.slice(ward.indexOf('/') + 1) }));
      const shown = await device.read(keys);
      return keys.map(({ id }, n) => {
        const name = shown[n]?.resource['name'];
        return typeof name === 'string' ? name : id;
      });
    },
    [ids],
  );
  const names = useRead(read, (patients) => patients === 'all') ?? [];
  return <>{names.join(', ')}</>;
}
