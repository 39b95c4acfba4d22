// The network of a drill: one place for each node, a LAN that its staff reach it by, and a WAN between places that can be cut.
//
//   1. Where namespaces are allowed each node lives in one of its own: `lan` leads to the drill, `wan` to a bridge in a further
//      namespace. To cut the WAN is to take the interface down: packets vanish, nobody is told.
//   2. Else nodes listen on loopback, and what crosses the WAN passes a proxy of the drill, which drops what it carries when it is cut.
//   3. Names carry the process number of the drill, so that the next one can tell what a dead one left (DR11).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Undo } from './undo.ts';

export interface Place {
  readonly name: string;
  /** What to put before a command so that it runs there. */
  readonly before: readonly string[];
  /** Settings of a node that listens there. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the staff on the spot reach it. */
  readonly lanUrl: string;
  /** Where other nodes reach it; in the fall-back each asker has a way of its own. */
  wanUrl(asker: Place): Promise<string>;
  /** Between this place and all others. Returns when it is so. */
  cut(): void;
  heal(): void;
  readonly isCut: () => boolean;
}
export interface Network {
  readonly kind: 'namespaces' | 'proxies';
  /** In words, for the report. */
  readonly says: string;
  place(name: string): Promise<Place>;
}

const PREFIX = 'hfd';
const PORT = 8443;
const WAN_DELAY_MS = 15;

const ip = (...args: readonly string[]): { readonly ok: boolean; readonly out: string } => {
  const ran = spawnSync('ip', args, { encoding: 'utf8' });
  return { ok: ran.status === 0, out: ran.status === 0 ? ran.stdout : ran.stderr };
};
function must(...args: readonly string[]): void {
  const { ok, out } = ip(...args);
  if (!ok) throw new Error(`ip ${args.join(' ')}: ${out.trim()}`);
}

const isAlive = (pid: number): boolean => existsSync(`/proc/${String(pid)}`);

