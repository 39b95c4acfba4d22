// The settings of a node, from the environment. What is out of range is refused by name (OP15).
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { LOG_LEVELS, type LogLevel } from '../node/log.ts';
import { Trouble } from '../storage/embedded/trouble.ts';

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
}

const PROCESSES_MAX = 64;
/** Readers, writers, and what the store opens for itself. */
const SESSIONS_PER_PROCESS = 24;

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
  const databaseUrl = text('HOLDFAST_DATABASE_URL');
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
  };
}

const refused = (name: string, given: string, wanted: string): Trouble =>
  new Trouble(`${name} is ${JSON.stringify(given)}, but must be ${wanted}.`, { exitCode: 2 });

/** Sessions that the processes of a node may open together, and some for commands beside them. */
export const sessionsFor = (settings: Settings): number => settings.processes * SESSIONS_PER_PROCESS + 40;
