// Content packages as a browser keeps them: the shelf in a database of its own, hashes and signatures by the platform, the package that
// came with the program from the program's own files. Nothing of a patient is in any of it.
import { parseJson } from '../../../core/base/json.ts';
import type { JsonValue } from '../../../core/base/json-types.ts';
import { err, ok } from '../../../core/base/result.ts';
import { at, textOf } from '../../../core/care/merge/clinical-words.ts';
import type { DrugRules } from '../../../core/care/medication/drug-rules.ts';
import { ORDER_SETS_ARITY, ORDER_SETS_SCHEMA, readOrderSets } from '../../../core/care/medication/order-sets.ts';
import { DRUG_RULES_ARITY, DRUG_RULES_SCHEMA, readDrugRules } from '../../../core/care/medication/read-drug-rules.ts';
import { runRuleTests } from '../../../core/care/medication/test-rules.ts';
import type { ContentCrypto, ContentEngine, ContentPackage } from '../../../core/content/content-package.ts';
import type { Shelf, ShelfKeeper } from '../../../core/content/content-shelf.ts';

const DATABASE = 'holdfast-content';
const STORE = 'shelf';
const KEY = 'shelf';

function opened(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error('no content database'));
  });
}
async function within<T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise<T>((done, failed) => {
      const transaction = database.transaction(STORE, mode, { durability: 'strict' });
      const request = run(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => failed(transaction.error ?? new Error('content was not kept'));
    });
  } finally {
    database.close();
  }
}
export const shelfKeeper: ShelfKeeper = {
  read: async () => (await within('readonly', (store) => store.get(KEY))) as Shelf | undefined,
  write: async (shelf) => {
    await within('readwrite', (store) => store.put(shelf, KEY));
  },
};

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: text.length / 2 }, (_, n) => Number.parseInt(text.slice(2 * n, 2 * n + 2), 16));

export const platformCrypto: ContentCrypto = {
  sha256: async (text) => hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
  verify: async (publicKey, signature, text) => {
    try {
      const key = await crypto.subtle.importKey('raw', bytesOf(publicKey), { name: 'Ed25519' }, false, ['verify']);
      return await crypto.subtle.verify({ name: 'Ed25519' }, key, bytesOf(signature), new TextEncoder().encode(text));
    } catch (error) {
      // A platform that cannot verify trusts nothing: no checks, and the screens say so.
      if (error instanceof DOMException) return false;
      throw error;
    }
  },
};

/** What this program can read, and how it runs the tests of a package. */
export const contentEngine: ContentEngine = {
  kinds: [
    {
      schema: DRUG_RULES_SCHEMA,
      arity: DRUG_RULES_ARITY,
      read: (json: JsonValue) => {
        const rules = readDrugRules(json);
        return rules.ok ? ok({ content: rules.value, skipped: rules.value.skipped }) : err(rules.error.kind);
      },
    },
    { schema: ORDER_SETS_SCHEMA, arity: ORDER_SETS_ARITY, read: readOrderSets },
  ],
  runTests: (parts, tests) => {
    const rules = parts.get(DRUG_RULES_SCHEMA) as DrugRules | undefined;
    return rules === undefined ? { ran: 0, failed: [], notCovered: [DRUG_RULES_SCHEMA] } : runRuleTests(rules, tests);
  },
};

const PARTS = {
  'drug-rules.json': new URL('../../../../content/demo-formulary/drug-rules.json', import.meta.url),
  'order-sets.json': new URL('../../../../content/demo-formulary/order-sets.json', import.meta.url),
  'self-tests.json': new URL('../../../../content/demo-formulary/self-tests.json', import.meta.url),
} as const;
const MANIFEST = new URL('../../../../content/demo-formulary/manifest.json', import.meta.url);
const SIGNATURE = new URL('../../../../content/demo-formulary/signature.json', import.meta.url);

async function fetched(address: URL): Promise<string> {
  const answer = await fetch(address, { credentials: 'same-origin' });
  if (!answer.ok) throw new TypeError(`content: ${answer.status}`);
  return answer.text();
}
function signatureIn(text: string): string {
  const parsed = parseJson(text);
  return parsed.ok ? textOf(at(parsed.value.value, 'signature')) : '';
}
/** Of the program's own files; undefined where they cannot be had, which is no reason to give up what is kept. */
export async function bundledPackage(): Promise<ContentPackage | undefined> {
  try {
    const [manifest, signature, ...texts] = await Promise.all(
      [MANIFEST, SIGNATURE, ...Object.values(PARTS)].map(fetched),
    );
    if (manifest === undefined || signature === undefined) return undefined;
    const parts = Object.fromEntries(Object.keys(PARTS).map((name, n) => [name, texts[n] ?? '']));
    return { manifest, signature: signatureIn(signature), parts };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
