import { assert } from '../base/assert.ts';
import { pureDigest } from '../base/sha256.ts';
import { copyOf, copyOfRevision } from './contract/copies.test-kit.ts';
import type { Kept } from './memory-kept.ts';
import { keptOf, newMemoryRecord, type MemoryRecord } from './memory-record.ts';
import { createMemoryStore } from './memory-store.ts';
import { recordStoreContract, type Damage } from './store-contract.test-kit.ts';
import type { ResourceKey } from './store.ts';

const fresh = Math.floor(Math.random() * 2 ** 31);

recordStoreContract(
  'the memory store',
  async ({ policies } = {}) => {
    const record = newMemoryRecord();
    let epoch = 0;
    const open = async () =>
      createMemoryStore(
        { digest: pureDigest, origin: `memory.${++epoch}`, ...(policies === undefined ? {} : { policies }) },
        record,
      );
    return {
      store: await open(),
      reopen: open,
      second: open,
      damage: async (what, key) => damage(record, what, key),
    };
  },
  { seeds: [fresh] },
);

function damage(record: MemoryRecord, what: Damage, key: ResourceKey): void {
  const kept = keptOf(record, key);
  assert(kept !== undefined, 'there is something to damage');
  const { displayed } = kept.stored;
  const revision = kept.revisions.get(displayed);
  assert(revision !== undefined, 'a head is kept');
  const put = (changed: Partial<Kept>): void => {
    record.kept.get(key.type)?.set(key.id, { ...copyOf(kept), ...changed });
  };
  const replace = (changed: object): void =>
    put({ revisions: new Map(kept.revisions).set(displayed, { ...copyOfRevision(revision), ...changed }) });
  switch (what) {
    case 'body':
      return replace({ text: revision.text?.replace('true', 'null') });
    case 'header':
      return replace({ header: revision.header.replace('"put"', '"resolve"') });
    case 'chain': {
      const [first] = record.commits;
      assert(first !== undefined, 'there is a commit');
      record.commits[0] = { ...first, header: first.header.replace(',1,', ',2,') };
      return;
    }
    case 'head':
      return put({ heads: [...kept.revisions.keys()].filter((hash) => hash !== displayed) });
    case 'home':
      return put({ stored: { ...kept.stored, home: 'Patient/other' } });
    case 'index':
      return put({ entries: kept.entries.slice(1) });
  }
}
