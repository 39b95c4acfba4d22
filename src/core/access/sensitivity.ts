// What marks a record as needing more than reach: labels on a resource, labels on a Patient, consents (AC14 to AC16).
import type { ResourceFilter } from '../record/store.ts';
import { ACT_CODE_SYSTEM, CONFIDENTIALITY_SYSTEM } from './names.ts';

/** Information sensitivity policies of v3-ActCode that hide a resource from who has no relation to the patient. */
export const SENSITIVITY_CODES: readonly string[] = [
  'ETH', // substance abuse
  'SUD',
  'ETHUD',
  'OPIOIDUD',
  'GDIS', // genetic disease
  'SCA', // sickle cell
  'SICKLE',
  'HIV',
  'STD',
  'SEX', // sexuality and reproduction
  'SDV', // sexual assault, abuse, domestic violence
  'MST',
  'VIO',
  'BH', // behavioural and mental health
  'COGN',
  'DVD',
  'EMOTDIS',
  'MH',
  'PSY',
  'PSYTHPN',
  'SPI', // specially protected
  'PHY', // asked for by a physician
  'PRS', // asked for by the patient
  'TBOO', // not yet told to the patient
];
/** Not for the patient before somebody has told them. */
export const TABOO_LABEL = `${ACT_CODE_SYSTEM}|TBOO`;

const CONFIDENTIAL = ['R', 'V'].map((code) => `${CONFIDENTIALITY_SYSTEM}|${code}`);

/** On a resource: AC14. As `system|code`. */
export const SENSITIVE_LABELS: readonly string[] = [
  ...CONFIDENTIAL,
  ...SENSITIVITY_CODES.map((code) => `${ACT_CODE_SYSTEM}|${code}`),
];
/** On a Patient: AC15. Staff of the house, people whom everybody knows, and who asked for it. */
export const PATIENT_LABELS: readonly string[] = [...CONFIDENTIAL, `${ACT_CODE_SYSTEM}|EMP`, `${ACT_CODE_SYSTEM}|CEL`];
/** Nobody but a doctor or a service takes one off. */
export const PROTECTED_LABELS: ReadonlySet<string> = new Set([...SENSITIVE_LABELS, ...PATIENT_LABELS]);
export const VERY_RESTRICTED_LABEL = `${CONFIDENTIALITY_SYSTEM}|V`;
export const RESTRICTED_LABEL = `${CONFIDENTIALITY_SYSTEM}|R`;

/** Categories of a Consent by which a patient shuts people out. */
export const SHUTTING_CATEGORIES: readonly string[] = ['EMRGONLY', 'OPTOUT', 'OPTOUTE'];

const token = (system: string, code: string) => ({ kind: 'token', system, code }) as const;

const RESTRICTED_PATIENT: ResourceFilter = {
  types: ['Patient'],
  where: [
    {
      kind: 'param',
      param: '_security',
      type: 'token',
      values: PATIENT_LABELS.map((label) => {
        const [system = '', code = ''] = label.split('|');
        return token(system, code);
      }),
    },
  ],
};
const SHUTTING: ResourceFilter['where'] = [
  { kind: 'param', param: 'status', type: 'token', values: [{ kind: 'token', code: 'active' }] },
  {
    kind: 'param',
    param: 'category',
    type: 'token',
    values: SHUTTING_CATEGORIES.map((code) => token(ACT_CODE_SYSTEM, code)),
  },
];
const SHUT_RECORD: ResourceFilter = {
  types: ['Consent'],
  where: [
    ...SHUTTING,
    {
      kind: 'param',
      param: 'actor',
      type: 'reference',
      modifier: 'missing',
      values: [{ kind: 'missing', missing: true }],
    },
  ],
};

/** Of a compartment that `team` alone sees (AC15). */
export const RESTRICTED: readonly ResourceFilter[] = [RESTRICTED_PATIENT, SHUT_RECORD];

/** Of a compartment that shuts out whom one of `references` (`Practitioner/1`, …) names (AC16). */
export function shutsOut(references: readonly string[]): ResourceFilter {
  return { types: ['Consent'], where: [...SHUTTING, names('actor', references)] };
}

/** `param` refers to one of `Type/id`s. */
export function names(param: string, references: readonly string[]): ResourceFilter['where'][number] {
  return {
    kind: 'param',
    param,
    type: 'reference',
    values: references.map((reference) => {
      const [type = '', id = ''] = reference.split('/');
      return { kind: 'reference', targets: [{ type, id }] };
    }),
  };
}
/** `param` has one of these codes, of any system. */
export function codes(param: string, of: readonly string[]): ResourceFilter['where'][number] {
  return { kind: 'param', param, type: 'token', values: of.map((code) => ({ kind: 'token', code })) };
}
