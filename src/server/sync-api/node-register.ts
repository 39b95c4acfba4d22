// The register of the nodes below this one. It is part of the record: it is backed up with it, and goes up with it.
//
//   1. Entries are found by the key that a request was signed with: one read by id, remembered for seconds (NL4, NL5).
//   2. Entries that another node signed count where that node is itself in the register and not retired, for devices alone: a
//      device that was enrolled at a site may come to the region when its site is gone (NL7).
import { parseJson } from '../../core/base/json.ts';
import type { Clock } from '../../core/base/ports.ts';
import { authorBody } from '../../core/record/body.ts';
import { EVERYTHING, type RecordStore, type ResourceKey } from '../../core/record/store.ts';
import type { RegisteredNode, Tier } from './link-types.ts';
import type { NodeKeys, NodePublicKeys } from './node-keys.ts';
import {
  entryId,
  NODE_CODE,
  NODE_SYSTEM,
  readEntry,
  readRetirement,
  retirementId,
  writeEntry,
  writeRetirement,
} from './register-entry.ts';

export interface NodeRegister {
  /** Who signs with this key; retired ones too. `undefined`: nobody that this node, or one of its own, enrolled. */
  byKey(sign: string): Promise<RegisteredNode | undefined>;
  /** All, the oldest first. */
  list(): Promise<readonly RegisteredNode[]>;
  /** The latest entry of an install id, for whoever seals something for it. */
  publicKeysOf(node: string): Promise<NodePublicKeys | undefined>;
  /** Enters a node. One that stands there already, with the same key, is answered as it stands. */
  enrol(
    node: { readonly node: string; readonly name: string; readonly tier: Tier; readonly site?: string },
    keys: NodePublicKeys,
  ): Promise<RegisteredNode>;
  retire(node: RegisteredNode, why: string): Promise<void>;
}

export interface NodeRegisterDeps {
  readonly store: Pick<RecordStore, 'read' | 'search' | 'append'>;
  /** Of this node. */
  readonly keys: NodeKeys;
  /** This node's install id. */
  readonly node: string;
  readonly clock: Clock;
  /** How long an entry is remembered; 3 s. */
  readonly rememberMs?: number;
}

const REMEMBER_MS = 3_000;
const REMEMBERED_MAX = 4_096;
const PAGE = 500;
const ATTEMPTS_MAX = 8;

