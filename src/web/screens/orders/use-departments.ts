// How the departments are reached, by kind of order: from the services and places that the record has.
import { useCallback } from 'react';
import type { OrderKind } from '../../../core/care/orders/catalogue.ts';
import { departmentOf, type Reachable } from '../../../core/care/orders/department.ts';
import { at, itemsOf, textOf } from '../../../core/care/merge/clinical-words.ts';
import type { Device } from '../../device/device.ts';
import { useRead } from '../frame/use-device.ts';

/** Undefined of a kind that has no department in the record, and until it was read. */
export function useDepartments(): (kind: OrderKind) => Reachable | undefined {
  const read = useCallback(async (device: Device) => {
    const found = await device.search('HealthcareService?_count=200');
    // Who may not look up services is told no number, and uses the switchboard.
    const services = found.ok ? found.value.found.map(({ resource }) => resource) : [];
    const ids = new Set(
      services
        .flatMap((one) => itemsOf(one['location']))
        .map((one) => textOf(at(one, 'reference')))
        .filter((one) => one.startsWith('Location/'))
        .map((one) => one.slice('Location/'.length)),
    );
    const places = await device.read([...ids].map((id) => ({ type: 'Location', id })));
    return { services, places: places.flatMap((one) => (one === undefined ? [] : [one.resource])) };
  }, []);
  const known = useRead(read, () => false);
  return (kind) => (known === undefined ? undefined : departmentOf(kind, known.services, known.places));
}
