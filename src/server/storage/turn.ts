// Work that one process of a node does at a time: whoever holds the turn. A session of the database holds it, so that it is free the
// moment its process, or its connection, is gone.
//
//   NL29  One process at most holds a turn; when it ends, another gets it.
import { hash } from 'node:crypto';
import { Connection, type ConnectionSettings } from './internal/connections.ts';

export interface Turn {
  /** Whether this process has it, as of the last look, a second ago. */
  held(): boolean;
  close(): Promise<void>;
}

const LOOK_MS = 1_000;
/** Beside the sequencer's, which has one number of 64 bits: two of 32 bits never meet it. */
const FAMILY = 4_846;

/** Asks for the turn of this name now and each second, until it is closed. Never throws: without a database nobody has it. */
export function openTurn(url: string, name: string): Turn {
  const settings: ConnectionSettings = { url, statementMs: 10_000, connectMs: 10_000, label: `holdfast ${name}` };
  const number = hash('sha256', name, 'buffer').readInt32BE();
  let connection: Connection | undefined;
  let has = false;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    try {
      connection ??= await Connection.open(settings, false);
      // Asked again of the session that has it, it is counted twice there and is free all the same when the session ends.
      const [row] = await connection.query(
        has ? 'SELECT true' : `SELECT pg_try_advisory_lock(${FAMILY}, ${number})`,
        [],
      );
      has = row?.[0] === true || row?.[0] === 't';
    } catch {
      has = false;
      await connection?.close().catch(() => undefined);
      connection = undefined;
    }
  };
  const again = (): void => {
    looking = look().finally(() => {
      if (!closed) timer = setTimeout(again, LOOK_MS).unref();
    });
  };
  again();
  return {
    held: () => has,
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await looking;
      has = false;
      await connection?.close().catch(() => undefined);
    },
  };
}
