// What a device does for a line of JSON, and the line that it answers: for the command line, for drills, for interfaces.
//
//   DV23  A line is answered by one line with its `id`, also where it cannot be read. A resource is taken with every digit as it stands.
//
//   {"id":1,"do":"create","resource":{…}}                  → {"id":1,"ok":true,"outcomes":[…],"origin":…,"seq":…,"class":"D0"}
//   {"id":2,"do":"update","resource":{…},"ifMatch":"…"}     (a decision of a conflict: and "resolves":true)
//   {"id":3,"do":"delete","type":"Basic","of":"x"}
//   {"id":4,"do":"transaction","bundle":{…}}               {"id":5,"do":"read","type":"Patient","of":"x"}
//   {"id":6,"do":"search","query":"Observation?patient=x"}  {"id":7,"do":"safety","origin":…,"seq":…}
//   {"id":8,"do":"want","of":"patient's id"}                {"id":9,"do":"status"|"sync"|"handOver"|"compact"}
import type { Result } from '../../core/base/result.ts';
import type { Change, Refused } from '../../core/engine/engine.ts';
import type { TransactionEntry } from '../../core/engine/transaction.ts';
import { renderStored } from '../../core/record/body.ts';
import type { Acknowledged, Device } from './device.ts';
import { itemTexts, memberText } from './slice-json.ts';

type Said = Readonly<Record<string, unknown>>;

/** The answer, without a line's end. Throws where the disk does. */
export async function answerLine(device: Device, line: string): Promise<string> {
  let asked: Said;
  try {
    const read: unknown = JSON.parse(line);
    asked = typeof read === 'object' && read !== null ? (read as Said) : {};
  } catch {
    return JSON.stringify({ id: null, ok: false, error: 'The line is no JSON.' });
  }
  const { id = null } = asked;
  const said = await answered(device, asked, line);
  if (typeof said === 'string') return JSON.stringify({ id, ok: false, error: said });
  const { text, ...rest } = said;
  const head = JSON.stringify({ id, ok: true, ...rest });
  // As text, so that no digit changes.
  return text === undefined ? head : `${head.slice(0, -1)},${text}}`;
}

async function answered(device: Device, asked: Said, line: string): Promise<(Said & { text?: string }) | string> {
  const type = textOf(asked['type']);
  const of = textOf(asked['of']);
  switch (asked['do']) {
    case 'create':
    case 'update': {
      const change = changeOf(asked, line);
      return change === undefined
        ? 'There is no resource of a type (and, for an update, with an id).'
        : written(await device.write([change]));
    }
    case 'delete':
      return written(await device.write([{ kind: 'delete', type, id: of }]));
    case 'transaction': {
      const entries = entriesOf(memberText(line, 'bundle') ?? '');
      return typeof entries === 'string' ? entries : written(await device.transaction(entries));
    }
    case 'read': {
      const stored = await device.read(type, of);
      if (stored === undefined || stored.deleted) return stored === undefined ? 'It is not here.' : 'It was deleted.';
      return { versionId: stored.versionId, conflict: stored.conflict, text: `"resource":${renderStored(stored)}` };
    }
    case 'search': {
      const page = await device.search(textOf(asked['query']), textOf(asked['after']) || undefined);
      if (!page.ok) return page.error;
      const { found, ...rest } = page.value;
      return { ...rest, text: `"found":[${found.map(({ text }) => text).join(',')}]` };
    }
    case 'safety':
      return { ...device.safetyOf({ origin: textOf(asked['origin']), seq: Number(asked['seq']) }) };
    case 'want':
      await device.want(of);
      return {};
    case 'status':
      return { ...device.status() };
    case 'sync':
      return { ...(await device.syncNow()) };
    case 'handOver':
      return { all: await device.handOverNow() };
    case 'compact':
      await device.compact();
      return {};
    default:
      return 'It says nothing that is to be done (`do`).';
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function changeOf(asked: Said, line: string): Change | undefined {
  const text = memberText(line, 'resource');
  const resource = asked['resource'] as Said | undefined;
  const type = textOf(resource?.['resourceType']);
  const id = textOf(resource?.['id']);
  if (text === undefined || type === '') return undefined;
  if (asked['do'] === 'create') return { kind: 'create', type, text };
  const ifMatch = textOf(asked['ifMatch']);
  if (id === '') return undefined;
  const resolves = asked['resolves'] === true ? { resolves: true } : {};
  return { kind: 'update', type, id, text, ...(ifMatch === '' ? {} : { ifMatch }), ...resolves };
}

/** Of a transaction Bundle: POST, PUT and DELETE of resources by id. A text: why not. */
function entriesOf(bundle: string): readonly TransactionEntry[] | string {
  const entries: TransactionEntry[] = [];
  for (const entry of itemTexts(memberText(bundle, 'entry') ?? '')) {
    const { fullUrl, request } = JSON.parse(entry) as { readonly fullUrl?: unknown; readonly request?: Said };
    const [type = '', id = '', ...more] = textOf(request?.['url']).split('/');
    const text = memberText(entry, 'resource') ?? '';
    const change = entryChange(textOf(request?.['method']), type, id, text);
    if (change === undefined || more.length > 0 || type.includes('?') || request?.['ifNoneExist'] !== undefined)
      return `Entry ${entries.length + 1} is none that a device takes: POST Type, PUT Type/id, DELETE Type/id.`;
    entries.push({ ...(typeof fullUrl === 'string' ? { fullUrl } : {}), change });
  }
  return entries.length === 0 ? 'There is no Bundle with entries.' : entries;
}
function entryChange(method: string, type: string, id: string, text: string): Change | undefined {
  if (method === 'POST' && id === '' && text !== '') return { kind: 'create', type, text };
  if (method === 'PUT' && id !== '' && text !== '') return { kind: 'update', type, id, text };
  return method === 'DELETE' && id !== '' ? { kind: 'delete', type, id } : undefined;
}

function written(done: Result<Acknowledged, Refused>): Said | string {
  if (!done.ok) return refusalText(done.error);
  const { outcomes, commit, class: durability } = done.value;
  const told = outcomes.map(({ key, versionId, did }) => ({ type: key.type, id: key.id, versionId, did }));
  return { outcomes: told, ...commit, class: durability };
}

function refusalText({ refusal, index }: Refused): string {
  const said =
    refusal.kind === 'invalid'
      ? refusal.faults.map(({ path, message }) => `${path}: ${message}`).join(' ')
      : 'message' in refusal
        ? refusal.message
        : refusal.kind;
  return `${refusal.kind} (${index + 1}): ${said}`;
}
