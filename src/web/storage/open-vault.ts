// An open vault: the keys in memory, and what they open. `lock` forgets them, and whatever was opened with them fails.
//
//   BS16 Drafts are the person's alone; their names, too, say nothing.
//   BS17 The escrow letter opens with the site's seal key alone.
import type { Chance, Clock } from '../../core/base/ports.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { admitPerson, isWeak, openedProfile, peopleOf, sealedProfile, type Keys } from './admit-person.ts';
import { fromBase64Url, sealedLetter, toBase64Url } from './escrow.ts';
import { KEY_BYTES, type DeviceRow, type PersonRow } from './key-rows.ts';
import type { KeyShelf } from './key-shelf.ts';
import { hkdfKey, Locked, Sealer, type Bytes } from './sealing.ts';
import type { Drafts, KeptDraft, NewPerson, NotAdmitted, Vault } from './storage.ts';

export interface VaultParts {
  readonly shelf: KeyShelf;
  readonly device: DeviceRow;
  readonly row: PersonRow;
  readonly who: string;
  readonly keys: Keys;
  readonly chance: Chance;
  readonly clock: Clock;
  /** Told after somebody was let in or sent away. */
  readonly peopleChanged: () => Promise<void>;
}

/** Undefined where the profile does not open: the keys are not those of the record. */
export async function openVaultOf(parts: VaultParts): Promise<Vault | undefined> {
  const profile = await openedProfile(parts.keys.data, parts.row, parts.chance);
  if (profile === undefined) return undefined;
  return new OpenVault(parts, profile, await hkdfKey(parts.keys.data), await hkdfKey(parts.keys.person));
}

class OpenVault implements Vault {
  readonly who: string;
  readonly node: string;
  readonly drafts: Drafts;
  readonly #parts: VaultParts;
  readonly #sealers: Sealer[] = [];
  readonly #kept: Sealer;
  readonly #dataKey: CryptoKey;
  #profile: string;
  #isLocked = false;

  constructor(parts: VaultParts, profile: string, dataKey: CryptoKey, personKey: CryptoKey) {
    this.#parts = parts;
    this.#profile = profile;
    this.#dataKey = dataKey;
    this.who = parts.who;
    this.node = parts.device.node;
    this.#kept = this.sealer('kept');
    const drafts = this.#registered(new Sealer(personKey, 'drafts', parts.chance));
    this.drafts = draftsOf(parts, drafts);
  }

  profile(): string {
    this.#assertOpen();
    return this.#profile;
  }
  async setProfile(text: string): Promise<void> {
    this.#assertOpen();
    const { shelf, keys, row, chance } = this.#parts;
    const profile = await sealedProfile(keys.data, text, row.tag, chance);
    const now = (shelf.rows.get(`person ${row.tag}`) ?? row) as PersonRow;
    await shelf.change({ rows: { [`person ${row.tag}`]: { ...now, profile } } });
    this.#profile = text;
  }

  async kept(name: string): Promise<string | undefined> {
    const sealed = this.#parts.shelf.sealed.get(`kept ${name}`);
    return sealed === undefined ? undefined : this.#kept.openText(sealed, `kept ${name}`);
  }
  async keep(name: string, text: string): Promise<void> {
    const place = `kept ${name}`;
    const sealed = text === '' ? undefined : await this.#kept.sealText(text, place);
    await this.#parts.shelf.change({ sealed: { [place]: sealed } });
  }

  sealer(purpose: string): Sealer {
    this.#assertOpen();
    return this.#registered(new Sealer(this.#dataKey, purpose, this.#parts.chance));
  }

  async admit(person: NewPerson): Promise<Result<void, NotAdmitted>> {
    this.#assertOpen();
    if (isWeak(person.secret)) return err({ kind: 'weak' });
    const { shelf, chance, keys, who, peopleChanged } = this.#parts;
    const before = (await peopleOf(shelf, chance)).find((each) => each.who === person.who)?.row;
    const isOwn = person.who === who;
    const theirs = isOwn ? keys.person : new Uint8Array(chance.bytes(KEY_BYTES));
    const known = before === undefined ? undefined : { row: before, keepWays: isOwn };
    await admitPerson(this.#parts, person, { data: keys.data, person: theirs }, known);
    await peopleChanged();
    return ok(undefined);
  }

  async dismiss(who: string): Promise<void> {
    const { shelf, chance, peopleChanged } = this.#parts;
    const tag = (await peopleOf(shelf, chance)).find((each) => each.who === who)?.row.tag;
    if (tag === undefined) return;
    await shelf.change({ rows: { [`person ${tag}`]: undefined, [`tries ${tag}`]: undefined } });
    await peopleChanged();
  }

  async escrowTo(seal: string): Promise<Bytes> {
    this.#assertOpen();
    const { shelf, keys, row, chance } = this.#parts;
    const letter: LetterJson = {
      version: 1,
      node: this.node,
      data: toBase64Url(keys.data),
      who: this.who,
      person: toBase64Url(keys.person),
    };
    const bytes = sealedLetter(seal, new TextEncoder().encode(JSON.stringify(letter)), chance);
    await shelf.change({ rows: { [`escrow ${row.tag}`]: bytes } });
    return bytes;
  }

  rewrite(): Promise<void> {
    return this.#parts.shelf.rewrite();
  }

  lock(): void {
    this.#isLocked = true;
    this.#profile = '';
    for (const sealer of this.#sealers.splice(0)) sealer.forget();
    this.#parts.keys.data.fill(0);
    this.#parts.keys.person.fill(0);
  }

  #registered(sealer: Sealer): Sealer {
    this.#sealers.push(sealer);
    return sealer;
  }
  #assertOpen(): void {
    if (this.#isLocked) throw new Locked();
  }
}

/** Of the person alone. */
function draftsOf({ shelf, row, keys }: VaultParts, sealer: Sealer): Drafts {
  const prefix = `draft ${row.tag} `;
  const naming = crypto.subtle.importKey('raw', keys.person, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const placeOf = async (name: string): Promise<string> => {
    const print = await crypto.subtle.sign('HMAC', await naming, new TextEncoder().encode(`draft ${name}`));
    return `${prefix}${toBase64Url(new Uint8Array(print))}`;
  };
  return {
    all: async () => {
      const drafts: KeptDraft[] = [];
      for (const [place, sealed] of shelf.sealed) {
        if (!place.startsWith(prefix)) continue;
        const text = await sealer.openText(sealed, place);
        if (text !== undefined) drafts.push(JSON.parse(text) as KeptDraft);
      }
      return drafts.sort((a, b) => b.at - a.at);
    },
    put: async (draft) => {
      const place = await placeOf(draft.name);
      const sealed = draft.value === '' ? undefined : await sealer.sealText(JSON.stringify(draft), place);
      await shelf.change({ sealed: { [place]: sealed } });
    },
  };
}

interface LetterJson {
  readonly version: 1;
  readonly node: string;
  readonly data: string;
  readonly who: string;
  readonly person: string;
}
export interface Letter {
  readonly node: string;
  readonly who: string;
  readonly keys: Keys;
}
/** What the site made of an escrow letter; undefined where it is none. */
export function readLetter(opened: Bytes): Letter | undefined {
  try {
    const { version, node, data, who, person } = JSON.parse(new TextDecoder().decode(opened)) as LetterJson;
    const keys = { data: fromBase64Url(data), person: fromBase64Url(person) };
    if (version !== 1 || keys.data.length !== KEY_BYTES || keys.person.length !== KEY_BYTES) return undefined;
    return { node, who, keys };
  } catch {
    return undefined;
  }
}
