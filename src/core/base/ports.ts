// What the core needs from the world and may never find for itself.

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number;

/** 52 characters of RFC 4648 base32 in lower case without padding: a SHA-256. */
export type Hash = string;

export interface Clock {
  now(): Instant;
}

export interface Chance {
  /** `count` bytes from a cryptographically strong source (a seeded one in the simulator). */
  bytes(count: number): Uint8Array;
}

export interface Digest {
  /** SHA-256 of the UTF-8 bytes of `text`. Synchronous: a revision's name is needed before it can be linked. */
  sha256(text: string): Hash;
}
