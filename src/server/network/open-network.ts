// A region, a hospital and a practice on one machine, with lines between them that can be cut, and the switchboard over all.
//
//   hospital ──line──┐
//                    ├──> region            switchboard: in this process, on a port of its own
//   practice ──line──┘
//
//   NW1  Nodes are processes of their own; sites are enrolled at their first start by one-time codes.
//   NW4  A start that fails leaves nothing running.
//   NW8  One thing at a time.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from '../../core/base/result.ts';
import { openLine, type Line } from './line.ts';
import { NetworkNode } from './network-node.ts';
import {
  SITES,
  type NetworkState,
  type NodeName,
  type Press,
  type Receipt,
  type SiteName,
  type Told,
} from './network-words.ts';
import { playNineteenthOfJuly, type Cast } from './play.ts';
import { openSwitchboard, type Switchboard } from './switchboard.ts';

export interface NetworkOptions {
  /** Holds one folder a node, and one for the devices of the play. */
  readonly data: string;
  /** Of the hospital; the others take the ports above it. */
  readonly port: number;
  /** The compiled program. */
  readonly entry: string;
  /** Marks the record of a node as a part of the demonstration, whose people may then sign in there. */
  readonly markDemo: (data: string) => void;
  /** Who plays; asked for when somebody plays. */
  readonly cast: () => Cast;
  readonly logLevel: string;
  readonly say: (line: string) => void;
  /** Each line that a node prints. */
  readonly heard: (node: NodeName, line: string) => void;
}

export interface Network {
  readonly address: string;
  readonly nodes: Readonly<Record<NodeName, NetworkNode>>;
  state(): NetworkState;
  press(press: Press): Promise<Result<void, string>>;
  stop(): Promise<void>;
}

const OFFSETS = { hospital: 0, region: 1, practice: 2, hospitalLine: 3, practiceLine: 4, switchboard: 9 } as const;
export const PORTS_NEEDED = 10;
const LOOK_MS = 1_000;
const TOLD_MAX = 200;
const ORGANIZATIONS: Readonly<Record<SiteName, string>> = {
  hospital: 'Organization/org-hospital',
  practice: 'Organization/org-practice',
};

