// An account as the record keeps it: a `Basic` resource with a label that no client sees, and back.
//
//   1. What is read is believed only with the label and the code: a Basic that a client wrote is no account.
//   2. A secret is never kept: verifiers of passwords, hashes of recovery codes, public keys.
//   3. What a later version put into the resource stays where an older one changes something else.
import type { JsonObject, JsonValue, ResourceJson } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { ACCOUNT_SYSTEM, CREDENTIAL_LABEL, SECURITY_SYSTEM, USER_NAME_SYSTEM } from '../../../core/access/names.ts';
import type { Passkey } from './accounts.ts';

export interface Account {
  readonly id: string;
  /** Lower case. */
  readonly userName: string;
  /** `Practitioner/1`, `Patient/1`. */
  readonly who: string;
  readonly name: string;
  /** As `password-hash.ts` writes it. */
  readonly verifier?: string;
  readonly mustChangePassword: boolean;
  readonly passkeys: readonly Passkey[];
  readonly recoveryCodes: readonly RecoveryCode[];
  readonly until?: Instant;
  readonly disabledAt?: Instant;
  /** `Practitioner/1`; absent: from the terminal. */
  readonly enrolledBy?: string;
  readonly federated: readonly Federated[];
  /** Of the demo hospital, with a password that everybody knows: nobody's on any other node. */
  readonly demo?: true;
}
export interface RecoveryCode {
  readonly hash: string;
  readonly usedAt?: Instant;
}
export interface Federated {
  readonly issuer: string;
  readonly subject: string;
}

const BASE = 'https://holdfast.example/fhir';
/** Of identifiers by which an account is found: a passkey's credential id, a person of the hospital's own provider. */
export const PASSKEY_SYSTEM = `${BASE}/passkey`;
export const FEDERATED_SYSTEM = `${BASE}/federated`;
export const ACCOUNT_CODE = 'account';
const EXTENSION = `${BASE}/StructureDefinition/account-`;
const LABEL_CODE = CREDENTIAL_LABEL.slice(SECURITY_SYSTEM.length + 1);

export const federatedName = ({ issuer, subject }: Federated): string => `${issuer} ${subject}`;

const instant = (at: Instant): string => new Date(at).toISOString();
const part = (url: string, value: JsonObject): JsonObject => ({ url, ...value });
const whole = (name: string, ...parts: readonly JsonObject[]): JsonObject => ({
  url: `${EXTENSION}${name}`,
  extension: parts,
});

/** The resource's text. `before`: what is stored, for what this version does not know. */
export function writeAccount(account: Account, before?: ResourceJson): string {
  const extensions: JsonObject[] = [
    whole(
      'password',
      ...(account.verifier === undefined ? [] : [part('verifier', { valueString: account.verifier })]),
      part('must-change', { valueBoolean: account.mustChangePassword }),
    ),
    ...account.passkeys.map((key) =>
      whole(
        'passkey',
        part('credential-id', { valueString: key.credentialId }),
        part('public-key', { valueString: key.publicKey }),
        // A counter has 32 bits, an unsignedInt of FHIR 31.
        part('counter', { valueString: String(key.counter) }),
        ...key.transports.map((name) => part('transport', { valueString: name })),
        part('rp-id', { valueString: key.rpId }),
        part('name', { valueString: key.name }),
        part('added-at', { valueInstant: instant(key.addedAt) }),
      ),
    ),
    ...account.recoveryCodes.map((code) =>
      whole(
        'recovery-code',
        part('hash', { valueString: code.hash }),
        ...(code.usedAt === undefined ? [] : [part('used-at', { valueInstant: instant(code.usedAt) })]),
      ),
    ),
    ...account.federated.map((one) =>
      whole('federated', part('issuer', { valueString: one.issuer }), part('subject', { valueString: one.subject })),
    ),
    ...(account.until === undefined ? [] : [part(`${EXTENSION}until`, { valueInstant: instant(account.until) })]),
    ...(account.disabledAt === undefined
      ? []
      : [part(`${EXTENSION}disabled-at`, { valueInstant: instant(account.disabledAt) })]),
    ...(account.enrolledBy === undefined
      ? []
      : [part(`${EXTENSION}enrolled-by`, { valueReference: { reference: account.enrolledBy } })]),
    ...(account.demo === undefined ? [] : [part(`${EXTENSION}demo`, { valueBoolean: true })]),
  ];
  const known = new Set(KNOWN.map((name) => `${EXTENSION}${name}`));
  const others = list(before?.['extension']).filter((one) => !known.has(textOf(one['url']) ?? ''));
  const resource: JsonObject = {
    ...before,
    resourceType: 'Basic',
    id: account.id,
    meta: { security: [{ system: SECURITY_SYSTEM, code: LABEL_CODE }] },
    extension: [...others, ...extensions],
    identifier: [
      { system: USER_NAME_SYSTEM, value: account.userName },
      ...account.passkeys.map((key) => ({ system: PASSKEY_SYSTEM, value: key.credentialId })),
      ...account.federated.map((one) => ({ system: FEDERATED_SYSTEM, value: federatedName(one) })),
    ],
    code: { coding: [{ system: ACCOUNT_SYSTEM, code: ACCOUNT_CODE }] },
    subject: { reference: account.who, display: account.name },
  };
  return JSON.stringify(resource);
}
const KNOWN = [
  'password',
  'passkey',
  'recovery-code',
  'federated',
  'until',
  'disabled-at',
  'enrolled-by',
  'demo',
] as const;

