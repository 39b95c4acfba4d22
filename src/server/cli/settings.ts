// The settings of a node, from the environment. What is out of range is refused by name (OP15).
import { readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { LOG_LEVELS, type LogLevel } from '../node/log.ts';
import { drillClockOf } from '../ports/node-ports.ts';
import { Trouble } from '../storage/embedded/trouble.ts';
import { codeFaultText, readCode } from '../../core/sync/enrolment-code.ts';
import { parentUrl } from '../sync-api/node-transport.ts';

export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly databaseUrl: string | undefined;
  readonly demo: boolean;
  readonly processes: number;
  readonly logLevel: LogLevel;
  /** What links in answers begin with; absent: what the request says. */
  readonly baseUrl: string | undefined;
  /** Behind a proxy that sets X-Forwarded-… */
  readonly trustProxy: boolean;
  /** Updates without If-Match are refused. */
  readonly requireIfMatch: boolean;
  /** Names and addresses that clients reach this node by, beside those of loopback. */
  readonly names: readonly string[];
  readonly tls: {
    /** Files of a certificate that the hospital gave: the chain, and its key. */
    readonly certificate: { readonly chain: string; readonly key: string } | undefined;
    /** Tell browsers to refuse plain HTTP for ever: only where every device trusts the certificate. */
    readonly hsts: boolean;
  };
  /** Where this node stands: the region, or a site below it. */
  readonly tier: 'region' | 'site';
  /** What other nodes call this one. */
  readonly nodeName: string;
  /** The node above: its address. */
  readonly parent: string | undefined;
  /** A one-time code to be enrolled there. */
  readonly enrol: string | undefined;
  /** What numbers that are given here begin with; absent: drawn from the node's name. */
  readonly siteCode: string | undefined;
  /** What stands where resuscitation is disputed, in the site's own words (CR5). */
  readonly resuscitationWords: string | undefined;
  /** A folder on a second disk that holds a copy of every commit. */
  readonly mirror: string | undefined;
  /** Exchanges with nodes below that a process carries out at once. */
  readonly syncInFlight: number;
  /** The hospital's own OpenID provider. */
  readonly identityProvider:
    | { readonly issuer: string; readonly clientId: string; readonly clientSecret: string | undefined }
    | undefined;
}

const PROCESSES_MAX = 64;
/** Readers, writers, and what the store opens for itself. */
const SESSIONS_PER_PROCESS = 32;

/** `root` is where `data` lies unless HOLDFAST_DATA says otherwise. */
export function readSettings(env: NodeJS.ProcessEnv, root: string): Settings {
  const text = (name: string): string | undefined =>
    env[name] === undefined || env[name] === '' ? undefined : env[name];
  const whole = (name: string, least: number, most: number, otherwise: number): number => {
    const given = text(name);
    if (given === undefined) return otherwise;
    const value = Number(given);
    if (!/^\d+$/.test(given) || value < least || value > most) {
      throw refused(name, given, `a whole number from ${least} to ${most}`);
    }
    return value;
  };
  const oneOf = <T extends string>(name: string, choices: readonly T[], otherwise: T): T => {
    const given = text(name);
    if (given === undefined) return otherwise;
    const found = choices.find((choice) => choice === given.toLowerCase());
    if (found === undefined) throw refused(name, given, `one of ${choices.join(', ')}`);
    return found;
  };
  /** A secret may lie in a file instead, where the list of processes does not show it. */
  const secret = (name: string): string | undefined => {
    const file = text(`${name}_FILE`);
    if (file === undefined) return text(name);
    if (text(name) !== undefined) throw new Trouble(`Set ${name} or ${name}_FILE, not both.`, { exitCode: 2 });
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      throw new Trouble(`The file of ${name}_FILE cannot be read: ${file}.`, { exitCode: 2 });
    }
  };
  const databaseUrl = secret('HOLDFAST_DATABASE_URL');
  if (databaseUrl !== undefined && !/^(postgres|postgresql):\/\//.test(databaseUrl)) {
    // Not quoted: it may hold a password.
    throw new Trouble('HOLDFAST_DATABASE_URL must begin with postgresql:// (postgresql://user@host/database).', {
      exitCode: 2,
    });
  }
  const baseUrl = text('HOLDFAST_BASE_URL');
  if (baseUrl !== undefined && !/^https?:\/\/[^\s?#]+$/.test(baseUrl)) {
    throw refused('HOLDFAST_BASE_URL', baseUrl, 'an http or https address, as https://record.example.org/fhir');
  }
  const drill = drillClockOf(env);
  if (drill.kind === 'refused') throw new Trouble(drill.why, { exitCode: 2 });
  const tier = oneOf('HOLDFAST_TIER', ['region', 'site'] as const, 'site');
  const parent = text('HOLDFAST_PARENT');
  if (parent !== undefined && parentUrl(parent) === undefined) {
    throw refused(
      'HOLDFAST_PARENT',
      parent,
      'an https address (http on this machine alone), as https://region.example.org:8443',
    );
  }
  if (parent !== undefined && tier === 'region') {
    throw new Trouble('A region has no node above it: unset HOLDFAST_PARENT, or set HOLDFAST_TIER=site.', {
      exitCode: 2,
    });
  }
  const enrol = secret('HOLDFAST_ENROL');
  // Said at once, not after the database was started. Not quoted: it is a secret.
  const code = enrol === undefined ? undefined : readCode(enrol);
  if (code?.ok === false) throw new Trouble(codeFaultText(code.error), { exitCode: 2 });
  const names = namesOf(text('HOLDFAST_NAMES'), baseUrl);
  const onOff = (name: string, otherwise: 'on' | 'off'): boolean => oneOf(name, ['on', 'off'], otherwise) === 'on';
  return {
    host: text('HOLDFAST_HOST') ?? '127.0.0.1',
    port: whole('HOLDFAST_PORT', 0, 65_535, 8080),
    data: resolve(text('HOLDFAST_DATA') ?? join(root, 'data')),
    databaseUrl,
    demo: onOff('HOLDFAST_DEMO', 'on'),
    processes: whole('HOLDFAST_PROCESSES', 1, PROCESSES_MAX, Math.min(PROCESSES_MAX, availableParallelism())),
    logLevel: oneOf('HOLDFAST_LOG', LOG_LEVELS, 'info'),
    baseUrl,
    trustProxy: onOff('HOLDFAST_TRUST_PROXY', 'off'),
    requireIfMatch: onOff('HOLDFAST_REQUIRE_IF_MATCH', 'off'),
    names,
    tls: {
      certificate: pairOf(text('HOLDFAST_TLS_CERT'), text('HOLDFAST_TLS_KEY')),
      hsts: onOff('HOLDFAST_HSTS', 'off'),
    },
    tier,
    nodeName: (text('HOLDFAST_NODE_NAME') ?? names[0] ?? hostname()).slice(0, 120),
    parent,
    enrol,
    siteCode: siteCodeOf(text('HOLDFAST_SITE_CODE')),
    resuscitationWords: wordsOf(text('HOLDFAST_RESUSCITATION_WORDS')),
    mirror: mirrorOf(text('HOLDFAST_MIRROR'), resolve(text('HOLDFAST_DATA') ?? join(root, 'data'))),
    syncInFlight: whole('HOLDFAST_SYNC_IN_FLIGHT', 1, 64, 2),
    identityProvider: identityProviderOf(
      text('HOLDFAST_IDP_ISSUER'),
      text('HOLDFAST_IDP_CLIENT_ID'),
      secret('HOLDFAST_IDP_CLIENT_SECRET'),
    ),
  };
}

