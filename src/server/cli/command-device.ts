// `holdfast device …`: a device without a screen, for tests, drills and interfaces that must work with every server gone.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { answerLine } from '../device/answer-line.ts';
import type { Device } from '../device/device.ts';
import { DeviceTrouble, openVault } from '../device/device-vault.ts';
import { openOutboxFiles } from '../device/outbox-files.ts';
import { recoverBrowser } from '../device/recover-browser.ts';
import { NODE_KEY_FILE, openNodeKeys } from '../sync-api/node-keys.ts';
import { openDevice, type DeviceOptions } from '../device/open-device.ts';
import { memberText } from '../device/slice-json.ts';
import { errorCode, Trouble } from '../storage/embedded/trouble.ts';
import type { Command } from './command.ts';
import { readOptions, type Given } from './options.ts';
import { note, say } from './terminal.ts';

const KINDS = {
  folder: 'text',
  passphrase: 'text',
  rescued: 'text',
  data: 'text',
  parent: 'text',
  code: 'text',
  as: 'text',
  'ward-port': 'text',
  'ward-host': 'text',
  peers: 'text',
  interval: 'text',
} as const;
const PORT_MAX = 65_535;

export const deviceCommand: Command = {
  name: 'device',
  summary: 'A device without a screen: writes with every server gone.',
  help: `holdfast device enrol  --folder DIR --passphrase FILE --parent URL --code CODE
holdfast device run    --folder DIR --passphrase FILE [--as Practitioner/ID] [--ward-port N] [--ward-host ADDRESS]
                       [--peers URL,URL] [--interval MS]
holdfast device write  --folder DIR --passphrase FILE [--as Practitioner/ID]
holdfast device status --folder DIR --passphrase FILE
holdfast device recover --rescued FILE --data DIR --folder DIR --passphrase FILE

  enrol    makes the device known to its site (\`holdfast node invite --tier device\` there prints the code). Once more, with
           a code of the region's, and it hands over there while its site is gone
  run      answers lines of JSON on standard input with lines on standard output, until that ends:
           {"id":1,"do":"create","resource":{…}}   update, delete, transaction, read, search, safety, want, status, sync,
           handOver, compact. An answer to a write means that it is on this device's disk; its class says where else
  write    one resource a line: written, handed over where a parent answers, and told
  status   how the device stands, as JSON
  recover  takes what a ward's browser wrote out of the file of its rescue page, with the key of the node in --data that it was
           enrolled at, into a new device: enrol that one, and \`run\` hands it over. The file stays as it is

  --passphrase  a file whose first line opens the device; readable by its owner alone
  --ward-port   takes sealed copies of other devices' unsent writes there
  --peers       other devices that are given copies while no parent answers`,
  run: async (args) => {
    const [what = '', ...rest] = args;
    const given = readOptions(rest, KINDS, 0, 0, 'device');
    try {
      switch (what) {
        case 'enrol':
          return await withDevice(given, 'off', (device) => enrol(device, given));
        case 'run':
          return await withDevice(given, 'on', answerLines);
        case 'write':
          return await withDevice(given, 'off', writeLines);
        case 'status':
          return await withDevice(given, 'off', async (device) => {
            say(JSON.stringify(device.status(), undefined, 2));
            return 0;
          });
        case 'recover':
          return await recover(given);
        default:
          throw new Trouble('holdfast device enrol, run, write, status or recover. See `holdfast device --help`.', {
            exitCode: 2,
          });
      }
    } catch (error) {
      if (error instanceof DeviceTrouble) throw new Trouble(error.message, { cause: error });
      throw error;
    }
  },
};

async function withDevice(
  given: Given,
  link: 'on' | 'off',
  work: (device: Device) => Promise<number>,
): Promise<number> {
  const port = given.whole('ward-port', 0, PORT_MAX);
  const peers = given.text('peers')?.split(',') ?? [];
  for (const peer of peers)
    if (!URL.canParse(peer))
      throw new Trouble(`--peers are addresses, as http://10.0.0.7:8490, not ${JSON.stringify(peer)}.`, {
        exitCode: 2,
      });
  const host = given.text('ward-host');
  const practitioner = given.text('as');
  const intervalMs = given.whole('interval', 100, 600_000);
  const options: DeviceOptions = {
    folder: wanted(given, 'folder'),
    passphrase: passphraseIn(wanted(given, 'passphrase')),
    link,
    ward: { peers, ...(port === undefined ? {} : { port }), ...(host === undefined ? {} : { host }) },
    ...(practitioner === undefined ? {} : { user: { practitioner } }),
    ...(intervalMs === undefined ? {} : { intervalMs }),
  };
  const device = await openDevice(options);
  try {
    return await work(device);
  } finally {
    await device.close();
  }
}

