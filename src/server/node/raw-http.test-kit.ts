// Bytes over a socket, as a client sends them that no library would write.
import { connect } from 'node:net';

/** Sends the parts one after the other; gives what came until the other side closed. */
export async function sendRaw(port: number, ...parts: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      for (const part of parts) socket.write(part, 'latin1');
    });
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(text));
  });
}
