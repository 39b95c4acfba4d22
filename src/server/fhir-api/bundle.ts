// batch and transaction (http://hl7.org/fhir/R4/http.html#transaction).
//
//   1. A batch is its entries, each by itself: what one is refused, or throws, ends that one.
//   2. A transaction's changes are one commit of the engine. What it reads is read after the commit; what can be known
//      to fail before it (a wrong entry, a read of what is not there) refuses the whole.
//   3. Answers stand in the order of the entries.
import { STATUS_CODES } from 'node:http';
import { assert } from '../../core/base/assert.ts';
import { err, ok } from '../../core/base/result.ts';
import { deniedAt } from './admit.ts';
import type { Answer, Answered, Api, Ask } from './ask.ts';
import { actOn } from './audit-request.ts';
import { parseBundle, type BundleEntry, type EntryAsk } from './bundle-entries.ts';
import { etagOf } from './negotiate.ts';
import { conflictIssue } from './conflict-remarks.ts';
import { outcomeText, refusalOfChange, refusedAs, TOO_MUCH_TEXT, type Refusal } from './outcome.ts';
import { bundleText } from './render.ts';
import { instantText } from '../../core/record/body.ts';
import { changeTogether, type ChangeEntry } from './change-together.ts';
import { answerOf, changeOf, noteTried, write } from './write.ts';

export async function batchOrTransaction(ask: Ask, api: Api): Promise<Answered> {
  const bundle = parseBundle(ask, api);
  if (!bundle.ok) return bundle;
  return bundle.value.type === 'batch' ? batch(bundle.value.entries, api) : transaction(bundle.value.entries, ask, api);
}

/** Entries under way at once: enough to keep the database busy, too few to starve other clients. */
const batchWidth = 8;

async function batch(entries: readonly BundleEntry[], api: Api): Promise<Answered> {
  const texts: string[] = [];
  let next = 0;
  let chars = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < entries.length; index = next++) {
      const entry = entries[index];
      assert(entry !== undefined, 'an entry of the batch');
      const text = await answeredAlone(entry, chars > api.limits.answerChars, api);
      texts[index] = text;
      chars += text.length;
    }
  };
  await Promise.all(Array.from({ length: Math.min(batchWidth, entries.length) }, work));
  return ok({ status: 200, resource: bundleText('batch-response', [], texts) });
}

/** `isFull`: the answer has no room for more; changes are still made, since they answer little. */
async function answeredAlone({ path, asked }: BundleEntry, isFull: boolean, api: Api): Promise<string> {
  if (!asked.ok) return refusedEntry(asked.error, path);
  const { ask, interaction } = asked.value;
  if (isFull && interaction.act !== write) return refusedEntry(TOO_MUCH_TEXT, path);
  const denied = deniedOf(asked.value);
  const answered = denied === undefined ? await api.carryOut(() => actOn(interaction, ask, api)) : err(denied);
  if (answered.ok) return answeredEntry(answered.value, ask);
  if (answered.error.kind === 'forbidden') ask.shown.refused++;
  return refusedEntry(answered.error, path);
}

/** Each entry is judged by itself, as if it had come alone. */
const deniedOf = ({ ask, interaction }: EntryAsk): Refusal | undefined =>
  interaction.open === true ? undefined : deniedAt(interaction, ask.place, ask.access);

