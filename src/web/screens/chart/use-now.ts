// The time by this device's best clock, once a minute: for ages and due times on screens.
import { useEffect, useState } from 'react';
import type { Instant } from '../../../core/base/ports.ts';
import { useStatus } from '../frame/use-device.ts';

const TICK_MS = 15_000;
const MINUTE_MS = 60_000;

/** Draws again when the minute changes. */
export function useNow(): Instant {
  const status = useStatus();
  // The status is told when it changes: between two tellings this browser's clock counts on from the device's.
  const [told, setTold] = useState(() => ({ status, at: Date.now() }));
  if (told.status !== status) setTold({ status, at: Date.now() });
  const read = (): Instant => told.status.now + (Date.now() - told.at);
  const [minute, setMinute] = useState(() => Math.floor(read() / MINUTE_MS));
  useEffect(() => {
    const tick = (): void => setMinute(Math.floor((told.status.now + (Date.now() - told.at)) / MINUTE_MS));
    tick();
    const timer = setInterval(tick, TICK_MS);
    return () => clearInterval(timer);
  }, [told]);
  return Math.max(minute * MINUTE_MS, told.status.now);
}
