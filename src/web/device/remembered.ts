// What is remembered of this device in the clear, for the door while it is locked: what it is called, and how many of its commits are
// known nowhere else. Nothing of a person, nothing of a patient.
//
// In a database of its own: a browser that is killed keeps it, which it does not promise of `localStorage`.

export interface Remembered {
  readonly name: string;
  readonly site: string;
  readonly at: number;
  readonly onlyHere: number;
}

const STORE = 'device';
const KEY = 'this';

/** `suffix` tells stores of tests apart. */
export function rememberedIn(suffix: string): {
  read(): Promise<Remembered | undefined>;
  write(known: Remembered): Promise<void>;
} {
  const name = `holdfast-device${suffix}`;
  return {
    // Where nothing can be kept nothing is remembered.
    read: () =>
      inStore(name, 'readonly', (store) => store.get(KEY) as IDBRequest<Remembered | undefined>).catch(() => undefined),
    write: async (known) => {
      await inStore(name, 'readwrite', (store) => store.put(known, KEY)).catch(() => undefined);
    },
  };
}

async function inStore<T>(
  name: string,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(name, 1);
  opening.addEventListener('upgradeneeded', () => void opening.result.createObjectStore(STORE));
  const db = await settled(opening);
  try {
    const transaction = db.transaction(STORE, mode, { durability: 'strict' });
    const done = settled(act(transaction.objectStore(STORE)));
    const ended = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve());
      transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('it was not kept')));
    });
    const value = await done;
    await ended;
    return value;
  } finally {
    db.close();
  }
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('the database said no')));
  });
