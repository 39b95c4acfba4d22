// 19 July, played: two devices of the ward keep charting while the region, and then their site, are gone; then everything is mended
// and what they wrote is looked for at the region.
//
//   NW9   A dose with everything up, one with the region gone, one with the site gone; two people say different things of one allergy.
//   NW10  The receipt counts what the devices were told is kept, and looks for each at the region.
//   NW11  Played again it takes an allergy that nobody disputes yet.
//
// The devices are the device tier that ships, without a screen: what a browser does, it does, too.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidV7 } from '../../core/base/id.ts';
import { parseJson, printJson } from '../../core/base/json.ts';
import type { JsonObject } from '../../core/base/json-types.ts';
import { carePolicies } from '../../core/care/merge/care-policies.ts';
import type { Address, Device } from '../device/device.ts';
import { openDevice } from '../device/open-device.ts';
import { nodePorts } from '../ports/node-ports.ts';
import type { NetworkNode } from './network-node.ts';
import type { NodeName, Press, Receipt, ReceiptLine, Told } from './network-words.ts';

/** Who writes on the two devices: `Practitioner/1`. */
export interface Cast {
  readonly nurse: string;
  readonly doctor: string;
}

export interface PlayOptions {
  readonly folder: string;
  readonly nodes: Readonly<Record<NodeName, NetworkNode>>;
  readonly cast: Cast;
  readonly carryOut: (press: Press) => Promise<void>;
  readonly tell: (text: string, tone?: Told['tone']) => void;
}

interface Written {
  readonly what: string;
  readonly device: Device;
  readonly name: string;
  readonly when: ReceiptLine['when'];
  /** `Type/id` */
  readonly key: string;
  /** Stands in the version that was written, and nowhere else. */
  readonly mark: string;
  readonly commit: Address | undefined;
}

const ports = nodePorts();
const WAIT_MS = 90_000;
const STEP_MS = 250;
/** Nobody is hurt when one of these is stolen: what is in it is made up. */
const COST_LOG2 = 14;

/** Throws, in words for people, where it cannot go on. */
export async function playNineteenthOfJuly(options: PlayOptions): Promise<Receipt> {
  const { nodes, carryOut, tell, cast } = options;
  await carryOut({ do: 'heal' });
  const stage = await findStage(nodes.hospital);
  const tablet = await deviceOf(options, 'Tablet of the nurse', cast.nurse, stage.patient);
  const phone = await deviceOf(options, 'Phone of the doctor', cast.doctor, stage.patient);
  const played: Written[] = [];
  try {
    const dose = async (when: ReceiptLine['when'], what: string): Promise<void> => {
      played.push(await chartDose(tablet, stage, cast.nurse, when, what));
      const last = played.at(-1);
      const safe = last?.commit === undefined ? 'D0' : tablet.safetyOf(last.commit).class;
      tell(`${what}: kept on the nurse's tablet (${SAFE[safe]}).`, 'good');
    };
    await dose('everything up', 'Dose 1');
    await until('the region has dose 1', () => safeAt(played, 'D2'));
    tell('Dose 1 is in the region.', 'good');

    await carryOut({ do: 'stop', node: 'region' });
    await dose('region gone', 'Dose 2');
    await until('the site has dose 2', () => safeAt(played, 'D1'));
    tell('Dose 2 is on the disk of the site. The region is gone, and nobody waited.', 'good');

    await carryOut({ do: 'stop', node: 'hospital' });
    await dose('site gone, too', 'Dose 3');
    played.push(await sayOfAllergy(tablet, stage, 'low', 'the nurse says low', 'Nurse: allergy of low criticality'));
    played.push(
      await sayOfAllergy(phone, stage, 'high', 'the doctor says high', 'Doctor: allergy of high criticality'),
    );
    tell('The nurse and the doctor, on two devices that cannot see each other, say different things of one allergy.');

    const mendedAt = Date.now();
    await carryOut({ do: 'heal' });
    await until('the region has everything', () => safeAt(played, 'D2'));
    const convergedMs = Date.now() - mendedAt;
    const lines: ReceiptLine[] = [];
    for (const one of played) lines.push({ ...lineOf(one), atRegion: await isAtRegion(nodes.region, one) });
    const atRegion = lines.filter((line) => line.atRegion).length;
    const toDecide = await listed(nodes.region, `AllergyIntolerance/${stage.allergy}`);
    const written = lines.length;
    const receipt = { lines, written, atRegion, lost: written - atRegion, toDecide, convergedMs };
    tell(
      `${String(written)} written, ${String(atRegion)} in the region, ${String(receipt.lost)} lost, ${String(toDecide)} to decide.`,
      receipt.lost === 0 ? 'good' : 'bad',
    );
    return receipt;
  } finally {
    await tablet.close();
    await phone.close();
  }
}

