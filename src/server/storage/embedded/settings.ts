// The settings that the embedded PostgreSQL runs with: durable first, then fit for a small server under heavy writes.
import { totalmem } from 'node:os';

const MB = 1024 * 1024;

export interface EmbeddedSettings {
  readonly socketFolder: string;
  /** Sessions that the node's processes may open together. */
  readonly connectionsMax: number;
  /** false only for tests that need no power cut: no fsync. A kill loses nothing even so. */
  readonly durable: boolean;
}

/** The text of `postgresql.conf`. */
export function settingsText(settings: EmbeddedSettings): string {
  const memoryMb = Math.floor(totalmem() / MB);
  const sharedMb = Math.min(2048, Math.max(64, Math.floor(memoryMb / 8)));
  const rows: readonly (readonly [string, string])[] = [
    // Reached through a folder that only the owner may enter; no network, so no TLS and no password.
    ['listen_addresses', ''],
    ['port', '5432'],
    ['unix_socket_directories', settings.socketFolder],
    ['unix_socket_permissions', '0700'],
    ['max_connections', String(settings.connectionsMax)],
    // What is acknowledged is on the disk.
    ['fsync', settings.durable ? 'on' : 'off'],
    ['full_page_writes', settings.durable ? 'on' : 'off'],
    ['synchronous_commit', 'on'],
    ['wal_level', 'replica'],
    ['max_wal_senders', '4'],
    // Long between checkpoints, evenly spread: full-page images are most of the log right after one.
    ['checkpoint_timeout', '15min'],
    ['checkpoint_completion_target', '0.9'],
    ['min_wal_size', '256MB'],
    ['max_wal_size', '4GB'],
    ['wal_buffers', '16MB'],
    ['shared_buffers', `${sharedMb}MB`],
    ['effective_cache_size', `${Math.max(128, Math.floor(memoryMb / 2))}MB`],
    ['work_mem', '16MB'],
    ['maintenance_work_mem', '128MB'],
    ['random_page_cost', '1.1'],
    // Short queries of many clients: parallel workers and compiled expressions cost more than they give.
    ['max_parallel_workers_per_gather', '0'],
    ['jit', 'off'],
    ['max_locks_per_transaction', '256'],
    ['autovacuum_vacuum_scale_factor', '0.05'],
    ['autovacuum_analyze_scale_factor', '0.02'],
    ['autovacuum_vacuum_insert_scale_factor', '0.1'],
    // A client that died between two statements must not hold rows back for ever.
    ['idle_in_transaction_session_timeout', '5min'],
    // The log is read by operators: no statement, no value of a row (DETAIL) may get into it.
    ['log_min_messages', 'warning'],
    ['log_min_error_statement', 'panic'],
    ['log_error_verbosity', 'terse'],
    ['log_parameter_max_length', '0'],
    ['log_parameter_max_length_on_error', '0'],
    ['log_statement', 'none'],
    ['log_checkpoints', 'off'],
    ['lc_messages', 'C'],
    ['timezone', 'UTC'],
    ['log_timezone', 'UTC'],
  ];
  return [
    '# Written by Holdfast at every start. Settings of your own go into postgresql.local.conf beside this file.',
    ...rows.map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`),
    "include_if_exists = 'postgresql.local.conf'",
    '',
  ].join('\n');
}
