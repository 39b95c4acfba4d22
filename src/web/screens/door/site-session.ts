// The session at the site, which the sign-in there left in this browser: it ends when this device locks.
//
//   WU58  What is locked here is not open behind another address of the site. Where the site is away, its session is ended when it answers.
import { useEffect } from 'react';
import { lockMinutes, lockTimes } from './lock-time.ts';
import { useDoor } from './use-gate.ts';

const LOOK_MS = 5_000;
const TOUCHES = ['keydown', 'pointerdown', 'pointermove', 'touchstart'] as const;
/** Somebody was in, in this page. */
let wasOpen = false;

/** Stands while somebody is in. */
export function useNoteOpen(isOpen: boolean): void {
  useEffect(() => {
    if (isOpen) wasOpen = true;
  }, [isOpen]);
}

/** Stands at the door: ends the session at once after somebody was in; of whoever came from the sign-in, when nobody touches the door. */
export function useEndAtDoor(): void {
  const { site } = useDoor();
  useEffect(() => {
    let touchedAt = performance.now();
    let isDue = wasOpen;
    let isAsking = false;
    wasOpen = false;
    const touched = (): void => {
      touchedAt = performance.now();
    };
    const look = async (): Promise<void> => {
      const { idleMs } = lockTimes(lockMinutes(), false);
      isDue ||= performance.now() - touchedAt > idleMs;
      if (!isDue || isAsking) return;
      isAsking = true;
      if (await site.endSession()) {
        isDue = false;
        touched();
      }
      isAsking = false;
    };
    for (const sign of TOUCHES) addEventListener(sign, touched, { capture: true, passive: true });
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      for (const sign of TOUCHES) removeEventListener(sign, touched, { capture: true });
      clearInterval(timer);
    };
  }, [site]);
}
