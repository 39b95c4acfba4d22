// The drug content in force on this device, for every screen that searches medicines or checks orders.
//
//   MD36  While content is being opened nothing says "checked"; where it cannot be opened, or is halted, everything says "NO CHECKS".
import { useSyncExternalStore } from 'react';
import type { Result } from '../../../core/base/result.ts';
import { checkOrder, type OrderToCheck, type RulesInForce } from '../../../core/care/medication/check-order.ts';
import type { DrugRules } from '../../../core/care/medication/drug-rules.ts';
import type { Checked } from '../../../core/care/medication/finding.ts';
import { ORDER_SETS_SCHEMA, type OrderSet } from '../../../core/care/medication/order-sets.ts';
import { DRUG_RULES_SCHEMA } from '../../../core/care/medication/read-drug-rules.ts';
import type { PackageRefusal } from '../../../core/content/content-package.ts';
import type { Doing, Shelf, ShelfKeeper, ShelfRefusal } from '../../../core/content/content-shelf.ts';
import {
  changeContent,
  startContent,
  type ContentDeps,
  type InForce,
  type Wish,
} from '../../../core/content/load-content.ts';
import { PINNED_PUBLISHERS } from '../../../core/content/pinned-publishers.ts';
import { bundledPackage, contentEngine, platformCrypto, shelfKeeper } from './content-here.ts';

export type ContentState = { readonly state: 'opening' } | { readonly state: 'failed' } | InForce;

const CHANNEL = 'holdfast-content';
let deps: ContentDeps = {
  keeper: shelfKeeper,
  crypto: platformCrypto,
  engine: contentEngine,
  pins: PINNED_PUBLISHERS,
  clock: { now: () => Date.now() },
  bundled: bundledPackage,
};

let current: ContentState = { state: 'opening' };
let isStarted = false;
let channel: BroadcastChannel | undefined;
const listeners = new Set<() => void>();

function tell(next: ContentState): void {
  current = next;
  for (const listener of listeners) listener();
}
/** Where the browser keeps nothing: the package that came with the program, for as long as the page is open. */
function inMemory(): ShelfKeeper {
  let kept: Shelf | undefined;
  return {
    read: async () => kept,
    write: async (shelf) => {
      kept = shelf;
    },
  };
}
/** One start at a time over all tabs: starts are counted (CT8). */
async function start(): Promise<void> {
  try {
    tell(await navigator.locks.request(CHANNEL, () => startContent(deps)));
  } catch (error) {
    if (error instanceof DOMException && deps.keeper === shelfKeeper) {
      deps = { ...deps, keeper: inMemory() };
      await start();
      return;
    }
    // The screens say NO CHECKS; the error itself is for whoever looks at the console, and holds no patient's data.
    console.error(error);
    tell({ state: 'failed' });
  }
}
function listen(changed: () => void): () => void {
  listeners.add(changed);
  if (!isStarted) {
    isStarted = true;
    channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener('message', () => void start());
    void start();
  }
  return () => listeners.delete(changed);
}

export const useContent = (): ContentState => useSyncExternalStore(listen, () => current);

/** A person's wish; every tab of this device follows. */
export async function wishContent(
  wish: Wish,
  doing: Doing,
): Promise<Result<InForce, PackageRefusal | { readonly kind: ShelfRefusal }>> {
  const done = await navigator.locks.request(CHANNEL, () => changeContent(wish, doing, deps));
  if (done.ok) {
    tell(done.value);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel has none
    channel?.postMessage('changed');
  }
  return done;
}

/** For names, doses and templates; a halted package still knows those. Undefined where there is none. */
export function rulesOf(content: ContentState): DrugRules | undefined {
  return content.state === 'active' || content.state === 'halted'
    ? (content.open.parts.get(DRUG_RULES_SCHEMA) as DrugRules | undefined)
    : undefined;
}
export function orderSetsOf(content: ContentState): readonly OrderSet[] {
  return content.state === 'active' || content.state === 'halted'
    ? ((content.open.parts.get(ORDER_SETS_SCHEMA) as readonly OrderSet[] | undefined) ?? [])
    : [];
}
/** Undefined: it is being opened, so nobody can say yet. */
export function rulesInForce(content: ContentState): RulesInForce | undefined {
  if (content.state === 'opening') return undefined;
  if (content.state === 'failed') return { state: 'no-checks', why: 'failed' };
  if (content.state === 'none') return { state: 'no-checks', why: 'no-content' };
  const rules = rulesOf(content);
  if (content.state === 'halted' || rules === undefined) return { state: 'no-checks', why: 'halted' };
  const { id, label } = content.open.manifest;
  return { state: 'active', rules, content: `${id} ${label}` };
}
/** As `checkOrder`; a checker that fails is "NO CHECKS", never a blank. */
export function checkHere(to: OrderToCheck, inForce: RulesInForce): Checked {
  try {
    return checkOrder(to, inForce);
  } catch (error) {
    // Without its message: that may quote the record.
    console.error('the checker failed', error instanceof Error ? error.name : '');
    return { state: 'no-checks', why: 'failed' };
  }
}
