// When this person looked at these results last, on this device: kept as drafts are, under the person's key.
//
//   LR7  New is what was issued since; the first time, of the last 24 hours. Having looked acknowledges nothing.
import { useEffect, useState } from 'react';
import type { Instant } from '../../../core/base/ports.ts';
import { useDevice } from '../frame/use-device.ts';

const DAY = 86_400_000;
export interface LastLook {
  readonly since: Instant;
  readonly isFirst: boolean;
}

/** Stays what it was while the page stands open; undefined until it is known. */
export function useLastLook(patientId: string): LastLook | undefined {
  const device = useDevice();
  const [look, setLook] = useState<LastLook>();
  useEffect(() => {
    let isGone = false;
    const name = `results-looked/${patientId}`;
    const remember = async (): Promise<void> => {
      const kept = (await device.drafts()).find((one) => one.name === name);
      const at = Number(kept?.value ?? '');
      const { now } = device.status();
      if (isGone) return;
      setLook(at > 0 ? { since: at, isFirst: false } : { since: now - DAY, isFirst: true });
      await device.putDraft(name, String(now));
    };
    // A device that cannot keep when somebody looked shows more as new, never less.
    remember().catch(() => {
      if (!isGone) setLook((found) => found ?? { since: device.status().now - DAY, isFirst: true });
    });
    return () => {
      isGone = true;
    };
  }, [device, patientId]);
  return look;
}
