import { test } from 'vitest';
import { checkSeeds } from './seeds.test-kit.ts';

test(
  '[SY7] [SY25] [SY27] [SY28] seeds 2501 to 5000: the same in other worlds, some of mixed versions',
  () => checkSeeds(2501, 2500),
  1_800_000,
);
