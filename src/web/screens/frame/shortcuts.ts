// Keys that do things from anywhere: `/` finds a patient, `?` shows the keys, `g` and a letter go somewhere, and each screen's own.
//
//   SR22  A key does something only where nobody is typing and no window is open, and never together with Ctrl, Alt or Meta.
//   SR23  All of them can be switched off (WCAG 2.1.4), and everything that they do can be done without them.
import { createContext, useContext, useEffect, useRef } from 'react';
import { assert } from '../../../core/base/assert.ts';

export interface Shortcut {
  /** `/`, `?`, `g v`: as `KeyboardEvent.key`, after each other. */
  readonly keys: string;
  /** For the help. */
  readonly label: string;
  readonly run: () => void;
}

/** Longer than a hand needs from key to key; after that `g` was only a letter. */
const NEXT_KEY_MS = 1500;

/** The shortcuts that stand now; the youngest of the same keys wins. */
export class ShortcutDesk {
  readonly #known = new Set<{ readonly of: () => Shortcut }>();
  #begun = '';
  #begunAt = Number.NEGATIVE_INFINITY;

  add(of: () => Shortcut): () => void {
    const entry = { of };
    this.#known.add(entry);
    return () => this.#known.delete(entry);
  }
  /** In the order in which they came; one for each keys. */
  all(): readonly Shortcut[] {
    return [...new Map([...this.#known].map(({ of }) => [of().keys, of()])).values()];
  }
  /** True where the key did something, or began something. */
  press(key: string, atMs: number): boolean {
    const keys = this.#begun !== '' && atMs - this.#begunAt <= NEXT_KEY_MS ? `${this.#begun} ${key}` : key;
    this.#begun = '';
    const all = this.all();
    const hit = all.find((s) => s.keys === keys);
    if (hit !== undefined) {
      hit.run();
      return true;
    }
    if (!all.some((s) => s.keys.startsWith(`${keys} `))) return false;
    this.#begun = keys;
    this.#begunAt = atMs;
    return true;
  }
}

export const ShortcutContext = createContext<ShortcutDesk | undefined>(undefined);

/** Stands as long as the component does. */
export function useShortcut(keys: string, label: string, run: () => void): void {
  const desk = useShortcutDesk();
  const latest = useRef<Shortcut>({ keys, label, run });
  latest.current = { keys, label, run };
  useEffect(() => desk.add(() => latest.current), [desk, keys]);
}

export function useShortcutDesk(): ShortcutDesk {
  const desk = useContext(ShortcutContext);
  assert(desk !== undefined, 'shortcuts stand inside the frame');
  return desk;
}

/** Somebody types there, or chooses with letters. */
export function takesKeys(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest('[role=dialog], [role=menu], [role=listbox]') !== null) return true;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Hears the keys of the page for `desk`. */
export function useKeys(desk: ShortcutDesk, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const hear = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
      if (event.key === 'Shift' || takesKeys(event.target) || document.querySelector('[role=dialog]') !== null) return;
      if (desk.press(event.key, event.timeStamp)) event.preventDefault();
    };
    window.addEventListener('keydown', hear);
    return () => window.removeEventListener('keydown', hear);
  }, [desk, isOn]);
}
