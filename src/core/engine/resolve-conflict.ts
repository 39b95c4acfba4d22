// A conflict that a person decides: one revision that descends from every side that was shown.
//
//   CW6  Who decides was shown all sides, and names the version that held them.
//   CW7  The decision is a revision of kind `resolve` with the version of the policies; two different ones are a fork again.
//   CW8  No decision makes one of two given doses (CR6): what is not chosen stays as a resource of its own, in the same commit.
import { parseJson, printJson } from '../base/json.ts';
import type { JsonObject, JsonValue } from '../base/json-types.ts';
import type { Hash } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import { judgeDoses } from '../care/merge/doses-apart.ts';
import type { Side } from '../record/conflicts.ts';
import type { RecordStore, ResourceKey } from '../record/store.ts';
import type { Actor, Change, ChangeRefusal, Outcome, RecordEngine } from './engine.ts';
import { faultOf } from './prepare-text.ts';

export interface Resolution {
  readonly key: ResourceKey;
  /** The versionId of the head set that was shown. */
  readonly ifMatch: string;
  /** A head that is to stand as it is; or the text that is. */
  readonly chosen: { readonly keep: Hash } | { readonly text: string };
}
export interface Resolved {
  readonly outcome: Outcome;
  /** Given doses that became resources of their own. */
  readonly apart: readonly ResourceKey[];
}

/** On a dose that was kept apart: the resource under whose id it was written first. */
export const KEPT_APART_EXTENSION = 'https://holdfast.example/fhir/StructureDefinition/kept-apart-from';

export async function resolveConflict(
  { key, ifMatch, chosen }: Resolution,
  actor: Actor,
  { store, engine }: { readonly store: RecordStore; readonly engine: RecordEngine },
): Promise<Result<Resolved, ChangeRefusal>> {
  const found = await store.siblings(key, actor.visible);
  if (found === undefined) return err({ kind: 'not-found', key });
  const { stored, heads, ancestors, hidden } = found;
  if (stored.versionId !== ifMatch) return err({ kind: 'stale', key, have: stored.versionId, sent: ifMatch });
  if (stored.heads.length < 2)
    return refused(key, 'not-in-conflict', 'There is nothing to decide: it has one version.');
  if (hidden > 0) {
    return err({ kind: 'forbidden', key, why: 'A side of it is not shown to you: who decides must see all of them.' });
  }
  const side = 'keep' in chosen ? heads.find(({ hash }) => hash === chosen.keep) : undefined;
  if ('keep' in chosen && side === undefined) {
    return refused(key, 'no-such-side', 'What is to be kept is none of its sides.');
  }
  const text = 'keep' in chosen ? side?.text : chosen.text;
  const doses = judgeDoses(key.type, heads, ancestors, stored.displayed, text);
  if (doses.kind === 'takes-away') {
    const message =
      'Several sides say that a dose was given. Keep one of them; then mark what is wrong as entered in error, by itself.';
    return refused(key, 'two-given-doses', message);
  }
  const apart = doses.kind === 'several' ? heads.filter(({ hash }) => doses.apart.includes(hash)) : [];
  const aimed = { type: key.type, id: key.id, ifMatch, resolves: true, dosesKept: true };
  const decision: Change = text === undefined ? { kind: 'delete', ...aimed } : { kind: 'update', ...aimed, text };
  const changes = [
    decision,
    ...apart.map((one): Change => ({ kind: 'create', type: key.type, text: ownText(key, one) })),
  ];
  const done = await engine.change(changes, actor);
  if (!done.ok) return err(done.error.refusal);
  const [outcome, ...kept] = done.value;
  if (outcome === undefined) return err({ kind: 'not-found', key });
  return ok({ outcome, apart: kept.map((one) => one.key) });
}

const refused = (key: ResourceKey, rule: string, message: string): Result<never, ChangeRefusal> =>
  err({ kind: 'invalid', faults: [faultOf(key.type, rule, 'business-rule', message)] });

/** A side as a resource of its own, every number as it was written. */
function ownText({ type, id }: ResourceKey, { text = '' }: Side): string {
  const parsed = parseJson(text, { numbers: 'lossless', depthMax: 1_000 });
  if (!parsed.ok) return text;
  // A kept body is a resource: an object.
  const { id: _, ...body } = parsed.value.value as JsonObject;
  const from: JsonValue = { url: KEPT_APART_EXTENSION, valueReference: { reference: `${type}/${id}` } };
  const extensions = Array.isArray(body['extension']) ? (body['extension'] as readonly JsonValue[]) : [];
  return printJson({ ...body, extension: [...extensions, from] });
}