export function openNodeRegister(deps: NodeRegisterDeps): NodeRegister {
  const { store, keys, clock } = deps;
  const rememberMs = deps.rememberMs ?? REMEMBER_MS;
  const remembered = new Map<string, { readonly at: number; readonly found: RegisteredNode | undefined }>();
  const mine = keys.publicKeys.sign;

  const readTexts = async (ids: readonly string[]): Promise<readonly (string | 'deleted' | undefined)[]> => {
    const found = await store.read(ids.map(keyOf), EVERYTHING);
    return found.map((one) => (one === undefined ? undefined : one.deleted ? 'deleted' : one.text));
  };
  const withRetirement = (
    entry: RegisteredNode,
    gone: string | 'deleted' | undefined,
    signer: string,
  ): RegisteredNode => {
    if (gone === undefined) return entry;
    if (gone === 'deleted') return { ...entry, retiredAt: entry.enrolledAt, retiredWhy: 'its retirement was deleted' };
    const read = readRetirement(gone, signer);
    if (read === undefined || read.sign !== entry.keys.sign) return entry;
    return { ...entry, retiredAt: read.at, retiredWhy: read.why };
  };
  const look = async (sign: string): Promise<RegisteredNode | undefined> => {
    const [text, gone] = await readTexts([entryId(sign), retirementId(sign)]);
    if (text === undefined || text === 'deleted') return undefined;
    const own = readEntry(text, (parent) => (parent === deps.node ? mine : undefined));
    if (own !== undefined) return own.keys.sign === sign ? withRetirement(own, gone, mine) : undefined;
    return ofAnother(sign, text, gone);
  };
  const ofAnother = async (
    sign: string,
    text: string,
    gone: string | undefined,
  ): Promise<RegisteredNode | undefined> => {
    for (const { parent, signer } of await enrollers()) {
      const entry = readEntry(text, (named) => (named === parent ? signer : undefined));
      if (entry?.keys.sign === sign && entry.tier === 'device') return withRetirement(entry, gone, signer);
    }
    return undefined;
  };
  /** Nodes of ours that may enrol devices. */
  const enrollers = async (): Promise<readonly { readonly parent: string; readonly signer: string }[]> =>
    (await list())
      .filter(({ retiredAt, parent }) => retiredAt === undefined && parent === deps.node)
      .map(({ node, keys: theirs }) => ({ parent: node, signer: theirs.sign }));

  const list = async (): Promise<readonly RegisteredNode[]> => {
    const texts = await searchTexts(store);
    const own = texts.flatMap((text) => readEntry(text, (parent) => (parent === deps.node ? mine : undefined)) ?? []);
    const signers = new Map(own.map((one) => [one.node, one.keys.sign]));
    const others = texts.flatMap((text) => {
      const entry = readEntry(text, (parent) => (parent === deps.node ? undefined : signers.get(parent)));
      return entry?.tier === 'device' ? [entry] : [];
    });
    const all = [...own, ...others];
    const gone = await readTexts(all.map(({ keys: theirs }) => retirementId(theirs.sign)));
    return all
      .map((entry, at) =>
        withRetirement(entry, gone[at], entry.parent === deps.node ? mine : (signers.get(entry.parent) ?? mine)),
      )
      .sort((a, b) => a.enrolledAt - b.enrolledAt || (a.id < b.id ? -1 : 1));
  };

  const put = async (text: string, id: string): Promise<void> => {
    const parsed = parseJson(text);
    if (!parsed.ok) throw new Error('an entry of the register does not parse');
    for (let attempts = 1; ; attempts += 1) {
      const key = keyOf(id);
      const [now] = await store.read([key], EVERYTHING);
      const heads = now?.heads ?? [];
      const at = clock.now();
      const landed = await store.append({
        revisions: [
          {
            key,
            kind: 'put',
            parents: heads,
            body: authorBody(text, parsed.value, id),
            author: { device: 'terminal', session: 'register' },
            authoredAt: at,
            expectedHeads: heads,
          },
        ],
        receivedAt: at,
      });
      if (landed.ok) return;
      if (attempts >= ATTEMPTS_MAX) throw new Error('the register of nodes changes all the time');
    }
  };

  return {
    list,
    byKey: async (sign) => {
      const known = remembered.get(sign);
      const now = performance.now();
      if (known !== undefined && now - known.at < rememberMs) return known.found;
      const found = await look(sign);
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      remembered.set(sign, { at: now, found });
      return found;
    },
    publicKeysOf: async (node) =>
      (await list()).findLast((one) => one.node === node && one.retiredAt === undefined)?.keys,
    enrol: async (node, theirs) => {
      const there = await look(theirs.sign);
      if (there !== undefined && there.retiredAt === undefined && there.node === node.node) return there;
      const entry = { ...node, keys: theirs, parent: deps.node, enrolledAt: clock.now() };
      await put(writeEntry(entry, keys), entryId(theirs.sign));
      remembered.delete(theirs.sign);
      return { id: entryId(theirs.sign), ...entry };
    },
    retire: async (node, why) => {
      await put(writeRetirement({ sign: node.keys.sign, at: clock.now(), why }, keys), retirementId(node.keys.sign));
      remembered.delete(node.keys.sign);
    },
  };
}

const keyOf = (id: string): ResourceKey => ({ type: 'Basic', id });

async function searchTexts(store: Pick<RecordStore, 'search'>): Promise<readonly string[]> {
  const texts: string[] = [];
  let after: string | undefined;
  do {
    const page = await store.search(
      {
        types: ['Basic'],
        where: [
          {
            kind: 'param',
            param: 'code',
            type: 'token',
            values: [{ kind: 'token', system: NODE_SYSTEM, code: NODE_CODE }],
          },
        ],
        sort: [],
        count: PAGE,
        total: 'none',
        include: [],
        ...(after === undefined ? {} : { after }),
      },
      EVERYTHING,
      { includes: 0, ms: 10_000 },
    );
    if (!page.ok) throw new Error(`a search of the register was too costly: ${page.error.what}`);
    texts.push(...page.value.hits.map(({ stored }) => stored.text));
    after = page.value.next;
  } while (after !== undefined);
  return texts;
}
