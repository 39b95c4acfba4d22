// Whom this person opened lately on this device: ids alone, under the person's key, as a draft is kept.
import { useCallback, useEffect, useState } from 'react';
import type { Device } from '../../device/device.ts';
import { useDevice } from '../frame/use-device.ts';

const NAME = 'recent-patients';
const KEPT = 12;

export async function recentPatients(device: Device): Promise<readonly string[]> {
  const draft = (await device.drafts()).find(({ name }) => name === NAME);
  return draft === undefined ? [] : draft.value.split(' ').filter((id) => id !== '');
}
export async function rememberPatient(device: Device, id: string): Promise<void> {
  const before = await recentPatients(device);
  await device.putDraft(NAME, [id, ...before.filter((other) => other !== id)].slice(0, KEPT).join(' '));
}
export const isRecentNote = (name: string): boolean => name === NAME;

/** Newest first; and `remember`, to be called when a chart is opened. */
export function useRecentPatients(): { readonly recent: readonly string[]; readonly remember: (id: string) => void } {
  const device = useDevice();
  const [recent, setRecent] = useState<readonly string[]>([]);
  useEffect(() => {
    let isGone = false;
    void recentPatients(device).then((ids) => {
      if (!isGone) setRecent(ids);
    });
    return () => {
      isGone = true;
    };
  }, [device]);
  const remember = useCallback((id: string) => void rememberPatient(device, id), [device]);
  return { recent, remember };
}
