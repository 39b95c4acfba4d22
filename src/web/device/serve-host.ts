// What a host answers to pages: the device and its gate, by name.
import { ok, type Result } from '../../core/base/result.ts';
import type { CommitPlace } from '../../core/record/noting-store.ts';
import { bare, bareChart, bareEach, type BareSaved } from './bare-shown.ts';
import type { Served } from './calls.ts';
import type { Device, NotSaved, Saved } from './device.ts';
import type { WardHost } from './ward-host.ts';

/** Everything that a page may ask. The status goes ahead of the news, so that who hears of it finds it. */
export function servedBy(host: WardHost): Served {
  const { device } = host;
  return {
    status: () => device.status(),
    read: async (...asked: Parameters<Device['read']>) => bareEach(await device.read(...asked)),
    search: async (...asked: Parameters<Device['search']>) => {
      const page = await device.search(...asked);
      return page.ok ? ok({ ...page.value, found: page.value.found.map(bare) }) : page;
    },
    chart: async (...asked: Parameters<Device['chart']>) => bareChart(await device.chart(...asked)),
    history: async (...asked: Parameters<Device['history']>) => bareEach(await device.history(...asked)),
    conflicts: async () => (await device.conflicts()).map((one) => ({ ...one, shown: bare(one.shown) })),
    save: async (...asked: Parameters<Device['save']>) => bareSaved(await device.save(...asked)),
    saveTogether: async (...asked: Parameters<Device['saveTogether']>) =>
      bareSaved(await device.saveTogether(...asked)),
    resolve: async (...asked: Parameters<Device['resolve']>) => bareSaved(await device.resolve(...asked)),
    takeCustody: async (...asked: Parameters<Device['takeCustody']>) => bareSaved(await device.takeCustody(...asked)),
    breakGlass: async (...asked: Parameters<Device['breakGlass']>) => bareSaved(await device.breakGlass(...asked)),
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

const bareSaved = (done: Result<Saved, NotSaved>): Result<BareSaved, NotSaved> =>
  done.ok ? ok({ ...done.value, shown: bareEach(done.value.shown) }) : done;