/** Starts everything, or throws and leaves nothing running. Resolves when all three answer; the switchboard does before that. */
export async function openNetwork(options: NetworkOptions): Promise<Network> {
  const { data, port } = options;
  const at = (offset: number): number => (port === 0 ? 0 : port + offset);
  const regionPort = at(OFFSETS.region);
  const told: Told[] = [];
  let receipt: Receipt | undefined;
  let busy: string | undefined;
  let isStopped = false;
  const tell = (text: string, tone: Told['tone'] = 'plain'): void => {
    told.push({ at: Date.now(), text, tone });
    if (told.length > TOLD_MAX) told.shift();
  };

  const ends: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    for (const end of ends.toReversed()) await end();
  };
  try {
    const lines: Record<SiteName, Line> = {
      hospital: await openLine(at(OFFSETS.hospitalLine), regionPort),
      practice: await openLine(at(OFFSETS.practiceLine), regionPort),
    };
    for (const line of Object.values(lines)) ends.push(() => line.close());
    const node = (name: NodeName, title: string, own: number, settings: Readonly<Record<string, string>>) =>
      new NetworkNode(
        { name, title, port: own, data: join(data, name), settings: { HOLDFAST_LOG: options.logLevel, ...settings } },
        options.entry,
        (line) => options.heard(name, line),
      );
    const below = (site: SiteName): Readonly<Record<string, string>> => ({
      HOLDFAST_TIER: 'site',
      HOLDFAST_PARENT: `http://127.0.0.1:${String(lines[site].port)}`,
      // A browser's second device: `http://tablet.localhost:8080` is another origin, with a storage of its own.
      HOLDFAST_NAMES: 'tablet.localhost,phone.localhost',
    });
    const nodes: Record<NodeName, NetworkNode> = {
      region: node('region', 'Region', regionPort, { HOLDFAST_TIER: 'region' }),
      hospital: node('hospital', 'Hospital', at(OFFSETS.hospital), below('hospital')),
      practice: node('practice', 'Practice', at(OFFSETS.practice), below('practice')),
    };
    ends.push(async () => {
      // The sites first: they hand over what they have.
      await Promise.all([nodes.hospital.stop(), nodes.practice.stop()]);
      await nodes.region.stop();
    });

    const start = async (name: NodeName): Promise<void> => {
      const one = nodes[name];
      if (one.state() !== 'down') return;
      const code = name === 'region' ? undefined : await codeFor(name, nodes);
      await one.start(code === undefined ? {} : { HOLDFAST_ENROL: code });
      tell(`${one.plan.title} answers.`, 'good');
    };
    const carryOut = async (press: Press): Promise<void> => {
      switch (press.do) {
        case 'stop':
          nodes[press.node].kill();
          tell(`${nodes[press.node].plan.title} is gone: every process of it was killed.`, 'bad');
          return;
        case 'start':
          return start(press.node);
        case 'cut':
          lines[press.site].cut();
          tell(`The line between ${nodes[press.site].plan.title} and Region is cut.`, 'bad');
          return;
        case 'mend':
          lines[press.site].mend();
          tell(`The line between ${nodes[press.site].plan.title} and Region is mended.`, 'good');
          return;
        case 'heal':
          for (const site of SITES) if (lines[site].isCut()) await carryOut({ do: 'mend', site });
          await start('region');
          await Promise.all(SITES.map((site) => start(site)));
          return;
        case 'play':
          receipt = undefined;
          receipt = await playNineteenthOfJuly({
            folder: join(data, 'devices'),
            nodes,
            cast: options.cast(),
            carryOut,
            tell,
          });
      }
    };
    const press = async (wish: Press): Promise<Result<void, string>> => {
      if (isStopped) return err('The network is being stopped.');
      if (busy !== undefined) return err(`${busy} Wait until that is done.`);
      busy = DOING[wish.do];
      try {
        await carryOut(wish);
        return ok(undefined);
      } catch (error) {
        const why = error instanceof Error ? error.message : 'something that is no error';
        tell(why, 'bad');
        return err(why);
      } finally {
        busy = undefined;
      }
    };
    const state = (): NetworkState => ({
      nodes: Object.values(nodes).map((one) => ({
        name: one.plan.name,
        title: one.plan.title,
        address: `http://localhost:${String(one.plan.port)}`,
        state: one.state(),
      })),
      lines: SITES.map((site) => ({ site, cut: lines[site].isCut() })),
      ...(busy === undefined ? {} : { busy }),
      told,
      ...(receipt === undefined ? {} : { receipt }),
    });

    const switchboard: Switchboard = await openSwitchboard({ port: at(OFFSETS.switchboard), state, press });
    ends.push(() => switchboard.close());
    options.say(`Switchboard at ${switchboard.address}`);
    for (const { plan } of Object.values(nodes)) {
      mkdirSync(plan.data, { recursive: true, mode: 0o700 });
      options.markDemo(plan.data);
    }
    busy = 'The nodes are being started.';
    await start('region');
    await Promise.all(SITES.map((site) => start(site)));
    busy = undefined;
    const looking = new AbortController();
    ends.push(() => looking.abort());
    void keepLooking(Object.values(nodes), looking.signal);
    return { address: switchboard.address, nodes, state, press, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const DOING: Readonly<Record<Press['do'], string>> = {
  stop: 'A node is being killed.',
  start: 'A node is being started.',
  cut: 'A line is being cut.',
  mend: 'A line is being mended.',
  heal: 'Everything is being mended.',
  play: '19 July is being played.',
};

/** A code where the site is not enrolled yet: it remembers its parent beside its data. */
async function codeFor(site: SiteName, nodes: Readonly<Record<NodeName, NetworkNode>>): Promise<string | undefined> {
  const { plan } = nodes[site];
  if (existsSync(join(plan.data, 'parent.json'))) return undefined;
  const invited = ['node', 'invite', '--name', plan.title, '--tier', 'site', '--site', ORGANIZATIONS[site]];
  return (await nodes.region.command(invited)).trim();
}

async function keepLooking(nodes: readonly NetworkNode[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all(nodes.map((node) => (node.state() === 'starting' ? undefined : node.look())));
    // Ended early by `stop`.
    await sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
