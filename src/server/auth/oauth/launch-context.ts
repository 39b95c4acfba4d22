// Which patient a program works with: by an EHR launch, or by the picker. Kept beside the grant, so that it lives and ends with it.
//
//   SM13  Each launch is a grant of its own with its own patient: opening a program for a second patient changes nothing for
//         the tokens of the first.
//   SM14  A launch is good for ten minutes, once, and for nobody but the person it was made for.
import type { Chance, Clock } from '../../../core/base/ports.ts';
import type { ExpiringRows } from '../../ports/expiring-rows.ts';
import { rowIdOf } from './token-rows.ts';

const LAUNCH = 'Launch';
const CONTEXT = 'GrantContext';
const LAUNCH_MS = 10 * 60_000;

export interface LaunchRequest {
  /** Who opens the program: a launch of somebody else is refused. */
  readonly accountId: string;
  /** The program that is opened. */
  readonly clientId: string;
  /** `Patient/1` or its id alone. */
  readonly patient?: string;
  readonly encounter?: string;
  /** False only where the page around the program shows the patient itself. */
  readonly needPatientBanner?: boolean;
}
/** What a token answer tells the program. Ids alone. */
export interface GrantContext {
  readonly patient?: string;
  readonly encounter?: string;
  readonly needPatientBanner?: boolean;
  /** `Practitioner/1`: whose grant it is. */
  readonly fhirUser: string;
}

export interface LaunchContexts {
  /** The `launch` parameter that a program is opened with. */
  make(request: LaunchRequest): Promise<string>;
  find(launch: string): Promise<LaunchRequest | undefined>;
  /** True for the first only. */
  use(launch: string): Promise<boolean>;
  keep(grantId: string, context: GrantContext, lifeMs: number): Promise<void>;
  of(grantId: string): Promise<GrantContext | undefined>;
}

export const idAlone = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

export function openLaunchContexts(rows: ExpiringRows, clock: Clock, chance: Chance): LaunchContexts {
  return {
    make: async (request) => {
      const launch = Buffer.from(chance.bytes(24)).toString('base64url');
      await rows.put(LAUNCH, rowIdOf(launch), JSON.stringify(request), { expiresAt: clock.now() + LAUNCH_MS });
      return launch;
    },
    find: async (launch) => {
      const row = await rows.get(LAUNCH, rowIdOf(launch));
      // Only `make` writes rows of this kind.
      return row === undefined || row.consumedAt !== undefined ? undefined : (JSON.parse(row.value) as LaunchRequest);
    },
    use: async (launch) => rows.consume(LAUNCH, rowIdOf(launch)),
    keep: async (grantId, context, lifeMs) =>
      rows.put(CONTEXT, grantId, JSON.stringify(context), { group: grantId, expiresAt: clock.now() + lifeMs }),
    of: async (grantId) => {
      const row = await rows.get(CONTEXT, grantId);
      return row === undefined ? undefined : (JSON.parse(row.value) as GrantContext);
    },
  };
}
