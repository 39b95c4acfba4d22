// The devices of the ward as this one knows them: entries of the register that its parents signed, out of the record.
//
//   DV20  A device deals with those alone that one of its own parents vouched for and did not retire.
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import type { RegisteredNode } from '../sync-api/link-types.ts';
import { NODE_CODE, NODE_SYSTEM, readEntry, readRetirement, retirementId } from '../sync-api/register-entry.ts';

export interface Voucher {
  readonly node: string;
  readonly sign: string;
}
export type WardPeers = (sign: string) => Promise<RegisteredNode | undefined>;

/** `vouchers`: the parents that this device was enrolled at. */
export function wardPeers(store: RecordStore, vouchers: () => readonly Voucher[]): WardPeers {
  return async (sign) => {
    const entries = await entriesIn(store);
    for (const { node, sign: signer } of vouchers()) {
      for (const text of entries) {
        const entry = readEntry(text, (parent) => (parent === node ? signer : undefined));
        if (entry === undefined || entry.keys.sign !== sign) continue;
        const [gone] = await store.read([{ type: 'Basic', id: retirementId(sign) }], EVERYTHING);
        const isRetired = gone !== undefined && (gone.deleted || readRetirement(gone.text, signer)?.sign === sign);
        return isRetired ? undefined : entry;
      }
    }
    return undefined;
  };
}

async function entriesIn(store: RecordStore): Promise<readonly string[]> {
  const page = await store.search(
    {
      types: ['Basic'],
      where: [
        {
          kind: 'param',
          param: 'code',
          type: 'token',
          values: [{ kind: 'token', system: NODE_SYSTEM, code: NODE_CODE }],
        },
      ],
      sort: [],
      count: 10_000,
      total: 'none',
      include: [],
    },
    EVERYTHING,
    { includes: 0, ms: 10_000 },
  );
  return page.ok ? page.value.hits.map(({ stored }) => stored.text) : [];
}
