// Who is signed in, as author of what is written, and what their roles may do at all.
import { useMemo } from 'react';
import { ADMITTING, mayByRole } from '../../../core/access/roles.ts';
import type { Status } from '../../device/device.ts';
import { useStatus } from '../frame/use-device.ts';

export interface Me {
  /** `Practitioner/1` */
  readonly who: string;
  readonly name: string;
  /** A hint for what to offer: the device judges each write. */
  readonly may: (type: string, interaction: 'read' | 'create' | 'update') => boolean;
  /** Whether the stays of a ward (`Location/1`) are shown to them: else an empty bed is not the word that it is free (WB18). */
  readonly sees: (ward: string) => boolean;
  /** Whether they may admit somebody new to a ward: nurses and doctors to their own, clerks to any. */
  readonly admits: (ward: string) => boolean;
}

export const meOf = ({ session }: Pick<Status, 'session'>): Me | undefined =>
  session.kind === 'open'
    ? {
        who: session.principal.who,
        name: session.principal.name,
        may: (type, interaction) =>
          session.principal.duties.some(({ role }) => mayByRole(role, type, interaction) !== 'never'),
        sees: (ward) =>
          session.principal.duties.some(({ role, places }) => {
            const reach = mayByRole(role, 'Encounter', 'read');
            if (reach === 'site' || reach === 'everyone') return true;
            return reach === 'ward' && (places.length === 0 || places.includes(ward));
          }),
        admits: (ward) =>
          session.principal.duties.some(
            ({ role, places }) =>
              mayByRole(role, 'Encounter', 'create') === 'everyone' ||
              (ADMITTING.has(role) && (places.length === 0 || places.includes(ward))),
          ),
      }
    : undefined;

/** The same object until somebody else is in. */
export function useMe(): Me | undefined {
  const { session } = useStatus();
  return useMemo(() => meOf({ session }), [session]);
}
