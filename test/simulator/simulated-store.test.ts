// The simulator's store keeps the contract that the stores of servers and devices keep: what it finds, it finds of them.
import { syncStoreContract } from '../../src/core/sync/sync-store-contract.test-kit.ts';
import { digest } from './parsed.ts';
import { SeededChance } from './seeded-chance.ts';
import { SimulatedStore } from './simulated-store.ts';

syncStoreContract(
  'the simulated store',
  async () => {
    const store = new SimulatedStore({
      node: 'S1',
      tier: 'site',
      chance: new SeededChance(1),
      mutant: undefined,
      grants: () => [],
      lookUp: () => [],
      noted: () => undefined,
    });
    return { store };
  },
  { digest },
);
