// Where the page begins: language and looks first, then the device, then the screens over it.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { assert } from '../core/base/assert.ts';
import { memoryDrafts } from './device/drafts.ts';
import { memoryLog } from './device/guard-log.ts';
import { openPageDevice } from './device/page-device.ts';
import { browserPorts } from './ports/browser-ports.ts';
import { allScreens } from './screens/all-screens.ts';
import { Client } from './screens/frame/client.part.tsx';
import { startPreferences } from './screens/frame/preferences.ts';
import { startLanguage } from './texts/language.ts';

startLanguage(navigator.languages);
startPreferences();
const root = document.getElementById('root');
assert(root !== null, 'the page has a root');
const device = openPageDevice({
  node: 'device-1',
  ports: browserPorts(),
  log: memoryLog(),
  drafts: memoryDrafts(),
  audit: () => ({ record: async () => undefined }),
  keeping: 'thin',
  site: location.hostname,
  build: '',
});
createRoot(root).render(
  <StrictMode>
    <Client device={device} screens={allScreens} door={null} />
  </StrictMode>,
);
