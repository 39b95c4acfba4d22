// Whether an actor may write what a commit is about to hold, asked once for all of it, before it is appended.
//
//   EN27  Seen but not for this actor to write is `forbidden`, and nothing of the commit lands.
//   EN28  Under an id that the client chose, where nothing is seen, only who `putCreates` creates: for everyone else it is
//         `not-found`, whatever is there, and no statement is run that says which.
//   EN34  What one commit brings together is judged together: who admits a patient may write what comes with the admission.
//   EN29  `judge` has the last word, with the resource before and after.
//
// What a write was judged by may change until it lands, but not the resource itself: the commit expects the heads that
// were judged.
import { assert } from '../base/assert.ts';
import { parseJson } from '../base/json.ts';
import type { ResourceJson } from '../base/json-types.ts';
import type {
  Candidate,
  RecordStore,
  ResourceFilter,
  ResourceKey,
  Stored,
  Visibility,
  VisibilityRule,
} from '../record/store.ts';
import { satisfies, seenAs } from '../record/visible.ts';
import type { Change, ChangeRefusal, Refused, WriteRights } from './engine.ts';
import { nameOf } from './resolve-targets.ts';

/** One write of a commit, or an update that changes no byte, which needs the same right. */
export interface Judged {
  readonly index: number;
  readonly change: Change;
  readonly key: ResourceKey;
  /** What the actor sees there. */
  readonly current: Stored | undefined;
  /** Absent for a delete, and where no byte changes. */
  readonly after: ResourceJson | undefined;
  /** The client named the id: in the address, or in the text of a conditional update. */
  readonly isChosenId: boolean;
}

type Right = 'create' | 'update' | 'delete';

interface Asked {
  readonly one: Judged;
  readonly right: Right;
  readonly before: ResourceJson | undefined;
  readonly after: ResourceJson | undefined;
}

/** The first refusal in the order of `writes`; undefined where all may land. */
export async function judgeWrites(
  store: RecordStore,
  writes: readonly Judged[],
  may: WriteRights,
  visible: Visibility,
): Promise<Refused | undefined> {
  const asked = writes.map(askedOf);
  const alone = await seen(store, asked, may, visible);
  const within = alone.size === asked.length ? alone : await seenTogether(store, asked, alone, may.create);
  for (const { one, right, before, after } of asked) {
    if (one.change.kind === 'update' && one.current === undefined && one.isChosenId && !may.putCreates) {
      return { index: one.index, refusal: { kind: 'not-found', key: one.key } };
    }
    if (!within.has(one)) return { index: one.index, refusal: forbidden(one.key, WHY[right]) };
    const { key } = one;
    const why = may.judge({
      key,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
    if (why !== undefined) return { index: one.index, refusal: forbidden(key, why) };
  }
  return undefined;
}

const WHY: Readonly<Record<Right, string>> = {
  create: 'None of your roles may make this here.',
  update: 'None of your roles may change this.',
  delete: 'None of your roles may delete this.',
};

const forbidden = (key: ResourceKey, why: string): ChangeRefusal => ({ kind: 'forbidden', key, why });

function askedOf(one: Judged): Asked {
  const isLive = one.current !== undefined && !one.current.deleted;
  const right: Right = one.change.kind === 'delete' ? 'delete' : isLive ? 'update' : 'create';
  const before = isLive && one.current !== undefined ? resourceOf(one.current) : undefined;
  // An update that changes no byte leaves what is there.
  return { one, right, before, after: one.after ?? (right === 'update' ? before : undefined) };
}

function resourceOf({ text, key }: Stored): ResourceJson {
  const parsed = parseJson(text, { depthMax: 1_000 });
  assert(parsed.ok, 'a stored body is JSON');
  // A stored body is a resource: an object with the type of its key.
  return { ...(parsed.value.value as ResourceJson), id: key.id };
}

/** The writes whose every side is within its right: one question to the store for each kind of right. */
async function seen(
  store: RecordStore,
  asked: readonly Asked[],
  may: WriteRights,
  visible: Visibility,
): Promise<ReadonlySet<Judged>> {
  const outside = new Set<Judged>();
  for (const right of ['create', 'update', 'delete'] as const) {
    const allowed = may[right];
    if (allowed.see === 'everything') continue;
    const candidates: Candidate[] = [];
    const owners: Judged[] = [];
    const forked: Judged[] = [];
    const ask = (one: Judged, resource: ResourceJson): void => {
      candidates.push({ key: one.key, resource });
      owners.push(one);
    };
    for (const each of asked) {
      if (each.right !== right) continue;
      const { one, before } = each;
      // What the actor sees is within a right that is the very same set.
      if (before !== undefined && allowed !== visible) {
        ask(one, before);
        // A label on any of several heads counts, and the candidate is one head alone.
        if ((one.current?.heads.length ?? 0) > 1) forked.push(one);
      }
      if (one.after !== undefined) ask(one, one.after);
    }
    if (candidates.length === 0) continue;
    const answers = await store.wouldSee(candidates, allowed);
    owners.forEach((one, i) => {
      if (answers[i] !== true) outside.add(one);
    });
    if (forked.length === 0) continue;
    const keys = forked.map(({ key }) => key);
    const found = new Set(
      (await store.read(keys, allowed)).flatMap((each) => (each === undefined ? [] : [nameOf(each.key)])),
    );
    for (const one of forked) if (!found.has(nameOf(one.key))) outside.add(one);
  }
  return new Set(asked.map(({ one }) => one).filter((one) => !outside.has(one)));
}

/**
 * Those of `alone`, and creates that are within their right by what else the commit creates, where that is within its right itself: as
 * if it had been written a moment before. What the commit brings can also take away (`unrelated`), whoever may write it.
 */
async function seenTogether(
  store: RecordStore,
  asked: readonly Asked[],
  alone: ReadonlySet<Judged>,
  allowed: Visibility,
): Promise<ReadonlySet<Judged>> {
  if (allowed.see === 'everything') return alone;
  const within = new Set(alone);
  const brought = asked.flatMap(({ one, right, after }) =>
    after === undefined ? [] : [{ one, right, seen: seenAs({ key: one.key, resource: after }, {}), after }],
  );
  for (const home of new Set(brought.map(({ seen: { home: its } }) => its))) {
    if (home === '') continue;
    const here = brought.filter((each) => each.seen.home === home);
    const finds = (of: typeof here, filters: readonly ResourceFilter[]): boolean =>
      of.some(({ seen: { indexed } }) => indexed !== undefined && filters.some((filter) => satisfies(indexed, filter)));
    // What is within its right now may be what the next one needs.
    for (let isMore = true; isMore;) {
      isMore = false;
      const standing = here.filter(({ one, right }) => right === 'create' && within.has(one));
      const rules = allowed.rules.flatMap((rule): readonly VisibilityRule[] => {
        const { related, ...rest } = rule;
        const left = related?.filter((group) => !finds(standing, group)) ?? [];
        if (related === undefined || left.length === related.length) return [];
        if (rest.unrelated !== undefined && finds(here, rest.unrelated)) return [];
        return [left.length === 0 ? rest : { ...rest, related: left }];
      });
      const open = here.filter(({ one, right }) => right === 'create' && !within.has(one));
      if (rules.length === 0 || open.length === 0) continue;
      const answers = await store.wouldSee(
        open.map(({ one, after }) => ({ key: one.key, resource: after })),
        { see: 'some', rules },
      );
      open.forEach(({ one }, i) => {
        if (answers[i] === true) within.add(one);
        isMore ||= answers[i] === true;
      });
    }
  }
  return within;
}
