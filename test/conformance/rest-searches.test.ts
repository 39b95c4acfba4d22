// The search cases once more, this time through HTTP: what a client sees, sealed page links included.
import { testClient, found, linkOf } from '../../src/server/fhir-api/http-client.test-kit.ts';
import { startMemoryServer } from '../../src/server/fhir-api/api-server.test-kit.ts';
import type { SearchBed } from './search-bed.test-kit.ts';
import { searchSemanticsCases } from './search-semantics.test-kit.ts';

// Small pages, so that paging is part of what is tested.
async function restBed(): Promise<SearchBed> {
  const started = await startMemoryServer({ limits: { pageDefault: 7, pageMax: 7 } });
  const client = testClient(started.baseUrl);
  const expectOk = (status: number, text: string): void => {
    if (status >= 300) throw new Error(`a test write is refused: ${status} ${text}`);
  };
  return {
    put: async (resource) => {
      const reply = await client.put(`/${resource.resourceType}/${resource.id}`, JSON.stringify(resource));
      expectOk(reply.status, reply.text);
    },
    remove: async ({ type, id }) => {
      const reply = await client.send('DELETE', `/${type}/${id}`);
      expectOk(reply.status, reply.text);
    },
    search: async (type, query) => {
      const keys = new Set<string>();
      let next: string | undefined = `/${type}?${query}`;
      while (next !== undefined) {
        const reply = await client.get(next, { prefer: 'handling=strict' });
        if (reply.status !== 200) return { status: reply.status };
        for (const key of [...found(reply), ...found(reply, 'include')]) keys.add(key);
        next = linkOf(reply, 'next');
      }
      return { status: 200, keys: [...keys] };
    },
    close: () => started.stop(),
  };
}

searchSemanticsCases('The API', restBed);
