// Which content is in force on a device: the life of packages, as a pure state machine over what a shelf keeps.
//
//           stage             activate            activate (of another)
//   (none) ──────▶ staged ──────────▶ active ───────────────────────▶ previous
//                                      │  ▲                              │
//                                 halt │  │ resume        rollBack       │
//                                      ▼  │          ◀───────────────────┘
//                                     halted         what was active is set aside
//
//   CT5  Rolling back needs no network: the package that was in force before is kept whole beside the one that is.
//   CT6  What was rolled back is set aside: it is not staged again, and nothing older than what is in force is, but by rolling back.
//   CT7  Halted content checks nothing and everything says "NO CHECKS", until a person lets it run again.
//   CT8  Content that was begun twice and never came up is rolled back by itself at the next start.
import type { Instant } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ContentPackage, Manifest } from './content-package.ts';

export interface KeptPackage {
  readonly given: ContentPackage;
  readonly id: string;
  readonly version: number;
  readonly label: string;
  readonly since: Instant;
}
export interface Step {
  readonly what: 'staged' | 'activated' | 'rolled-back' | 'rolled-back-by-itself' | 'halted' | 'resumed';
  readonly label: string;
  readonly at: Instant;
  /** `Practitioner/1`; '' where the device did it. */
  readonly by: string;
  readonly why: string;
}
export interface Shelf {
  readonly staged?: KeptPackage;
  readonly active?: KeptPackage;
  readonly previous?: KeptPackage;
  readonly halted: boolean;
  /** `id/version` of what was rolled back. */
  readonly setAside: readonly string[];
  /** Starts of `active` that have not come up. */
  readonly starts: number;
  /** Newest last; the last 50. */
  readonly steps: readonly Step[];
}
export const EMPTY_SHELF: Shelf = { halted: false, setAside: [], starts: 0, steps: [] };

export type ShelfRefusal =
  | 'other-package'
  | 'not-newer'
  | 'set-aside'
  | 'nothing-staged'
  | 'nothing-before'
  | 'nothing-active';
export interface Doing {
  readonly at: Instant;
  readonly by: string;
  readonly why: string;
}

const nameOf = ({ id, version }: { readonly id: string; readonly version: number }): string => `${id}/${version}`;
const noted = (shelf: Shelf, what: Step['what'], label: string, doing: Doing): Pick<Shelf, 'steps'> => ({
  steps: [...shelf.steps, { what, label, ...doing }].slice(-50),
});

/** `manifest`: of `given`, which was opened. */
export function stage(
  shelf: Shelf,
  given: ContentPackage,
  manifest: Manifest,
  doing: Doing,
): Result<Shelf, ShelfRefusal> {
  const { active, setAside } = shelf;
  if (setAside.includes(nameOf(manifest))) return err('set-aside');
  if (active !== undefined && active.id !== manifest.id) return err('other-package');
  if (active !== undefined && manifest.version <= active.version) return err('not-newer');
  const { id, version, label } = manifest;
  return ok({
    ...shelf,
    staged: { given, id, version, label, since: doing.at },
    ...noted(shelf, 'staged', label, doing),
  });
}
export function activate(shelf: Shelf, doing: Doing): Result<Shelf, ShelfRefusal> {
  const { staged, active, previous: _, ...rest } = shelf;
  if (staged === undefined) return err('nothing-staged');
  return ok({
    ...without(rest),
    active: { ...staged, since: doing.at },
    ...(active === undefined ? {} : { previous: active }),
    starts: 0,
    ...noted(shelf, 'activated', staged.label, doing),
  });
}
const without = ({
  halted,
  setAside,
  starts,
  steps,
}: Pick<Shelf, 'halted' | 'setAside' | 'starts' | 'steps'>): Shelf => ({
  halted,
  setAside,
  starts,
  steps,
});
export function rollBack(shelf: Shelf, doing: Doing, byItself = false): Result<Shelf, ShelfRefusal> {
  const { active, previous } = shelf;
  if (active === undefined) return err('nothing-active');
  if (previous === undefined) return err('nothing-before');
  return ok({
    ...without(shelf),
    ...(shelf.staged === undefined ? {} : { staged: shelf.staged }),
    active: { ...previous, since: doing.at },
    halted: false,
    starts: 0,
    setAside: [...new Set([...shelf.setAside, nameOf(active)])],
    ...noted(shelf, byItself ? 'rolled-back-by-itself' : 'rolled-back', previous.label, doing),
  });
}
export function halt(shelf: Shelf, doing: Doing): Result<Shelf, ShelfRefusal> {
  if (shelf.active === undefined) return err('nothing-active');
  return ok({ ...shelf, halted: true, ...noted(shelf, 'halted', shelf.active.label, doing) });
}
export function resume(shelf: Shelf, doing: Doing): Result<Shelf, ShelfRefusal> {
  if (shelf.active === undefined) return err('nothing-active');
  return ok({ ...shelf, halted: false, ...noted(shelf, 'resumed', shelf.active.label, doing) });
}

/** Before `active` is opened: counted, so that content which takes the page down is not begun for ever. Kept before anything is read. */
export function beginStart(shelf: Shelf, now: Instant): Shelf {
  if (shelf.active === undefined) return shelf;
  if (shelf.starts < 2) return { ...shelf, starts: shelf.starts + 1 };
  const back = rollBack(shelf, { at: now, by: '', why: 'it was begun twice and never came up' }, true);
  return back.ok ? { ...back.value, starts: 1 } : { ...shelf, halted: true, starts: 0 };
}
export const cameUp = (shelf: Shelf): Shelf => (shelf.starts === 0 ? shelf : { ...shelf, starts: 0 });

/** Where a device keeps it. No patient's data is in it. */
export interface ShelfKeeper {
  read(): Promise<Shelf | undefined>;
  write(shelf: Shelf): Promise<void>;
}
