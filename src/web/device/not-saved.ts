// Why nothing was written, as screens are told: the refusals of the engine in the words of the contract.
import { unreachable } from '../../core/base/assert.ts';
import type { ChangeRefusal, Change } from '../../core/engine/engine.ts';
import type { AskedInteraction } from '../../core/access/access.ts';
import type { NotSaved } from './device.ts';

export const LOCKED: NotSaved = { kind: 'locked', text: 'Nobody is signed in at this device, or it is locked.' };
export const DISK: NotSaved = { kind: 'disk', text: 'The disk of this device did not take it. Nothing was kept.' };

/** Texts hold no values. */
export function notSaved(refusal: ChangeRefusal): NotSaved {
  switch (refusal.kind) {
    case 'invalid': {
      const fault = refusal.faults.find(({ severity }) => severity === 'error') ?? refusal.faults[0];
      return {
        kind: 'invalid',
        text: fault?.message ?? 'It is not valid.',
        ...(fault === undefined || fault.path === '' ? {} : { path: fault.path }),
      };
    }
    case 'not-found':
    case 'deleted':
      return { kind: 'not-found', text: 'There is no such resource.' };
    case 'stale':
      return { kind: 'stale', text: 'It was changed since it was shown.' };
    case 'many-matches':
      return { kind: 'invalid', text: 'Several resources match what was to be changed.' };
    case 'too-large':
      return { kind: 'too-large', text: 'It is too large to be kept.' };
    case 'contended':
      return { kind: 'contended', text: refusal.message };
    case 'forbidden':
      return { kind: 'forbidden', text: refusal.why };
    default:
      return unreachable(refusal);
  }
}

/** A change by the name that rights know it by. */
export function askedBy(change: Change): AskedInteraction {
  const id = change.id === undefined ? {} : { id: change.id };
  return { name: change.kind, type: change.type, ...id };
}
