// All people whose identity is on this device, ready to be searched: read once, then kept up by the news. Forgotten when the device locks.
import { useEffect, useState } from 'react';
import { entryOf, type PatientEntry } from '../../../core/care/identity/find-patients.ts';
import type { Device, Shown } from '../../device/device.ts';
import { useDevice } from '../frame/use-device.ts';
import { readAll } from '../ward/read-all.ts';

export interface PatientIndex {
  readonly entries: ReadonlyMap<string, PatientEntry>;
  readonly shown: ReadonlyMap<string, Shown>;
}

interface Kept {
  index: PatientIndex | undefined;
  reading: Promise<void> | undefined;
  readonly heard: Set<() => void>;
}
const byDevice = new WeakMap<Device, Kept>();

/** Undefined until all were read. */
export function usePatientIndex(): PatientIndex | undefined {
  const device = useDevice();
  const kept = keptOf(device);
  const [index, setIndex] = useState(kept.index);
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    const hear = (): void => setIndex(kept.index);
    kept.heard.add(hear);
    hear();
    whole(device, kept).catch((error: unknown) => setFailure(() => error));
    return () => void kept.heard.delete(hear);
  }, [device, kept]);
  if (failure !== undefined) throw failure;
  return index;
}

function keptOf(device: Device): Kept {
  const before = byDevice.get(device);
  if (before !== undefined) return before;
  const kept: Kept = { index: undefined, reading: undefined, heard: new Set() };
  byDevice.set(device, kept);
  device.listen((news) => {
    if (news.what === 'status') {
      const isOpen = device.status().session.kind === 'open';
      if (!isOpen && kept.index !== undefined) put(kept, undefined);
      // Somebody came back to a screen that stood all the while.
      if (isOpen && kept.index === undefined && kept.heard.size > 0) void whole(device, kept);
      return;
    }
    if (news.what !== 'record' || kept.index === undefined) return;
    if (news.patients === 'all') {
      kept.reading = undefined;
      void whole(device, kept);
    } else void again(device, kept, news.patients);
  });
  return kept;
}

function put(kept: Kept, index: PatientIndex | undefined): void {
  kept.index = index;
  if (index === undefined) kept.reading = undefined;
  for (const hear of kept.heard) hear();
}

function whole(device: Device, kept: Kept): Promise<void> {
  kept.reading ??= readAll(device, 'Patient').then((patients) => {
    // Locked while it was read: what came counts for nothing.
    if (device.status().session.kind !== 'open') {
      kept.reading = undefined;
      return;
    }
    put(kept, {
      entries: new Map(patients.map(({ key, resource }) => [key.id, entryOf(resource)])),
      shown: new Map(patients.map((shown) => [shown.key.id, shown])),
    });
  });
  return kept.reading;
}

async function again(device: Device, kept: Kept, ids: readonly string[]): Promise<void> {
  const read = await device.read(ids.map((id) => ({ type: 'Patient', id })));
  const { index } = kept;
  if (index === undefined) return;
  const entries = new Map(index.entries);
  const shown = new Map(index.shown);
  let hasChanged = false;
  for (const [i, id] of ids.entries()) {
    const found = read[i];
    if (found?.versionId === shown.get(id)?.versionId) continue;
    hasChanged = true;
    if (found === undefined) {
      entries.delete(id);
      shown.delete(id);
    } else {
      entries.set(id, entryOf(found.resource));
      shown.set(id, found);
    }
  }
  if (hasChanged) put(kept, { entries, shown });
}
