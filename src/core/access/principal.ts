// Who asks: a person on duty, a patient, or a program, as sign-in found them. Everything that access is decided by.
import type { Instant } from '../base/ports.ts';

export const ROLES = [
  'nurse',
  'doctor',
  'ward-clerk',
  'receptionist',
  'pharmacist',
  'laboratory',
  'imaging',
  'billing',
  'incident-lead',
  'it',
  'patient',
  'service',
] as const;
export type Role = (typeof ROLES)[number];

/** One PractitionerRole. */
export interface Duty {
  /** `PractitionerRole/1`: care teams may name it in the person's place. */
  readonly id?: string;
  readonly role: Role;
  /** `Organization/1`; absent where the role names none. */
  readonly site?: string;
  /** `Location/1`: wards, clinics, departments, each with all places below it down to the bed (`placesWithin`). Empty: the whole site. */
  readonly places: readonly string[];
  readonly supervisor: boolean;
}

export interface Principal {
  /** `Practitioner/1`, `Patient/1`; of a program `Device/<client id>`, which need not exist. */
  readonly who: string;
  /** For people to read, in the audit. */
  readonly name: string;
  /** Empty: signed in, but with no role that opens anything. */
  readonly duties: readonly Duty[];
  /** The OAuth client. */
  readonly client: string;
  /** Sign-in session or grant: goes into the header of every revision. */
  readonly session: string;
  readonly device?: string;
  /** SMART scopes of a client that is not the node's own, as granted. They narrow and never widen. Absent: no narrowing. */
  readonly scopes?: readonly string[];
  /** `Patient/1`: the patient in the launch context, which `patient/` scopes are about. */
  readonly launchPatient?: string;
  /** An enrolment that ran out during a shift, or roles not confirmed for 72 h: care goes on, and what is done is marked (CR11). */
  readonly unconfirmed?: boolean;
  /** When its roles were looked up. */
  readonly asOf: Instant;
}
