// An HTTP server that does not listen: it answers on connections that another process accepted and handed over.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

export interface Adopting {
  /** Answers on `socket` from now on. `closed` is called once, when the connection is over. */
  adopt(socket: Socket, closed: () => void): void;
  /** Closes connections that wait for a request, and the others after their answer; ends when there are none. */
  finish(): Promise<void>;
  /** True from `finish` on: answers must say that the connection closes. */
  readonly finishing: boolean;
}

const LOOK_MS = 20;

/** What a connection passes before the server gets it. */
export interface Passage {
  admit(socket: Socket): void;
  /** Closes the connections that have said nothing yet. */
  closeWaiting(): void;
}

/** `passage`: TLS; absent: connections are given to `server` as they are. */
export function adoptConnections(server: Server, passage?: Passage): Adopting {
  const open = new Set<Socket>();
  let finishing = false;
  // Node arms its limits for slow senders (headersTimeout, requestTimeout), and its list of idle connections, when a server
  // begins to listen. This one never does.
  server.emit('listening');
  return {
    get finishing() {
      return finishing;
    },
    adopt: (socket, closed) => {
      open.add(socket);
      socket.once('close', () => {
        open.delete(socket);
        closed();
      });
      // What a listening server does for its own connections.
      socket.setNoDelay(true);
      if (passage === undefined) server.emit('connection', socket);
      else passage.admit(socket);
      // It was accepted without being read.
      socket.resume();
    },
    finish: async () => {
      finishing = true;
      for (;;) {
        server.closeIdleConnections();
        passage?.closeWaiting();
        if (open.size === 0) return;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
  };
}