async function enrol(device: Device, given: Given): Promise<number> {
  const done = await device.enrol(wanted(given, 'parent'), wanted(given, 'code'));
  if (!done.ok) throw new Trouble(done.error);
  const met = await device.syncNow();
  say(`Enrolled at ${done.value.parent} as ${device.node}.`);
  if (met.trouble !== undefined) note(met.trouble);
  return 0;
}

async function recover(given: Given): Promise<number> {
  const folder = wanted(given, 'folder');
  const passphrase = passphraseIn(wanted(given, 'passphrase'));
  if (existsSync(join(folder, 'device.json')))
    throw new Trouble(`${folder} is a device already: what is recovered goes into a new one.`, { exitCode: 2 });
  const text = readFileSync(wanted(given, 'rescued'), 'utf8');
  const data = wanted(given, 'data');
  if (!existsSync(join(data, NODE_KEY_FILE)))
    throw new Trouble(`There is no node in ${data}: it has no key.`, { exitCode: 2 });
  const recovered = recoverBrowser(text, openNodeKeys(data));
  const { diskKey } = openVault({ folder, passphrase });
  const outbox = openOutboxFiles(join(folder, 'outbox'), diskKey);
  await outbox.append(recovered.entries);
  outbox.close();
  say(
    `${recovered.commits} commits of ${recovered.node} are in ${folder}. Enrol it: holdfast device enrol --folder ${folder} …`,
  );
  if (recovered.spoiled > 0) note(`${recovered.spoiled} records of the file could not be read.`);
  return 0;
}

/** Lines are begun in the order in which they come; a search does not wait for a write's disk. */
async function answerLines(device: Device): Promise<number> {
  const { wardPort } = device.status();
  say(JSON.stringify({ ready: true, node: device.node, ...(wardPort === undefined ? {} : { wardPort }) }));
  const open = new Set<Promise<void>>();
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    const answering = answerLine(device, line)
      .catch((error: unknown) => failed(line, error))
      .then(say)
      .finally(() => open.delete(answering));
    open.add(answering);
  }
  await Promise.all(open);
  return 0;
}

async function writeLines(device: Device): Promise<number> {
  let refused = 0;
  const commits: { readonly origin: string; readonly seq: number }[] = [];
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue;
    const hasId = memberText(line, 'id') !== undefined;
    const said = await answerLine(device, `{"do":"${hasId ? 'update' : 'create'}","resource":${line}}`);
    const { ok, error, origin, seq } = JSON.parse(said) as {
      ok: boolean;
      error?: string;
      origin?: string;
      seq?: number;
    };
    if (!ok) {
      refused += 1;
      note(error ?? '');
    } else if (origin !== undefined && seq !== undefined) commits.push({ origin, seq });
  }
  const met = await device.syncNow();
  if (met.trouble !== undefined) note(met.trouble);
  for (const commit of commits) say(JSON.stringify({ ...commit, ...device.safetyOf(commit) }));
  return refused === 0 ? 0 : 1;
}

/** A disk that is full, and what nobody foresaw: that one line is not answered with `ok`. */
function failed(line: string, error: unknown): string {
  const code = errorCode(error);
  const why =
    code === 'ENOSPC' ? 'The disk is full. Nothing was written.' : `It could not be done (${code ?? 'unforeseen'}).`;
  return JSON.stringify({ id: idIn(line), ok: false, error: why });
}
function idIn(line: string): unknown {
  try {
    return (JSON.parse(line) as { readonly id?: unknown }).id ?? null;
  } catch {
    return null;
  }
}

function wanted(given: Given, name: string): string {
  const text = given.text(name);
  if (text === undefined || text === '')
    throw new Trouble(`--${name} is missing. See \`holdfast device --help\`.`, { exitCode: 2 });
  return text;
}

function passphraseIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Trouble(`${file} (--passphrase) cannot be read (${errorCode(error) ?? 'unknown'}).`, { cause: error });
  }
  // Windows has no such bits.
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0)
    throw new Trouble(`${file} (--passphrase) is open to others than its owner. Run \`chmod 600\` on it.`);
  return text.split(/\r?\n/)[0] ?? '';
}
