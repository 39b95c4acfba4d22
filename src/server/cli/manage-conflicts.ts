// What `holdfast conflicts …` does, word by word.
//
//   1. A list names resources and says why, without what stands in them; only `show` prints content, and the audit is told of whom.
//   2. A decision names the version that was seen: what came meanwhile is not decided unseen.
import { readFile } from 'node:fs/promises';
import { NEVER_SEEN } from '../../core/access/names.ts';
import { JsonNumber, parseJson, printJson } from '../../core/base/json.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../core/base/json-types.ts';
import type { Instant } from '../../core/base/ports.ts';
import { COLLISION_WORDS } from '../../core/record/collision-words.ts';
import { resolveConflict } from '../../core/engine/resolve-conflict.ts';
import type { ChangeRefusal } from '../../core/engine/engine.ts';
import { conflictFigures, type OpenConflict, type Side, type Siblings } from '../../core/record/conflicts.ts';
import type { KeptCollision } from '../../core/record/collision-rows.ts';
import { installOf } from '../../core/record/scope.ts';
import { EVERYTHING, type ResourceKey } from '../../core/record/store.ts';
import { labelsOf } from '../../core/record/visible.ts';
import { actorOf } from '../auth/accounts/account-record.ts';
import { conflictPart, explained, type ConflictWords } from '../fhir-api/conflict-parameters.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { dayAndTime, table, terminalEntry, wrongUse, type Desk } from './at-terminal.ts';
import { readOptions, type Given } from './options.ts';

type Act = (desk: Desk, rest: readonly string[], words: ConflictWords) => Promise<number>;

/** `args` as after `holdfast conflicts`. What is no word of it is refused before anything is opened. Throws `Trouble`. */
export function manageConflicts(args: readonly string[], words: ConflictWords = {}): (desk: Desk) => Promise<number> {
  const [name = '', ...rest] = args;
  const act = ACTS[name];
  if (act === undefined) {
    const other = name === '' ? '' : `, not ${JSON.stringify(name)}`;
    throw wrongUse(
      `holdfast conflicts takes ${Object.keys(ACTS).join(', ')}${other}. See \`holdfast conflicts --help\`.`,
    );
  }
  return (desk) => act(desk, rest, words);
}
const options = (rest: readonly string[], kinds: Parameters<typeof readOptions>[1], names: 0 | 1): Given =>
  readOptions(rest, kinds, names, names, 'conflicts');

const PAGE = 100;
const COLLISIONS_MAX = 1_000;
/** Enough to tell sides apart; `show` prints as many. */
const LETTERS = 10;

