// A network line that can be cut: what connects to its port is passed on to another port of this machine.
//
//   NW3  Cut, it ends the connections on it and takes no new ones; mended, it takes them again.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Line {
  /** Where to connect. */
  readonly port: number;
  isCut(): boolean;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Listens on `port` of loopback (0: any) and passes on to `to`. Rejects where the port is taken. */
export async function openLine(port: number, to: number): Promise<Line> {
  let isCut = false;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Either end may go at any time: that is what a line is for.
    socket.on('error', () => socket.destroy());
    return socket;
  };
  const server = createServer((near) => {
    keep(near);
    if (isCut) {
      near.resetAndDestroy();
      return;
    }
    const far = keep(connect({ host: '127.0.0.1', port: to }));
    // What was sent before one side ended well still arrives; an end that was no good one is one on both sides.
    far.once('error', () => near.resetAndDestroy());
    near.once('error', () => far.resetAndDestroy());
    far.once('close', () => near.end());
    near.once('close', () => far.end());
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const end = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    isCut: () => isCut,
    cut: () => {
      isCut = true;
      end();
    },
    mend: () => {
      isCut = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        end();
      }),
  };
}
