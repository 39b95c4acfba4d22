// The code of the picture that led here. It outlives the way to the sign-in and back, in this tab alone.
import { takeEnrolCode } from './ask-site.ts';

const KEPT = 'holdfast.enrol';

/** Call before anything reads the address: the code is taken out of it. */
export function keepEnrolCode(): string | undefined {
  const found = takeEnrolCode();
  try {
    if (found !== undefined) sessionStorage.setItem(KEPT, found);
    return found ?? sessionStorage.getItem(KEPT) ?? undefined;
  } catch (error) {
    // A browser that keeps nothing: it is typed, or scanned again.
    if (!(error instanceof DOMException)) throw error;
    return found;
  }
}
/** It was used, or is not wanted. */
export function forgetEnrolCode(): void {
  try {
    sessionStorage.removeItem(KEPT);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
