// What the door asks: the gate of this device, the client's own updates, and the site. Given by whoever opens the page.
import { createContext, useCallback, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { assert } from '../../../core/base/assert.ts';
import type { Gate, GateState } from '../../device/gate.ts';
import {
  askDowntime,
  askEnrolCode,
  askNow,
  askThinCode,
  askWho,
  endSiteSession,
  signInAddress,
} from '../../offline/ask-site.ts';
import type { Updates, UpdateState } from '../../offline/updates.ts';
import { useDevice } from '../frame/use-device.ts';

/** What is asked of the site; tests give their own. */
export interface SiteDesk {
  readonly now: typeof askNow;
  readonly who: typeof askWho;
  readonly enrolCode: typeof askEnrolCode;
  readonly thinCode: typeof askThinCode;
  readonly downtime: typeof askDowntime;
  readonly endSession: typeof endSiteSession;
  /** Leaves the page for the site's sign-in, and comes back. */
  signIn(): void;
}
export const SITE: SiteDesk = {
  now: askNow,
  who: askWho,
  enrolCode: askEnrolCode,
  thinCode: askThinCode,
  downtime: askDowntime,
  endSession: endSiteSession,
  signIn: () => location.assign(signInAddress()),
};

export interface DoorDeps {
  readonly gate: Gate;
  readonly updates: Updates;
  readonly site: SiteDesk;
  /** Of the picture that led here. */
  readonly enrolCode?: string;
}
export const DoorContext = createContext<DoorDeps | undefined>(undefined);

export function useDoor(): DoorDeps {
  const deps = useContext(DoorContext);
  assert(deps !== undefined, 'the door stands inside a DoorContext');
  return deps;
}

export function useUpdates(): UpdateState {
  const { updates } = useDoor();
  const listen = useCallback((changed: () => void) => updates.listen(changed), [updates]);
  return useSyncExternalStore(listen, () => updates.state());
}

/** Asked again whenever the device says that its status changed; undefined until it was asked the first time. */
export function useGateState(): { readonly state: GateState | undefined; readonly again: () => void } {
  const { gate } = useDoor();
  const device = useDevice();
  const [state, set] = useState<GateState>();
  const [turn, next] = useState(0);
  useEffect(() => {
    let isGone = false;
    void gate.state().then((found) => {
      if (!isGone) set(found);
    });
    const stop = device.listen((news) => {
      if (news.what === 'status') next((one) => one + 1);
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [gate, device, turn]);
  return { state, again: () => next((one) => one + 1) };
}

/** The person in what the site signed. `undefined`: not understood. */
export function personIn(text: string): { readonly who: string; readonly name: string } | undefined {
  const said: unknown = JSON.parse(text);
  if (typeof said !== 'object' || said === null || !('who' in said)) return undefined;
  const { who } = said;
  if (typeof who !== 'object' || who === null || !('who' in who) || !('name' in who)) return undefined;
  return typeof who.who === 'string' && typeof who.name === 'string' ? { who: who.who, name: who.name } : undefined;
}
