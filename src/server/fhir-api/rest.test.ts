// The REST contract over the memory store.
import { CONTRACT_LIMITS } from './contract-limits.test-kit.ts';
import { restContract } from './rest-contract.test-kit.ts';
import { startMemoryServer } from './api-server.test-kit.ts';

restContract('the API over the memory store', () => startMemoryServer({ limits: CONTRACT_LIMITS }));
