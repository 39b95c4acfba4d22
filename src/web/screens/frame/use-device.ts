// The device, as screens reach it: what is there, what changed, and what to write.
import { createContext, useCallback, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { assert } from '../../../core/base/assert.ts';
import type { Chart, Device, NotRead, ShownPage, Status } from '../../device/device.ts';
import type { Result } from '../../../core/base/result.ts';

export const DeviceContext = createContext<Device | undefined>(undefined);

export function useDevice(): Device {
  const device = useContext(DeviceContext);
  assert(device !== undefined, 'screens stand inside a DeviceContext');
  return device;
}

/** As of now; draws again when it changes. */
export function useStatus(): Status {
  const device = useDevice();
  const listen = useCallback((changed: () => void) => device.listen(changed), [device]);
  return useSyncExternalStore(listen, () => device.status());
}

/** Everything of a patient that is here; undefined until it was read the first time. Read again when something of it came or was written. */
export function useChart(patient: string): Chart | undefined {
  const read = useCallback((device: Device) => device.chart(patient), [patient]);
  return useRead(read, (patients) => patients === 'all' || patients.includes(patient));
}

/** What a search finds here; undefined until it was read the first time. Read again when anything came or was written. */
export function useSearch(query: string): Result<ShownPage, NotRead> | undefined {
  const read = useCallback((device: Device) => device.search(query), [query]);
  return useRead(read, () => true);
}

/** `read` must be the same function until what it reads is another thing. */
export function useRead<T>(
  read: (device: Device) => Promise<T>,
  concerns: (patients: readonly string[] | 'all') => boolean,
): T | undefined {
  const device = useDevice();
  const [found, setFound] = useState<{ readonly by: typeof read; readonly value: T }>();
  const [failure, setFailure] = useState<unknown>();
  const concerned = useRef(concerns);
  concerned.current = concerns;
  useEffect(() => {
    let isGone = false;
    let asked = 0;
    let shown = 0;
    const again = (): void => {
      const turn = (asked += 1);
      read(device).then(
        (value) => {
          // An answer that was overtaken by a later one is old.
          if (isGone || turn < shown) return;
          shown = turn;
          setFound({ by: read, value });
        },
        (error: unknown) => {
          if (!isGone) setFailure(() => error);
        },
      );
    };
    again();
    const stop = device.listen((news) => {
      if (news.what === 'record' && concerned.current(news.patients)) again();
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [device, read]);
  // A broken device is for the error boundary, which says so and offers the rescue page: never an empty list.
  if (failure !== undefined) throw failure;
  return found?.by === read ? found.value : undefined;
}
