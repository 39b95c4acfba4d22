// Resources, versions and conflicts of the record as screens are shown them: plain data.
import { parseJson } from '../../core/base/json.ts';
import type { ResourceJson } from '../../core/base/json-types.ts';
import type { Side as Sibling, Siblings } from '../../core/record/conflicts.ts';
import type { Here } from '../../core/record/memory-here.ts';
import { installOf } from '../../core/record/scope.ts';
import type { Version } from '../../core/record/store.ts';
import type { MemorySyncStore } from '../../core/sync/memory-sync-store.ts';
import type { ConflictShown, Shown, Side } from './device.ts';

export function shownHere(here: Here, store: MemorySyncStore): Shown {
  const { stored, author, displayed } = here;
  const { key, versionId, lastUpdatedAt, text, conflict, severity } = stored;
  const safe = unsafeYet(displayed, store);
  return {
    key,
    versionId,
    lastUpdatedAt,
    text,
    // Of the text; on its way to a page it is not asked for (`bare-shown.ts`).
    get resource() {
      return here.resource;
    },
    conflict,
    ...(severity === undefined ? {} : { severity }),
    ...(author === undefined ? {} : { author }),
    ...(safe === undefined ? {} : { safe }),
  };
}

/** Undefined for a tombstone, and for what does not read. */
export function shownVersion(version: Version, store: MemorySyncStore): Shown | undefined {
  const { key, versionId, lastUpdatedAt, text, author } = version;
  const resource = resourceOf(text);
  if (resource === undefined) return undefined;
  const safe = unsafeYet(versionId, store);
  return {
    key,
    versionId,
    lastUpdatedAt,
    text,
    resource,
    conflict: false,
    ...(author === undefined ? {} : { author }),
    ...(safe === undefined ? {} : { safe }),
  };
}

/** The class of what this device wrote, for as long as it is not known to be at the site. */
function unsafeYet(revision: string, store: MemorySyncStore): Shown['safe'] {
  const commit = store.ownCommitOf(revision);
  if (commit === undefined) return undefined;
  const safe = store.durabilityOf(commit.origin, commit.seq);
  return safe === 'D0' ? safe : undefined;
}

export function conflictShown({ heads, ancestors, hidden }: Siblings, shown: Shown): ConflictShown {
  const [base] = ancestors;
  return { shown, ...(base === undefined ? {} : { base: sideOf(base) }), sides: heads.map(sideOf), hidden };
}

function sideOf({ hash, text = '', by, authored, origin }: Sibling): Side {
  const resource = resourceOf(text);
  return {
    hash,
    text,
    ...(resource === undefined ? {} : { resource }),
    ...(by === undefined ? {} : { author: by }),
    authoredAt: authored.wallMs,
    node: installOf(origin),
  };
}

function resourceOf(text: string): ResourceJson | undefined {
  const parsed = text === '' ? undefined : parseJson(text, { depthMax: 1_000 });
  // A kept body is a resource.
  return parsed?.ok === true ? (parsed.value.value as ResourceJson) : undefined;
}
