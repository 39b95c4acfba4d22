// The way in: finds the command, prints help, and turns trouble into one line and an exit code.
import { Trouble } from '../storage/embedded/trouble.ts';
import { backupCommand } from './command-backup.ts';
import { benchCommand } from './command-bench.ts';
import { clientCommand } from './command-client.ts';
import { conflictsCommand } from './command-conflicts.ts';
import { courierCommand } from './command-courier.ts';
import { demoCommand } from './command-demo.ts';
import { deviceCommand } from './command-device.ts';
import { mirrorCommand } from './command-mirror.ts';
import { importCommand } from './command-import.ts';
import { networkCommand } from './command-network.ts';
import { nodeCommand } from './command-node.ts';
import { numbersCommand } from './command-numbers.ts';
import { reindexCommand } from './command-reindex.ts';
import { restoreCommand } from './command-restore.ts';
import { startCommand } from './command-start.ts';
import { statusCommand } from './command-status.ts';
import { tlsCommand } from './command-tls.ts';
import { tokenCommand } from './command-token.ts';
import { userCommand } from './command-user.ts';
import { verifyCommand } from './command-verify.ts';
import type { Command } from './command.ts';
import type { Parts } from './parts.ts';
import { readSettings } from './settings.ts';
import { note, say } from './terminal.ts';

const COMMANDS: readonly Command[] = [
  startCommand,
  networkCommand,
  statusCommand,
  userCommand,
  clientCommand,
  numbersCommand,
  conflictsCommand,
  nodeCommand,
  tokenCommand,
  importCommand,
  demoCommand,
  deviceCommand,
  verifyCommand,
  reindexCommand,
  backupCommand,
  restoreCommand,
  mirrorCommand,
  courierCommand,
  tlsCommand,
  benchCommand,
];

/** Runs `holdfast ARGS…`; the exit code is 0 (fine), 1 (found something, or failed) or 2 (wrong use). Never throws. */
export async function runCommand(args: readonly string[], parts: Parts): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    say(overview());
    return name === undefined ? 2 : 0;
  }
  if (name === 'version' || name === '--version') {
    say(
      rest.includes('--help')
        ? 'holdfast version\n\nPrints the version of Holdfast and of Node.'
        : `holdfast ${parts.version}, Node ${process.versions.node}`,
    );
    return 0;
  }
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) {
    note(`holdfast: there is no command ${JSON.stringify(name)}. See \`holdfast --help\`.`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    say(command.help);
    return 0;
  }
  try {
    return await command.run(rest, { parts, settings: () => readSettings(process.env, parts.root) });
  } catch (error) {
    note(`holdfast: ${lineOf(error)}`);
    if (process.env['HOLDFAST_DEBUG'] !== undefined && error instanceof Error) note(error.stack ?? '');
    return error instanceof Trouble ? error.exitCode : 1;
  }
}

function lineOf(error: unknown): string {
  if (error instanceof Trouble) return error.message;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC') return 'The disk is full. Free some space and try again.';
  // What nobody foresaw: its message may quote data, so the kind alone is shown unless asked for.
  const kind = error instanceof Error ? error.name : typeof error;
  return `Something went wrong that Holdfast did not foresee (${code === '' ? kind : `${kind} ${code}`}). HOLDFAST_DEBUG=1 shows where.`;
}

const overview = (): string => `holdfast: the medical record that stays up

usage: holdfast COMMAND [OPTIONS]    (holdfast COMMAND --help tells more)

${COMMANDS.map((command) => `  ${command.name.padEnd(9)} ${command.summary}`).join('\n')}
  version   The version of Holdfast and of Node.

Settings are environment variables: HOLDFAST_PORT (8080), HOLDFAST_HOST (127.0.0.1), HOLDFAST_DATA (./data),
HOLDFAST_DATABASE_URL (a PostgreSQL of your own), HOLDFAST_DEMO (on, off), HOLDFAST_PROCESSES (one a core),
HOLDFAST_LOG (off, error, warn, info, debug), HOLDFAST_BASE_URL (what links begin with), HOLDFAST_TRUST_PROXY (off, on),
HOLDFAST_REQUIRE_IF_MATCH (off, on), HOLDFAST_NAMES (names and addresses of this node), HOLDFAST_TLS_CERT and
HOLDFAST_TLS_KEY (a certificate of the hospital's), HOLDFAST_HSTS (off, on), HOLDFAST_IDP_ISSUER, HOLDFAST_IDP_CLIENT_ID
and HOLDFAST_IDP_CLIENT_SECRET (the hospital's own OpenID provider), HOLDFAST_BACKUP_KEY_FILE (backups are encrypted for
it), HOLDFAST_TIER (site, region), HOLDFAST_PARENT and HOLDFAST_ENROL (the node above, and a one-time code to be enrolled
there), HOLDFAST_NODE_NAME (what other nodes call this one), HOLDFAST_SITE_CODE (what its numbers begin with),
HOLDFAST_RESUSCITATION_WORDS (what stands where resuscitation is disputed),
HOLDFAST_SYNC_IN_FLIGHT (2; exchanges with nodes below at once, in a process). A secret may lie in a file that NAME_FILE
names instead: HOLDFAST_DATABASE_URL_FILE, HOLDFAST_IDP_CLIENT_SECRET_FILE, HOLDFAST_ENROL_FILE.
Exit codes: 0 fine, 1 found something or failed, 2 wrong use.`;
