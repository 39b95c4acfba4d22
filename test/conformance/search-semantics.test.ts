import { pureDigest } from '../../src/core/base/sha256.ts';
import { createMemoryStore } from '../../src/core/record/memory-store.ts';
import { storeBed } from './search-bed.test-kit.ts';
import { searchSemanticsCases } from './search-semantics.test-kit.ts';

searchSemanticsCases('The memory store', async () =>
  storeBed(createMemoryStore({ digest: pureDigest, origin: 'conformance.1' })),
);
