// The door of the harness: a gate over memory, a site that answers as the address says, and a client that is never updated.
//
//   ?people=nurse,doctor   who can unlock      ?site=away|nobody|nurse   who is signed in at the site
//   ?update=waiting        a new build waits; that it was switched to stands on the page as `data-switched`
import type { Principal } from '../../../src/core/access/principal.ts';
import { err, ok } from '../../../src/core/base/result.ts';
import type { LocalPerson } from '../../../src/web/device/device.ts';
import type { Gate, StorageProbe } from '../../../src/web/device/gate.ts';
import type { PageDevice } from '../../../src/web/device/page-device.ts';
import type { Updates } from '../../../src/web/offline/updates.ts';
import { SITE, type DoorDeps } from '../../../src/web/screens/door/use-gate.ts';

/** Of everybody. */
export const PASSPHRASE = 'tall lamp orbit seven boats';
export const CODE = 'KX7QM-KX7QM-KX7QM-KX7QM';

export interface DoorWish {
  readonly people: readonly string[];
  /** Who is signed in at the site. */
  readonly site: string;
  readonly keeping: StorageProbe['keeping'];
  readonly waiting: boolean;
}
export const localPeople = (
  people: readonly string[],
  all: Readonly<Record<string, Principal>>,
): readonly LocalPerson[] =>
  people.flatMap((one) => {
    const found = all[one];
    return found === undefined ? [] : [{ who: found.who, name: found.name, ways: ['passphrase'] }];
  });

export function memoryDoor(device: PageDevice, all: Readonly<Record<string, Principal>>, wish: DoorWish): DoorDeps {
  let people = [...localPeople(wish.people, all)];
  let wrong = 0;
  const enter = (who: string): void => {
    const found = Object.values(all).find((one) => one.who === who);
    if (found !== undefined) device.enter(found, true);
  };
  const gate: Gate = {
    state: async () => ({ keeping: wish.keeping, people, onlyHere: device.status().own.D0, lost: false }),
    probe: async () => ({ keeping: wish.keeping, persisted: true, canary: 'first', passkeys: false }),
    enrol: async (code) => (code === CODE ? ok({ name: 'Tablet 3' }) : err({ kind: 'code', group: 2 })),
    beginThin: async (signed) => {
      enter(whoIn(signed.text));
      return ok(undefined);
    },
    addPerson: async (signed) => {
      const who = whoIn(signed.text);
      const name = Object.values(all).find((one) => one.who === who)?.name ?? '';
      people = [{ who, name, ways: ['passphrase'] }, ...people];
      enter(who);
      return ok(undefined);
    },
    unlock: async (who, way) => {
      if (way.kind === 'passphrase' && way.passphrase === PASSPHRASE) {
        wrong = 0;
        enter(who);
        return ok(undefined);
      }
      wrong += 1;
      return err(wrong > 2 ? { kind: 'slow-down', retryAfterMs: 4_200 } : { kind: 'wrong' });
    },
    renew: async () => undefined,
    signOut: async (who) => {
      people = people.filter((one) => one.who !== who);
      await device.lock('person');
      return { onlyHere: device.status().own.D0 };
    },
  };
  const signedIn = all[wish.site];
  return {
    gate,
    updates: updatesOf(wish.waiting),
    site: {
      ...SITE,
      who: async () =>
        signedIn === undefined
          ? err(wish.site === 'away' ? 'away' : 'nobody')
          : ok({ text: JSON.stringify({ who: signedIn }), signature: '', formToken: '' }),
      now: async () => undefined,
      enrolCode: async (name) =>
        name === ''
          ? err('name')
          : ok({ code: CODE, expiresAt: 0, link: `https://ward.example/ward/#enrol=${CODE}`, qrSvg: SQUARE }),
      thinCode: async () => ok({ code: CODE }),
      downtime: async (_act, reason) => (reason === '' ? err('no-reason') : err('away')),
      endSession: async () => {
        document.body.dataset['ended'] = String(Number(document.body.dataset['ended'] ?? 0) + 1);
        return true;
      },
      signIn: () => undefined,
    },
  };
}
const whoIn = (text: string): string => {
  const said: { readonly who: Principal } = JSON.parse(text);
  return said.who.who;
};
const SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><path d="M0 0h1v1H0z"/></svg>';
function updatesOf(waiting: boolean): Updates {
  const still = { build: 'harness', waiting, rolledBack: [], offline: 'ready' } as const;
  const keepers = new Set<Parameters<Updates['beforeSwitch']>[0]>();
  return {
    state: () => still,
    listen: () => () => undefined,
    cameUp: () => undefined,
    setDowntime: () => undefined,
    beforeSwitch: (keep) => {
      keepers.add(keep);
      return () => void keepers.delete(keep);
    },
    switchNow: async (why) => {
      const all = await Promise.all([...keepers].map((keep) => keep(why)));
      if (!all.every(Boolean)) return 'not-safe';
      document.body.dataset['switched'] = why;
      return 'switching';
    },
    look: async () => undefined,
  };
}
