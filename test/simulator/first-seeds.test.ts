import { test } from 'vitest';
import { checkSeeds } from './seeds.test-kit.ts';

test(
  '[SY7] [SY25] [SY27] [SY3] seeds 1 to 2500: nothing is lost, all becomes equal, and the run did work',
  () => checkSeeds(1, 2500),
  1_800_000,
);
