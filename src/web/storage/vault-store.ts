// Who can open what is here, and how.
//
//   nobody ──found──> open ──lock──> locked ──unlock──> open        a person more: admit (of an open vault), join (by the site)
//
//   BS13 A wrong secret changes nothing and costs time: the first four nothing, then two seconds, doubling, five minutes at most. Tries
//        are written down before they are made. Nothing is ever wiped.
//   BS14 All persons of a device open the same data key, each by a wrap of their own; taking one away leaves the others'.
import { toBase32 } from '../../core/base/base32.ts';
import type { Chance, Clock, Instant } from '../../core/base/ports.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { admitPerson, deviceOf, isWeak, peopleOf, type Keys, type Known } from './admit-person.ts';
import { KEY_BYTES, newDeviceKey, unwrapped, type DeviceRow, type PersonRow, type TriesRow } from './key-rows.ts';
import { KeyShelf } from './key-shelf.ts';
import { openVaultOf, readLetter } from './open-vault.ts';
import type { Bytes } from './sealing.ts';
import type { EnrolledPerson, NewPerson, NotAdmitted, NotUnlocked, Secret, Vault, VaultStore } from './storage.ts';

export interface VaultStoreOptions {
  readonly chance: Chance;
  readonly clock: Clock;
  /** Tells stores of tests and demos apart. */
  readonly suffix?: string;
}

const NAME_BYTES = 10;

/** What a new device is called in origins. */
export const newNodeName = (chance: Chance): string => `dev-${toBase32(chance.bytes(NAME_BYTES))}`;

const FREE_TRIES = 4;
const FIRST_WAIT_MS = 2_000;
const WAIT_MS_MAX = 5 * 60_000;
const NO_TRIES: TriesRow = { failed: 0, at: 0 };

/** Throws `StorageTrouble` where the browser lets nothing be kept. */
export async function openVaultStore(options: VaultStoreOptions): Promise<VaultStore> {
  const shelf = await KeyShelf.open(options.suffix ?? '');
  const store = new StoredVaults(options, shelf);
  await store.readPeople();
  return store;
}

class StoredVaults implements VaultStore {
  readonly #options: VaultStoreOptions;
  readonly #shelf: KeyShelf;
  #people: readonly Known[] = [];

  constructor(options: VaultStoreOptions, shelf: KeyShelf) {
    this.#options = options;
    this.#shelf = shelf;
  }

  get node(): string | undefined {
    return deviceOf(this.#shelf)?.node;
  }
  people(): readonly EnrolledPerson[] {
    return this.#people.map(({ who, name, row }) => ({ who, name, ways: row.wraps.map(({ way }) => way) }));
  }
  escrowLetters(): readonly Bytes[] {
    return [...this.#shelf.rows].flatMap(([name, row]) => (name.startsWith('escrow ') ? [row as Bytes] : []));
  }
  close(): void {
    this.#shelf.close();
  }

  async found(person: NewPerson, name?: string): Promise<Result<Vault, NotAdmitted>> {
    if (deviceOf(this.#shelf) !== undefined) return err({ kind: 'founded' });
    if (isWeak(person.secret)) return err({ kind: 'weak' });
    const { chance } = this.#options;
    const node = name ?? newNodeName(chance);
    const device: DeviceRow = { version: 1, node, own: await newDeviceKey(chance) };
    return this.#admitted(device, person, { data: this.#drawn(), person: this.#drawn() });
  }

  async join(opened: Bytes, person: NewPerson): Promise<Result<Vault, NotAdmitted | NotUnlocked>> {
    const device = deviceOf(this.#shelf);
    const letter = readLetter(opened);
    if (device === undefined || letter === undefined || letter.node !== device.node) return err({ kind: 'wrong' });
    if (isWeak(person.secret)) return err({ kind: 'weak' });
    const { data, person: own } = letter.keys;
    return this.#admitted(device, person, { data, person: letter.who === person.who ? own : this.#drawn() });
  }

  async unlock(who: string, secret: Secret): Promise<Result<Vault, NotUnlocked>> {
    const known = this.#people.find((each) => each.who === who);
    const device = deviceOf(this.#shelf);
    if (known === undefined || device === undefined) return err({ kind: 'unknown-person' });
    const { tag } = known.row;
    const { clock } = this.#options;
    const tries = (this.#shelf.rows.get(`tries ${tag}`) ?? NO_TRIES) as TriesRow;
    const ms = stillToWait(tries, clock.now());
    if (ms > 0) return err({ kind: 'wait', ms });
    await this.#shelf.change({ rows: { [`tries ${tag}`]: { failed: tries.failed + 1, at: clock.now() } } });
    const both = await unwrapped(known.row.wraps, secret, device.own, `wrap ${tag}`);
    if (both === undefined) return err({ kind: 'wrong' });
    const keys = { data: both.slice(0, KEY_BYTES), person: both.slice(KEY_BYTES) };
    both.fill(0);
    const row = { ...known.row, lastAt: clock.now() };
    const vault = await this.#vault(device, row, who, keys);
    if (vault === undefined) return err({ kind: 'spoiled' });
    await this.#shelf.change({ rows: { [`tries ${tag}`]: undefined, [`person ${tag}`]: row } });
    await this.readPeople();
    return ok(vault);
  }

  async readPeople(): Promise<void> {
    this.#people = await peopleOf(this.#shelf, this.#options.chance);
  }

  async #admitted(device: DeviceRow, person: NewPerson, keys: Keys): Promise<Result<Vault, never>> {
    const before = this.#people.find(({ who }) => who === person.who)?.row;
    const known = before === undefined ? undefined : { row: before, keepWays: false };
    const row = await admitPerson({ ...this.#options, shelf: this.#shelf, device }, person, keys, known);
    await this.readPeople();
    const vault = await this.#vault(device, row, person.who, keys);
    if (vault === undefined) throw new Error('what was just sealed opens');
    return ok(vault);
  }
  #vault(device: DeviceRow, row: PersonRow, who: string, keys: Keys): Promise<Vault | undefined> {
    const { chance, clock } = this.#options;
    const peopleChanged = (): Promise<void> => this.readPeople();
    return openVaultOf({ shelf: this.#shelf, device, row, who, keys, chance, clock, peopleChanged });
  }
  #drawn(): Bytes {
    return new Uint8Array(this.#options.chance.bytes(KEY_BYTES));
  }
}

/** A clock that was set back makes nobody wait longer than the whole time. */
function stillToWait({ failed, at }: TriesRow, now: Instant): number {
  if (failed < FREE_TRIES) return 0;
  const whole = Math.min(FIRST_WAIT_MS * 2 ** (failed - FREE_TRIES), WAIT_MS_MAX);
  return Math.max(0, Math.min(whole, at + whole - now));
}
