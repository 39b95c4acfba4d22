// Figures of links for Prometheus. Labels are kinds and classes; no node, no place and no patient is in them.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ParentStatus, SyncStatus } from './sync-status.ts';

export interface SyncMetrics {
  exchanged(what: {
    readonly kind: string;
    readonly status: number;
    readonly seconds: number;
    readonly bytes: number;
  }): void;
}

const SECONDS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30];

/**
 * Registers them. `status` is asked at each look, by every process, and best remembers its answer for a moment: all say the same of the node, so the
 * largest counts. Where it fails, the last figures stand.
 */
export function openSyncMetrics(registry: Registry, status: () => Promise<SyncStatus | undefined>): SyncMetrics {
  const registers = [registry];
  // Each asks for itself: the library reads them side by side.
  const ofNode = (
    name: string,
    help: string,
    labelNames: readonly string[],
    fill: (gauge: Gauge, now: SyncStatus) => void,
  ): void => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      aggregator: 'max',
      collect: async () => {
        const now = await status().catch(() => undefined);
        if (now === undefined) return;
        gauge.reset();
        fill(gauge, now);
      },
    });
  };
  const ofParent = (name: string, help: string, value: (parent: ParentStatus) => number | undefined): void =>
    ofNode(name, help, [], (gauge, { parent }) => {
      const found = parent === undefined ? undefined : value(parent);
      if (found !== undefined) gauge.set(found);
    });
  ofParent('holdfast_sync_parent_reachable', '1: the parent answers.', ({ reachable }) => (reachable ? 1 : 0));
  ofParent(
    'holdfast_sync_unsent_age_seconds',
    'For how long the oldest commit has waited to be handed over.',
    ({ lagUpMs }) => lagUpMs / 1_000,
  );
  ofParent('holdfast_sync_parent_age_seconds', 'Age of the last complete exchange with the parent.', ({ lagDownMs }) =>
    lagDownMs === undefined ? undefined : lagDownMs / 1_000,
  );
  ofNode(
    'holdfast_data_age_seconds',
    'Age of what is here of the patients in the house and of the next five days: the oldest (1) and 99 in 100.',
    ['quantile'],
    (gauge, { age }) => {
      if (age?.p99Ms !== undefined) gauge.set({ quantile: '0.99' }, age.p99Ms / 1_000);
      if (age?.maxMs !== undefined) gauge.set({ quantile: '1' }, age.maxMs / 1_000);
    },
  );
  ofNode('holdfast_data_incomplete_patients', 'Those of them whose record is not all here.', [], (gauge, { age }) => {
    if (age !== undefined) gauge.set(age.incomplete);
  });
  ofParent('holdfast_sync_queue_commits', 'Commits that wait to be handed over.', ({ link }) => link?.queue ?? 0);
  ofParent(
    'holdfast_sync_clock_skew_seconds',
    "The parent's clock minus this node's.",
    ({ link }) => (link?.skewMs ?? 0) / 1_000,
  );
  ofParent('holdfast_sync_link_rebuilds', 'How often the link was built anew.', ({ link }) => link?.rebuilds ?? 0);
  ofNode('holdfast_sync_children', 'Nodes below: enrolled, silent for 15 min, cloned.', ['state'], (gauge, now) => {
    const live = now.children.filter(({ retiredAt }) => retiredAt === undefined);
    gauge.set({ state: 'enrolled' }, live.length);
    gauge.set({ state: 'silent' }, now.attention.filter(({ kind }) => kind === 'child-silent').length);
    gauge.set({ state: 'cloned' }, live.filter(({ clone }) => clone).length);
  });
  ofNode(
    'holdfast_sync_carried_commits',
    'Commits beyond the backup, by where they are safe.',
    ['durability'],
    (gauge, { carried }) => {
      for (const [durability, count] of Object.entries(carried)) gauge.set({ durability }, count);
    },
  );
  ofNode(
    'holdfast_sync_quarantined_commits',
    'Commits that are kept aside.',
    ['reason'],
    (gauge, { quarantine: { byReason } }) => {
      for (const [reason, count] of Object.entries(byReason)) gauge.set({ reason }, count);
    },
  );
  ofNode('holdfast_conflicts_open', 'Conflicts that wait for people.', ['severity'], (gauge, { conflicts }) => {
    gauge.set({ severity: 'S1' }, conflicts.S1.open);
    gauge.set({ severity: 'S2' }, conflicts.S2.open);
  });
  const seconds = new Histogram({
    name: 'holdfast_sync_exchange_seconds',
    help: 'Time from a request of a node below to its answer, with its wait for its turn.',
    labelNames: ['kind', 'status'],
    buckets: SECONDS,
    registers,
  });
  const bytes = new Counter({
    name: 'holdfast_sync_bytes_total',
    help: 'Bytes of exchanges with nodes below, packed.',
    registers,
  });
  return {
    exchanged: ({ kind, status: code, seconds: took, bytes: size }) => {
      seconds.observe({ kind, status: code }, took);
      bytes.inc(size);
    },
  };
}