const SAFE: Readonly<Record<string, string>> = {
  D0: 'nowhere else yet',
  D1: 'and at the site',
  D1m: 'and on two disks of the site',
  D2: 'and in the region',
  D3: 'and in the backup of the region',
};

const lineOf = ({ what, name, when }: Written): Omit<ReceiptLine, 'atRegion'> => ({ what, device: name, when });

const RANKS = ['D0', 'D1', 'D1m', 'D2', 'D3'] as const;
const safeAt = (played: readonly Written[], least: (typeof RANKS)[number]): boolean =>
  played.every(
    ({ device, commit }) =>
      commit !== undefined && RANKS.indexOf(device.safetyOf(commit).class) >= RANKS.indexOf(least),
  );

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WAIT_MS; !(await holds());) {
    if (Date.now() > end) throw new Error(`Waited ${String(WAIT_MS / 1_000)} s, and still it is not so that ${what}.`);
    await sleep(STEP_MS);
  }
}

// ---- the stage: a patient in a bed, with an order that goes on and an allergy that nobody disputes

interface Stage {
  /** Ids. */
  readonly patient: string;
  readonly stay: string;
  readonly order: string;
  readonly allergy: string;
}

async function findStage(hospital: NetworkNode): Promise<Stage> {
  for (const stay of await found(hospital, 'Encounter?status=in-progress&class=IMP&_count=100')) {
    const patient = referenceIn(stay, 'subject', 'Patient');
    if (patient === undefined) continue;
    const [allergy] = (
      await found(hospital, `AllergyIntolerance?patient=${patient}&clinical-status=active&_count=5`)
    ).filter((one) => one['criticality'] !== undefined);
    const [order] = await found(hospital, `MedicationRequest?patient=${patient}&status=active&_count=1`);
    if (allergy === undefined || order === undefined) continue;
    if ((await listed(hospital, `AllergyIntolerance/${idOf(allergy)}`)) > 0) continue;
    return { patient, stay: idOf(stay), order: idOf(order), allergy: idOf(allergy) };
  }
  throw new Error(
    'No inpatient has an order that goes on and an allergy that nobody disputes: wait until the demo hospital is filled.',
  );
}

async function found(node: NetworkNode, query: string): Promise<readonly JsonObject[]> {
  const { status, text } = await node.fhir('GET', query);
  if (status !== 200) throw new Error(`${node.plan.title} refused a search (${String(status)}).`);
  const bundle = JSON.parse(text) as { readonly entry?: readonly { readonly resource?: JsonObject }[] };
  return (bundle.entry ?? []).flatMap(({ resource }) =>
    resource === undefined || resource['resourceType'] === 'OperationOutcome' ? [] : [resource],
  );
}

const idOf = (resource: JsonObject): string => String(resource['id']);

function referenceIn(resource: JsonObject, member: string, type: string): string | undefined {
  const value = resource[member];
  const reference =
    typeof value === 'object' && value !== null && 'reference' in value ? value['reference'] : undefined;
  return typeof reference === 'string' && reference.startsWith(`${type}/`)
    ? reference.slice(type.length + 1)
    : undefined;
}

/** How many entries of the list of what people must decide are about `key`. */
async function listed(node: NetworkNode, key: string): Promise<number> {
  const [type = ''] = key.split('/');
  const { status, text } = await node.fhir('GET', `${type}/$conflicts?_count=1000`);
  if (status !== 200) throw new Error(`${node.plan.title} does not show what people must decide (${String(status)}).`);
  return text.includes(`"${key}"`) ? 1 : 0;
}

