// What a scanner types, told from what a person types. Scanners at the bedside are keyboards: they type a code faster than anybody can, and
// end it with Enter or Tab; some put a prefix before it.
//
//   SR15  What comes as a scanner types is one code, whole, and is never left in a field that had the focus; what a person types is never a scan.
//
// Pure: keys and their times in, codes out.

export interface ScanOptions {
  /** Longer pauses between two keys are a person's. */
  readonly betweenKeysMsMax: number;
  /** Shorter codes are nobody's. */
  readonly lengthMin: number;
  /** Keys that end a code. */
  readonly endsWith: readonly string[];
  /** Typed before each code, and not part of it; '' for none. */
  readonly prefix: string;
}
export const SCANNERS: ScanOptions = { betweenKeysMsMax: 35, lengthMin: 5, endsWith: ['Enter', 'Tab'], prefix: '' };

/** What was typed without a pause. */
export interface Burst {
  readonly text: string;
  readonly lastAtMs: number;
}
export const SILENCE: Burst = { text: '', lastAtMs: Number.NEGATIVE_INFINITY };

/** `code`: a scan ended with this key, which must not do what it does otherwise. */
export function readKey(
  before: Burst,
  key: string,
  atMs: number,
  options: ScanOptions,
): { readonly burst: Burst; readonly code?: string } {
  const isQuick = atMs - before.lastAtMs <= options.betweenKeysMsMax;
  if (options.endsWith.includes(key)) {
    const isScan =
      isQuick &&
      before.text.startsWith(options.prefix) &&
      before.text.length - options.prefix.length >= options.lengthMin;
    return isScan ? { burst: SILENCE, code: before.text.slice(options.prefix.length) } : { burst: SILENCE };
  }
  // FNC1 comes as a group separator (Ctrl+] on most scanners): it divides the parts of a GS1 code.
  const character = [...key].length === 1 ? key : '';
  if (character === '') return { burst: key === 'Shift' ? before : SILENCE };
  return { burst: { text: isQuick ? before.text + character : character, lastAtMs: atMs } };
}
