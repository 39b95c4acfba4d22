// What is being typed, kept on this device until it is saved: leaving loses nothing (each form under a name of its own).
import { useCallback, useEffect, useRef, useState } from 'react';
import { useDevice } from '../frame/use-device.ts';

const SOON_MS = 600;

/** `empty` must be the same object always. The third forgets it, when it was saved. */
export function useDraft<T extends object>(
  name: string,
  empty: T,
): readonly [T, (value: T) => void, () => Promise<void>] {
  const device = useDevice();
  const [value, setValue] = useState(empty);
  const typed = useRef<T | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => {
    let isGone = false;
    typed.current = undefined;
    setValue(empty);
    void device.drafts().then((drafts) => {
      const found = drafts.find((draft) => draft.name === name);
      // Whoever typed already keeps what was typed.
      if (isGone || found === undefined || typed.current !== undefined) return;
      const read = parsed(found.value);
      if (read !== undefined) setValue({ ...empty, ...read });
    });
    return () => {
      isGone = true;
      clearTimeout(timer.current);
      if (typed.current !== undefined) void device.putDraft(name, JSON.stringify(typed.current));
    };
  }, [device, name, empty]);
  const set = useCallback(
    (next: T) => {
      typed.current = next;
      setValue(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void device.putDraft(name, JSON.stringify(next)), SOON_MS);
    },
    [device, name],
  );
  const forget = useCallback(async () => {
    clearTimeout(timer.current);
    typed.current = undefined;
    setValue(empty);
    await device.putDraft(name, '');
  }, [device, name, empty]);
  return [value, set, forget];
}

function parsed(text: string): object | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? read : undefined;
  } catch {
    // A draft of another build: what cannot be read is not shown as typed.
    return undefined;
  }
}
