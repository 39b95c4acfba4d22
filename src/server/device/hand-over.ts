// With no parent in reach: sealed copies of what only this device, or a site that does not answer, holds go to other devices of the ward.
//
//   DV19  What another device says that its disk has is shown as "also on" it, and never more than it last said.
//   DV20  Only devices that a parent of ours vouched for and did not retire get copies.
import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Instant } from '../../core/base/ports.ts';
import { installOf } from '../../core/record/scope.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import { encodeMessage } from '../../core/sync/messages.ts';
import type { RegisteredNode } from '../sync-api/link-types.ts';
import { isRawKey, isSignedBy, sealFor, type NodeKeys } from '../sync-api/node-keys.ts';
import { sendRequest } from '../sync-api/send-request.ts';
import type { DeviceClock } from '../../core/sync/device-clock.ts';
import type { WardPeers } from './ward-peers.ts';
import {
  answerWords,
  askWords,
  WARD_BYTES_MAX,
  WARD_HEADERS,
  WARD_PATH,
  WARD_TYPE,
  type WardAnswer,
  type WardAsk,
} from './ward-words.ts';

/** What another device last said that it holds of ours. */
export interface CopiesOn {
  readonly node: string;
  readonly name: string;
  readonly at: Instant;
  readonly ranges: readonly (readonly [origin: string, from: number, to: number])[];
}
export interface HandOverOptions {
  readonly node: string;
  readonly keys: NodeKeys;
  readonly store: MemorySyncStore;
  readonly peers: WardPeers;
  readonly clock: DeviceClock;
  /** `http://10.0.0.7:8490`. */
  readonly urls: readonly string[];
}

const PAGE = 100;
const PAGE_BYTES = 512 * 1024;
const WAIT_MS = 10_000;
const NOTE = 'copies-on';

export class HandOver {
  readonly #options: HandOverOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 2, timeout: WAIT_MS });
  #copies: Map<string, CopiesOn>;

  constructor(options: HandOverOptions) {
    this.#options = options;
    const noted = options.store.noted(NOTE);
    const read: readonly CopiesOn[] = noted === undefined ? [] : JSON.parse(noted);
    this.#copies = new Map(read.map((one) => [one.node, one]));
  }

  copies(): readonly CopiesOn[] {
    return [...this.#copies.values()];
  }
  /** Names of the devices that hold it. */
  alsoOn(origin: string, seq: number): readonly string[] {
    return this.copies()
      .filter(({ ranges }) => ranges.some(([name, from, to]) => name === origin && from <= seq && seq <= to))
      .map(({ name }) => name);
  }

  /** Gives copies to the first device that takes them; whether one holds everything now. */
  async toTheWard(): Promise<boolean> {
    for (const url of this.#options.urls) if (await this.#toOne(url)) return true;
    return false;
  }
  close(): void {
    this.#agent.destroy();
  }

  async #toOne(url: string): Promise<boolean> {
    const { store, node } = this.#options;
    const due = store.below('D2').filter(({ origin }) => installOf(origin) === node);
    const peer = await this.#who(url);
    if (peer === undefined) return false;
    const origins = due.map(({ origin }) => origin);
    const standing = await this.#ask(url, peer, { ask: 'where', origins, fresh: fresh() });
    if (standing?.answer !== 'stands') return false;
    await this.#noted(peer, standing.at, origins);
    for (const { origin, from, to } of due) {
      const range = standing.at.find(([name]) => name === origin);
      let next = range !== undefined && range[1] <= from ? Math.max(from, range[2] + 1) : from;
      while (next <= to) {
        const commits = store.commits(origin, next, PAGE, PAGE_BYTES);
        if (commits.length === 0) break;
        const text = encodeMessage({ id: fresh(), message: { kind: 'push', commits } });
        const packed = gzipSync(Buffer.from(text, 'utf8')).toString('base64');
        const answer = await this.#ask(url, peer, { ask: 'carry', commits: packed, fresh: fresh() });
        if (answer?.answer !== 'stands') return false;
        await this.#noted(peer, answer.at, [origin]);
        const reached = answer.at.find(([name]) => name === origin)?.[2] ?? 0;
        if (reached < next) break;
        next = reached + 1;
      }
    }
    const ranges = this.#copies.get(peer.node)?.ranges ?? [];
    return due.every(({ origin, from, to }) =>
      ranges.some(([name, first, last]) => name === origin && first <= from && last >= to),
    );
  }

  /** The device there, where a parent of ours vouched for it. What answers has yet to prove that it is that one. */
  async #who(url: string): Promise<RegisteredNode | undefined> {
    const sent = await this.#send(url, 'GET', {});
    if (sent?.status !== 200) return undefined;
    try {
      const { sign }: { readonly sign?: unknown } = JSON.parse(Buffer.from(sent.body).toString('utf8'));
      if (typeof sign !== 'string' || !isRawKey(sign) || sign === this.#options.keys.publicKeys.sign) return undefined;
      return await this.#options.peers(sign);
    } catch {
      return undefined;
    }
  }

  async #ask(url: string, peer: RegisteredNode, asking: WardAsk): Promise<WardAnswer | undefined> {
    const { keys } = this.#options;
    const body = sealFor(peer.keys.seal, Buffer.from(JSON.stringify(asking), 'utf8'));
    const own = keys.publicKeys.sign;
    const signature = keys.sign(askWords(own, peer.keys.sign, body));
    const headers = {
      'content-type': WARD_TYPE,
      [WARD_HEADERS.key]: own,
      [WARD_HEADERS.to]: peer.keys.sign,
      [WARD_HEADERS.signature]: signature,
    };
    const sent = await this.#send(url, 'POST', headers, body);
    if (sent?.status !== 200) return undefined;
    const said = String(sent.headers[WARD_HEADERS.signature] ?? '');
    if (!isSignedBy(peer.keys.sign, answerWords(peer.keys.sign, signature, sent.body), said)) return undefined;
    const opened = keys.open(sent.body);
    // Its signature proved who says it: what that device says of itself is taken as it is.
    return opened === undefined ? undefined : (JSON.parse(Buffer.from(opened).toString('utf8')) as WardAnswer);
  }

  async #send(
    url: string,
    method: 'GET' | 'POST',
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array,
  ): Promise<Awaited<ReturnType<typeof sendRequest>> | undefined> {
    try {
      return await sendRequest({
        method,
        url: new URL(url),
        path: WARD_PATH,
        headers,
        ...(body === undefined ? {} : { body }),
        agent: this.#agent,
        idleMs: WAIT_MS,
        wholeMs: 2 * WAIT_MS,
        bytesMax: WARD_BYTES_MAX,
      });
    } catch {
      // Not there: the next one is asked, and this one again the next time.
      return undefined;
    }
  }

  /** `asked`: of these origins it said all there is to say. */
  async #noted(peer: RegisteredNode, said: CopiesOn['ranges'], asked: readonly string[]): Promise<void> {
    const { store, clock } = this.#options;
    const before = this.#copies.get(peer.node);
    const kept = (before?.ranges ?? []).filter(([origin]) => !asked.includes(origin) && store.isOpen(origin));
    const ranges = [...kept, ...said];
    if (before !== undefined && JSON.stringify(before.ranges) === JSON.stringify(ranges)) return;
    this.#copies.set(peer.node, { node: peer.node, name: peer.name, at: clock.now(), ranges });
    await store.note(NOTE, JSON.stringify(this.copies()));
  }
}

const fresh = (): string => randomBytes(12).toString('base64url');
