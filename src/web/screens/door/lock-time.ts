// After how long this device locks itself. Of the device, as it stands on a ward.
//
//   WU54  2 to 5 minutes without a touch, 3 unless set; 30 in a declared downtime, and never so that nobody can come in (DT13).
const KEPT = 'holdfast.lock-minutes';
export const LOCK_MINUTES = [2, 3, 4, 5] as const;
const USUAL = 3;
const IN_DOWNTIME = 30;
const MINUTE = 60_000;

export interface LockTimes {
  /** After this the screen is covered. */
  readonly coverMs: number;
  readonly idleMs: number;
}
export const lockTimes = (minutes: number, downtime: boolean): LockTimes => ({
  // What lies open on a trolley is covered as soon in a downtime as ever: uncovering costs a touch.
  coverMs: minutes * MINUTE * 0.5,
  idleMs: (downtime ? Math.max(IN_DOWNTIME, minutes) : minutes) * MINUTE,
});

export const readMinutes = (text: string | null): number => LOCK_MINUTES.find((one) => String(one) === text) ?? USUAL;

export function lockMinutes(): number {
  try {
    return readMinutes(localStorage.getItem(KEPT));
  } catch (error) {
    // A browser that keeps nothing.
    if (!(error instanceof DOMException)) throw error;
    return USUAL;
  }
}
export function chooseLockMinutes(minutes: number): void {
  try {
    localStorage.setItem(KEPT, String(minutes));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
  dispatchEvent(new Event(LOCK_TIME_CHOSEN));
}
export const LOCK_TIME_CHOSEN = 'holdfast-lock-time';
