// Whether this browser keeps what it is given. Asked in the page: witnesses that a worker does not reach stand outside the store.
//
//   first visit      the canary is written ──> begun: close the browser, open it again
//   another session  the canary is there ──> proved        it is not, and somebody or something remembers it ──> failed
//
//   BS18 Only another session of the browser proves the canary: a reload, or another tab, does not.
//   BS19 A canary that somebody remembers and that is not there is a store that was lost: it is told, never taken for a new device.
//   BS20 A browser that will not promise to keep the store, or has not proved it, is `unprotected`; one that failed is `thin`.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { toBase32 } from '../../core/base/base32.ts';
import type { Chance } from '../../core/base/ports.ts';
import { written } from './database.ts';
import type { Keeping } from './storage.ts';

export interface ProbeOptions {
  readonly chance: Chance;
  /** The person says that the browser was restarted since the canary was written: then it must be there. */
  readonly expected?: boolean;
  /** The demo does not ask for a restart: the canary counts as proved. */
  readonly skipRestart?: boolean;
  /** Tells stores of tests and demos apart. */
  readonly suffix?: string;
}

interface CanaryRow {
  readonly id: string;
  /** The session of the browser that wrote it. */
  readonly session: string;
  readonly proved: boolean;
}
interface CanarySchema extends DBSchema {
  canary: { key: 'row'; value: CanaryRow };
}

const DATABASE = 'holdfast-canary';
const WITNESS = 'holdfast-canary';
const SESSION = 'holdfast-session';
const ID_BYTES = 10;
/** Less is a few days of a ward. */
export const QUOTA_LOW_BYTES = 256 * 1024 * 1024;

/** Asks, and on the first visit begins. Throws `StorageTrouble` where there is no storage at all. */
export async function probeStorage(options: ProbeOptions): Promise<Keeping> {
  const suffix = options.suffix ?? '';
  const db = await openDB<CanarySchema>(`${DATABASE}${suffix}`, 1, {
    upgrade(opened) {
      opened.createObjectStore('canary');
    },
  });
  try {
    const { canary, storeLost } = await canaryOf(db, options, suffix);
    const persisted = await isPersisted();
    return { canary, persisted, storeLost, ...(await roomLeft()) };
  } finally {
    db.close();
  }
}

/** What the device may promise. */
export function keepingOf({ canary, persisted }: Keeping): 'kept' | 'unprotected' | 'thin' {
  if (canary === 'failed') return 'thin';
  return canary === 'proved' && persisted ? 'kept' : 'unprotected';
}

/**
 * How much the browser says that it would still let us have; null where it does not say. Chromium says ten GiB more than there is in
 * use, whatever the disk has: `BrowserLog.isFull` tells of the rest.
 */
export const roomLeft = async (): Promise<Room> => roomOf(await navigator.storage.estimate());

type Room = Pick<Keeping, 'bytesFree' | 'quotaLow'>;
export function roomOf({ quota, usage }: StorageEstimate): Room {
  if (quota === undefined) return { bytesFree: null, quotaLow: false };
  const bytesFree = Math.max(0, quota - (usage ?? 0));
  return { bytesFree, quotaLow: bytesFree < QUOTA_LOW_BYTES };
}

async function canaryOf(
  db: IDBPDatabase<CanarySchema>,
  options: ProbeOptions,
  suffix: string,
): Promise<Pick<Keeping, 'canary' | 'storeLost'>> {
  const session = sessionOf(options.chance);
  const row = await db.get('canary', 'row');
  const isRemembered = localStorage.getItem(`${WITNESS}${suffix}`) !== null || options.expected === true;
  const write = async (next: CanaryRow): Promise<void> => {
    await written(db, ['canary'], (transaction) => [transaction.objectStore('canary').put(next, 'row')]);
    localStorage.setItem(`${WITNESS}${suffix}`, next.id);
  };
  if (row === undefined) {
    const id = toBase32(options.chance.bytes(ID_BYTES));
    await write({ id, session, proved: options.skipRestart === true && !isRemembered });
    if (isRemembered) return { canary: 'failed', storeLost: true };
    return { canary: options.skipRestart === true ? 'proved' : 'begun', storeLost: false };
  }
  const proved = row.proved || options.skipRestart === true || (row.session !== session && session !== 'none');
  await write({ ...row, proved });
  return { canary: proved ? 'proved' : 'begun', storeLost: false };
}

/** A cookie without an end: the browser forgets it when it is closed. */
function sessionOf(chance: Chance): string {
  const known = document.cookie.split('; ').find((each) => each.startsWith(`${SESSION}=`));
  if (known !== undefined) return known.slice(SESSION.length + 1);
  const session = toBase32(chance.bytes(ID_BYTES));
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${SESSION}=${session}; Path=/; SameSite=Strict${secure}`;
  // Without cookies every visit would look like a new session, and prove what it does not.
  return document.cookie.includes(`${SESSION}=${session}`) ? session : 'none';
}

async function isPersisted(): Promise<boolean> {
  return (await navigator.storage.persisted()) || (await navigator.storage.persist());
}
