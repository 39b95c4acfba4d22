// Enrolment, at the lower node: a code, an address, and afterwards each side knows the other's key.
//
//   NL24  The parent's authority is believed by the fingerprint in the code, and the parent by its proof of the code.
//   NL25  A node that was enrolled needs no code again; what it remembers is written whole or not at all.
import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { Clock } from '../../core/base/ports.ts';
import { codeFaultText, printOf, readCode } from '../../core/sync/enrolment-code.ts';
import {
  codeId,
  codeMac,
  ENROLMENT_REFUSALS,
  isProof,
  isPublicKeys,
  proofOf,
  type EnrolmentRefusal,
} from './invite.ts';
import { isTier, type ParentRecord, type Tier } from './link-types.ts';
import type { NodeKeys } from './node-keys.ts';
import { parentUrl } from './node-transport.ts';
import { pinnedAgent, unpinnedAgent } from './pinned-agent.ts';
import { sendRequest } from './send-request.ts';
import { ENROL_PATH, HEADERS, PROOF_HEADER } from '../../core/sync/signed-words.ts';

const PARENT_FILE = 'parent.json';
const BYTES_MAX = 256 * 1024;
const WAIT_MS = 20_000;

/** Who is above this node; `undefined`: nobody, or nobody yet. Throws where the file is there and cannot be read. */
export function readParent(data: string): ParentRecord | undefined {
  const file = join(data, PARENT_FILE);
  if (!existsSync(file)) return undefined;
  const read: Partial<Record<keyof ParentRecord, unknown>> = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof read.url !== 'string' || parentUrl(read.url) === undefined || !isPublicKeys(read.keys))
    throw new Error('parent.json does not name a parent');
  return read as unknown as ParentRecord;
}

