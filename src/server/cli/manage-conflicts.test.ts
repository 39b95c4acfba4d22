// `holdfast conflicts` over a memory store: what it lists, shows, decides and refuses, and tells the audit.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { AuditEntry } from '../../core/access/audit-trail.ts';
import { carePolicies } from '../../core/care/merge/care-policies.ts';
import { createEngine } from '../../core/engine/create-engine.ts';
import { patchers } from '../../core/fhir/patch/patchers.ts';
import { memoryCollisionRows, type CollisionRows } from '../../core/record/collision-rows.ts';
import { createMemoryStore } from '../../core/record/memory-store.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import { fork } from '../fhir-api/forks.test-kit.ts';
import type { ConflictWords } from '../fhir-api/conflict-parameters.ts';
import { nodePorts } from '../ports/node-ports.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import type { Desk } from './at-terminal.ts';
import { readSettings } from './settings.ts';
import { lasting, manageConflicts, wordsIn } from './manage-conflicts.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const T0 = Date.UTC(2026, 10, 23, 3);
const order = (status: string, dose: string): string =>
  `{"resourceType":"MedicationRequest","id":"m","status":"${status}","intent":"order","medicationCodeableConcept":{"text":"heparin"},` +
  `"subject":{"reference":"Patient/1"},"dosageInstruction":[{"text":"${dose}"}]}`;
const flag = (text: string): string =>
  `{"resourceType":"Flag","id":"f","status":"active","code":{"text":"${text}"},"subject":{"reference":"Patient/2"}}`;

interface Terminal {
  readonly store: RecordStore;
  readonly collisions: CollisionRows;
  readonly audit: AuditEntry[];
  readonly sides: readonly string[];
  /** The exit code or the one line of trouble, and what was printed. */
  run(
    ...args: readonly string[]
  ): Promise<{ readonly code: number | string; readonly out: string; readonly notes: string }>;
}
async function terminal(words: ConflictWords = {}): Promise<Terminal> {
  const ports = nodePorts();
  const store = createMemoryStore({ digest: ports.digest, origin: 'st-mary.1', policies: carePolicies() });
  const engine = createEngine({ store, ...ports, patch: patchers });
  const collisions = memoryCollisionRows();
  const audit: AuditEntry[] = [];
  const at = T0 - 3 * 3_600_000;
  const sides = await fork(
    store,
    'MedicationRequest/m',
    order('active', '10 mL/h'),
    [
      { text: order('stopped', '10 mL/h'), author: { practitioner: 'Practitioner/dora', device: 'tablet-2' } },
      { text: order('active', '12 mL/h'), skew: { ms: 90_000_000, suspect: true } },
    ],
    at,
  );
  await fork(
    store,
    'Flag/f',
    flag('falls'),
    [{ text: flag('falls, hip') }, { text: flag('falls, knee') }],
    at + 60_000,
  );
  const run: Terminal['run'] = async (...args) => {
    const [out, notes]: string[][] = [[], []];
    const services = {
      store,
      engine,
      collisions,
      audit: { record: async (entry: AuditEntry) => void audit.push(entry) },
    };
    const desk = {
      // Accounts, programs and links are nothing to this command.
      services: services as unknown as Desk['services'],
      now: T0,
      say: (line: string) => void out?.push(line),
      note: (line: string) => void notes?.push(line),
      newPassword: async () => '',
    } satisfies Desk;
    let code: number | string;
    try {
      code = await manageConflicts(args, words)(desk);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      expect(error.message).not.toContain('\n');
      code = `${error.exitCode}: ${error.message}`;
    }
    return { code, out: out?.join('\n') ?? '', notes: notes?.join('\n') ?? '' };
  };
  return { store, collisions, audit, sides, run };
}

test('[CW14] the list names what is open, worst first, with the words that count and for how long, and no content', async () => {
  const { run, audit } = await terminal();
  const list = await run('list');
  expect(list.code).toBe(1);
  expect(list.out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
    'GRAVE | OPEN FOR | WHAT | OF | READS',
    'S1 | 2 h 59 min | MedicationRequest/m | Patient/1 | stop disputed: call prescriber; conflicting orders: check',
    'S2 | 2 h 58 min | Flag/f | Patient/2 | -',
  ]);
  expect(list.out).not.toContain('heparin');
  expect(list.notes).toContain('1 could harm now (S1), the oldest for 2 h 59 min; 1 can wait');
  expect(audit.at(-1)).toMatchObject({
    device: 'terminal',
    detail: 'conflicts list',
    patients: ['Patient/1', 'Patient/2'],
  });
  expect((await run('list', '--severity', 'S2')).out).not.toContain('MedicationRequest');
  expect((await run('list', '--patient', 'Patient/1', '--newest')).out).not.toContain('Flag');
  expect(JSON.parse((await run('list', '--json', '--type', 'Flag')).out)).toMatchObject([
    { severity: 'S2', resource: 'Flag/f' },
  ]);
  expect(await run('list', '--patient', 'nobody')).toMatchObject({ code: 0, notes: 'Nothing is in conflict.' });
});

