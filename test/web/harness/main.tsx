// The whole client over a device in the page that holds the demo hospital, in a state that the address names:
// `/ward/?state=device&person=nurse&language=ar#/patient/cast-sepsis`.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { assert } from '../../../src/core/base/assert.ts';
import type { Instant } from '../../../src/core/base/ports.ts';
import type { LogEntry } from '../../../src/core/sync/memory-sync-log.ts';
import type { Place } from '../../../src/web/device/device.ts';
import { memoryDrafts } from '../../../src/web/device/drafts.ts';
import { memoryLog } from '../../../src/web/device/guard-log.ts';
import { AS_OF_NOTE, openPageDevice, WARDS_NOTE, type PageDevice } from '../../../src/web/device/page-device.ts';
import { browserPorts } from '../../../src/web/ports/browser-ports.ts';
import { allScreens } from '../../../src/web/screens/all-screens.ts';
import { AutoLock } from '../../../src/web/screens/door/auto-lock.part.tsx';
import { Door } from '../../../src/web/screens/door/door.part.tsx';
import { DoorContext } from '../../../src/web/screens/door/use-gate.ts';
import { Client } from '../../../src/web/screens/frame/client.part.tsx';
import { startPreferences } from '../../../src/web/screens/frame/preferences.ts';
import { chooseLanguage, isLanguage, startLanguage } from '../../../src/web/texts/language.ts';
import { AS_OF, NOW, STATES, type HarnessState } from './hospital.ts';
import type { InPage } from './in-page.ts';
import type { Seed } from './make-seed.ts';
import { localPeople, memoryDoor } from './memory-door.ts';

const asked = new URLSearchParams(location.search);
const state = STATES.find((s) => s === asked.get('state')) ?? 'live';

const root = document.getElementById('root');
assert(root !== null, 'the page has a root');
const language = asked.get('language') ?? '';
startLanguage(isLanguage(language) ? [language] : navigator.languages);
startPreferences();
const seed: Seed = await (await fetch('seed.json')).json();
const keeping = (['thin', 'unprotected'] as const).find((one) => one === asked.get('keeping')) ?? 'kept';
const people = (asked.get('people') ?? '').split(',');
const device = openDevice(state);
const door = memoryDoor(device, seed.people, {
  people,
  site: asked.get('site') ?? 'nobody',
  keeping,
  waiting: asked.get('update') === 'waiting',
});
const inPage: InPage = {
  device,
  screens: allScreens.map((s) => s.path),
  speak: chooseLanguage,
  stand: (wanted) => device.stands(placeOf(wanted)),
};
window.harness = inPage;
createRoot(root).render(
  <StrictMode>
    <DoorContext value={door}>
      <Client device={device} screens={allScreens} door={<Door />} beside={<AutoLock />} />
    </DoorContext>
  </StrictMode>,
);

function placeOf(wanted: HarnessState): { readonly place: Place; readonly downtime: boolean } {
  const place = wanted === 'stale' ? 'site' : wanted === 'downtime' ? 'device' : wanted;
  return { place, downtime: wanted === 'downtime' };
}

function openDevice(wanted: HarnessState): PageDevice {
  const began = performance.now();
  const now = (): Instant => NOW + (performance.now() - began);
  const asOf = asked.get('asOf') === 'never' ? undefined : AS_OF[wanted];
  const entries: LogEntry[] = [
    ...seed.entries,
    ...(asOf === undefined ? [] : [{ put: 'note', name: AS_OF_NOTE, text: String(asOf) } as const]),
    { put: 'note', name: WARDS_NOTE, text: JSON.stringify([asked.get('ward') ?? seed.ward]) },
  ];
  const opened = openPageDevice({
    node: 'device-1',
    ports: { ...browserPorts(), clock: { now } },
    log: memoryLog(),
    entries,
    drafts: memoryDrafts(),
    audit: () => ({ record: async () => undefined }),
    keeping,
    site: seed.site,
    siteCode: 'HGH',
    build: 'harness',
    people: localPeople(people, seed.people),
  });
  const { place } = placeOf(wanted);
  opened.stands(placeOf(wanted));
  const person = asked.get('person') ?? 'nurse';
  const principal = seed.people[person];
  assert(person === 'nobody' || principal !== undefined, 'the person is one of the demo hospital');
  if (principal !== undefined) opened.enter(principal, place !== 'device');
  return opened;
}
