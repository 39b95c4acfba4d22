// What the simulator reads out of a commit or revision, once for each object: thousands of worlds are played on two cores.
import { toBase32 } from '../../src/core/base/base32.ts';
import type { Digest, Hash } from '../../src/core/base/ports.ts';
import { decodeCommit, decodeRevision } from '../../src/core/record/envelope.ts';
import { inspectCommit, type Inspection } from '../../src/core/sync/judge-commit.ts';
import type { CarriedCommit, CarriedRevision } from '../../src/core/sync/ports.ts';
import { keysOfRevision } from '../../src/core/sync/scopes.ts';
import { hash } from 'node:crypto';

const digests = new Map<string, Hash>();
const DIGESTS_MAX = 20_000;

export const digest: Digest = {
  sha256: (text) => {
    let found = digests.get(text);
    if (found === undefined) {
      if (digests.size > DIGESTS_MAX) digests.clear();
      found = toBase32(hash('sha256', text, 'buffer'));
      digests.set(text, found);
    }
    return found;
  },
};

export interface ParsedRevision {
  readonly keys: readonly string[] | undefined;
  /** Type/id; undefined where the header cannot be read. */
  readonly resource: string | undefined;
  readonly parents: readonly Hash[];
  readonly hlc: string;
}
const REVISIONS = new WeakMap<CarriedRevision, ParsedRevision>();
export function parsedRevision(revision: CarriedRevision): ParsedRevision {
  let parsed = REVISIONS.get(revision);
  if (parsed === undefined) {
    const header = decodeRevision(revision.header);
    parsed = {
      keys: keysOfRevision(revision),
      resource: header.ok ? `${header.value.type}/${header.value.id}` : undefined,
      parents: header.ok ? header.value.parents : [],
      hlc: header.ok ? header.value.authored.hlc : '',
    };
    REVISIONS.set(revision, parsed);
  }
  return parsed;
}

const ENTRIES = new Map<string, readonly Hash[] | undefined>();
/** The names in a commit's header; `undefined` where that is of a later version. */
export function entriesOf(header: string): readonly Hash[] | undefined {
  if (ENTRIES.size > DIGESTS_MAX) ENTRIES.clear();
  if (ENTRIES.has(header)) return ENTRIES.get(header);
  const read = decodeCommit(header);
  const entries = read.ok ? read.value.entries : undefined;
  ENTRIES.set(header, entries);
  return entries;
}

const INSPECTED = new WeakMap<CarriedCommit, Inspection>();
export function inspected(commit: CarriedCommit): Inspection {
  let inspection = INSPECTED.get(commit);
  if (inspection === undefined) INSPECTED.set(commit, (inspection = inspectCommit(digest, commit)));
  return inspection;
}
