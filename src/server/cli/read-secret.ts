// A secret from the person at the terminal, without echo; or from standard input, for scripts. Never from arguments: every
// process list shows those.
import { StringDecoder } from 'node:string_decoder';
import { Trouble } from '../storage/embedded/trouble.ts';

const BYTES_MAX = 4_096;

/** The first line of `input`, without its end. */
export async function readLineOf(input: AsyncIterable<Buffer | string>): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for await (const chunk of input) {
    text += typeof chunk === 'string' ? chunk : decoder.write(chunk);
    const end = text.indexOf('\n');
    if (end !== -1) return text.slice(0, end).replace(/\r$/, '');
    if (text.length > BYTES_MAX) throw new Trouble('The first line of standard input is too long for a password.');
  }
  return text;
}

/** Keys as a terminal sends them in raw mode, to what they make of a line. */
export function editLine(line: string, keys: string): { readonly line: string; readonly done?: 'enter' | 'stop' } {
  let edited = [...line];
  for (const key of keys) {
    if (key === '\r' || key === '\n') return { line: edited.join(''), done: 'enter' };
    // Ctrl-C, Ctrl-D.
    if (key === '\u0003' || key === '\u0004') return { line: '', done: 'stop' };
    if (key === '\u0008' || key === '\u007F') edited = edited.slice(0, -1);
    // Ctrl-U.
    else if (key === '\u0015') edited = [];
    else if (key >= ' ') edited.push(key);
  }
  return { line: edited.join('') };
}

/** Asks at the terminal; nothing that is typed is shown. */
export async function askSecret(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    throw new Trouble('There is no terminal to ask for the password at. Give it on standard input, with --stdin.', {
      exitCode: 2,
    });
  }
  // Before the prompt: whoever types as soon as it stands there is not shown either.
  stdin.setRawMode(true);
  stderr.write(prompt);
  try {
    return await new Promise<string>((resolve, reject) => {
      const decoder = new StringDecoder('utf8');
      let line = '';
      const hear = (chunk: Buffer): void => {
        const edited = editLine(line, decoder.write(chunk));
        line = edited.line;
        if (edited.done === undefined) return;
        stdin.off('data', hear);
        stdin.pause();
        if (edited.done === 'enter') resolve(line);
        else reject(new Trouble('Stopped. Nothing was changed.', { exitCode: 1 }));
      };
      stdin.on('data', hear);
      stdin.resume();
    });
  } finally {
    stdin.setRawMode(false);
    stderr.write('\n');
  }
}
