// Enrolment of this browser at the site that its page came from: a one-time code, and afterwards each side knows the other's key.
//
//   BD22  The site is believed by its proof of the code; what it answers without one changes nothing here.
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Clock } from '../../core/base/ports.ts';
import { readCode } from '../../core/sync/enrolment-code.ts';
import { ENROLMENT_REFUSALS, type EnrolmentRefusal, type EnrolmentReply } from '../../core/sync/enrolment-words.ts';
import { isTier, type NodePublicKeys, type ParentRecord } from '../../core/sync/link-words.ts';
import { ENROL_PATH, HEADERS, PROOF_HEADER } from '../../core/sync/signed-words.ts';
import { codeId, codeMac, proofOf, type BrowserKeys } from './browser-keys.ts';
import type { Fetch } from './site-transport.ts';

export interface Enrolling {
  readonly origin: string;
  /** As typed or scanned. */
  readonly code: string;
  readonly node: string;
  readonly keys: BrowserKeys;
  readonly clock: Clock;
  readonly fetch?: Fetch;
}
export type NotEnrolled =
  | { readonly kind: 'unreachable' | 'untrusted' | EnrolmentRefusal }
  /** Mistyped; `group` from 1, where one is wrong. */
  | { readonly kind: 'code'; readonly group?: number };

const WAIT_MS = 20_000;

/** Changes nothing here: the caller writes the record down. */
export async function enrolHere(enrolling: Enrolling): Promise<Result<ParentRecord, NotEnrolled>> {
  const { origin, node, keys } = enrolling;
  const code = readCode(enrolling.code);
  if (!code.ok) return err({ kind: 'code', ...(code.error.kind === 'group' ? { group: code.error.group } : {}) });
  const { secret } = code.value;
  const mac = codeMac(secret);
  const text = JSON.stringify({ code: codeId(secret), node, tier: 'device', keys: keys.publicKeys });
  const send: Fetch = enrolling.fetch ?? ((address, init) => fetch(address, init));
  let said: string;
  let answer: Response;
  try {
    answer = await send(`${origin}${ENROL_PATH}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [PROOF_HEADER]: proofOf(mac, text),
        [HEADERS.signature]: keys.sign(text),
      },
      body: text,
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(WAIT_MS),
    });
    said = await answer.text();
  } catch {
    return err({ kind: 'unreachable' });
  }
  if (answer.status !== 200) return err({ kind: refusedBy(said) });
  if (proofOf(mac, said) !== answer.headers.get(PROOF_HEADER)) return err({ kind: 'untrusted' });
  const record = recordOf(said, enrolling);
  return record === undefined ? err({ kind: 'malformed' }) : ok(record);
}

function refusedBy(said: string): EnrolmentRefusal | 'unreachable' {
  try {
    const { refused }: { readonly refused?: unknown } = JSON.parse(said);
    return ENROLMENT_REFUSALS.find((one) => one === refused) ?? 'unreachable';
  } catch {
    // A proxy's page.
    return 'unreachable';
  }
}

function recordOf(said: string, { origin, keys, clock }: Enrolling): ParentRecord | undefined {
  const read: Partial<Record<keyof EnrolmentReply, unknown>> = JSON.parse(said);
  const { node, name, tier, keys: theirs } = read;
  if (typeof node !== 'string' || typeof name !== 'string' || !isTier(tier) || !isPublicKeys(theirs)) return undefined;
  const as = read.as as Partial<EnrolmentReply['as']> | undefined;
  return {
    url: origin,
    node,
    name,
    tier,
    keys: { sign: theirs.sign, seal: theirs.seal },
    as: {
      name: as?.name ?? '',
      tier: 'device',
      ...(as?.site === undefined || as.site === '' ? {} : { site: as.site }),
      sign: keys.publicKeys.sign,
    },
    enrolledAt: clock.now(),
  };
}

const isPublicKeys = (value: unknown): value is NodePublicKeys =>
  typeof value === 'object' &&
  value !== null &&
  'sign' in value &&
  'seal' in value &&
  typeof value.sign === 'string' &&
  typeof value.seal === 'string';
