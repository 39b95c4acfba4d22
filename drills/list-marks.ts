// All marks that a node shows, by page instead of one by one: for ledgers of a hundred thousand writes.
import type { Client } from './http-client.ts';

interface Page {
  readonly entry?: readonly {
    readonly resource?: {
      readonly resourceType: string;
      readonly id?: string;
      readonly identifier?: readonly { readonly system?: string; readonly value?: string }[];
    };
  }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

/** `Type/id` -> the marks in it, one after the other. `system` is what marks are identifiers of. */
export async function listMarks(
  client: Client,
  types: readonly string[],
  system: string,
): Promise<ReadonlyMap<string, string>> {
  const marks = new Map<string, string>();
  for (const type of types) {
    let path: string | undefined = `/fhir/${type}?_count=1000&_elements=identifier`;
    while (path !== undefined) {
      const answer = await client.send('GET', path);
      if (answer.status !== 200) throw new Error(`${type} cannot be listed: ${String(answer.status)}`);
      const page = JSON.parse(answer.text) as Page;
      for (const { resource } of page.entry ?? []) {
        if (resource?.id === undefined) continue;
        const own = (resource.identifier ?? []).flatMap((one) => (one.system === system ? [one.value ?? ''] : []));
        marks.set(`${resource.resourceType}/${resource.id}`, own.join(' '));
      }
      const next = page.link?.find(({ relation }) => relation === 'next')?.url;
      path = next === undefined ? undefined : next.slice(next.indexOf('/fhir'));
    }
  }
  return marks;
}
