// Passwords as verifiers: scrypt (RFC 7914) off the main thread, a few at a time, in turn.
//
//   AN11  A verifier holds its own parameters and salt; N is at least 2^15.
//   AN12  Sign-in storms queue here, bounded, and the rest of the server goes on. One worker is kept for devices that are known.
//
// libuv has four threads for files, names and scrypt together; two are left to the others.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { assert } from '../../../core/base/assert.ts';

export interface PasswordHashing {
  /** `scrypt$15$8$1$<salt>$<key>`; undefined: too many wait. */
  hash(password: string, source: WorkSource): Promise<string | undefined>;
  /** As long for no verifier as for one. `undefined`: too many wait, and nothing was compared. */
  verify(password: string, verifier: string | undefined, source: WorkSource): Promise<boolean | undefined>;
  /** Whether a verifier was made with less than today's parameters. */
  isWeak(verifier: string): boolean;
}
/** Who caused the work: sources take turns. */
export interface WorkSource {
  readonly name: string;
  /** A device that signed in before, or the node's own people at work. */
  readonly known: boolean;
}

/** log2 of N. 32 MiB and about 0.1 s on a small machine. */
const COST_MIN = 15;
const BLOCK = 8;
const PARALLEL = 1;
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const WAITING_MAX = 256;
const WAITING_OF_SOURCE_MAX = 32;

/** `cost` below 15 is for tests. */
export function passwordHashing(cost: number = COST_MIN): PasswordHashing {
  assert(cost >= 4 && cost <= 20, 'the cost of a password is a sane power of two');
  const queue = new WorkQueue();
  // What an unknown name is compared with: the same work as for a known one, and never equal.
  const nobody = `scrypt$${cost}$${BLOCK}$${PARALLEL}$${randomBytes(SALT_BYTES).toString('base64url')}$${randomBytes(KEY_BYTES).toString('base64url')}`;
  return {
    hash: async (password, source) => {
      const salt = randomBytes(SALT_BYTES);
      const key = await queue.run(source, () => derive(password, salt, cost, BLOCK, PARALLEL));
      return key === undefined
        ? undefined
        : `scrypt$${cost}$${BLOCK}$${PARALLEL}$${salt.toString('base64url')}$${key.toString('base64url')}`;
    },
    verify: async (password, verifier, source) => {
      const parsed = parse(verifier ?? nobody) ?? parse(nobody);
      assert(parsed !== undefined, 'the verifier of nobody is one');
      const key = await queue.run(source, () =>
        derive(password, parsed.salt, parsed.cost, parsed.block, parsed.parallel),
      );
      if (key === undefined) return undefined;
      return timingSafeEqual(key, parsed.key) && verifier !== undefined;
    },
    isWeak: (verifier) => (parse(verifier)?.cost ?? 0) < cost,
  };
}

interface Parsed {
  readonly cost: number;
  readonly block: number;
  readonly parallel: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}
function parse(verifier: string): Parsed | undefined {
  const [kind, cost, block, parallel, salt = '', key = ''] = verifier.split('$');
  const parsed = {
    cost: Number(cost),
    block: Number(block),
    parallel: Number(parallel),
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
  const sane =
    kind === 'scrypt' &&
    parsed.cost >= 4 &&
    parsed.cost <= 20 &&
    parsed.block === BLOCK &&
    parsed.parallel === PARALLEL;
  return sane && parsed.key.length === KEY_BYTES ? parsed : undefined;
}

const derive = (password: string, salt: Buffer, cost: number, block: number, parallel: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    // The same letters, however a keyboard composed them (NIST SP 800-63B 3.1.1.2).
    scrypt(
      password.normalize('NFKC'),
      salt,
      KEY_BYTES,
      { N: 2 ** cost, r: block, p: parallel, maxmem: 2 * 128 * block * 2 ** cost },
      (error, key) => (error === null ? resolve(key) : reject(error)),
    );
  });

/** Two workers: one for anybody, one for known devices alone. In each lane the sources take turns. */
class WorkQueue {
  readonly #known = new Lane();
  readonly #anybody = new Lane();

  /** Undefined: too many wait already. */
  async run<T>(source: WorkSource, work: () => Promise<T>): Promise<T | undefined> {
    return (source.known ? this.#known : this.#anybody).run(source.name, work);
  }
}
class Lane {
  /** Sources in the order of their next turn. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #count = 0;
  #busy = false;

  async run<T>(source: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#busy) {
      const mine = this.#waiting.get(source) ?? [];
      if (this.#count >= WAITING_MAX || mine.length >= WAITING_OF_SOURCE_MAX) return undefined;
      this.#count++;
      const turn = new Promise<void>((resolve) => mine.push(resolve));
      this.#waiting.set(source, mine);
      await turn;
    }
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #next(): void {
    const [source, turns] = this.#waiting.entries().next().value ?? [];
    const turn = turns?.shift();
    if (source === undefined || turns === undefined || turn === undefined) {
      this.#busy = false;
      return;
    }
    // To the end of the line, if the source has more.
    this.#waiting.delete(source);
    if (turns.length > 0) this.#waiting.set(source, turns);
    this.#count--;
    turn();
  }
}
