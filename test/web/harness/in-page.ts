// What the page of the harness lets tests do behind the screens.
import type { PageDevice } from '../../../src/web/device/page-device.ts';
import type { Language } from '../../../src/web/texts/define-texts.ts';
import type { HarnessState } from './hospital.ts';

export interface InPage {
  readonly device: PageDevice;
  /** Paths of all screens. */
  readonly screens: readonly string[];
  speak(language: Language): void;
  stand(state: HarnessState): void;
}

declare global {
  interface Window {
    harness?: InPage;
  }
}
