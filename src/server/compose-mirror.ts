// The mirror of a server: one process of the node writes it, all of them say how far it is.
import type { ServerOptions } from './cli/parts.ts';
import { mirrorState, type MirrorState } from './mirror/mirror-state.ts';
import { openMirror } from './mirror/open-mirror.ts';
import type { NodePorts } from './ports/node-ports.ts';
import type { PostgresStore } from './storage/postgres-store.ts';
import { openTurn } from './storage/turn.ts';
import type { MirrorStatus } from './sync-api/sync-status.ts';

export interface OpenedMirror {
  status(): Promise<MirrorStatus>;
  /** Up to which arrival the second disk holds everything; 0: nothing that can be counted on. */
  mirrored(): Promise<number>;
  close(): Promise<void>;
}
const FRESH_MS = 1_000;

/** `undefined` where no second disk is set. */
export function mirrorOf(
  { settings: { mirror: folder }, databaseUrl, data, log }: ServerOptions,
  store: PostgresStore,
  ports: NodePorts,
): OpenedMirror | undefined {
  if (folder === undefined) return undefined;
  const turn = openTurn(databaseUrl, 'mirror');
  const mirror = openMirror({
    folder,
    data,
    store,
    install: store.install,
    ...ports,
    hasTurn: () => turn.held(),
    log: (fields, message) => log.error(fields, message),
  });
  let asked: { readonly at: number; readonly state: Promise<MirrorState> } | undefined;
  const state = (): Promise<MirrorState> => {
    const now = performance.now();
    if (asked === undefined || now - asked.at > FRESH_MS)
      asked = { at: now, state: mirrorState(folder, store.install, store) };
    return asked.state;
  };
  return {
    status: async () => {
      const [{ arrival, at, trouble }, last] = await Promise.all([state(), store.sync.arrival()]);
      const why = trouble ?? mirror.trouble();
      return {
        arrival,
        ...(at === undefined ? {} : { at }),
        behind: Math.max(0, last - arrival),
        ...(why === undefined ? {} : { trouble: why }),
      };
    },
    mirrored: async () => (await state()).arrival,
    close: async () => {
      await mirror.close();
      await turn.close();
    },
  };
}