test('[CW14] show prints what differs, who wrote it on which clock, and the lines that decide; such a line decides', async () => {
  const { run, audit, sides, store } = await terminal();
  const show = await run('show', 'MedicationRequest/m');
  expect(show.code).toBe(0);
  expect(show.out).toContain('MedicationRequest/m of Patient/1: in conflict (S1) for 2 h 59 min');
  expect(show.out).toContain('! stop disputed: call prescriber');
  expect(show.out).toMatch(/before {6}10 mL\/h/);
  expect(show.out).toMatch(/Practitioner\/dora at tablet-2 +st-mary/);
  expect(show.out).toMatch(/shown, its clock was wrong/);
  expect(audit.at(-1)).toMatchObject({
    detail: 'conflicts show',
    what: ['MedicationRequest/m'],
    patients: ['Patient/1'],
  });
  expect((await run('show', 'MedicationRequest/m', '--json')).out).toContain('"resourceType": "Parameters"');
  const line = show.out.split('\n').find((one) => one.includes(`--keep ${sides[0]?.slice(0, 10)}`)) ?? '';
  const done = await run(...line.trim().split(' ').slice(2));
  expect([done.code, done.out]).toEqual([0, expect.stringContaining('MedicationRequest/m is decided')]);
  const [stored] = await store.read([{ type: 'MedicationRequest', id: 'm' }], EVERYTHING);
  expect([stored?.conflict, stored?.text]).toEqual([false, order('stopped', '10 mL/h')]);
  const [version] = (await store.history({ type: 'MedicationRequest', id: 'm', count: 1 }, EVERYTHING)).versions;
  expect([version?.kind, version?.author]).toEqual(['resolve', { device: 'terminal', session: 'terminal' }]);
  expect(await run('show', 'MedicationRequest/m')).toMatchObject({
    code: 0,
    notes: expect.stringContaining('not in conflict'),
  });
});

test('[CW14] a file may say what is to stand; what is not valid, not seen, no side or not there is refused in one line', async () => {
  const { run, store } = await terminal();
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  folders.push(folder);
  const file = join(folder, 'flag.json');
  const [stored] = await store.read([{ type: 'Flag', id: 'f' }], EVERYTHING);
  const seen = stored?.versionId.slice(0, 10) ?? '';
  const decide = (...args: readonly string[]) => run('resolve', 'Flag/f', ...args);
  writeFileSync(file, '{"resourceType":"Flag","id":"f"}');
  expect((await decide('--seen', seen, '--file', file)).code).toMatch(/^1: Flag\./);
  expect((await decide('--seen', seen, '--file', join(folder, 'none'))).code).toMatch(/^1: .*cannot be read/);
  expect((await decide('--seen', 'aaaaaaaaaa', '--keep', 'bbbb')).code).toMatch(/^1: .*not as it was shown/);
  expect((await decide('--seen', seen, '--keep', 'zzzzzz')).code).toMatch(/^1: No one side/);
  expect((await decide('--keep', 'zzzzzz')).code).toMatch(/^2: --seen/);
  expect((await decide('--seen', seen)).code).toMatch(/^2: Either/);
  expect((await run('show', 'Flag/none')).code).toBe('1: There is no Flag/none.');
  expect((await run('show', 'nonsense')).code).toMatch(/^2: /);
  expect((await run('list', '--severity', 'S9')).code).toMatch(/^2: /);
  await expect(run('decide')).resolves.toMatchObject({
    code: expect.stringMatching(/^2: holdfast conflicts takes list, show, resolve/),
  });
  writeFileSync(file, flag('falls, hip and knee'));
  expect((await decide('--seen', seen, '--file', file)).code).toBe(0);
  expect((await store.read([{ type: 'Flag', id: 'f' }], EVERYTHING))[0]?.text).toBe(flag('falls, hip and knee'));
});

test('[CW14] spans of time are told as people say them', () => {
  expect([30_000, 60_000, 3_600_000, 3_660_000, 86_400_000, 97_200_000, -5].map(lasting)).toEqual([
    'under a minute',
    '1 min',
    '1 h',
    '1 h 1 min',
    '1 d',
    '1 d 3 h',
    'under a minute',
  ]);
});