async function transaction(entries: readonly BundleEntry[], ask: Ask, api: Api): Promise<Answered> {
  const asks: EntryAsk[] = [];
  for (const { path, asked } of entries) {
    if (!asked.ok) return refusedWhole(path, asked.error);
    const denied = deniedOf(asked.value);
    if (denied !== undefined) return refusedWhole(path, denied);
    asks.push(asked.value);
  }
  const changes: ChangeEntry[] = [];
  const places: number[] = [];
  for (const [index, { ask: entryAsk, interaction }] of asks.entries()) {
    if (interaction.act !== write) continue;
    const change = await changeOf(entryAsk, api);
    if (!change.ok) return refusedWhole(pathOf(entries, index), change.error);
    const fullUrl = entries[index]?.fullUrl;
    changes.push({ ...(fullUrl === undefined ? {} : { fullUrl }), change: change.value });
    places.push(index);
  }
  const unreadable = await firstUnreadable(asks, api);
  if (unreadable !== undefined) return refusedWhole(pathOf(entries, unreadable.index), unreadable.refusal);

  const texts: string[] = [];
  let commit: string | undefined;
  if (changes.length > 0) {
    const done = await changeTogether(changes, ask, api);
    if (!done.ok) {
      const { index, refusal } = done.error;
      // What was searched and tested until then was all looked at, and the references that are searches among it.
      ask.shown.hasLooked = true;
      for (const { change } of changes) await noteTried(change, ask, api);
      return refusedWhole(pathOf(entries, places[index] ?? 0), refusalOfChange(refusal));
    }
    for (const [at, outcome] of done.value.entries()) {
      commit ??= outcome.commit;
      const index = places[at] ?? 0;
      const entryAsk = asks[index]?.ask;
      assert(entryAsk !== undefined, 'each outcome belongs to an entry');
      texts[index] = answeredEntry(answerOf(outcome, entryAsk), entryAsk);
    }
  }
  for (const [index, { ask: entryAsk, interaction }] of asks.entries()) {
    if (interaction.act === write) continue;
    const answered = await api.carryOut(() => actOn(interaction, entryAsk, api));
    texts[index] = answered.ok
      ? answeredEntry(answered.value, entryAsk)
      : refusedEntry(answered.error, pathOf(entries, index));
  }
  return ok({ status: 200, resource: bundleText('transaction-response', [], texts), commit });
}

const pathOf = (entries: readonly BundleEntry[], index: number): string => entries[index]?.path ?? 'Bundle.entry';
const refusedWhole = (path: string, refusal: Refusal): Answered => err({ kind: 'entry', path, refusal });

/** The first entry that reads what is not there and what this transaction does not write. */
async function firstUnreadable(
  asks: readonly EntryAsk[],
  api: Api,
): Promise<{ readonly index: number; readonly refusal: Refusal } | undefined> {
  const written = new Set(asks.filter(({ interaction }) => interaction.act === write).map(({ ask }) => placeName(ask)));
  for (const [index, { ask, interaction }] of asks.entries()) {
    if (interaction.act === write || written.has(placeName(ask))) continue;
    const answered = await api.carryOut(() => actOn(interaction, ask, api));
    if (!answered.ok) return { index, refusal: answered.error };
  }
  return undefined;
}
const placeName = (ask: Ask): string => `${ask.place.type}/${ask.place.id}`;

function answeredEntry(answer: Answer, { base, verb }: Ask): string {
  const { status, outcome, versionId, lastUpdatedAt, location, key, conflict } = answer;
  const resource = verb === 'HEAD' ? undefined : answer.resource;
  const parts: string[] = [];
  if (resource !== undefined && key !== undefined) {
    parts.push(`"fullUrl":${JSON.stringify(`${base}/${key.type}/${key.id}`)}`);
  }
  if (resource !== undefined) parts.push(`"resource":${resource}`);
  const response = [`"status":${JSON.stringify(statusText(status))}`];
  if (location !== undefined) response.push(`"location":"${location}"`);
  if (versionId !== undefined) response.push(`"etag":${JSON.stringify(etagOf(versionId))}`);
  if (lastUpdatedAt !== undefined) response.push(`"lastModified":"${instantText(lastUpdatedAt)}"`);
  if (outcome !== undefined) response.push(`"outcome":${outcome}`);
  // A Bundle has no header for it: what is shown of a conflict says so here (CW10).
  else if (conflict !== undefined && key !== undefined)
    response.push(`"outcome":${outcomeText([conflictIssue(conflict, key)])}`);
  parts.push(`"response":{${response.join(',')}}`);
  return `{${parts.join(',')}}`;
}

function refusedEntry(refusal: Refusal, path: string): string {
  const refused = refusedAs({ kind: 'entry', path, refusal });
  return `{"response":{"status":${JSON.stringify(statusText(refused.status))},"outcome":${outcomeText(refused.issues)}}}`;
}

const statusText = (status: number): string => `${status} ${STATUS_CODES[status] ?? ''}`.trim();
