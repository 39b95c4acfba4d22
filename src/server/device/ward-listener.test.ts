// What a device of the ward says to one that asks, to the byte.
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { openMemorySyncStore, type MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { encodeMessage } from '../../core/sync/messages.ts';
import type { CarriedCommit } from '../../core/sync/ports.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { commitWords } from '../sync-api/commit-words.ts';
import { drawNodeKeys, isSignedBy, sealFor, type NodeKeys } from '../sync-api/node-keys.ts';
import { openWardListener, type WardListener } from './ward-listener.ts';
import { answerWords, askWords, WARD_HEADERS, type WardAnswer } from './ward-words.ts';
import { Scribe } from '../../core/record/contract/scribe.test-kit.ts';

const ports = nodePorts();
const noLog: OutboxLog = { append: async () => undefined, replace: async () => undefined };
let listener: WardListener | undefined;
afterEach(() => listener?.close());

const storeOf = (node: string, keys: NodeKeys): MemorySyncStore =>
  openMemorySyncStore(
    { ...ports, node, signing: { key: keys.publicKeys.sign, sign: (hash) => keys.sign(commitWords(hash)) } },
    noLog,
  );

async function ward(): Promise<{
  readonly a: NodeKeys;
  readonly b: NodeKeys;
  readonly store: MemorySyncStore;
  ask(from: NodeKeys, asking: unknown, change?: (body: Buffer) => Buffer): Promise<WardAnswer | number>;
}> {
  const [a, b] = [drawNodeKeys(), drawNodeKeys()];
  const store = storeOf('b', b);
  const entry = {
    id: 'x',
    node: 'a',
    name: 'Tablet A',
    tier: 'device',
    keys: a.publicKeys,
    parent: 'site',
    enrolledAt: 1,
  } as const;
  listener = await openWardListener({
    node: 'b',
    keys: b,
    store,
    peers: async (sign) => (sign === a.publicKeys.sign ? entry : undefined),
    host: '127.0.0.1',
    port: 0,
    took: () => undefined,
  });
  const url = `http://127.0.0.1:${listener.port}/ward/1`;
  const ask = async (
    from: NodeKeys,
    asking: unknown,
    change = (body: Buffer): Buffer => body,
  ): Promise<WardAnswer | number> => {
    const sealed = Buffer.from(sealFor(b.publicKeys.seal, Buffer.from(JSON.stringify(asking))));
    const key = from.publicKeys.sign;
    const signature = from.sign(askWords(key, b.publicKeys.sign, sealed));
    const headers = {
      [WARD_HEADERS.key]: key,
      [WARD_HEADERS.to]: b.publicKeys.sign,
      [WARD_HEADERS.signature]: signature,
    };
    const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(change(sealed)) });
    if (answer.status !== 200) return answer.status;
    const body = Buffer.from(await answer.arrayBuffer());
    const said = answer.headers.get(WARD_HEADERS.signature) ?? '';
    expect(isSignedBy(b.publicKeys.sign, answerWords(b.publicKeys.sign, signature, body), said)).toBe(true);
    // Nobody but the asker reads it.
    expect(b.open(body)).toBeUndefined();
    return JSON.parse(Buffer.from(from.open(body) ?? '').toString()) as WardAnswer;
  };
  return { a, b, store, ask };
}

async function commitsBy(node: string, keys: NodeKeys): Promise<readonly CarriedCommit[]> {
  const store = storeOf(node, keys);
  const scribe = new Scribe(store);
  for (let i = 0; i < 3; i++) await scribe.create(`Patient/${node}${i}`, {});
  return store.commits(store.identity().origin, 1, 10);
}
const carry = (commits: readonly CarriedCommit[]): unknown => {
  const text = encodeMessage({ id: 'x', message: { kind: 'push', commits } });
  return { ask: 'carry', commits: gzipSync(text).toString('base64'), fresh: 'f' };
};

test('[DV21] a device takes what the sender wrote and signed, answers when it is kept, and says where it stands', async () => {
  const { a, ask, store } = await ward();
  const commits = await commitsBy('a', a);
  const origin = commits[0]?.origin ?? '';
  expect(await ask(a, { ask: 'where', origins: [origin, 'b.x'], fresh: 'f' })).toEqual({ answer: 'stands', at: [] });
  expect(await ask(a, carry(commits.slice(1)))).toEqual({ answer: 'stands', at: [[origin, 2, 3]] });
  expect(await ask(a, carry(commits.slice(1)))).toEqual({ answer: 'stands', at: [[origin, 2, 3]] });
  expect(store.commits(origin, 2, 10)).toEqual(commits.slice(1));
});

test('[DV21] a changed letter, a stranger, what another wrote and what the sender did not sign is not taken', async () => {
  const { a, ask, store } = await ward();
  const stranger = drawNodeKeys();
  const own = await commitsBy('a', a);
  const refused = { answer: 'refused', why: 'not-yours' };
  expect(await ask(a, carry(own), (body) => Buffer.concat([body, Buffer.from('x')]))).toBe(403);
  expect(await ask(stranger, carry(own))).toBe(403);
  expect(await ask(a, carry(await commitsBy('c', a)))).toEqual(refused);
  expect(await ask(a, carry(await commitsBy('a', stranger)))).toEqual(refused);
  expect(await ask(a, carry(own.map(({ signature: _signature, ...commit }): CarriedCommit => commit)))).toEqual(
    refused,
  );
  const malformed = { answer: 'refused', why: 'malformed' };
  for (const asking of [
    7,
    null,
    {},
    { ask: 'where' },
    { ask: 'carry', commits: 'AAAA', fresh: 'f' },
    { ask: 'fly', fresh: 'f' },
  ])
    expect(await ask(a, asking)).toEqual(malformed);
  expect(store.counts()).toEqual({ commits: 0, revisions: 0 });
});
