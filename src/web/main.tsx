// Where the page begins: language and looks first, then the client's own files, then the device in its worker, then the screens.
//
//   SR21  Language and looks are on the page before the first screen is drawn.
import { StrictMode, useEffect, type ReactElement, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { assert } from '../core/base/assert.ts';
import type { Device } from './device/device.ts';
import { askNow } from './offline/ask-site.ts';
import { keepEnrolCode } from './offline/enrol-code.ts';
import { startUpdates, type Updates } from './offline/updates.ts';
import { openWard } from './open-ward.ts';
import { allScreens } from './screens/all-screens.ts';
import { AutoLock } from './screens/door/auto-lock.part.tsx';
import { Door } from './screens/door/door.part.tsx';
import { KeepOwnWards } from './screens/door/own-wards.part.tsx';
import { DoorContext, SITE } from './screens/door/use-gate.ts';
import { Client } from './screens/frame/client.part.tsx';
import { startPreferences } from './screens/frame/preferences.ts';
import { startLanguage } from './texts/language.ts';

/** What is typed is on the disk two seconds after the last key at most (CH48). */
const DRAFTS_KEPT_MS = 2_000;

startLanguage(navigator.languages);
startPreferences();
const updates = startUpdates();
const enrolCode = keepEnrolCode();
const { device, gate } = await openWard({
  build: updates.state().build,
  isDemo: async () => (await askNow())?.demo === true,
});
follow(device, updates);

const BESIDE = (
  <>
    <AutoLock />
    <KeepOwnWards />
  </>
);
const root = document.getElementById('root');
assert(root !== null, 'the page has a root');
createRoot(root).render(
  <StrictMode>
    <DoorContext value={{ gate, updates, site: SITE, ...(enrolCode === undefined ? {} : { enrolCode }) }}>
      <CameUp>
        <Client device={device} screens={allScreens} door={<Door />} beside={BESIDE} />
      </CameUp>
    </DoorContext>
  </StrictMode>,
);

/** The first screen stands: this build is good. */
function CameUp({ children }: { readonly children: ReactNode }): ReactElement {
  useEffect(() => updates.cameUp(), []);
  return <>{children}</>;
}

function follow(opened: Device, files: Updates): void {
  const look = (): void => files.setDowntime(opened.status().downtime);
  opened.listen((news) => {
    if (news.what === 'status') look();
  });
  look();
  files.beforeSwitch(async (why) => {
    if (why === 'idle' && opened.status().session.kind === 'open') return false;
    await new Promise((done) => setTimeout(done, DRAFTS_KEPT_MS));
    return true;
  });
}
