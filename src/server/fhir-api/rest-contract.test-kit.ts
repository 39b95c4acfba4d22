// The REST contract: what `/fhir` must do, over real HTTP, whatever store is behind it (specs/fhir-rest.md).
//
// One server for the whole suite; each test makes resources of its own, so that a test never depends on another.
import { afterAll, beforeAll, describe } from 'vitest';
import { testClient, type TestClient } from './http-client.test-kit.ts';
import { badInputContract } from './rest-contract-bad-input.test-kit.ts';
import { binaryContract } from './rest-contract-binary.test-kit.ts';
import { bundleContract } from './rest-contract-bundle.test-kit.ts';
import { operationContract } from './rest-contract-operation.test-kit.ts';
import { readContract } from './rest-contract-read.test-kit.ts';
import { searchContract } from './rest-contract-search.test-kit.ts';
import { writeContract } from './rest-contract-write.test-kit.ts';

export interface Started {
  /** With `/fhir`, without a slash at the end. */
  readonly baseUrl: string;
  stop(): Promise<void>;
}

/** `start` must use the limits of `contract-limits.test-kit.ts` and an empty record. */
export function restContract(name: string, start: () => Promise<Started>): void {
  describe(`${name} keeps the REST contract`, () => {
    let started: Started | undefined;
    let client: TestClient | undefined;
    beforeAll(async () => {
      started = await start();
      client = testClient(started.baseUrl);
    });
    afterAll(async () => {
      await started?.stop();
    });
    const here = (): TestClient => {
      if (client === undefined) throw new Error('the server did not start');
      return client;
    };
    readContract(here);
    writeContract(here);
    badInputContract(here);
    binaryContract(here);
    bundleContract(here);
    searchContract(here);
    operationContract(here);
  });
}
