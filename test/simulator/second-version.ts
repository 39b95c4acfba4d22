// A version 2 of the protocol, for tests alone: its messages bear a field more, so that no version 1 can read them.
import { err, type Result } from '../../src/core/base/result.ts';
import { decodeMessage, encodeMessage, type Framed, type MessageFault } from '../../src/core/sync/messages.ts';

const MORE = ',{"later":1.00}]';

/** In the version that was agreed. */
export function encodeIn(version: number, framed: Framed): string {
  const text = encodeMessage(framed);
  if (version === 1) return text;
  const end = text.indexOf('\n');
  return `["s2${text.slice(4, end - 1)}${MORE}${text.slice(end)}`;
}

/** By a node that speaks up to `highest`. */
export function decodeUpTo(highest: number, text: string): Result<Framed, MessageFault> {
  if (highest < 2 || !text.startsWith('["s2"')) return decodeMessage(text);
  const end = text.indexOf('\n');
  const head = text.slice(0, end);
  if (!head.endsWith(MORE)) return err({ kind: 'malformed' });
  return decodeMessage(`["s1${head.slice(4, -MORE.length)}]${text.slice(end)}`);
}