async function isAtRegion(region: NetworkNode, { key, mark }: Written): Promise<boolean> {
  const { status, text } = await region.fhir('GET', `${key}/_history?_count=50`);
  return status === 200 && text.includes(mark);
}

// ---- the devices

async function deviceOf(options: PlayOptions, name: string, practitioner: string, patient: string): Promise<Device> {
  const { hospital } = options.nodes;
  const folder = join(options.folder, name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const device = await openDevice({
    folder,
    passphrase: `played by ${name} alone`,
    costLog2: COST_LOG2,
    user: { practitioner, session: 'nineteenth-of-july' },
    policies: carePolicies(),
    intervalMs: 1_000,
  });
  if (device.status().parents.length === 0) {
    const code = (await hospital.command(['node', 'invite', '--name', name, '--tier', 'device'])).trim();
    const enrolled = await device.enrol(hospital.address, code);
    if (!enrolled.ok) {
      await device.close();
      throw new Error(`${name} was not enrolled: ${enrolled.error}`);
    }
  }
  await device.want(patient);
  await until(`${name} has the patient's record`, async () => {
    await device.syncNow();
    const here = await device.search(`MedicationRequest?patient=Patient/${patient}&_count=1`);
    return here.ok && here.value.found.length > 0;
  });
  return device;
}

async function chartDose(
  device: Device,
  stage: Stage,
  nurse: string,
  when: ReceiptLine['when'],
  what: string,
): Promise<Written> {
  const order = await device.read('MedicationRequest', stage.order);
  const parsed = order === undefined ? undefined : parseJson(order.text, { numbers: 'lossless' });
  if (parsed?.ok !== true) throw new Error('The order is not on the device.');
  const { medicationCodeableConcept, medicationReference } = parsed.value.value as JsonObject;
  const id = uuidV7(ports.clock, ports.chance);
  const mark = `19 July: ${what} ${id}`;
  const medicine = medicationCodeableConcept === undefined ? { medicationReference } : { medicationCodeableConcept };
  const text = printJson({
    resourceType: 'MedicationAdministration',
    id,
    status: 'completed',
    ...medicine,
    subject: { reference: `Patient/${stage.patient}` },
    context: { reference: `Encounter/${stage.stay}` },
    effectiveDateTime: new Date(ports.clock.now()).toISOString(),
    performer: [{ actor: { reference: nurse } }],
    request: { reference: `MedicationRequest/${stage.order}` },
    note: [{ text: mark }],
  });
  const key = `MedicationAdministration/${id}`;
  const written = await device.write([{ kind: 'update', type: 'MedicationAdministration', id, text }]);
  if (!written.ok) throw new Error(`The dose was refused: ${written.error.refusal.kind}.`);
  return { what, device, name: 'Tablet of the nurse', when, key, mark, commit: written.value.commit };
}

async function sayOfAllergy(
  device: Device,
  stage: Stage,
  criticality: 'low' | 'high',
  words: string,
  what: string,
): Promise<Written> {
  const stored = await device.read('AllergyIntolerance', stage.allergy);
  const parsed = stored === undefined ? undefined : parseJson(stored.text, { numbers: 'lossless' });
  if (stored === undefined || parsed?.ok !== true) throw new Error('The allergy is not on the device.');
  const before = parsed.value.value as JsonObject;
  const notes = Array.isArray(before['note']) ? before['note'] : [];
  const mark = `19 July: ${words} ${uuidV7(ports.clock, ports.chance)}`;
  const text = printJson({ ...before, id: stage.allergy, criticality, note: [...notes, { text: mark }] });
  const written = await device.write([
    { kind: 'update', type: 'AllergyIntolerance', id: stage.allergy, text, ifMatch: stored.versionId },
  ]);
  if (!written.ok) throw new Error(`What was said of the allergy was refused: ${written.error.refusal.kind}.`);
  const name = criticality === 'low' ? 'Tablet of the nurse' : 'Phone of the doctor';
  const key = `AllergyIntolerance/${stage.allergy}`;
  return { what, device, name, when: 'site gone, too', key, mark, commit: written.value.commit };
}