/** A folder on another disk. One inside the data folder would die with it. */
function mirrorOf(given: string | undefined, data: string): string | undefined {
  if (given === undefined) return undefined;
  const folder = resolve(given);
  if (!relative(data, folder).startsWith('..')) {
    throw refused('HOLDFAST_MIRROR', given, 'a folder outside the data folder, on another disk');
  }
  return folder;
}

const NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,62}\.?){0,10}|\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{2,45})$/i;

/** Comma-separated; the name of the base address is one of them. */
function namesOf(given: string | undefined, baseUrl: string | undefined): readonly string[] {
  const names = (given ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  const bad = names.find((name) => !NAME.test(name));
  if (bad !== undefined) throw refused('HOLDFAST_NAMES', bad, 'host names and addresses, separated by commas');
  if (baseUrl !== undefined) names.push(new URL(baseUrl).hostname.replace(/^\[|\]$/g, ''));
  return [...new Set(names)];
}

/** Two to six letters and digits; `T` begins temporary numbers. */
function siteCodeOf(given: string | undefined): string | undefined {
  const code = given?.toUpperCase();
  if (code !== undefined && (!/^[A-Z0-9]{2,6}$/.test(code) || code === 'T'))
    throw refused('HOLDFAST_SITE_CODE', code, '2 to 6 letters and digits');
  return code;
}

/** One line that fits where people read it. */
function wordsOf(given: string | undefined): string | undefined {
  if (given !== undefined && (given.length > 200 || /\p{Cc}/u.test(given)))
    throw refused('HOLDFAST_RESUSCITATION_WORDS', given, 'one line of at most 200 characters');
  return given;
}

function pairOf(
  chain: string | undefined,
  key: string | undefined,
): { readonly chain: string; readonly key: string } | undefined {
  if (chain === undefined && key === undefined) return undefined;
  if (chain === undefined || key === undefined) {
    throw new Trouble('HOLDFAST_TLS_CERT and HOLDFAST_TLS_KEY go together: set both, or neither.', { exitCode: 2 });
  }
  return { chain: resolve(chain), key: resolve(key) };
}

function identityProviderOf(
  issuer: string | undefined,
  clientId: string | undefined,
  clientSecret: string | undefined,
): Settings['identityProvider'] {
  if (issuer === undefined && clientId === undefined && clientSecret === undefined) return undefined;
  if (issuer === undefined || clientId === undefined) {
    throw new Trouble('HOLDFAST_IDP_ISSUER and HOLDFAST_IDP_CLIENT_ID go together: set both, or neither.', {
      exitCode: 2,
    });
  }
  if (!/^https:\/\/[^\s?#]+$/.test(issuer) && !/^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/.test(issuer)) {
    throw refused('HOLDFAST_IDP_ISSUER', issuer, 'an https address');
  }
  return { issuer, clientId, clientSecret };
}

const refused = (name: string, given: string, wanted: string): Trouble =>
  new Trouble(`${name} is ${JSON.stringify(given)}, but must be ${wanted}.`, { exitCode: 2 });

/** Sessions that the processes of a node may open together, and some for commands beside them. */
export const sessionsFor = (settings: Settings): number => settings.processes * SESSIONS_PER_PROCESS + 40;
