// One suite for every RecordStore (specs/store.md). Each adapter's test calls `recordStoreContract` with a way to open it.
import { afterEach, describe } from 'vitest';
import type { Digest } from '../base/ports.ts';
import { pureDigest } from '../base/sha256.ts';
import { aroundContract } from './contract/around.test-kit.ts';
import { conflictsContract } from './contract/conflicts.test-kit.ts';
import { historyContract } from './contract/history.test-kit.ts';
import { keepingContract } from './contract/keeping.test-kit.ts';
import { modelContract } from './contract/model.test-kit.ts';
import { searchContract } from './contract/search.test-kit.ts';
import { siblingsContract } from './contract/siblings.test-kit.ts';
import { viewsContract } from './contract/views.test-kit.ts';
import { visibilityContract } from './contract/visibility.test-kit.ts';
import type { RecordStore, ResourceKey } from './store.ts';
import type { Policies } from './view.ts';

/** What `damage` spoils of a resource: its current body, a revision header, a commit header, its heads, its index, its home. */
export type Damage = 'body' | 'header' | 'chain' | 'head' | 'index' | 'home';

export interface OpenedStore {
  /** Empty. */
  readonly store: RecordStore;
  /** Closes `store` as a crash would and opens the same record again, as a new process (and origin) does. */
  readonly reopen?: () => Promise<RecordStore>;
  /** One more store over the same record, as another process opens it, while `store` stays open. */
  readonly second?: () => Promise<RecordStore>;
  /** Changes what is kept, behind the store's back. */
  readonly damage?: (what: Damage, key: ResourceKey) => Promise<void>;
  /** Called after the test; closes everything. */
  readonly dispose?: () => Promise<void>;
}
/** With the policies of types that are given; without, any difference is a conflict. */
export type OpenStore = (more?: { readonly policies?: Policies }) => Promise<OpenedStore>;

export interface ContractOptions {
  /** The digest that the store was opened with, where it is not the plain one. */
  readonly digest?: Digest;
  /** Seeds of random runs beside the pinned ones; printed. */
  readonly seeds?: readonly number[];
}

/** Without `reopen`, `second` or `damage` the rules that need them are taken as far as they go without. */
export function recordStoreContract(name: string, open: OpenStore, options: ContractOptions = {}): void {
  const digest = options.digest ?? pureDigest;
  describe(`${name} keeps the record store contract`, () => {
    const opened: OpenedStore[] = [];
    const opening: OpenStore = async (more) => {
      const each = await open(more);
      opened.push(each);
      return each;
    };
    afterEach(async () => {
      for (const each of opened.splice(0)) await (each.dispose ?? each.store.close.bind(each.store))();
    });
    keepingContract(opening, digest);
    historyContract(opening, digest);
    searchContract(opening);
    siblingsContract(opening);
    viewsContract(opening);
    conflictsContract(opening);
    visibilityContract(opening);
    aroundContract(opening);
    modelContract(opening, options.seeds ?? []);
  });
}
