// From a shelf to content in force: what a device does when it starts, and when somebody brings or changes content.
//
//   CT9   What is in force was opened in this engine at this start: signature, hashes, schema, tests. Earlier passes count for nothing.
//   CT10  Content that does not open is rolled back to what was in force before; where that does not open either, there is none.
//   CT11  What came with the program is activated only where nothing is in force; where something is, it waits for a person.
import type { Clock } from '../base/ports.ts';
import { err, ok, type Result } from '../base/result.ts';
import {
  openPackage,
  type ContentCrypto,
  type ContentEngine,
  type ContentPackage,
  type OpenPackage,
  type PackageRefusal,
} from './content-package.ts';
import {
  activate,
  beginStart,
  cameUp,
  EMPTY_SHELF,
  halt,
  resume,
  rollBack,
  stage,
  type Doing,
  type Shelf,
  type ShelfKeeper,
  type ShelfRefusal,
} from './content-shelf.ts';

export interface ContentDeps {
  readonly keeper: ShelfKeeper;
  readonly crypto: ContentCrypto;
  readonly engine: ContentEngine;
  readonly pins: readonly string[];
  readonly clock: Clock;
  /** What came with the program; undefined where it cannot be read. */
  readonly bundled: () => Promise<ContentPackage | undefined>;
}
export type InForce =
  | { readonly state: 'active'; readonly open: OpenPackage; readonly shelf: Shelf }
  | { readonly state: 'halted'; readonly open: OpenPackage; readonly shelf: Shelf }
  | { readonly state: 'none'; readonly shelf: Shelf; readonly refusal?: PackageRefusal };

export async function startContent(deps: ContentDeps): Promise<InForce> {
  const { keeper, clock } = deps;
  let shelf = beginStart((await keeper.read()) ?? EMPTY_SHELF, clock.now());
  await keeper.write(shelf);
  let refusal: PackageRefusal | undefined;
  const given = await deps.bundled();
  const open = (one: ContentPackage): ReturnType<typeof openPackage> =>
    openPackage(one, deps.pins, deps.crypto, deps.engine);
  const self = (why: string): Doing => ({ at: clock.now(), by: '', why });
  if (given !== undefined) {
    const opened = await open(given);
    if (!opened.ok) refusal = opened.error;
    else {
      const staged = stage(shelf, given, opened.value.manifest, self('came with the program'));
      const isNew = staged.ok && shelf.staged?.version !== opened.value.manifest.version;
      if (isNew) shelf = staged.value;
      const first = shelf.active === undefined ? activate(shelf, self('came with the program')) : undefined;
      if (first?.ok === true) shelf = first.value;
    }
  }
  for (let turn = 0; turn < 2; turn++) {
    if (shelf.active === undefined) break;
    const opened = await open(shelf.active.given);
    if (opened.ok) {
      shelf = cameUp(shelf);
      await keeper.write(shelf);
      return { state: shelf.halted ? 'halted' : 'active', open: opened.value, shelf };
    }
    refusal = opened.error;
    const back = rollBack(shelf, self(`it did not open: ${opened.error.kind}`), true);
    if (!back.ok) break;
    shelf = back.value;
  }
  // Nothing here opens: what is active is let go, so that the next that opens can be activated.
  const { active: _, ...rest } = shelf;
  const left: Shelf = { ...rest, starts: 0 };
  await keeper.write(left);
  return { state: 'none', shelf: left, ...(refusal === undefined ? {} : { refusal }) };
}

export type Wish =
  | { readonly kind: 'bring'; readonly given: ContentPackage }
  | { readonly kind: 'activate' | 'roll-back' | 'halt' | 'resume' };
/** What a person asks for; the shelf afterwards is kept before it is answered. */
export async function changeContent(
  wish: Wish,
  doing: Doing,
  deps: ContentDeps,
): Promise<Result<InForce, PackageRefusal | { readonly kind: ShelfRefusal }>> {
  const { keeper } = deps;
  const shelf = (await keeper.read()) ?? EMPTY_SHELF;
  const open = (one: ContentPackage): ReturnType<typeof openPackage> =>
    openPackage(one, deps.pins, deps.crypto, deps.engine);
  let changed: Result<Shelf, ShelfRefusal>;
  switch (wish.kind) {
    case 'bring': {
      const opened = await open(wish.given);
      if (!opened.ok) return opened;
      changed = stage(shelf, wish.given, opened.value.manifest, doing);
      break;
    }
    case 'activate': {
      if (shelf.staged !== undefined) {
        const opened = await open(shelf.staged.given);
        if (!opened.ok) return opened;
      }
      changed = activate(shelf, doing);
      break;
    }
    case 'roll-back': {
      if (shelf.previous !== undefined) {
        const opened = await open(shelf.previous.given);
        if (!opened.ok) return opened;
      }
      changed = rollBack(shelf, doing);
      break;
    }
    case 'halt':
      changed = halt(shelf, doing);
      break;
    case 'resume':
      changed = resume(shelf, doing);
      break;
  }
  if (!changed.ok) return err({ kind: changed.error });
  await keeper.write(changed.value);
  const { active, halted } = changed.value;
  if (active === undefined) return ok({ state: 'none', shelf: changed.value });
  const opened = await open(active.given);
  if (!opened.ok) return opened;
  return ok({ state: halted ? 'halted' : 'active', open: opened.value, shelf: changed.value });
}
