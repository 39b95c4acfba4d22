import { pureDigest } from '../../src/core/base/sha256.ts';
import { createMemoryStore } from '../../src/core/record/memory-store.ts';
import { infernoSearches } from './inferno-searches.test-kit.ts';
import { storeBed } from './search-bed.test-kit.ts';

infernoSearches('The memory store', async () =>
  storeBed(createMemoryStore({ digest: pureDigest, origin: 'conformance.1' })),
);
