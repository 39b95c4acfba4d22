// Which wards there are, and which of them this person looks at.
//
//   WB15  The wards that are shown are those chosen here, else those that this device keeps, else those of the person's duties; a ward that
//         this device does not keep says so.
import { useCallback, useMemo, useRef } from 'react';
import { useSearchParams } from 'react-router';
import type { Principal } from '../../../core/access/principal.ts';
import { wardsOf, type WardPlace } from '../../../core/care/ward/places.ts';
import type { Status } from '../../device/device.ts';
import { useStatus } from '../frame/use-device.ts';
import { readAll, useSteadyRead } from './read-all.ts';

/** All wards of the places that are here; undefined until they were read. */
export function useWards(): readonly WardPlace[] | undefined {
  const locations = useSteadyRead(useCallback((device) => readAll(device, 'Location'), []));
  // Whatever comes is a reason to read them again: the wards are others only where a place is.
  const known = useRef<{ readonly of: string; readonly wards: readonly WardPlace[] }>(undefined);
  if (locations === undefined) return known.current?.wards;
  const of = locations.map(({ key, versionId }) => `${key.id} ${versionId}`).join(' ');
  if (known.current?.of !== of) known.current = { of, wards: wardsOf(locations.map(({ resource }) => resource)) };
  return known.current.wards;
}

export interface WardChoice {
  readonly all: readonly WardPlace[];
  /** In the order of `all`; never empty where there is a ward. */
  readonly chosen: readonly WardPlace[];
  /** Of `chosen`, those whose patients this device does not keep. */
  readonly notKept: readonly WardPlace[];
  readonly choose: (places: readonly string[]) => void;
}

export function useWardChoice(): WardChoice | undefined {
  const wards = useWards();
  const status = useStatus();
  const [params, setParams] = useSearchParams();
  const asked = params.get('wards');
  const choose = useCallback(
    (places: readonly string[]) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (places.length === 0) next.delete('wards');
          else next.set('wards', places.map((place) => place.slice('Location/'.length)).join(','));
          return next;
        },
        { replace: true },
      ),
    [setParams],
  );
  // The status is told anew with everything that comes: a choice that is the same is the same object, so that nothing is read again for it.
  const wanted = wards === undefined ? '' : placesIn(chosenWards(wards, asked, status));
  const kept = status.wards.join(' ');
  return useMemo(() => {
    if (wards === undefined) return undefined;
    const [names, here] = [new Set(wanted.split(' ')), new Set(kept.split(' '))];
    const chosen = wards.filter(({ place }) => names.has(place));
    return { all: wards, chosen, notKept: chosen.filter(({ place }) => !here.has(place)), choose };
  }, [wards, wanted, kept, choose]);
}

const placesIn = (wards: readonly WardPlace[]): string => wards.map(({ place }) => place).join(' ');

/** `asked`: ids of Locations with commas between. */
export function chosenWards(
  wards: readonly WardPlace[],
  asked: string | null,
  status: Pick<Status, 'session' | 'wards'>,
): readonly WardPlace[] {
  const among = (places: readonly string[]): readonly WardPlace[] =>
    wards.filter(({ place }) => places.includes(place));
  const told = among((asked ?? '').split(',').map((id) => `Location/${id}`));
  if (told.length > 0) return told;
  const kept = among(status.wards);
  if (kept.length > 0) return kept;
  const own = status.session.kind === 'open' ? among(placesOf(status.session.principal)) : [];
  if (own.length > 0) return own;
  const first = wards.find(({ beds }) => beds.length > 0);
  return first === undefined ? [] : [first];
}
const placesOf = ({ duties }: Principal): readonly string[] => duties.flatMap(({ places }) => places);