export function writeParent(data: string, parent: ParentRecord): void {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const file = join(data, PARENT_FILE);
  const draft = `${file}.${randomBytes(4).toString('hex')}.new`;
  writeFileSync(draft, `${JSON.stringify(parent, undefined, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, file);
}
export const forgetParent = (data: string): void => rmSync(join(data, PARENT_FILE), { force: true });

export interface Enrolling {
  readonly url: string;
  /** As typed. */
  readonly code: string;
  /** This node's install id. */
  readonly node: string;
  readonly tier: Tier;
  readonly keys: NodeKeys;
  readonly clock: Clock;
}

/** Why a node was not enrolled. `isSure`: it is no use to try again with this code. */
export interface NotEnrolled {
  readonly kind: 'address' | 'code' | 'unreachable' | 'untrusted' | EnrolmentRefusal;
  readonly text: string;
}

/** Enrols this node. Changes nothing here: the caller writes the record down. */
export async function enrolAtParent(enrolling: Enrolling): Promise<Result<ParentRecord, NotEnrolled>> {
  const { keys, node, tier } = enrolling;
  const url = parentUrl(enrolling.url);
  if (url === undefined) return err({ kind: 'address', text: PLAIN_TEXT });
  const code = readCode(enrolling.code);
  if (!code.ok) return err({ kind: 'code', text: codeFaultText(code.error) });
  const { secret, print } = code.value;
  const isTls = url.protocol === 'https:';
  if (isTls && print === undefined)
    return err({
      kind: 'code',
      text: 'This code is of a parent without TLS; the address begins with https. Compare the two.',
    });
  const base = url.pathname.replace(/\/+$/, '');
  let caPem: string | undefined;
  if (isTls) {
    const fetched = await fetchAuthority(url, base, print ?? '');
    if (!fetched.ok) return fetched;
    caPem = fetched.value;
  }
  const mac = codeMac(secret);
  const text = JSON.stringify({ code: codeId(secret), node, tier, keys: keys.publicKeys });
  const body = Buffer.from(text, 'utf8');
  const agent = isTls ? pinnedAgent(url, caPem) : new Agent({ keepAlive: false });
  let status: number;
  let said: string;
  let proof: string;
  try {
    const sent = await sendRequest({
      method: 'POST',
      url,
      path: `${base}${ENROL_PATH}`,
      headers: {
        'content-type': 'application/json',
        [PROOF_HEADER]: proofOf(mac, text),
        [HEADERS.signature]: keys.sign(text),
      },
      body,
      agent,
      idleMs: WAIT_MS,
      wholeMs: WAIT_MS,
      bytesMax: BYTES_MAX,
    });
    status = sent.status;
    said = Buffer.from(sent.body).toString('utf8');
    const header = sent.headers[PROOF_HEADER];
    proof = typeof header === 'string' ? header : '';
  } catch (error) {
    return err({ kind: 'unreachable', text: unreachableText(url, error) });
  } finally {
    agent.destroy();
  }
  if (status !== 200) return err(refusedBy(said, status));
  if (!isProof(mac, said, proof))
    return err({ kind: 'untrusted', text: `${url.host} answered without knowing the code. Nothing was changed here.` });
  const record = recordOf(said, enrolling, caPem);
  return record === undefined ? err({ kind: 'malformed', text: REFUSED.malformed }) : ok(record);
}

async function fetchAuthority(url: URL, base: string, print: string): Promise<Result<string, NotEnrolled>> {
  const agent = unpinnedAgent();
  try {
    const sent = await sendRequest({
      method: 'GET',
      url,
      path: `${base}/trust/ca.crt`,
      headers: {},
      agent,
      idleMs: WAIT_MS,
      wholeMs: WAIT_MS,
      bytesMax: BYTES_MAX,
    });
    const certificate = new X509Certificate(Buffer.from(sent.body));
    if (printOf(certificate.fingerprint256) !== print) {
      return err({
        kind: 'untrusted',
        text: `The authority that ${url.host} shows is not the one that the code was made with. Is it the right address? Nothing was changed here.`,
      });
    }
    return ok(certificate.toString());
  } catch (error) {
    return err({ kind: 'unreachable', text: unreachableText(url, error) });
  } finally {
    agent.destroy();
  }
}

function recordOf(
  said: string,
  { url, tier, keys, clock }: Enrolling,
  caPem: string | undefined,
): ParentRecord | undefined {
  const read: Readonly<Record<string, unknown>> = JSON.parse(said);
  const { node, name, tier: above, keys: theirs, as } = read;
  if (typeof node !== 'string' || typeof name !== 'string' || !isTier(above) || !isPublicKeys(theirs)) return undefined;
  const named = as as { readonly name?: unknown; readonly site?: unknown } | undefined;
  const site = named?.site;
  return {
    url: url.replace(/\/+$/, ''),
    node,
    name,
    tier: above,
    keys: { sign: theirs.sign, seal: theirs.seal },
    ...(caPem === undefined ? {} : { caPem }),
    as: {
      name: typeof named?.name === 'string' ? named.name : '',
      tier,
      ...(typeof site === 'string' && site !== '' ? { site } : {}),
      sign: keys.publicKeys.sign,
    },
    enrolledAt: clock.now(),
  };
}

const PLAIN_TEXT =
  'The address of a parent begins with https:// (http:// on this machine alone), as https://region.example.org:8443.';
const REFUSED: Readonly<Record<EnrolmentRefusal, string>> = {
  'unknown-code':
    'The parent does not know this code: it is older than 24 hours, or of another node. `holdfast node invite` there prints a new one.',
  'used-code': 'This code has enrolled another node already. `holdfast node invite` at the parent prints a new one.',
  'other-tier': 'The code was made for another tier than this node is started as (HOLDFAST_TIER).',
  'retired-key': 'The parent has retired the key of this node.',
  'own-database': "This node's database is a copy of its parent's. `holdfast node rekey` makes it a node of its own.",
  malformed: 'The parent and this node do not understand each other. Update the older of the two.',
};

function refusedBy(said: string, status: number): NotEnrolled {
  try {
    const { refused }: { readonly refused?: unknown } = JSON.parse(said);
    const kind = ENROLMENT_REFUSALS.find((one) => one === refused);
    if (kind !== undefined) return { kind, text: REFUSED[kind] };
  } catch {
    // A proxy's page.
  }
  return {
    kind: 'unreachable',
    text: `What answers there takes no enrolment (HTTP ${status}). Is it a Holdfast node, and is its name in HOLDFAST_NAMES?`,
  };
}

function unreachableText(url: URL, error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const why = code !== '' ? code : error instanceof Error ? error.message : 'no answer';
  return `${url.host} cannot be reached (${why}).`;
}
