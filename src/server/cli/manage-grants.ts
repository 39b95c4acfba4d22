// `holdfast node grant|revoke|grants`: which patients' records a node below keeps, by hand (specs/scopes.md, SC11).
import { patientScope } from '../../core/record/scope.ts';
import type { RegisteredNode } from '../sync-api/link-types.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { dayAndTime, table, terminalEntry, wrongUse, type Desk } from './at-terminal.ts';
import { readOptions } from './options.ts';

type Named = (desk: Desk, which: string) => Promise<RegisteredNode>;

const WHY: Readonly<Record<string, string>> = {
  pushed: 'it wrote of the patient',
  visit: 'a visit, an order or a team at its places',
  'looked-up': 'somebody there asked for it',
  'by-hand': 'granted by hand',
  linked: 'linked with a patient it has',
  moved: 'a resource was moved between records',
};
const SHOWN = 200;

export async function grantRecord(desk: Desk, rest: readonly string[], named: Named): Promise<number> {
  const { peer, patient } = await asked(desk, rest, named, 'grant');
  const fresh = await desk.services.grants.grant(peer.node, [patientScope(patient)], 'by-hand', desk.now);
  await tell(desk, `granted to ${peer.name}`, patient);
  desk.note(fresh.length > 0 ? `${peer.name} gets the record with its next session.` : `${peer.name} had it already.`);
  return 0;
}

export async function revokeRecord(desk: Desk, rest: readonly string[], named: Named): Promise<number> {
  const { peer, patient } = await asked(desk, rest, named, 'revoke');
  const gone = await desk.services.grants.withdraw(peer.node, [patientScope(patient)]);
  if (gone.length === 0) throw new Trouble(`${peer.name} was not granted the record of Patient/${patient}.`);
  await tell(desk, `taken from ${peer.name}`, patient);
  desk.note(
    `${peer.name} gets nothing more of it. What is there stays there; what it writes of the patient, or a visit there, grants it again.`,
  );
  return 0;
}

export async function listGrants(desk: Desk, rest: readonly string[], named: Named): Promise<number> {
  const given = readOptions(rest, { json: 'flag' }, 1, 1, 'node');
  const peer = await named(desk, given.files[0] ?? '');
  const count = await desk.services.grants.countGranted(peer.node);
  const latest = await desk.services.grants.granted(peer.node, SHOWN);
  if (given.flag('json')) {
    const grants = latest.map(({ key, since, why }) => ({ key, since: new Date(since).toISOString(), why }));
    desk.say(JSON.stringify({ node: peer.node, count, grants }, undefined, 2));
    return 0;
  }
  desk.note(`${peer.name} was granted ${String(count)} records, beside what every ${peer.tier} has.`);
  if (count > SHOWN) desk.note(`These are the latest ${String(SHOWN)}.`);
  if (latest.length > 0)
    desk.say(
      table([
        ['SINCE', 'RECORD', 'WHY'],
        ...latest.map(({ key, since, why }) => [dayAndTime(since), key, WHY[why] ?? why]),
      ]),
    );
  return 0;
}

async function asked(
  desk: Desk,
  rest: readonly string[],
  named: Named,
  word: string,
): Promise<{ readonly peer: RegisteredNode; readonly patient: string }> {
  const given = readOptions(rest, { patient: 'text' }, 1, 1, 'node');
  const patient = given.text('patient')?.replace(/^Patient\//, '') ?? '';
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(patient))
    throw wrongUse(`holdfast node ${word} needs --patient ID. See \`holdfast node --help\`.`);
  const peer = await named(desk, given.files[0] ?? '');
  if (peer.retiredAt !== undefined) throw new Trouble(`${peer.name} is retired: it gets nothing.`);
  return { peer, patient };
}

const tell = (desk: Desk, detail: string, patient: string): Promise<void> =>
  desk.services.audit.record({
    ...terminalEntry(desk.now, 'account', `record ${detail}`),
    patients: [`Patient/${patient}`],
    what: [`Patient/${patient}`],
  });