test('[CW14] [CW17] the list holds what collides between resources, among the others by how grave and how old it is', async () => {
  const { run, collisions } = await terminal();
  const row = (severity: 'S1' | 'S2' | 'S3', ...names: readonly string[]) =>
    ({
      topic: `${severity} x`,
      kind: 'same-bed',
      severity,
      names,
      homes: ['Patient/1', 'Patient/3'],
      about: 'Location/secret',
    }) as const;
  await collisions.keep(
    [],
    [row('S1', 'Encounter/1', 'Encounter/3'), row('S2', 'Encounter/4'), row('S3', 'Encounter/5')],
    1,
    T0 - 60_000,
  );
  const list = await run('list');
  expect(list.out.split('\n').map((line) => line.split(/ {2,}/)[2])).toEqual([
    'WHAT',
    'MedicationRequest/m',
    'Encounter/1 + Encounter/3',
    'Flag/f',
    'Encounter/4',
  ]);
  expect(list.out).toContain('two patients in one bed');
  expect(list.out).not.toContain('secret');
  expect(list.notes).toContain('2 could harm now (S1), the oldest for 2 h 59 min; 2 can wait');
  expect(JSON.parse((await run('list', '--json', '--type', 'Encounter', '--severity', 'S1')).out)).toMatchObject([
    { severity: 'S1', collision: 'same-bed', resources: ['Encounter/1', 'Encounter/3'] },
  ]);
});

test('[CW14] an account in conflict is listed and never printed', async () => {
  const { run, store } = await terminal();
  const account = (code: string): string =>
    `{"resourceType":"Basic","id":"b","meta":{"security":[{"system":"https://holdfast.example/fhir/CodeSystem/security","code":"credential"}]},"code":{"text":"${code}"}}`;
  await fork(
    store,
    'Basic/b',
    account('secret'),
    [{ text: account('secret one') }, { text: account('secret two') }],
    T0,
  );
  expect((await run('list', '--type', 'Basic')).out).toContain('Basic/b');
  for (const args of [
    ['show', 'Basic/b'],
    ['show', 'Basic/b', '--json'],
    ['resolve', 'Basic/b', '--seen', 'aaaaaa', '--keep', 'bbbbbb'],
  ]) {
    const refused = await run(...args);
    expect(refused.code).toMatch(/^1: .*holdfast user/);
    expect(refused.out).not.toContain('secret');
  }
});

test('[CW14] values are printed as people read them where their form is plain, else as they are', () => {
  const coding = { system: 'http://snomed.info/sct', code: '91936005', display: 'Allergy to penicillin' };
  const cases: readonly (readonly [Parameters<typeof wordsIn>[0], string])[] = [
    ['active', 'active'],
    [{ coding: [coding], text: 'penicillin' }, 'penicillin, Allergy to penicillin 91936005'],
    [[{ text: '10 mL/h' }, { text: 'at night' }], '10 mL/h; at night'],
    [{ reference: 'Patient/1', display: 'Ann' }, 'Ann Patient/1'],
    [{ value: 2.5, unit: 'mg', code: 'mg' }, '2.5 mg'],
    [{ text: 'x', timing: { repeat: {} } }, '{"text":"x","timing":{"repeat":{}}}'],
    [[], ''],
    [true, 'true'],
  ];
  for (const [value, words] of cases) expect(wordsIn(value)).toBe(words);
});

test('[CW19] words that do not fit where people read them are refused when the node starts', () => {
  const read = (words: string) => readSettings({ HOLDFAST_RESUSCITATION_WORDS: words }, '/').resuscitationWords;
  expect(read('Call the crash team: été')).toBe('Call the crash team: été');
  for (const words of ['two\nlines', 'x'.repeat(201)]) expect(() => read(words)).toThrow(Trouble);
  expect(readSettings({}, '/').resuscitationWords).toBeUndefined();
});

test('[CW19] the terminal says what the site says', async () => {
  const { run, store } = await terminal({ 'resuscitation-disputed': 'ask the crash team' });
  const resus = (code: string): string =>
    `{"resourceType":"Flag","id":"r","status":"active","code":{"coding":[{"system":"http://snomed.info/sct","code":"${code}"}]},"subject":{"reference":"Patient/1"}}`;
  await fork(store, 'Flag/r', undefined, [{ text: resus('304252001') }, { text: resus('304253006') }], T0 - 1_000);
  for (const args of [['list'], ['show', 'Flag/r'], ['show', 'Flag/r', '--json']])
    expect((await run(...args)).out).toContain('ask the crash team');
});
