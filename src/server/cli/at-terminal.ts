// What the commands that manage people and programs share: the services of the node, words out, secrets in.
import { userInfo } from 'node:os';
import { dateRange } from '../../core/fhir/instant.ts';
import type { AuditEntry } from '../../core/access/audit-trail.ts';
import type { Instant } from '../../core/base/ports.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import type { Surroundings } from './command.ts';
import type { NodeServices } from './parts.ts';
import { askSecret, readLineOf } from './read-secret.ts';
import { servicesOf, withDatabase } from './run-node.ts';
import { note, say } from './terminal.ts';

/** What a command works on. */
export interface Desk {
  readonly services: NodeServices;
  readonly now: Instant;
  say(line: string): void;
  note(line: string): void;
  /** Asked twice, without echo; or the first line of standard input. */
  newPassword(fromInput: boolean): Promise<string>;
}

/** Gives `work` the services: beside the running node, or with the database started for them. */
export async function atTerminal(
  { parts, settings: read }: Surroundings,
  what: string,
  work: (desk: Desk) => Promise<number>,
): Promise<number> {
  const settings = read();
  return withDatabase(parts, settings, what, (databaseUrl) =>
    parts.withServices(servicesOf(settings, databaseUrl), (services) =>
      work({ services, now: Date.now(), say, note, newPassword }),
    ),
  );
}

async function newPassword(fromInput: boolean): Promise<string> {
  if (fromInput) return readLineOf(process.stdin);
  const first = await askSecret('New password: ');
  if ((await askSecret('Again: ')) !== first) throw new Trouble('The two are not the same. Nothing was changed.');
  return first;
}

/** Who is at the terminal, as the audit says it: whoever the operating system says. */
export function terminalEntry(now: Instant, act: AuditEntry['act'], detail: string): AuditEntry {
  return {
    at: now,
    act,
    ok: true,
    device: 'terminal',
    session: 'terminal',
    name: `terminal (${systemUser()})`,
    detail,
  };
}
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the system's list: containers have such.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** `12h`, `30d`, or a date or time of FHIR (the end of what it names; UTC unless it says its zone). Throws `Trouble`. */
export function readUntil(text: string, now: Instant): Instant {
  const span = /^([1-9]\d{0,4})(h|d)$/.exec(text);
  if (span !== null) return now + Number(span[1]) * (span[2] === 'h' ? 3_600_000 : 86_400_000);
  const until = dateRange(text)?.hi;
  if (until === undefined || until <= now) {
    throw wrongUse(
      `--until takes a time to come, as 12h, 30d, 2027-01-31 or 2027-01-31T20:00:00Z, not ${JSON.stringify(text)}.`,
    );
  }
  return until;
}

export const wrongUse = (message: string): Trouble => new Trouble(message, { exitCode: 2 });

/** Columns of text, each as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => [...(row[column] ?? '')].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
export const dayAndTime = (at: Instant): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ');