/** Undefined: not an account. */
export function readAccount(resource: ResourceJson): Account | undefined {
  const labelled = list(objectOf(resource['meta'])?.['security']).some(
    (label) => label['system'] === SECURITY_SYSTEM && label['code'] === LABEL_CODE,
  );
  const coded = list(objectOf(resource['code'])?.['coding']).some(
    (coding) => coding['system'] === ACCOUNT_SYSTEM && coding['code'] === ACCOUNT_CODE,
  );
  const subject = objectOf(resource['subject']);
  const who = textOf(subject?.['reference']);
  const userName = textOf(list(resource['identifier']).find((one) => one['system'] === USER_NAME_SYSTEM)?.['value']);
  const { id } = resource;
  if (resource.resourceType !== 'Basic' || !labelled || !coded) return undefined;
  if (id === undefined || who === undefined || userName === undefined) return undefined;
  const named = (name: string): readonly JsonObject[] =>
    list(resource['extension']).filter((one) => one['url'] === `${EXTENSION}${name}`);
  const [password] = named('password').map(partsOf);
  const verifier = textOf(password?.('verifier')?.['valueString']);
  const until = instantOf(named('until')[0]?.['valueInstant']);
  const disabledAt = instantOf(named('disabled-at')[0]?.['valueInstant']);
  const enrolledBy = textOf(objectOf(named('enrolled-by')[0]?.['valueReference'])?.['reference']);
  return {
    id,
    userName,
    who,
    name: textOf(subject?.['display']) ?? userName,
    ...(verifier === undefined ? {} : { verifier }),
    mustChangePassword: password?.('must-change')?.['valueBoolean'] === true,
    passkeys: named('passkey').map(passkeyOf),
    recoveryCodes: named('recovery-code').map((extension) => {
      const of = partsOf(extension);
      const usedAt = instantOf(of('used-at')?.['valueInstant']);
      return { hash: textOf(of('hash')?.['valueString']) ?? '', ...(usedAt === undefined ? {} : { usedAt }) };
    }),
    ...(until === undefined ? {} : { until }),
    ...(disabledAt === undefined ? {} : { disabledAt }),
    ...(enrolledBy === undefined ? {} : { enrolledBy }),
    ...(named('demo').length === 0 ? {} : { demo: true }),
    federated: named('federated').map((extension) => {
      const of = partsOf(extension);
      return {
        issuer: textOf(of('issuer')?.['valueString']) ?? '',
        subject: textOf(of('subject')?.['valueString']) ?? '',
      };
    }),
  };
}

function passkeyOf(extension: JsonObject): Passkey {
  const of = partsOf(extension);
  const text = (name: string): string => textOf(of(name)?.['valueString']) ?? '';
  return {
    credentialId: text('credential-id'),
    publicKey: text('public-key'),
    counter: Number(text('counter')) || 0,
    transports: list(extension['extension'])
      .filter((one) => one['url'] === 'transport')
      .map((one) => textOf(one['valueString']) ?? ''),
    rpId: text('rp-id'),
    name: text('name'),
    addedAt: instantOf(of('added-at')?.['valueInstant']) ?? 0,
  };
}

const partsOf =
  (extension: JsonObject) =>
  (url: string): JsonObject | undefined =>
    list(extension['extension']).find((one) => one['url'] === url);

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const objectOf = (value: JsonValue | undefined): JsonObject | undefined => (isObject(value) ? value : undefined);
/** The objects of an array; [] of anything else. */
export const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
export const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
function instantOf(value: JsonValue | undefined): Instant | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
