// How this device shows things: text size, light or dark, one-key shortcuts. Of the device, not of the person: it belongs to the place that it
// stands at, and holds before anybody has signed in. The language is `web/texts`' own.
//
//   SR21  Preferences are kept on the device and are on the page before the first screen is drawn.
import { useSyncExternalStore } from 'react';

export interface Preferences {
  readonly textSize: 'normal' | 'large' | 'largest';
  /** `auto`: as the device has it. */
  readonly scheme: 'auto' | 'light' | 'dark';
  /** Single keys do things (`/`, `?`, `g …`). Off for whoever dictates or types by other means (WCAG 2.1.4). */
  readonly shortcuts: boolean;
  /** This device hangs on a wall: it shows the whiteboard, which never locks and shows nothing that a visitor may not read. */
  readonly wall: boolean;
}
export const USUAL: Preferences = { textSize: 'normal', scheme: 'auto', shortcuts: true, wall: false };

const KEPT = 'holdfast.preferences';
const hearers = new Set<() => void>();
let current: Preferences = USUAL;

/** Reads what was chosen here and puts it on the page. */
export function startPreferences(): void {
  current = parsePreferences(kept());
  putOnPage();
}
export function choosePreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEPT, JSON.stringify(current));
  } catch (error) {
    // A browser that keeps nothing: the choice holds until the page closes.
    if (!(error instanceof DOMException)) throw error;
  }
  putOnPage();
  for (const hear of hearers) hear();
}
export const preferences = (): Preferences => current;

export function usePreferences(): Preferences {
  return useSyncExternalStore(listen, preferences, preferences);
}

/** What is not understood is as usual: an older or newer client may have written it. */
export function parsePreferences(text: string | null): Preferences {
  let read: unknown;
  try {
    read = JSON.parse(text ?? '{}');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const had: Readonly<Record<string, unknown>> = typeof read === 'object' && read !== null ? { ...read } : {};
  const { textSize, scheme, shortcuts, wall } = had;
  return {
    textSize: textSize === 'large' || textSize === 'largest' ? textSize : USUAL.textSize,
    scheme: scheme === 'light' || scheme === 'dark' ? scheme : USUAL.scheme,
    shortcuts: shortcuts !== false,
    wall: wall === true,
  };
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return null;
  }
}
function putOnPage(): void {
  const root = document.documentElement.dataset;
  root['textSize'] = current.textSize;
  root['scheme'] = current.scheme;
}
function listen(changed: () => void): () => void {
  hearers.add(changed);
  return () => hearers.delete(changed);
}
