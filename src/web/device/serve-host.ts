// What a host answers to pages: the device and its gate, by name.
import type { CommitPlace } from '../../core/record/noting-store.ts';
import type { Served } from './calls.ts';
import { crossing } from './chart-wire.ts';
import type { WardHost } from './ward-host.ts';

/** Everything that a page may ask. The status goes ahead of the news, so that who hears of it finds it. */
export function servedBy(host: WardHost): Served {
  const { device } = host;
  return {
    status: () => device.status(),
    read: device.read.bind(device),
    search: device.search.bind(device),
    chart: async (patient: string) => crossing(await device.chart(patient)),
    history: device.history.bind(device),
    conflicts: device.conflicts.bind(device),
    save: device.save.bind(device),
    saveTogether: device.saveTogether.bind(device),
    resolve: device.resolve.bind(device),
    takeCustody: device.takeCustody.bind(device),
    breakGlass: device.breakGlass.bind(device),
    safeties: (commits: readonly CommitPlace[]) => commits.map((commit) => device.safetyOf(commit)),
    printed: device.printed.bind(device),
    keepWards: device.keepWards.bind(device),
    syncNow: device.syncNow.bind(device),
    drafts: device.drafts.bind(device),
    putDraft: device.putDraft.bind(device),
    lock: device.lock.bind(device),
    'gate.state': () => host.state(),
    'gate.keeps': host.keeps.bind(host),
    'gate.enrol': host.enrol.bind(host),
    'gate.beginThin': host.beginThin.bind(host),
    'gate.addPerson': host.addPerson.bind(host),
    'gate.unlock': host.unlock.bind(host),
    'gate.renew': host.renew.bind(host),
    'gate.signOut': host.signOut.bind(host),
    shown: host.shown.bind(host),
    hope: host.hope.bind(host),
  };
}
