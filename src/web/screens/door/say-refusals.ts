// What the gate and the site refuse, in words.
import type { NotEnrolled, NotUnlocked } from '../../device/gate.ts';
import type { Texts } from '../../texts/define-texts.ts';
import type { Speak } from '../../texts/use-texts.ts';
import type { doorTexts } from './door.texts.ts';

type Say = typeof doorTexts extends Texts<infer English> ? Speak<English> : never;

export function sayNotEnrolled(t: Say, { kind, group }: NotEnrolled): string {
  switch (kind) {
    case 'code':
      return group === undefined ? t('codeMistyped') : t('codeGroup', { group });
    case 'unreachable':
      return t('away');
    case 'unknown-code':
      return t('codeUnknown');
    case 'used-code':
      return t('codeUsed');
    case 'other-tier':
      return t('codeOther');
    case 'storage':
      return t('codeStorage');
    case 'untrusted':
      return t('codeUntrusted');
    default:
      return t('refused');
  }
}

export function sayNotUnlocked(t: Say, refusal: NotUnlocked): string {
  switch (refusal.kind) {
    case 'wrong':
      return t('wrong');
    case 'slow-down':
      return t('slowDown', { count: Math.max(1, Math.ceil(refusal.retryAfterMs / 1_000)) });
    case 'passkey':
      return t('passkeyFailed');
    case 'store':
      return t('storeBroken');
    case 'not-signed':
      return t('notSigned');
    case 'weak':
      return t('strengthEmpty');
    case 'nobody-open':
      return t('nobodyOpen');
  }
}

/** A word of the site: `away`, `nobody`, `forbidden` … */
export function sayAskRefusal(t: Say, refusal: string): string {
  return refusal === 'away' || refusal === 'nobody' || refusal === 'forbidden' ? t(refusal) : t('refused');
}
