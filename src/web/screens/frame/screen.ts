// How a screen is known to the frame: its address, and where it stands in the navigation.
import type { ComponentType } from 'react';

export interface Screen {
  /** Below `/ward/`; `patient/:patient/…` stands inside the chart, with the patient's banner. */
  readonly path: string;
  readonly component: ComponentType;
  /** In which navigation, at which place; absent: reached from another screen. */
  readonly nav?: {
    readonly where: 'ward' | 'chart';
    /** 10, 20, … */
    readonly order: number;
    /** In the language of the screen. */
    readonly useLabel: () => string;
    /** Of the icon set of `web/parts`. */
    readonly icon: string;
    /** Pressed after `g`: `g v` goes to vitals. */
    readonly key?: string;
  };
}
