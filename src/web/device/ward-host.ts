// What runs behind the page, in a worker or in the page itself: keys, log, record, link and rights, from an empty browser to a device
// at work.
//
//   nobody ──enrol(code)──> known to the site ──addPerson──> open <──unlock── locked
//                                                              └──────lock──────┘
//
//   BD31  A device that is locked holds no key and no record in memory; what was acknowledged is on the disk.
//   BD32  What a browser that keeps nothing writes is in memory until the site has it, and is told as that (CR15).
import { err, ok, type Result } from '../../core/base/result.ts';
import type { ParentRecord } from '../../core/sync/link-words.ts';
import type { LogEntry, OutboxLog } from '../../core/sync/memory-sync-log.ts';
import { commitWords } from '../../core/sync/signed-words.ts';
import type { BrowserPorts } from '../ports/browser-ports.ts';
import type { BrowserLog, Filling, Secret, Vault, VaultStore } from '../storage/storage.ts';
import { browserKeys, drawBrowserKeys, type BrowserKeys } from '../sync/browser-keys.ts';
import { enrolHere, type NotEnrolled } from '../sync/enrol-here.ts';
import { SiteLink, type LinkNews } from '../sync/site-link.ts';
import { askSiteNow } from '../sync/site-now.ts';
import { siteTransport } from '../sync/site-transport.ts';
import type { Keeping, LocalPerson, Trouble } from './device.ts';
import { DeviceShell } from './device-shell.ts';
import { DeviceTrail } from './device-trail.ts';
import { memoryDrafts, type DraftDesk } from './drafts.ts';
import type { NotUnlocked, SignedWho } from './gate.ts';
import { memoryLog } from './guard-log.ts';
import { AS_OF_NOTE, openPageDevice, SITE_NOTE, WARDS_NOTE, type PageDevice } from './page-device.ts';
import { principalOf, readSignedWho, type Profile } from './signed-who.ts';

export interface HostOptions {
  readonly ports: BrowserPorts;
  /** Where the page came from: `https://ward.example`. */
  readonly origin: string;
  readonly build: string;
  readonly openVaults: () => Promise<VaultStore>;
  readonly newNodeName: () => string;
  readonly openLog: (vault: Vault) => Promise<BrowserLog>;
  readonly fill: (store: PageDevice['store'], log: BrowserLog) => Filling;
}
export interface HostState {
  readonly people: readonly LocalPerson[];
  /** This browser is a device of the site; of a locked one no more is told here. */
  readonly isEnrolled: boolean;
  /** Known while it is open, or just enrolled. */
  readonly enrolled?: { readonly name: string; readonly site: string; readonly at: number };
  readonly onlyHere: number;
}

interface Known {
  readonly node: string;
  readonly keys: BrowserKeys;
  readonly parent: ParentRecord;
}
interface Open extends Known {
  readonly page: PageDevice;
  readonly trail: DeviceTrail;
  readonly link: SiteLink;
  readonly vault: Vault | undefined;
  readonly log: BrowserLog | undefined;
  readonly filling: Filling | undefined;
}

const KEYS = 'node-keys';
const PARENT = 'parent';
/** The age of the copy is written down this often: a disk is not for every meeting. */
const AS_OF_MS = 60_000;
const COMPACT_BYTES = 8 * 1024 * 1024;

export class WardHost {
  readonly device: DeviceShell;
  readonly #on: HostOptions;
  #vaults: VaultStore | undefined;
  #known: Known | undefined;
  #open: Open | undefined;
  #keeping: Keeping = 'unprotected';
  #isShown = true;
  /** Of the browser's storage, as the page found it. */
  #troubles: readonly Trouble[] = [];

