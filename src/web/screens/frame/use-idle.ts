// Nobody has touched this device for a while. The door decides what follows; the whiteboard of a wall is never covered.
//
//   SR30  Touch, keys, pointer and scans count as presence. A page that nobody sees counts on.
import { useEffect, useRef, useState } from 'react';

export interface IdleOptions {
  /** After this the screen is covered; a touch uncovers it. */
  readonly coverMs: number;
  /** After this `onIdle` is called, once. */
  readonly idleMs: number;
  /** A wall's whiteboard: shows nothing that a visitor may not read, and stays. */
  readonly paused: boolean;
}

const LOOK_MS = 1_000;
const PRESENCE = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'scroll'] as const;

/** True while the screen should be covered. Time is that of a clock that does not jump, and goes on while the page is hidden. */
export function useIdle({ coverMs, idleMs, paused }: IdleOptions, onIdle: () => void): boolean {
  const [isCovered, cover] = useState(false);
  const told = useRef(onIdle);
  told.current = onIdle;
  useEffect(() => {
    if (paused) {
      cover(false);
      return undefined;
    }
    let lastAt = performance.now();
    let isTold = false;
    const here = (): void => {
      lastAt = performance.now();
      isTold = false;
      cover(false);
    };
    const look = (): void => {
      const quietMs = performance.now() - lastAt;
      cover(quietMs >= coverMs);
      if (quietMs >= idleMs && !isTold) {
        isTold = true;
        told.current();
      }
    };
    const timer = setInterval(look, LOOK_MS);
    for (const sign of PRESENCE) window.addEventListener(sign, here, { capture: true, passive: true });
    // Timers sleep in a hidden page: what passed meanwhile counts as soon as it is seen.
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      for (const sign of PRESENCE) window.removeEventListener(sign, here, { capture: true });
      document.removeEventListener('visibilitychange', look);
    };
  }, [coverMs, idleMs, paused]);
  return isCovered;
}
