import type { Texts } from '../../texts/define-texts.ts';
import type { Speak } from '../../texts/use-texts.ts';
import type { doseTexts } from './dose-texts.ts';

/** Speaks the words of charting a dose. */
export type DoseSpeak = typeof doseTexts extends Texts<infer English> ? Speak<English> : never;
