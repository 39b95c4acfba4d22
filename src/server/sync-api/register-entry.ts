// An entry of the register of nodes as the record keeps it: a `Basic` with the label that no client sees, and back.
//
//   1. An entry is believed only with the signature of the node that enrolled: no node below can write itself, or another, in (NL5).
//   2. That a node is retired stands in a resource of its own, which cannot be taken back: not by an older entry, and not by
//      deleting it (NL6).
import { createHash } from 'node:crypto';
import { CREDENTIAL_LABEL, NODE_LABEL, SECURITY_SYSTEM } from '../../core/access/names.ts';
import { toBase32 } from '../../core/base/base32.ts';
import { isTier, type RegisteredNode } from './link-types.ts';
import { isRawKey, isSignedBy, type NodeKeys } from './node-keys.ts';

export const NODE_SYSTEM = 'https://holdfast.example/fhir/CodeSystem/node';
export const NODE_CODE = 'node';
const RETIRED_CODE = 'node-retired';
const EXTENSION = 'https://holdfast.example/fhir/StructureDefinition/node-entry';
/** No client sees it; every node may have it, devices too: they seal copies for each other. */
const LABELS = [CREDENTIAL_LABEL, NODE_LABEL].map((label) => ({
  system: SECURITY_SYSTEM,
  code: label.slice(SECURITY_SYSTEM.length + 1),
}));

type Entry = Omit<RegisteredNode, 'id' | 'retiredAt' | 'retiredWhy'>;
export interface Retirement {
  readonly sign: string;
  readonly at: number;
  readonly why: string;
}

const nameOf = (sign: string): string => toBase32(createHash('sha256').update(sign).digest());
/** The id of the entry of a key. */
export const entryId = (sign: string): string => `node-${nameOf(sign)}`;
export const retirementId = (sign: string): string => `gone-${nameOf(sign)}`;

const entryWords = (entry: Entry): string =>
  JSON.stringify([
    'holdfast node 1',
    entry.node,
    entry.name,
    entry.tier,
    entry.site ?? '',
    entry.keys.sign,
    entry.keys.seal,
    entry.parent,
    entry.enrolledAt,
  ]);
const retirementWords = ({ sign, at, why }: Retirement): string =>
  JSON.stringify(['holdfast node retired 1', sign, at, why]);

/** The resource's text, signed by the node that enrols. */
export const writeEntry = (entry: Entry, keys: NodeKeys): string =>
  resourceText(entryId(entry.keys.sign), NODE_CODE, entryWords(entry), keys);
export const writeRetirement = (retirement: Retirement, keys: NodeKeys): string =>
  resourceText(retirementId(retirement.sign), RETIRED_CODE, retirementWords(retirement), keys);

/** `undefined` where it is none, or not signed by `signer` (the enrolling node's key). */
export function readEntry(text: string, signer: (parent: string) => string | undefined): RegisteredNode | undefined {
  const said = saidIn(text);
  if (said === undefined) return undefined;
  const [tag, node, name, tier, site, sign, seal, parent, enrolledAt, ...rest] = said.words;
  if (tag !== 'holdfast node 1' || rest.length > 0) return undefined;
  if (!isText(node) || !isText(name) || !isTier(tier) || !isText(site) || !isText(sign) || !isText(seal))
    return undefined;
  if (!isText(parent) || typeof enrolledAt !== 'number' || !isRawKey(sign) || !isRawKey(seal)) return undefined;
  const key = signer(parent);
  if (key === undefined || !isSignedBy(key, said.text, said.signature)) return undefined;
  const entry = { node, name, tier, keys: { sign, seal }, parent, enrolledAt };
  return { id: entryId(sign), ...entry, ...(site === '' ? {} : { site }) };
}

export function readRetirement(text: string, signer: string): Retirement | undefined {
  const said = saidIn(text);
  if (said === undefined || !isSignedBy(signer, said.text, said.signature)) return undefined;
  const [tag, sign, at, why] = said.words;
  return tag === 'holdfast node retired 1' && isText(sign) && typeof at === 'number' && isText(why)
    ? { sign, at, why }
    : undefined;
}

function resourceText(id: string, code: string, words: string, keys: NodeKeys): string {
  return JSON.stringify({
    resourceType: 'Basic',
    id,
    meta: { security: LABELS },
    extension: [
      {
        url: EXTENSION,
        extension: [
          { url: 'entry', valueString: words },
          { url: 'signature', valueString: keys.sign(words) },
        ],
      },
    ],
    code: { coding: [{ system: NODE_SYSTEM, code }] },
  });
}

const isText = (value: unknown): value is string => typeof value === 'string';

interface Shape {
  readonly extension?: readonly {
    readonly url?: unknown;
    readonly extension?: readonly { readonly url?: unknown; readonly valueString?: unknown }[];
  }[];
}

/** What stands in it, as it was signed. Never throws: whoever pushed it may have written anything. */
function saidIn(
  text: string,
): { readonly text: string; readonly words: readonly unknown[]; readonly signature: string } | undefined {
  try {
    const resource: Shape = JSON.parse(text);
    const parts = resource.extension?.find(({ url }) => url === EXTENSION)?.extension ?? [];
    const valueOf = (name: string): unknown => parts.find(({ url }) => url === name)?.valueString;
    const words = valueOf('entry');
    const signature = valueOf('signature');
    if (!isText(words) || !isText(signature)) return undefined;
    const list: unknown = JSON.parse(words);
    return Array.isArray(list) ? { text: words, words: list, signature } : undefined;
  } catch {
    return undefined;
  }
}
