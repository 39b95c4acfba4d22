// What is being typed, kept on this device while it is typed: of its author alone, until it is signed, saved or discarded.
//
//   CH48  Within two seconds of the last key, and at once when the page is hidden or left; forgotten when told, never by leaving.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Instant } from '../../../core/base/ports.ts';
import { useDevice } from '../frame/use-device.ts';

/** Less than the two seconds that are promised: the disk has some of them. */
const QUIET_MS = 800;

export interface Drafting<T> {
  /** Undefined until it is known whether a draft was left. */
  readonly value: T | undefined;
  readonly change: (next: T) => void;
  /** A draft was found when the form opened: of when. */
  readonly foundAt?: Instant;
  readonly keptAt?: Instant;
  readonly isLost: boolean;
  /** Forgets the draft; the form keeps its value. */
  readonly forget: () => Promise<void>;
}

/** `read`: what a kept text says, undefined where it says nothing (it was of another build). */
export function useDraft<T>(name: string, first: () => T, read: (kept: unknown) => T | undefined): Drafting<T> {
  const device = useDevice();
  const [value, setValue] = useState<T>();
  const [foundAt, setFoundAt] = useState<Instant>();
  const [keptAt, setKeptAt] = useState<Instant>();
  const [isLost, setLost] = useState(false);
  const waiting = useRef<{ readonly text: string; readonly timer: ReturnType<typeof setTimeout> }>(undefined);
  const made = useRef({ first, read });
  made.current = { first, read };

  const put = useCallback(
    (text: string): Promise<void> =>
      device.putDraft(name, text).then(
        () => {
          setKeptAt(device.status().now);
          setLost(false);
        },
        () => setLost(true),
      ),
    [device, name],
  );
  const flush = useCallback(() => {
    const last = waiting.current;
    if (last === undefined) return;
    clearTimeout(last.timer);
    waiting.current = undefined;
    void put(last.text);
  }, [put]);

  useEffect(() => {
    let isGone = false;
    device.drafts().then(
      (drafts) => {
        if (isGone) return;
        const draft = drafts.find((one) => one.name === name);
        const kept = draft === undefined ? undefined : made.current.read(parsed(draft.value));
        if (draft !== undefined && kept !== undefined) setFoundAt(draft.at);
        setValue((now) => now ?? kept ?? made.current.first());
      },
      () => {
        if (!isGone) setValue((now) => now ?? made.current.first());
      },
    );
    const hidden = (): void => {
      if (document.visibilityState === 'hidden') flush();
    };
    document.addEventListener('visibilitychange', hidden);
    // Going to another field, or to the button that locks: nothing waits for the quiet moment.
    document.addEventListener('focusout', flush);
    window.addEventListener('pagehide', flush);
    return () => {
      isGone = true;
      document.removeEventListener('visibilitychange', hidden);
      document.removeEventListener('focusout', flush);
      window.removeEventListener('pagehide', flush);
      flush();
    };
  }, [device, name, flush]);

  const change = useCallback(
    (next: T) => {
      setValue(next);
      const text = JSON.stringify(next);
      if (waiting.current !== undefined) clearTimeout(waiting.current.timer);
      waiting.current = { text, timer: setTimeout(flush, QUIET_MS) };
    },
    [flush],
  );
  const forget = useCallback(async () => {
    if (waiting.current !== undefined) clearTimeout(waiting.current.timer);
    waiting.current = undefined;
    setKeptAt(undefined);
    setFoundAt(undefined);
    await device.putDraft(name, '');
  }, [device, name]);
  return {
    value,
    change,
    isLost,
    forget,
    ...(foundAt === undefined ? {} : { foundAt }),
    ...(keptAt === undefined ? {} : { keptAt }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
