// Where the worker begins: the record, its keys and its link live here, away from the page that draws.
//
// Its name is the build that it is of, and what tells stores of tests apart: `20261123-084500-1a2b3c4d` or `… suffix`.
import type { Wire } from './device/calls.ts';
import { runTab } from './device/tabs.ts';
import { WardHost } from './device/ward-host.ts';
import { browserPorts } from './ports/browser-ports.ts';
import { openBrowserLog } from './storage/browser-log.ts';
import { fillStore } from './storage/fill-store.ts';
import { newNodeName, openVaultStore } from './storage/vault-store.ts';

/** What of a worker's scope is used; the types of the page are others. */
interface Scope {
  readonly name: string;
  readonly location: { readonly origin: string };
  postMessage(message: unknown): void;
  addEventListener(type: 'message', heard: (event: MessageEvent<unknown>) => void): void;
}
const scope = self as unknown as Scope;

const ports = browserPorts();
const { chance, clock } = ports;
const [build = '', suffix = ''] = scope.name.split(' ');
const page: Wire = {
  // The page that made this worker hears it, and nobody else.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  post: (message) => scope.postMessage(message),
  listen: (heard) => scope.addEventListener('message', ({ data }) => heard(data)),
};
runTab({
  page,
  chance,
  suffix,
  begin: async () => {
    const host = new WardHost({
      ports,
      origin: scope.location.origin,
      build,
      openVaults: () => openVaultStore({ chance, clock, suffix }),
      newNodeName: () => newNodeName(chance),
      openLog: (vault) => openBrowserLog({ vault, suffix }),
      fill: fillStore,
    });
    await host.begin();
    return host;
  },
}).catch((error: unknown) => {
  // The page is told by the worker's end: it shows the way to the rescue page.
  setTimeout(() => {
    throw error;
  });
});
