// Why a node refuses to talk to another, and what each refusal means to the one that is refused.
import type { LinkTrouble } from './link-words.ts';

export const REFUSALS = [
  /** Not fresh: it comes with another nonce, to be asked again with. */
  'nonce',
  'unknown-node',
  'retired',
  /** The key was enrolled at another node. */
  'not-this-parent',
  /** Its signature is not of the key that it names. */
  'signature',
  /** The hello names another node than the key was enrolled for. */
  'other-node',
  'busy',
  'too-large',
  'malformed',
  'version',
] as const;
export type RefusalKind = (typeof REFUSALS)[number];
export const isRefusalKind = (text: unknown): text is RefusalKind => REFUSALS.some((kind) => kind === text);

/** The body of a refusal, JSON. */
export interface RefusalBody {
  readonly refused: RefusalKind;
  readonly retryAfterMs?: number;
}

const ENROL_AGAIN =
  'At {parent}: `holdfast node invite`. Here: `holdfast start --enrol CODE`. Nothing that was written here is lost meanwhile.';

/** `{parent}`: the parent's name. */
export const REMEDIES: Readonly<Record<RefusalKind, Pick<LinkTrouble, 'kind' | 'text'>>> = {
  nonce: { kind: 'busy', text: '{parent} forgot this node between two requests. It is tried again.' },
  'unknown-node': { kind: 'unknown-node', text: `{parent} does not know this node's key. ${ENROL_AGAIN}` },
  retired: { kind: 'retired', text: `{parent} has retired this node. If that was a mistake: ${ENROL_AGAIN}` },
  'not-this-parent': {
    kind: 'unknown-node',
    text: `This node was enrolled at another node than {parent}. ${ENROL_AGAIN}`,
  },
  signature: {
    kind: 'unknown-node',
    text: `{parent} cannot prove this node's signature: the key file is not the one that was enrolled. ${ENROL_AGAIN}`,
  },
  'other-node': {
    kind: 'unknown-node',
    text: `This node's database is not the one that was enrolled with its key. ${ENROL_AGAIN}`,
  },
  busy: { kind: 'busy', text: '{parent} has more to do than it can at present. It is tried again.' },
  'too-large': {
    kind: 'too-large',
    text: '{parent} takes no message of that size. Update the older of the two nodes.',
  },
  malformed: {
    kind: 'malformed',
    text: '{parent} could not read what this node sent. Update the older of the two nodes.',
  },
  version: {
    kind: 'version',
    text: '{parent} and this node have no version of the protocol in common. Update the older of the two.',
  },
};

/** HTTP status of each. */
export const STATUS_OF: Readonly<Record<RefusalKind, number>> = {
  nonce: 401,
  'unknown-node': 403,
  retired: 403,
  'not-this-parent': 403,
  signature: 403,
  'other-node': 403,
  busy: 503,
  'too-large': 413,
  malformed: 400,
  version: 400,
};
