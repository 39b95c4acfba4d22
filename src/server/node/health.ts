// Whether this node serves: asked of the database each time, for a node that cannot read its record is not well.
export interface Health {
  /** `ok`: reads and writes work · `low-disk`: they do, for now · `unavailable`: they do not. */
  readonly status: 'ok' | 'low-disk' | 'unavailable';
  readonly tier: string;
  readonly version: string;
  readonly demo: boolean;
  readonly database: { readonly status: 'ok' | 'unavailable'; readonly ms: number };
  readonly uptimeSeconds: number;
}
export interface HealthDeps {
  /** Reads from the record; rejects, or does not end, when it cannot. */
  readonly askStore: () => Promise<unknown>;
  readonly tier: string;
  readonly version: string;
  readonly demo: boolean;
  /** Free bytes where the record grows; undefined when the database is elsewhere. */
  readonly freeBytes: () => Promise<number | undefined>;
}

const ASK_MS_MAX = 2_000;
const FREE_BYTES_MIN = 256 * 1024 * 1024;

/** Asks the store, at most two seconds long. Never throws. */
export async function healthOf(deps: HealthDeps): Promise<Health> {
  const startedAt = performance.now();
  const asked = await within(deps.askStore, ASK_MS_MAX);
  const free = await deps.freeBytes().catch(() => undefined);
  const low = free !== undefined && free < FREE_BYTES_MIN;
  return {
    status: asked ? (low ? 'low-disk' : 'ok') : 'unavailable',
    tier: deps.tier,
    version: deps.version,
    demo: deps.demo,
    database: { status: asked ? 'ok' : 'unavailable', ms: Math.round(performance.now() - startedAt) },
    uptimeSeconds: Math.round(process.uptime()),
  };
}

/** Whether the work ended well in time. */
async function within(work: () => Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const done = work().then(
    () => true as const,
    () => false as const,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
