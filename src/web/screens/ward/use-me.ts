// Who is signed in, as author of what is written, and what their roles may do at all.
import { mayByRole } from '../../../core/access/roles.ts';
import type { Status } from '../../device/device.ts';
import { useStatus } from '../frame/use-device.ts';

export interface Me {
  /** `Practitioner/1` */
  readonly who: string;
  readonly name: string;
  /** A hint for what to offer: the device judges each write. */
  readonly may: (type: string, interaction: 'read' | 'create' | 'update') => boolean;
}

export const meOf = ({ session }: Pick<Status, 'session'>): Me | undefined =>
  session.kind === 'open'
    ? {
        who: session.principal.who,
        name: session.principal.name,
        may: (type, interaction) =>
          session.principal.duties.some(({ role }) => mayByRole(role, type, interaction) !== 'never'),
      }
    : undefined;

export const useMe = (): Me | undefined => meOf(useStatus());