const ACTS: Readonly<Record<string, Act>> = {
  list: async (desk, rest, words) => {
    const given = options(rest, { severity: 'text', patient: 'text', type: 'text', newest: 'flag', json: 'flag' }, 0);
    const severity = given.text('severity');
    if (severity !== undefined && severity !== 'S1' && severity !== 'S2') throw wrongUse('--severity takes S1 or S2.');
    const patient = given.text('patient')?.replace(/^Patient\//, '');
    const type = given.text('type');
    const found: OpenConflict[] = [];
    let after: string | undefined;
    do {
      const page = await desk.services.store.conflicts(
        {
          order: given.flag('newest') ? 'newest' : 'worst',
          count: PAGE,
          ...(severity === undefined ? {} : { severity }),
          ...(patient === undefined ? {} : { homes: [`Patient/${patient}`] }),
          ...(type === undefined ? {} : { types: type.split(',') }),
          ...(after === undefined ? {} : { after }),
        },
        EVERYTHING,
      );
      found.push(...page.conflicts);
      after = page.next;
    } while (after !== undefined);
    const told: Told[] = [];
    for (const one of found) {
      const sides = await desk.services.store.siblings(one.key, EVERYTHING);
      const notes = sides === undefined ? [] : explained(sides, words).notes.map(({ text }) => text);
      told.push({ ...one, notes: [...new Set(notes)] });
    }
    const collided = (
      await desk.services.collisions.list({
        limit: COLLISIONS_MAX,
        ...(severity === undefined ? {} : { severity }),
        ...(patient === undefined ? {} : { homes: [`Patient/${patient}`] }),
        ...(type === undefined ? {} : { types: type.split(',') }),
      })
    ).filter((one) => one.severity !== 'S3');
    await audit(
      desk,
      'conflicts list',
      [...told.map(({ home }) => home), ...collided.flatMap(({ homes }) => homes)],
      [...told.map(({ key }) => nameOf(key)), ...collided.flatMap(({ names }) => names)],
    );
    const count = told.length + collided.length;
    if (given.flag('json')) {
      desk.say(JSON.stringify([...told.map(jsonOf), ...collided.map(collisionJson)], undefined, 2));
      return count === 0 ? 0 : 1;
    }
    if (count === 0) {
      desk.note('Nothing is in conflict.');
      return 0;
    }
    const rows = [
      ...told.map((one) => ({
        ...one,
        what: nameOf(one.key),
        of: one.home === '' ? '-' : one.home,
        reads: one.notes.length === 0 ? '-' : one.notes.join('; '),
      })),
      ...collided.map((one) => ({
        ...one,
        what: one.names.join(' + '),
        of: one.homes.length === 0 ? '-' : one.homes.join(', '),
        reads: COLLISION_WORDS[one.kind] ?? one.kind,
      })),
    ];
    if (!given.flag('newest'))
      rows.sort((a, b) => (a.severity < b.severity ? -1 : a.severity > b.severity ? 1 : a.since - b.since));
    desk.say(
      table([
        ['GRAVE', 'OPEN FOR', 'WHAT', 'OF', 'READS'],
        ...rows.map((one) => [one.severity, lasting(desk.now - one.since), one.what, one.of, one.reads]),
      ]),
    );
    const { S1, S2 } = await conflictFigures(desk.services.store, desk.services.collisions);
    const oldest = S1.oldestAt === undefined ? '' : `, the oldest for ${lasting(desk.now - S1.oldestAt)}`;
    desk.note(`In all ${S1.open} could harm now (S1)${oldest}; ${S2.open} can wait until it is day (S2).`);
    desk.note('`holdfast conflicts show TYPE/ID` shows the sides.');
    return 1;
  },

  show: async (desk, rest, words) => {
    const given = options(rest, { json: 'flag' }, 1);
    const found = await sidesOf(desk, given);
    const { stored, heads, since } = found;
    await audit(desk, 'conflicts show', [stored.home], [nameOf(stored.key)]);
    if (given.flag('json')) {
      desk.say(printJson({ resourceType: 'Parameters', parameter: [conflictPart(found, true, words)] }, 2));
      return 0;
    }
    const name = nameOf(stored.key);
    const of = stored.home === '' || stored.home === name ? '' : ` of ${stored.home}`;
    if (!stored.conflict) {
      desk.note(`${name}${of} is not in conflict.`);
      return 0;
    }
    const merged = explained(found, words);
    const sides = [...heads].sort((a, b) => Number(b.hash === stored.displayed) - Number(a.hash === stored.displayed));
    const letterOf = (hash: string): string => hash.slice(0, LETTERS);
    desk.say(`${name}${of}: in conflict (${stored.severity ?? 'S1'}) for ${lasting(desk.now - since)}`);
    for (const text of new Set(merged.notes.map((note) => note.text))) desk.say(`  ! ${text}`);
    for (const { path, severity, base, sides: values } of merged.fields) {
      desk.say('');
      desk.say(`${path} (${severity})`);
      const rows = [
        ['  before', base === undefined ? '-' : shortOf(base)],
        ...values.map(({ head, value, deleted }) => [
          `  ${letterOf(head)}`,
          deleted === true ? 'deleted' : value === undefined ? '-' : shortOf(value),
        ]),
      ];
      desk.say(table(rows));
    }
    desk.say('');
    desk.say(
      table([
        ['SIDE', 'WHO', 'NODE', 'WRITTEN', 'CAME HERE', ''],
        ...sides.map((side) => cellsOf(side, letterOf, stored.displayed)),
      ]),
    );
    desk.say('');
    desk.say('To decide, one of:');
    for (const { hash } of sides) {
      desk.say(`  holdfast conflicts resolve ${name} --seen ${letterOf(stored.versionId)} --keep ${letterOf(hash)}`);
    }
    desk.say(`  holdfast conflicts resolve ${name} --seen ${letterOf(stored.versionId)} --file RESOURCE.json`);
    return 0;
  },

  resolve: async (desk, rest) => {
    const given = options(rest, { seen: 'text', keep: 'text', file: 'text' }, 1);
    const [seen, keep, file] = [given.text('seen'), given.text('keep'), given.text('file')];
    if ((keep === undefined) === (file === undefined)) throw wrongUse('Either --keep SIDE or --file RESOURCE.json.');
    if (seen === undefined) throw wrongUse('--seen names the version that was shown. See `holdfast conflicts show`.');
    const found = await sidesOf(desk, given);
    const { key, versionId } = found.stored;
    if (!found.stored.conflict) throw new Trouble(`${nameOf(key)} is not in conflict.`);
    if (seen.length < 6 || !versionId.startsWith(seen)) {
      throw new Trouble(
        `${nameOf(key)} is not as it was shown. Look again: \`holdfast conflicts show ${nameOf(key)}\`.`,
      );
    }
    const chosen = keep === undefined ? { text: await textOf(file ?? '') } : { keep: sideNamed(found, keep) };
    const { store, engine } = desk.services;
    const done = await resolveConflict({ key, ifMatch: versionId, chosen }, actorOf('terminal'), { store, engine });
    if (!done.ok) throw new Trouble(wordsOf(done.error));
    const { outcome, apart } = done.value;
    desk.say(
      `${nameOf(key)} is decided${outcome.did === 'deleted' ? ': deleted' : ''}. Its version is ${outcome.versionId}.`,
    );
    for (const one of apart) desk.say(`The other given dose is ${nameOf(one)} now.`);
    return 0;
  },
};

interface Told extends OpenConflict {
  readonly notes: readonly string[];
}
const jsonOf = ({ key, home, severity, since, versionId, notes }: Told): JsonValue => ({
  severity,
  resource: nameOf(key),
  ...(home === '' ? {} : { patient: home }),
  since: new Date(since).toISOString(),
  version: versionId,
  notes,
});

const collisionJson = ({ kind, severity, names, homes, since }: KeptCollision): JsonValue => ({
  severity,
  collision: kind,
  resources: names,
  patients: homes,
  since: new Date(since).toISOString(),
  notes: [COLLISION_WORDS[kind] ?? kind],
});

const nameOf = ({ type, id }: ResourceKey): string => `${type}/${id}`;

async function sidesOf(desk: Desk, given: Given): Promise<Siblings> {
  const name = given.files[0] ?? '';
  const parts = /^([A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(name);
  if (parts === null) throw wrongUse(`${JSON.stringify(name)} is not of the form TYPE/ID.`);
  const [, type = '', id = ''] = parts;
  const found = await desk.services.store.siblings({ type, id }, EVERYTHING);
  if (found === undefined) throw new Trouble(`There is no ${name}.`);
  if (found.heads.some(({ text }) => isNeverSeen(text))) {
    throw new Trouble(
      `${name} is the node's own. Of an account the most restrictive of its sides holds, and any change of it (holdfast user) decides.`,
    );
  }
  return found;
}

/** Accounts and what else no client ever sees: not for a terminal that is looked at, either. */
function isNeverSeen(text: string | undefined): boolean {
  const parsed = text === undefined ? undefined : parseJson(text, { depthMax: 1_000 });
  if (parsed?.ok !== true) return false;
  const labels = labelsOf(parsed.value.value as ResourceJson);
  return NEVER_SEEN.some((label) => labels.has(label));
}

function sideNamed({ heads }: Siblings, letters: string): string {
  const found = letters.length < 4 ? [] : heads.filter(({ hash }) => hash.startsWith(letters));
  const [one, ...more] = found;
  if (one === undefined || more.length > 0) throw new Trouble(`No one side begins with ${JSON.stringify(letters)}.`);
  return one.hash;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new Trouble(`${file} cannot be read.`);
  }
}

function cellsOf(side: Side, letterOf: (hash: string) => string, displayed: string): readonly string[] {
  const { by, authored, receivedAt, origin, hash, text } = side;
  const where = by?.device === undefined ? '' : ` at ${by.device}`;
  const doubtful = authored.skew?.suspect === true || authored.wallMs - receivedAt > 5 * 60_000;
  const remarks = [
    ...(hash === displayed ? ['shown'] : []),
    ...(text === undefined ? ['deleted it'] : []),
    ...(doubtful ? ['its clock was wrong'] : []),
  ];
  return [
    letterOf(hash),
    `${by?.practitioner ?? 'nobody named'}${where}`,
    installOf(origin).slice(0, 8),
    dayAndTime(authored.wallMs),
    dayAndTime(receivedAt),
    remarks.join(', '),
  ];
}

const VALUE_MAX = 400;
function shortOf(value: JsonValue): string {
  const text = wordsIn(value);
  return text.length <= VALUE_MAX ? text : `${text.slice(0, VALUE_MAX)} … (--json shows all)`;
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
const textIn = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

/** As people read it, where its form is plain: a concept, a reference, an amount, a text; else as JSON. `--json` has every byte. */
export function wordsIn(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((one: JsonValue) => wordsIn(one)).join('; ');
  if (!isObject(value)) return printJson(value);
  const names = Object.keys(value).filter((name) => value[name] !== undefined);
  const holds = (...only: readonly string[]): boolean => names.every((name) => only.includes(name));
  if (names.length === 1 && names[0] === 'text') return textIn(value['text']);
  if (holds('coding', 'text') && Array.isArray(value['coding'])) {
    const codings = (value['coding'] as readonly JsonValue[]).filter(isObject);
    const said = codings.map((coding) => `${textIn(coding['display'])} ${textIn(coding['code'])}`.trim());
    return [textIn(value['text']), ...said].filter((one) => one !== '').join(', ');
  }
  if (holds('reference', 'display', 'type')) {
    return [textIn(value['display']), textIn(value['reference'])].filter((one) => one !== '').join(' ');
  }
  if (holds('value', 'unit', 'system', 'code') && value['value'] !== undefined) {
    return `${printJson(value['value'])} ${textIn(value['unit']) || textIn(value['code'])}`.trim();
  }
  return printJson(value);
}

/** `3 d 4 h`, `2 h 5 min`, `under a minute`. */
export function lasting(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return 'under a minute';
  const [days, hours, rest] = [Math.floor(minutes / 1_440), Math.floor((minutes % 1_440) / 60), minutes % 60];
  if (days > 0) return hours === 0 ? `${days} d` : `${days} d ${hours} h`;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

const wordsOf = (refusal: ChangeRefusal): string => {
  switch (refusal.kind) {
    case 'invalid':
      return refusal.faults.map(({ path, message }) => `${path}: ${message}`).join(' ');
    case 'stale':
      return 'It is not as it was shown: somebody changed it just now. Look again.';
    case 'forbidden':
      return refusal.why;
    case 'contended':
      return 'Others are changing it at the moment. Try again.';
    default:
      return `Nothing was decided (${refusal.kind}).`;
  }
};

async function audit(desk: Desk, detail: string, homes: readonly string[], what: readonly string[]): Promise<void> {
  const patients = [...new Set(homes)].filter((home: string) => home !== '');
  await desk.services.audit.record({
    ...terminalEntry(desk.now satisfies Instant, 'operation', detail),
    ...(patients.length === 0 ? {} : { patients }),
    ...(what.length === 0 ? {} : { what: [...new Set(what)] }),
  });
}
