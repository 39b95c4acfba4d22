// What a resource says to a search: one pass over its JSON, by closures compiled once per resource type.
import type { ResourceJson } from '../../base/json-types.ts';
import { Bug } from '../../base/assert.ts';
import type { IndexEntry } from './index-entry.ts';

export interface ExtractOptions {
  /** This server's base URLs without a slash at the end: absolute references under them are local ones. */
  readonly baseUrls?: readonly string[];
}

/**
 * The index entries of `resource` for every R4 base search parameter of its type, and `_tag`, `_profile`, `_security`,
 * `_source`. Not `_id` and `_lastUpdated` (the store knows them), nor `_text` and `_content` (see `words.ts`). Never
 * throws on odd content: what cannot be read has no entry. The same entry may come twice. Order: as walked, stable.
 */
export function extract(resource: ResourceJson, options?: ExtractOptions): readonly IndexEntry[] {
  throw new Bug(`extract of ${resource.resourceType} with ${options?.baseUrls?.length ?? 0} bases is on its way`);
}
