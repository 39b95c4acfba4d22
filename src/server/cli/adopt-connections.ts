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

/** `admit`: what a connection passes before `server` gets it (TLS); absent: it is given as it is. */
export function adoptConnections(
  server: Server,
  admit: (socket: Socket) => void = (socket) => void server.emit('connection', socket),
): Adopting {
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
      admit(socket);
      // It was accepted without being read.
      socket.resume();
    },
    finish: async () => {
      finishing = true;
      for (;;) {
        server.closeIdleConnections();
        if (open.size === 0) return;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
  };
}
