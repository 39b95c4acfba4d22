// The device and its gate for a page: a worker holds them, here or in another tab.
import type { Wire } from './device/calls.ts';
import type { Status } from './device/device.ts';
import type { Gate } from './device/gate.ts';
import { pageGate } from './device/page-gate.ts';
import { hasPasskeys, newPasskey, passkey } from './device/passkeys.ts';
import { rememberedIn } from './device/remembered.ts';
import { RemoteDevice } from './device/remote-device.ts';
import { browserPorts } from './ports/browser-ports.ts';
import { keepingOf, probeStorage } from './storage/probe.ts';

export interface OpenWard {
  readonly device: RemoteDevice;
  readonly gate: Gate;
  close(): void;
}
export interface WardOptions {
  readonly build: string;
  /** A demonstration does not ask for a restart of the browser. */
  readonly isDemo?: () => Promise<boolean>;
  /** Tells browsers' stores of tests apart. */
  readonly suffix?: string;
}

/** Resolves when the worker is there. */
export async function openWard({ build, isDemo, suffix = '' }: WardOptions): Promise<OpenWard> {
  const worker = new Worker(new URL('./ward-worker.ts', import.meta.url), {
    type: 'module',
    name: suffix === '' ? build : `${build} ${suffix}`,
  });
  const wire: Wire = {
    // A worker has no origin to aim at: it is this page's own.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    post: (message) => worker.postMessage(message),
    listen: (heard) => worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => heard(data)),
  };
  const device = new RemoteDevice(wire, statusBefore(build));
  const { caller } = device;
  const shown = (): void => void caller.ask('shown', document.visibilityState === 'visible');
  const hope = (): void => void caller.ask('hope');
  document.addEventListener('visibilitychange', shown);
  window.addEventListener('focus', hope);
  window.addEventListener('online', hope);
  window.addEventListener('offline', hope);
  const broken = new Promise<never>((_begun, failed) => {
    worker.addEventListener('error', ({ message }) => failed(new Error(`the worker ended: ${message}`)), {
      once: true,
    });
  });
  // Afterwards what goes wrong there is of one call, and whoever asked is told.
  broken.catch(() => undefined);
  await Promise.race([device.begin(), broken]);
  shown();
  const gate = pageGate({
    device,
    probe: async () =>
      probeStorage({
        chance: browserPorts().chance,
        suffix,
        ...((await isDemo?.()) === true ? { skipRestart: true } : {}),
      }),
    keepingOf,
    newPasskey,
    passkey,
    hasPasskeys,
    remembered: rememberedIn(suffix),
  });
  return {
    device,
    gate,
    close: () => {
      document.removeEventListener('visibilitychange', shown);
      window.removeEventListener('focus', hope);
      window.removeEventListener('online', hope);
      window.removeEventListener('offline', hope);
      worker.terminate();
    },
  };
}

/** Until the worker said anything. */
const statusBefore = (build: string): Status => ({
  session: { kind: 'none' },
  place: 'device',
  downtime: false,
  keeping: 'unprotected',
  site: '',
  now: browserPorts().clock.now(),
  own: { D0: 0, D1: 0, D1m: 0, D2: 0 },
  clock: { skewMs: null, suspect: false },
  conflicts: { S1: 0, S2: 0 },
  wards: [],
  elsewhere: false,
  troubles: [],
  build,
});