/** Ends what still runs in a namespace, and removes it. */
function removeNamespace(name: string): void {
  for (const pid of pidsIn(name)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  ip('netns', 'del', name);
}
/** Every process that lives in a namespace: the machine's, so to speak. */
export const pidsIn = (namespace: string): readonly number[] =>
  ip('netns', 'pids', namespace)
    .out.split('\n')
    .map(Number)
    .filter((pid) => pid > 0);

/** Removes namespaces of drills whose process is no more. Returns their names. */
export function clearLeftovers(): readonly string[] {
  const left = ip('netns', 'list')
    .out.split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((name) => {
      const owner = new RegExp(`^${PREFIX}(\\d+)[a-z]+$`).exec(name)?.[1];
      return owner !== undefined && !isAlive(Number(owner));
    });
  for (const name of left) removeNamespace(name);
  return left;
}

/** Whether this process may make namespaces, found by making one. */
export function mayMakeNamespaces(): boolean {
  if (process.platform !== 'linux') return false;
  const name = `${PREFIX}${String(process.pid)}try`;
  if (!ip('netns', 'add', name).ok) return false;
  const made =
    ip('link', 'add', `${PREFIX}${String(process.pid)}t`, 'type', 'veth', 'peer', 'name', 'lan', 'netns', name).ok &&
    ip('-n', name, 'link', 'set', 'lan', 'up').ok;
  removeNamespace(name);
  return made;
}

export async function openNetwork(undo: Undo, wanted: 'namespaces' | 'proxies' | undefined): Promise<Network> {
  if (wanted === 'proxies') return proxies(undo);
  if (mayMakeNamespaces()) return namespaces(undo);
  if (wanted === 'namespaces') throw new Error('network namespaces are not allowed here');
  return proxies(undo);
}

function namespaces(undo: Undo): Network {
  clearLeftovers();
  const own = `${PREFIX}${String(process.pid)}`;
  // Two drills at a time must not meet: addresses follow the process number.
  const net = `10.${String(64 + (process.pid % 128))}`;
  const wan = `${own}wan`;
  must('netns', 'add', wan);
  undo.add('WAN namespace', () => removeNamespace(wan));
  must('-n', wan, 'link', 'add', 'bridge', 'type', 'bridge');
  must('-n', wan, 'link', 'set', 'bridge', 'up');
  let hasDelay = true;
  let count = 0;
  return {
    kind: 'namespaces',
    get says() {
      return `network namespaces, one a node, over a WAN bridge${hasDelay ? ` with ${String(WAN_DELAY_MS)} ms each way` : ''}`;
    },
    place: async (name) => {
      const number = (count += 1);
      const space = `${own}${String.fromCodePoint(96 + number)}`;
      const lan = `${PREFIX}${String(process.pid)}${String.fromCodePoint(96 + number)}`;
      const lanAddress = `${net}.${String(number)}.2`;
      const wanAddress = `${net}.200.${String(number + 10)}`;
      must('netns', 'add', space);
      undo.add(`namespace of ${name}`, () => removeNamespace(space));
      must('-n', space, 'link', 'set', 'lo', 'up');
      must('link', 'add', lan, 'type', 'veth', 'peer', 'name', 'lan', 'netns', space);
      must('addr', 'add', `${net}.${String(number)}.1/24`, 'dev', lan);
      must('link', 'set', lan, 'up');
      must('-n', space, 'addr', 'add', `${lanAddress}/24`, 'dev', 'lan');
      must('-n', space, 'link', 'set', 'lan', 'up');
      must('-n', wan, 'link', 'add', `port${String(number)}`, 'type', 'veth', 'peer', 'name', 'wan', 'netns', space);
      must('-n', wan, 'link', 'set', `port${String(number)}`, 'master', 'bridge', 'up');
      must('-n', space, 'addr', 'add', `${wanAddress}/24`, 'dev', 'wan');
      must('-n', space, 'link', 'set', 'wan', 'up');
      const delay = ['-n', space, 'qdisc', 'add', 'dev', 'wan', 'root', 'netem', 'delay', `${String(WAN_DELAY_MS)}ms`];
      hasDelay = spawnSync('tc', delay).status === 0 && hasDelay;
      let cut = false;
      return {
        name,
        before: ['ip', 'netns', 'exec', space],
        env: {
          HOLDFAST_HOST: '0.0.0.0',
          HOLDFAST_PORT: String(PORT),
          HOLDFAST_NAMES: `${lanAddress},${wanAddress}`,
        },
        lanUrl: `https://${lanAddress}:${String(PORT)}`,
        wanUrl: async () => `https://${wanAddress}:${String(PORT)}`,
        cut: () => {
          must('-n', space, 'link', 'set', 'wan', 'down');
          cut = true;
        },
        heal: () => {
          must('-n', space, 'link', 'set', 'wan', 'up');
          cut = false;
        },
        isCut: () => cut,
      };
    },
  };
}

/** A listener that passes bytes on to `port` while `passes()`. What it carries when it is cut is dropped at once. */
export async function openProxy(
  undo: Undo,
  port: number,
  passes: () => boolean,
): Promise<{ readonly port: number; drop(): void }> {
  const carried = new Set<Socket>();
  const server: Server = createServer((from) => {
    from.on('error', () => from.destroy());
    if (!passes()) {
      from.destroy();
      return;
    }
    const to = connect({ port, host: '127.0.0.1' });
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      carried.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        carried.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const drop = (): void => {
    for (const socket of carried) socket.destroy();
  };
  undo.add('proxy', () => {
    drop();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' && address !== null ? address.port : 0, drop };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise<void>((done) => server.close(() => done()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function proxies(undo: Undo): Network {
  return {
    kind: 'proxies',
    says: 'loopback, the WAN as proxies of the drill (network namespaces are not allowed here, or were not wanted)',
    place: async (name) => {
      const port = await freePort();
      let cut = false;
      const drops: (() => void)[] = [];
      const place: Place = {
        name,
        before: [],
        env: { HOLDFAST_HOST: '127.0.0.1', HOLDFAST_PORT: String(port) },
        lanUrl: `http://127.0.0.1:${String(port)}`,
        wanUrl: async (asker) => {
          const proxy = await openProxy(undo, port, () => !cut && !asker.isCut());
          drops.push(proxy.drop);
          askers.set(asker, [...(askers.get(asker) ?? []), proxy.drop]);
          return `http://127.0.0.1:${String(proxy.port)}`;
        },
        cut: () => {
          cut = true;
          for (const drop of [...drops, ...(askers.get(place) ?? [])]) drop();
        },
        heal: () => {
          cut = false;
        },
        isCut: () => cut,
      };
      return place;
    },
  };
}
/** What a place reaches others by: dropped, too, when that place is cut. */
const askers = new WeakMap<Place, readonly (() => void)[]>();
