// Reading more than one page, and reading often without reading always.
import { useEffect, useState } from 'react';
import { assert } from '../../../core/base/assert.ts';
import type { Device, Shown } from '../../device/device.ts';
import { useDevice } from '../frame/use-device.ts';

const PAGE = 1_000;
const PAGES_MAX = 50;

/** Every match that is here. A query that is not understood is a fault of the program, never an empty list. */
export async function readAll(device: Device, query: string): Promise<readonly Shown[]> {
  const found: Shown[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const read = await device.search(`${query}${query.includes('?') ? '&' : '?'}_count=${PAGE}`, after);
    if (!read.ok) {
      // The screen goes away when the device locks: what it shows in that moment counts for nothing.
      // What the roles never read is not drawn at all: who calls asks `useMe` first.
      if (read.error.kind === 'locked' || read.error.kind === 'forbidden') return [];
      throw new Error(`a list could not be read: ${read.error.kind} ${read.error.text}`);
    }
    found.push(...read.value.found.filter(({ mode }) => mode === 'match'));
    after = read.value.next;
    if (after === undefined) return found;
  }
  assert(false, 'a list ends');
}

/** Of many patients, a few at a time: a query's text stays short. `rest` begins with `&` or is ''. */
export async function readOfPatients(
  device: Device,
  type: string,
  param: string,
  patients: readonly string[],
  rest: string,
): Promise<readonly Shown[]> {
  const found: Shown[] = [];
  for (let at = 0; at < patients.length; at += CHUNK) {
    const some = patients.slice(at, at + CHUNK).map((id) => `Patient/${id}`);
    found.push(...(await readAll(device, `${type}?${param}=${some.join(',')}${rest}`)));
  }
  return found;
}
const CHUNK = 40;

/** Between two readings of one list: a ward that fills tells of a hundred changes a second. */
const STEADY_MS = 1_200;

/**
 * As `useRead`, for lists of many patients: while changes come it reads again at most every `STEADY_MS`, and shows what it has.
 * `read` must be the same function until what it reads is another thing.
 */
export function useSteadyRead<T>(read: (device: Device) => Promise<T>): T | undefined {
  const device = useDevice();
  const [found, setFound] = useState<{ readonly by: typeof read; readonly value: T }>();
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    let isReading = false;
    let isWanted = false;
    let isOver = false;
    let wasOpen = device.status().session.kind === 'open';
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = (): void => {
      if (isReading || timer !== undefined) {
        isWanted = true;
        return;
      }
      isReading = true;
      isWanted = false;
      read(device)
        .then(
          (value) => {
            if (!isOver) setFound({ by: read, value });
          },
          (error: unknown) => {
            if (!isOver) setFailure(() => error);
          },
        )
        .finally(() => {
          isReading = false;
          if (isOver) return;
          timer = setTimeout(() => {
            timer = undefined;
            if (isWanted) again();
          }, STEADY_MS);
        });
    };
    again();
    const stop = device.listen((news) => {
      // Somebody came back: what was read of a locked device was nothing.
      const isOpen = device.status().session.kind === 'open';
      if (news.what === 'record' || (news.what === 'status' && isOpen && !wasOpen)) again();
      wasOpen = isOpen;
    });
    return () => {
      isOver = true;
      clearTimeout(timer);
      stop();
    };
  }, [device, read]);
  if (failure !== undefined) throw failure;
  return found?.by === read ? found.value : undefined;
}