  constructor(options: HostOptions) {
    this.#on = options;
    this.device = new DeviceShell(options.ports.clock, options.build, (why) => this.#lock(why));
  }

  // ---- the gate's side

  async begin(): Promise<void> {
    try {
      this.#vaults = await this.#on.openVaults();
    } catch {
      // A browser that lets nothing be kept: it can be worked with all the same (CR15).
      this.device.stands({ keeping: 'thin' });
    }
    this.#sayLocked('start');
  }
  state(): HostState {
    const people = this.#vaults?.people() ?? [];
    const known = this.#open ?? this.#known;
    return {
      people,
      isEnrolled: people.length > 0 || known !== undefined,
      ...(known === undefined
        ? {}
        : { enrolled: { name: known.parent.as.name, site: known.parent.name, at: known.parent.enrolledAt } }),
      onlyHere: this.#open?.page.status().own.D0 ?? 0,
    };
  }
  /** What the page found that this browser keeps. */
  keeps(keeping: Keeping, troubles: readonly Trouble[] = []): void {
    this.#keeping = keeping;
    this.#troubles = troubles;
    this.device.stands({ keeping });
    if (this.#open !== undefined && this.#open.vault !== undefined) {
      this.#open.page.stands({ keeping });
      this.#sayTroubles(this.#open);
    }
  }

  /** Keys are drawn here and wait in memory until the first person is there. */
  async enrol(code: string): Promise<Result<{ readonly name: string }, NotEnrolled>> {
    const { origin, ports, newNodeName } = this.#on;
    const keys = this.#known?.keys ?? drawBrowserKeys(ports.chance);
    const node = this.#known?.node ?? newNodeName();
    const done = await enrolHere({ origin, code, node, keys, clock: ports.clock });
    if (!done.ok) return done;
    this.#known = { node, keys, parent: done.value };
    return ok({ name: done.value.as.name });
  }

  async beginThin(who: SignedWho, code: string): Promise<Result<void, NotEnrolled>> {
    const enrolled = await this.enrol(code);
    if (!enrolled.ok) return enrolled;
    const known = this.#known;
    const profile = known === undefined ? undefined : readSignedWho(who, known.parent);
    this.#known = undefined;
    if (known === undefined || profile === undefined) return err({ kind: 'untrusted' });
    await this.#start(known, profile, undefined);
    return ok(undefined);
  }

  /** The first person of a browser that was just enrolled, or one more while it is open. */
  async addPerson(who: SignedWho, secret: Secret): Promise<Result<void, NotUnlocked>> {
    const known = this.#open ?? this.#known;
    if (known === undefined) return err({ kind: this.state().people.length > 0 ? 'nobody-open' : 'not-signed' });
    const profile = readSignedWho(who, known.parent);
    if (profile === undefined) return err({ kind: 'not-signed' });
    const { principal } = profile;
    const person = { who: principal.who, name: principal.name, profile: JSON.stringify(profile), secret };
    const vault = this.#open?.vault;
    if (vault !== undefined) {
      const admitted = await vault.admit(person);
      if (!admitted.ok) return err({ kind: 'weak' });
      await this.#lock('person');
      return this.unlock(principal.who, secret);
    }
    const founded = await this.#vaults?.found(person, known.node);
    if (founded === undefined) return err({ kind: 'store' });
    if (!founded.ok) return err({ kind: founded.error.kind === 'weak' ? 'weak' : 'nobody-open' });
    await founded.value.keep(KEYS, known.keys.text);
    await founded.value.keep(PARENT, JSON.stringify(known.parent));
    // Where all who know a passphrase are gone, the site can open what is here.
    await founded.value.escrowTo(known.parent.keys.seal);
    this.#known = undefined;
    await this.#start(known, profile, founded.value);
    return ok(undefined);
  }

  async unlock(who: string, secret: Secret): Promise<Result<void, NotUnlocked>> {
    const unlocked = await this.#vaults?.unlock(who, secret);
    if (unlocked === undefined) return err({ kind: 'store' });
    if (!unlocked.ok) {
      const { error } = unlocked;
      if (error.kind === 'wait') return err({ kind: 'slow-down', retryAfterMs: error.ms });
      return err({ kind: error.kind === 'spoiled' ? 'store' : 'wrong' });
    }
    const vault = unlocked.value;
    const [keys, parent] = [await vault.kept(KEYS), await vault.kept(PARENT)];
    if (keys === undefined || parent === undefined) return err({ kind: 'store' });
    await this.#close();
    const known = { node: vault.node, keys: browserKeys(keys), parent: JSON.parse(parent) as ParentRecord };
    await this.#start(known, JSON.parse(vault.profile()) as Profile, vault);
    return ok(undefined);
  }

  /** Newer rights of whoever is in. */
  async renew(who: SignedWho): Promise<void> {
    const open = this.#open;
    const profile = open === undefined ? undefined : readSignedWho(who, open.parent);
    const session = open?.page.status().session;
    if (open === undefined || profile === undefined || session?.kind !== 'open') return;
    if (session.principal.who !== profile.principal.who) return;
    await open.vault?.setProfile(JSON.stringify(profile));
    open.page.enter(principalOf(profile, open.page.clock.now()), true);
  }

  async signOut(who: string): Promise<{ readonly onlyHere: number }> {
    const { onlyHere, people } = this.state();
    const open = this.#open;
    // Whoever goes last leaves the key behind: what is on this device alone could be read by nobody else.
    if (open?.vault !== undefined && (people.length > 1 || onlyHere === 0)) await open.vault.dismiss(who);
    await this.#lock('person');
    return { onlyHere };
  }

  // ---- the page's side

  shown(isShown: boolean): void {
    this.#isShown = isShown;
    this.#open?.link.shown(isShown);
  }
  hope(): void {
    this.#open?.link.hope();
  }
  async close(): Promise<void> {
    await this.#close();
    this.#vaults?.close();
  }

  // ----

  async #start(known: Known, profile: Profile, vault: Vault | undefined): Promise<void> {
    const { ports, origin, build, fill } = this.#on;
    const { node, keys, parent } = known;
    const log = vault === undefined ? undefined : await this.#on.openLog(vault);
    const entries = log?.front ?? [];
    let filling: Filling | undefined;
    let trail: DeviceTrail | undefined;
    const outbox: OutboxLog = log ?? memoryLog();
    const page = openPageDevice({
      node,
      ports,
      log: outbox,
      entries,
      drafts: vault === undefined ? memoryDrafts() : draftsOf(vault),
      audit: ({ store, clock }) => (trail = new DeviceTrail({ ...ports, store, clock })),
      signing: { key: keys.publicKeys.sign, sign: (hash) => keys.sign(commitWords(hash)) },
      lastKnown: lastKnownIn(entries),
      keeping: vault === undefined ? 'thin' : this.#keeping,
      site: profile.site,
      build,
      people: this.#vaults?.people() ?? [],
      ...(log === undefined ? {} : { filling: (store) => (filling = fill(store, log)) }),
    });
    const { store, clock } = page;
    if (trail === undefined) throw new Error('a device has an audit');
    const audit = trail;
    await store.note(SITE_NOTE, parent.node);
    const { site: ward } = parent.as;
    if (store.noted(WARDS_NOTE) === undefined && ward?.startsWith('Location/') === true)
      await store.note(WARDS_NOTE, JSON.stringify([ward]));
    const { incarnation } = store.identity();
    let asOfNotedAt = Number.NEGATIVE_INFINITY;
    const told = (news: LinkNews): void => {
      const { isRefused, ...standing } = news;
      page.stands(standing);
      if (isRefused !== undefined) page.board.trouble('refused-by-site', isRefused);
    };
    const link = new SiteLink({
      store,
      clock,
      ports,
      parent,
      transport: siteTransport({ origin, parent, keys, incarnation, ports }),
      askNow: () => askSiteNow(origin),
      told,
      ready: (filling?.whole ?? Promise.resolve()).then(async () => {
        // What was spoiled may be missed: both sides are compared, whatever was remembered (DV9).
        if ((log?.spoiled() ?? 0) > 0) {
          await store.forgetLinks();
          page.board.trouble('outbox-spoiled', true);
        }
        await audit.adopt();
      }),
      before: () => audit.flush(),
      after: async () => {
        page.board.now();
        const { asOf } = page.status();
        if (asOf !== undefined && ports.monotonic() - asOfNotedAt >= AS_OF_MS) {
          asOfNotedAt = ports.monotonic();
          await store.note(AS_OF_NOTE, String(asOf));
        }
        if (log !== undefined && log.sizes().tailBytes > COMPACT_BYTES) await store.compact();
      },
    });
    page.link(link);
    this.#open = { ...known, page, trail: audit, link, vault, log, filling };
    page.enter(principalOf(profile, clock.now()), false);
    await page.happened('sign-in', 'at this device');
    if (vault !== undefined) this.#sayTroubles(this.#open);
    this.device.put(page);
    link.shown(this.#isShown);
    link.start();
    if (log !== undefined && vault !== undefined) void this.#watch(log, vault, page);
  }

  /** The browser took the store away under an open device: what is in memory is written again. */
  async #watch(log: BrowserLog, vault: Vault, page: PageDevice): Promise<void> {
    for (;;) {
      await log.lost;
      if (this.#open?.log !== log) return;
      page.board.trouble('store-lost', true);
      await vault.rewrite();
      if ((await log.reopen()) === 'empty') await page.store.compact();
      page.board.trouble('store-lost', false);
    }
  }

  async #lock(why: 'idle' | 'person'): Promise<void> {
    const thin = this.#open !== undefined && this.#open.vault === undefined;
    await this.#close();
    this.#sayLocked(thin ? 'start' : why);
  }
  async #close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.device.put(undefined);
    await open.page.happened('sign-out', 'at this device');
    open.filling?.stop();
    await open.trail.close();
    await open.page.close();
    await open.log?.close();
    open.vault?.lock();
  }
  #sayTroubles({ page, log }: Open): void {
    for (const trouble of ['quota-low', 'not-persisted'] as const)
      page.board.trouble(trouble, this.#troubles.includes(trouble));
    page.board.trouble('outbox-spoiled', (log?.spoiled() ?? 0) > 0 || log?.cameUpEmpty === true);
  }
  #sayLocked(why: 'start' | 'idle' | 'person'): void {
    const people = this.#vaults?.people() ?? [];
    this.device.stands({ session: people.length === 0 ? { kind: 'none' } : { kind: 'locked', people, why } });
  }
}

function draftsOf(vault: Vault): DraftDesk {
  return {
    // A vault is open for one person.
    all: async (who) => (who === vault.who ? vault.drafts.all() : []),
    put: async (who, draft) => {
      if (who === vault.who) await vault.drafts.put(draft);
    },
  };
}

/** The latest time that the device lived through, by its own commits and what the site told. */
function lastKnownIn(entries: Iterable<LogEntry>): number {
  let last = 0;
  for (const entry of entries) {
    if (entry.put === 'commit' && entry.from === 'own') last = Math.max(last, entry.at);
    if (entry.put === 'note' && entry.name === AS_OF_NOTE) last = Math.max(last, Number(entry.text));
  }
  return last;
}
