// The gate's side in the page: what a worker cannot ask a browser for (passkeys, witnesses beside the store), and what is remembered of
// this device in the clear: what it is called, and how many of its commits are known nowhere else.
import { ok, err, type Result } from '../../core/base/result.ts';
import type { Keeping as Kept } from '../storage/storage.ts';
import type { NotEnrolled as NotEnrolledHere } from '../sync/enrol-here.ts';
import type { Secret } from '../storage/storage.ts';
import type { Keeping } from './device.ts';
import type { Gate, GateState, NewWay, NotEnrolled, NotUnlocked, SignedWho, StorageProbe, Way } from './gate.ts';
import type { Remembered } from './remembered.ts';
import type { RemoteDevice } from './remote-device.ts';
import type { HostState } from './ward-host.ts';

export interface PageGateOptions {
  readonly device: RemoteDevice;
  readonly probe: () => Promise<Kept>;
  readonly keepingOf: (kept: Kept) => Keeping;
  /** A secret of an authenticator that is at this device. */
  readonly newPasskey: (who: string, name: string) => Promise<Secret | undefined>;
  readonly passkey: (who: string) => Promise<Secret | undefined>;
  readonly hasPasskeys: () => Promise<boolean>;
  /** What is told of this device while it is locked. */
  readonly remembered: {
    read(): Promise<Remembered | undefined>;
    write(known: Remembered): Promise<void>;
  };
}

const SOON_MS = 200;
const NOTHING_KEPT: Kept = {
  canary: 'failed',
  persisted: false,
  storeLost: false,
  bytesFree: null,
  quotaLow: false,
};
/** A device whose name was lost is a device all the same. */
const NAMELESS = { name: '', site: '', at: 0 };

export function pageGate(options: PageGateOptions): Gate {
  const { device, probe, keepingOf } = options;
  const { caller } = device;
  let kept: Kept | undefined;
  const probed = async (): Promise<Kept> => {
    // A browser that lets nothing be kept says so by throwing.
    kept = await probe().catch(() => NOTHING_KEPT);
    const troubles = [...(kept.quotaLow ? ['quota-low'] : []), ...(kept.persisted ? [] : ['not-persisted'])];
    await caller.ask('gate.keeps', keepingOf(kept), troubles);
    return kept;
  };
  const secretOf = (who: string, way: Way): Promise<Secret | undefined> =>
    way.kind === 'passphrase'
      ? Promise.resolve({ way: 'passphrase', passphrase: way.passphrase })
      : options.passkey(who);
  const { read, write } = options.remembered;
  const remember = async (): Promise<HostState> => {
    const state = await caller.ask<HostState>('gate.state');
    if (state.enrolled !== undefined) await write({ ...state.enrolled, onlyHere: state.onlyHere });
    return state;
  };
  /** How much is on this device alone is told while it is locked, too. One look after the other; the last counts. */
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    await new Promise((later) => setTimeout(later, SOON_MS));
    looking = undefined;
    const { session, own } = device.status();
    const known = session.kind === 'open' ? await read() : undefined;
    if (known !== undefined && known.onlyHere !== own.D0) await write({ ...known, onlyHere: own.D0 });
  };
  device.listen((news) => {
    // What could not be written is told with the next change.
    if (news.what !== 'record') looking ??= look().catch(() => undefined);
  });

  return {
    state: async (): Promise<GateState> => {
      const state = await remember();
      const { storeLost } = kept ?? (await probed());
      const known = await read();
      const enrolled = state.isEnrolled ? (state.enrolled ?? known ?? NAMELESS) : undefined;
      return {
        ...(enrolled === undefined ? {} : { enrolled: { name: enrolled.name, site: enrolled.site, at: enrolled.at } }),
        keeping: device.status().keeping,
        people: state.people,
        onlyHere: device.status().session.kind === 'open' ? state.onlyHere : (known?.onlyHere ?? 0),
        lost: storeLost,
      };
    },
    probe: async (): Promise<StorageProbe> => {
      const found = await probed();
      const { canary, persisted, bytesFree } = found;
      return {
        keeping: keepingOf(found),
        persisted,
        ...(bytesFree === null ? {} : { quota: bytesFree }),
        canary: canary === 'begun' ? 'first' : canary === 'proved' ? 'there' : 'gone',
        passkeys: await options.hasPasskeys(),
      };
    },
    enrol: async (code) => {
      const done = await caller.ask<Result<{ readonly name: string }, NotEnrolledHere>>('gate.enrol', code);
      if (done.ok) await remember();
      return done.ok ? done : err(toldOf(done.error));
    },
    beginThin: async (who, code) => {
      const done = await caller.ask<Result<void, NotEnrolledHere>>('gate.beginThin', who, code);
      return done.ok ? ok(undefined) : err(toldOf(done.error));
    },
    addPerson: async (who, way) => {
      const { id, name } = namedIn(who);
      const secret = way.kind === 'passphrase' ? await secretOf(id, way) : await options.newPasskey(id, name);
      if (secret === undefined) return err({ kind: 'passkey' });
      const done = await caller.ask<Result<void, NotUnlocked>>('gate.addPerson', who, secret);
      if (done.ok) await remember();
      return done;
    },
    unlock: async (who, way: NewWay) => {
      const secret = await secretOf(who, way);
      if (secret === undefined) return err({ kind: 'passkey' });
      return caller.ask('gate.unlock', who, secret);
    },
    renew: (who) => caller.ask('gate.renew', who),
    signOut: (who) => caller.ask('gate.signOut', who),
  };
}

/** What the site says of its own part of the protocol is nothing that a person at the door could act on. */
function toldOf(error: NotEnrolledHere): NotEnrolled {
  if (error.kind === 'code') return error;
  return { kind: error.kind === 'malformed' || error.kind === 'own-database' ? 'untrusted' : error.kind };
}

function namedIn({ text }: SignedWho): { readonly id: string; readonly name: string } {
  const said: { readonly who?: { readonly who?: unknown; readonly name?: unknown } } = JSON.parse(text);
  return { id: String(said.who?.who ?? ''), name: String(said.who?.name ?? '') };
}
