// What a ward's browser wrote and could not hand over, out of the file of its rescue page, with the site's own key: when nobody is left who
// could unlock it.
//
//   BS24  The escrow letter in the file opens with the site's seal key alone; with it the record opens. What was written there becomes
//         commits that a device carries for another, and is handed over with the signatures of who wrote it.
//
//   sealed record   version (1) │ salt (16) │ counter (6) │ AES-256-GCM │ tag (16), key HKDF(data key, salt): `web/storage/sealing.ts`
import { createDecipheriv, hkdfSync } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { readItems } from '../../core/sync/log-items.ts';
import type { LogEntry } from '../../core/sync/memory-sync-log.ts';
import type { NodeKeys } from '../sync-api/node-keys.ts';
import { DeviceTrouble } from './device-vault.ts';

export interface Recovered {
  /** The browser's name in origins. */
  readonly node: string;
  /** To be opened by a device: what was written there as carried, and how far it need not be known. */
  readonly entries: readonly LogEntry[];
  readonly commits: number;
  /** Records that could not be read. */
  readonly spoiled: number;
}

const FORMAT = 'rescue 1';
const SALT_AT = 1;
const COUNTER_AT = 17;
const BODY_AT = 23;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;

interface Row {
  readonly db: string;
  readonly store: string;
  readonly key: unknown;
  readonly value: unknown;
}

/** `text`: the file. `keys`: of the site that the browser was enrolled at. Throws `DeviceTrouble` for a person. */
export function recoverBrowser(text: string, keys: Pick<NodeKeys, 'open'>): Recovered {
  const rows = rowsOf(text);
  const opened = rows
    .filter(
      ({ db, store, key }) => db.startsWith('holdfast-keys') && store === 'rows' && String(key).startsWith('escrow '),
    )
    .map(({ value }) => keys.open(bytesOf(value) ?? Buffer.alloc(0)))
    .find((letter) => letter !== undefined);
  if (opened === undefined)
    throw new DeviceTrouble(
      'No letter in this file opens with the key of this node: it is of another site, or was never sealed.',
    );
  const { node, data }: { readonly node: string; readonly data: string } = JSON.parse(
    Buffer.from(opened).toString('utf8'),
  );
  const key = Buffer.from(data, 'base64url');
  let spoiled = 0;
  const entries: LogEntry[] = [];
  for (const { store, key: at, value } of rows.filter(({ db }) => db.startsWith('holdfast-record'))) {
    const place =
      store === 'tail'
        ? `tail ${String(at)}`
        : store === 'snapshot'
          ? `snapshot ${(at as readonly number[]).join(' ')}`
          : undefined;
    if (place === undefined) continue;
    const sealed = bytesOf((value as { readonly sealed?: unknown }).sealed);
    const items = sealed === undefined ? undefined : itemsIn(sealed, key, place);
    if (items === undefined) spoiled += 1;
    else entries.push(...items.flatMap(carriedOf));
  }
  return {
    node,
    entries: floorsFirst(entries),
    commits: entries.filter(({ put }) => put === 'commit').length,
    spoiled,
  };
}

/** Of what stands in a record: what was written there, and marks. The directory and parts are of what came from the site. */
function carriedOf(item: LogEntry | Readonly<Record<string, unknown>>): readonly LogEntry[] {
  if (!('put' in item)) return [];
  const entry = item as LogEntry;
  if (entry.put === 'mark') return [entry];
  return entry.put === 'commit' && entry.from === 'own' && !entry.fork ? [{ ...entry, from: 'below' }] : [];
}
const floorsFirst = (entries: readonly LogEntry[]): readonly LogEntry[] => [
  ...entries.filter(({ put }) => put === 'mark'),
  ...entries.filter(({ put }) => put !== 'mark'),
];

function itemsIn(sealed: Buffer, data: Buffer, place: string): readonly LogEntry[] | undefined {
  try {
    const info = 'holdfast browser 1 log';
    const key = Buffer.from(hkdfSync('sha256', data, sealed.subarray(SALT_AT, COUNTER_AT), info, KEY_BYTES));
    const nonce = Buffer.alloc(NONCE_BYTES);
    sealed.copy(nonce, NONCE_BYTES - (BODY_AT - COUNTER_AT), COUNTER_AT, BODY_AT);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(place, 'utf8'));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(sealed.subarray(BODY_AT, -TAG_BYTES)), decipher.final()]);
    return readItems<LogEntry>(inflateRawSync(plain).toString('utf8'));
  } catch {
    return undefined;
  }
}

function rowsOf(text: string): readonly Row[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const [head] = lines;
  if (head === undefined || !head.includes(`"holdfast":"${FORMAT}"`))
    throw new DeviceTrouble('This is no file of a rescue page, or of a later version of Holdfast.');
  if (lines.at(-1)?.includes('"end":true') !== true)
    throw new DeviceTrouble('The file was cut off: its last line is missing. Export it again, or copy it again.');
  return lines.slice(1, -1).map((line) => JSON.parse(line) as Row);
}
function bytesOf(value: unknown): Buffer | undefined {
  const text = (value as { readonly $b64?: unknown } | undefined)?.$b64;
  return typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
}
