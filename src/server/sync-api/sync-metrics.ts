// Figures of links for Prometheus. Labels are kinds and classes; no node, no place and no patient is in them.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { SyncStatus } from './sync-status.ts';

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
 * Registers them. `status` is asked at each look, by every process: all say the same of the node, so the largest counts. It may answer
 * `undefined`; then the last figures stand.
 */
export function openSyncMetrics(registry: Registry, status: () => Promise<SyncStatus | undefined>): SyncMetrics {
  const registers = [registry];
  const ofNode = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
    new Gauge({ name, help, labelNames: [...labelNames], registers, aggregator: 'max' });
  const lagUp = ofNode(
    'holdfast_sync_unsent_age_seconds',
    'For how long the oldest commit has waited to be handed over.',
  );
  const lagDown = ofNode('holdfast_sync_parent_age_seconds', 'Age of the last complete exchange with the parent.');
  const queue = ofNode('holdfast_sync_queue_commits', 'Commits that wait to be handed over.');
  const skew = ofNode('holdfast_sync_clock_skew_seconds', "The parent's clock minus this node's.");
  const children = ofNode('holdfast_sync_children', 'Nodes below: enrolled, silent for 15 min, cloned.', ['state']);
  const carried = ofNode('holdfast_sync_carried_commits', 'Commits beyond the backup, by where they are safe.', [
    'durability',
  ]);
  const aside = ofNode('holdfast_sync_quarantined_commits', 'Commits that are kept aside.', ['reason']);
  const conflicts = ofNode('holdfast_conflicts_open', 'Conflicts that wait for people.', ['severity']);
  const rebuilds = ofNode('holdfast_sync_link_rebuilds', 'How often the link was built anew.');
  // The first in the registry, so that it is asked before the others are read.
  const up: Gauge = new Gauge({
    name: 'holdfast_sync_parent_reachable',
    help: '1: the parent answers.',
    registers,
    aggregator: 'max',
    collect: async () => {
      const now = await status().catch(() => undefined);
      if (now === undefined) return;
      const { parent } = now;
      if (parent !== undefined) {
        up.set(parent.reachable ? 1 : 0);
        lagUp.set(parent.lagUpMs / 1_000);
        if (parent.lagDownMs !== undefined) lagDown.set(parent.lagDownMs / 1_000);
        queue.set(parent.link?.queue ?? 0);
        skew.set((parent.link?.skewMs ?? 0) / 1_000);
        rebuilds.set(parent.link?.rebuilds ?? 0);
      }
      const live = now.children.filter(({ retiredAt }) => retiredAt === undefined);
      children.set({ state: 'enrolled' }, live.length);
      children.set({ state: 'silent' }, now.attention.filter(({ kind }) => kind === 'child-silent').length);
      children.set({ state: 'cloned' }, live.filter(({ clone }) => clone).length);
      carried.reset();
      for (const [durability, count] of Object.entries(now.carried)) carried.set({ durability }, count);
      aside.reset();
      for (const [reason, count] of Object.entries(now.quarantine.byReason)) aside.set({ reason }, count);
      conflicts.set({ severity: 'S1' }, now.conflicts.S1.open);
      conflicts.set({ severity: 'S2' }, now.conflicts.S2.open);
    },
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
