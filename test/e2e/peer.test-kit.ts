// A peer that a test holds in its hand: enrolled at a real node like any other, speaking the session that ships over a memory
// store, and whatever else the test wants it to say.
import { randomFillSync } from 'node:crypto';
import { invite } from '../../drills/network-of-nodes.ts';
import type { DrillNode } from '../../drills/drill-node.ts';
import { parseJson } from '../../src/core/base/json.ts';
import { pureDigest } from '../../src/core/base/sha256.ts';
import { authorBody } from '../../src/core/record/body.ts';
import { EVERYTHING } from '../../src/core/record/store.ts';
import { LINK_RULES } from '../../src/core/sync/link-rules.ts';
import { openMemorySyncStore, type MemorySyncStore } from '../../src/core/sync/memory-sync-store.ts';
import type { Reply, Request } from '../../src/core/sync/messages.ts';
import { session, type SessionEnd } from '../../src/core/sync/session.ts';
import { driveMachine } from '../../src/core/sync/drive-session.ts';
import { enrolAtParent } from '../../src/server/sync-api/enrol-at-parent.ts';
import { drawNodeKeys } from '../../src/server/sync-api/node-keys.ts';
import { nodeTransport } from '../../src/server/sync-api/node-transport.ts';

export interface Peer {
  readonly node: string;
  readonly store: MemorySyncStore;
  /** Writes one resource. */
  write(type: string, id: string, said: string): Promise<void>;
  /** One session; `speaks`: other versions of the protocol than it ships. */
  meet(speaks?: readonly [number, number]): Promise<SessionEnd>;
  /** One message, as a program that does not keep to the session would send it. */
  ask(request: Request): Promise<Reply>;
}

const clock = { now: () => Date.now() };
const chance = { bytes: (count: number): Uint8Array => randomFillSync(new Uint8Array(count)) };

/** A peer that lives as long as its test. */
const FORGETFUL = { append: async (): Promise<void> => undefined, replace: async (): Promise<void> => undefined };

/** `instead` may change what is sent. */
export async function openPeer(
  parent: DrillNode,
  name: string,
  instead: (request: Request) => Request = (request) => request,
): Promise<Peer> {
  const keys = drawNodeKeys();
  const node = `peer${name.replaceAll(/[^a-z0-9]/gi, '').toLowerCase()}`;
  const store = openMemorySyncStore({ digest: pureDigest, clock, chance, node }, FORGETFUL);
  const enrolled = await enrolAtParent({
    url: parent.place.lanUrl,
    code: invite(parent, name, 'site'),
    node,
    tier: 'site',
    keys,
    clock,
  });
  if (!enrolled.ok) throw new Error(enrolled.error.text);
  const transport = nodeTransport({ parent: enrolled.value, keys, incarnation: `${node}1`, clock });
  const ask = async (request: Request): Promise<Reply> => {
    const answer = await transport.exchange(instead(request));
    if (!answer.ok) throw new Error(answer.error.text);
    return answer.value.reply;
  };
  return {
    node,
    store,
    ask,
    write: async (type, id, said) => {
      const text = JSON.stringify({ resourceType: type, id, code: { text: said } });
      const parsed = parseJson(text);
      if (!parsed.ok) throw new Error('no resource');
      const key = { type, id };
      const [before] = await store.read([key], EVERYTHING);
      const body = authorBody(text, parsed.value, id);
      const revision = { key, kind: 'put', parents: before?.heads ?? [], body, authoredAt: clock.now() } as const;
      const landed = await store.append({ revisions: [revision], receivedAt: clock.now() });
      if (!landed.ok) throw new Error('the peer could not write');
    },
    meet: async (speaks) => {
      const machine = session({
        digest: pureDigest,
        now: clock.now(),
        rules: LINK_RULES,
        hasChildren: false,
        page: 100,
        ...(speaks === undefined ? {} : { speaks }),
      });
      const ended = await driveMachine(machine, store, async (request) => ({ ok: true, value: await ask(request) }));
      if (!ended.ok) throw new Error('a session did not end');
      return ended.value;
    },
  };
}
