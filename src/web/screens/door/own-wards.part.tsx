// A device that was just set up, and on which nobody has chosen yet, keeps the wards that its person works on. Stands beside the frame.
import { useEffect, useRef, type ReactElement } from 'react';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { useDevice, useSearch, useStatus } from '../frame/use-device.ts';

export const WARDS = 'Location?_count=200';
/** Whoever is everywhere chooses for themselves. */
const OWN_MAX = 3;

/** `physicalType` of a Location (http://terminology.hl7.org/CodeSystem/location-physical-type): a ward. */
export function isWard({ resource }: { readonly resource: ResourceJson }): boolean {
  const type = resource['physicalType'];
  return /"code":"wa"/.test(JSON.stringify(type ?? null));
}

export function KeepOwnWards(): ReactElement | null {
  const { session, wards } = useStatus();
  const isOpen = session.kind === 'open';
  return isOpen && wards.length === 0 ? (
    <Keep places={session.principal.duties.flatMap(({ places }) => places)} />
  ) : null;
}

function Keep({ places }: { readonly places: readonly string[] }): null {
  const device = useDevice();
  const found = useSearch(WARDS);
  const isDone = useRef(false);
  const own =
    found?.ok === true
      ? found.value.found
          .filter((one) => isWard(one) && places.includes(`Location/${one.key.id}`))
          .map(({ key }) => `Location/${key.id}`)
      : [];
  const wanted = own.length > OWN_MAX ? '' : own.join(' ');
  useEffect(() => {
    if (wanted === '' || isDone.current) return;
    isDone.current = true;
    void device.keepWards(wanted.split(' '));
  }, [device, wanted]);
  return null;
}
