// Requests counted by tier and moment: who answered, who did not, and what waits in queues (DR8).

export const TIERS = ['region', 'site', 'device'] as const;
export type ServingTier = (typeof TIERS)[number];

/** One lane of the timeline: a node, or the devices of its staff. */
export interface Lane {
  readonly name: string;
  readonly tier: ServingTier;
}
export interface Bucket {
  served: number;
  failed: number;
  /** Commits and outbox entries that wait; the last that was seen in the bucket. */
  queued: number | undefined;
}

export interface Tally {
  lane(lane: Lane): { served(): void; failed(why: string): void; queued(count: number): void };
  readonly lanes: readonly (Lane & { readonly buckets: readonly Bucket[] })[];
  readonly bucketMs: number;
  /** Why requests failed: reason -> count. */
  readonly reasons: ReadonlyMap<string, number>;
}

export function createTally(bucketMs: number, nowMs: () => number): Tally {
  const lanes: (Lane & { readonly buckets: Bucket[] })[] = [];
  const reasons = new Map<string, number>();
  return {
    bucketMs,
    lanes,
    reasons,
    lane: (lane) => {
      let found = lanes.find(({ name }) => name === lane.name);
      if (found === undefined) {
        found = { ...lane, buckets: [] };
        lanes.push(found);
      }
      const { buckets } = found;
      const now = (): Bucket => {
        const at = Math.max(0, Math.floor(nowMs() / bucketMs));
        while (buckets.length <= at) buckets.push({ served: 0, failed: 0, queued: undefined });
        return buckets[at] ?? { served: 0, failed: 0, queued: undefined };
      };
      return {
        served: () => void (now().served += 1),
        failed: (why) => {
          now().failed += 1;
          reasons.set(why, (reasons.get(why) ?? 0) + 1);
        },
        queued: (count) => void (now().queued = count),
      };
    },
  };
}

export interface MinuteRow {
  readonly minute: number;
  readonly byTier: Readonly<Record<ServingTier, { readonly served: number; readonly failed: number }>>;
}

export function byMinute(tally: Pick<Tally, 'lanes' | 'bucketMs'>): readonly MinuteRow[] {
  const perMinute = 60_000 / tally.bucketMs;
  const buckets = Math.max(0, ...tally.lanes.map((lane) => lane.buckets.length));
  return Array.from({ length: Math.ceil(buckets / perMinute) }, (_, minute) => {
    const of = (tier: ServingTier): { served: number; failed: number } => {
      const sum = { served: 0, failed: 0 };
      for (const lane of tally.lanes.filter((one) => one.tier === tier)) {
        for (const bucket of lane.buckets.slice(Math.round(minute * perMinute), Math.round((minute + 1) * perMinute))) {
          sum.served += bucket.served;
          sum.failed += bucket.failed;
        }
      }
      return sum;
    };
    return { minute, byTier: { region: of('region'), site: of('site'), device: of('device') } };
  });
}

/** Failed requests of a lane within a span. */
export function failedWithin(
  lane: { readonly buckets: readonly Bucket[] },
  bucketMs: number,
  fromMs: number,
  toMs: number,
): number {
  return lane.buckets
    .slice(Math.ceil(fromMs / bucketMs), Math.floor(toMs / bucketMs))
    .reduce((sum, bucket) => sum + bucket.failed, 0);
}
