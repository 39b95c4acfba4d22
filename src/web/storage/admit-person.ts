// One person's row in the database of keys: who they are, how they get in, what is known of them.
import { toBase32 } from '../../core/base/base32.ts';
import type { Chance, Clock } from '../../core/base/ports.ts';
import { wrapOf, type DeviceRow, type PersonRow } from './key-rows.ts';
import type { KeyShelf } from './key-shelf.ts';
import { hkdfKey, Sealer, type Bytes } from './sealing.ts';
import { isStrong } from './passphrase.ts';
import type { NewPerson, Secret } from './storage.ts';

export interface Known {
  readonly who: string;
  readonly name: string;
  readonly row: PersonRow;
}
export interface Keys {
  /** Of the device's record. */
  readonly data: Bytes;
  /** Of the person's drafts. */
  readonly person: Bytes;
}
export interface Admitting {
  readonly shelf: KeyShelf;
  readonly device: DeviceRow;
  readonly chance: Chance;
  readonly clock: Clock;
}

const TAG_BYTES = 10;

/** Short words and PINs. */
export const isWeak = (secret: Secret): boolean => secret.way === 'passphrase' && !isStrong(secret.passphrase);

/** Writes the row of a person, with this one way in, or with it beside those that they had where `keys` are the same. */
export async function admitPerson(
  { shelf, device, chance, clock }: Admitting,
  person: NewPerson,
  keys: Keys,
  before: { readonly row: PersonRow; readonly keepWays: boolean } | undefined,
): Promise<PersonRow> {
  const tag = before?.row.tag ?? toBase32(chance.bytes(TAG_BYTES));
  const both = new Uint8Array([...keys.data, ...keys.person]);
  const wrap = await wrapOf(both, person.secret, device.own, `wrap ${tag}`, chance);
  both.fill(0);
  const label = JSON.stringify({ who: person.who, name: person.name });
  const kept = (before?.keepWays === true ? before.row.wraps : []).filter(({ way }) => way !== wrap.way);
  const row: PersonRow = {
    version: 1,
    tag,
    label: await labelSealer(device, chance).sealText(label, `label ${tag}`),
    wraps: [...kept, wrap],
    profile: await sealedProfile(keys.data, person.profile, tag, chance),
    lastAt: clock.now(),
  };
  await shelf.change({ rows: { device, [`person ${tag}`]: row, [`tries ${tag}`]: undefined } });
  return row;
}

export async function sealedProfile(data: Bytes, profile: string, tag: string, chance: Chance): Promise<Bytes> {
  return new Sealer(await hkdfKey(data), 'profile', chance).sealText(profile, `profile ${tag}`);
}
export async function openedProfile(data: Bytes, row: PersonRow, chance: Chance): Promise<string | undefined> {
  return new Sealer(await hkdfKey(data), 'profile', chance).openText(row.profile, `profile ${row.tag}`);
}

export function deviceOf(shelf: KeyShelf): DeviceRow | undefined {
  return shelf.rows.get('device') as DeviceRow | undefined;
}

/** In the order in which they were here last. */
export async function peopleOf(shelf: KeyShelf, chance: Chance): Promise<readonly Known[]> {
  const device = deviceOf(shelf);
  if (device === undefined) return [];
  const labels = labelSealer(device, chance);
  const people: Known[] = [];
  for (const [name, each] of shelf.rows) {
    if (!name.startsWith('person ')) continue;
    const row = each as PersonRow;
    const label = await labels.openText(row.label, `label ${row.tag}`);
    if (label === undefined) continue;
    const { who, name: called } = JSON.parse(label) as { readonly who: string; readonly name: string };
    people.push({ who, name: called, row });
  }
  return people.sort((a, b) => b.row.lastAt - a.row.lastAt);
}

const labelSealer = ({ own }: DeviceRow, chance: Chance): Sealer => new Sealer(own, 'label', chance);
