// Whether this node serves: asked of the database each time, for a node that cannot read its record is not well.
export interface Health {
  /** `ok`: reads and writes work · `low-disk`: they do, for now · `attention`: they do, but somebody should look · `unavailable`: they do not. */
  readonly status: 'ok' | 'low-disk' | 'attention' | 'unavailable';
  readonly tier: string;
  readonly version: string;
  readonly demo: boolean;
  readonly database: { readonly status: 'ok' | 'unavailable'; readonly ms: number };
  readonly uptimeSeconds: number;
  /** Whether looks at the record can be written down, and how many could not since this process began. */
  readonly audit: { readonly status: 'ok' | 'degraded'; readonly lost: number };
  /** Absent where this machine alone can reach the node. */
  readonly certificates?: CertificateHealth;
  /** The links to other nodes. They never make a node unavailable: it serves alone. */
  readonly links: LinkHealth;
}
/** What wants attention of the links, without names. */
export interface LinkHealth {
  readonly status: 'ok' | 'degraded';
  readonly texts: readonly string[];
}
/** The worst of the node's certificates, and what to do; no names. */
export interface CertificateHealth {
  readonly status: string;
  readonly serving: string;
  readonly texts: readonly string[];
}
export interface HealthDeps {
  /** Reads from the record; rejects, or does not end, when it cannot. */
  readonly askStore: () => Promise<unknown>;
  readonly tier: string;
  readonly version: string;
  readonly demo: boolean;
  /** Free bytes where the record grows; undefined when the database is elsewhere. */
  readonly freeBytes: () => Promise<number | undefined>;
  readonly audit: () => { readonly degraded: boolean; readonly lost: number };
  readonly certificates: () => CertificateHealth | undefined;
  readonly links: () => Promise<LinkHealth>;
}

const ASK_MS_MAX = 2_000;
/** Half of a certificate's life is over: somebody has months. */
const WELL: ReadonlySet<string> = new Set(['fine', 'renew']);
const FREE_BYTES_MIN = 256 * 1024 * 1024;

/** Asks the store, at most two seconds long. Never throws. */
export async function healthOf(deps: HealthDeps): Promise<Health> {
  const startedAt = performance.now();
  const asking = deps.links().catch((): LinkHealth => ({ status: 'ok', texts: [] }));
  const asked = await within(deps.askStore, ASK_MS_MAX);
  const free = await deps.freeBytes().catch(() => undefined);
  const low = free !== undefined && free < FREE_BYTES_MIN;
  const audit = deps.audit();
  const certificates = deps.certificates();
  const links = asked ? await asking : { status: 'ok' as const, texts: [] };
  const wants =
    audit.degraded || links.status === 'degraded' || (certificates !== undefined && !WELL.has(certificates.status));
  return {
    status: !asked ? 'unavailable' : low ? 'low-disk' : wants ? 'attention' : 'ok',
    tier: deps.tier,
    version: deps.version,
    demo: deps.demo,
    database: { status: asked ? 'ok' : 'unavailable', ms: Math.round(performance.now() - startedAt) },
    uptimeSeconds: Math.round(process.uptime()),
    audit: { status: audit.degraded ? 'degraded' : 'ok', lost: audit.lost },
    links,
    ...(certificates === undefined ? {} : { certificates }),
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
