// Which records are of one person, found through their links when it is asked for (specs/identity.md, ID20 to ID25).
//
//   1. A list of the patients that have links at all is kept by asking, at most once a second, for those that changed since. Whoever is
//      not on it costs nothing more.
//   2. Whoever is on it is read anew each time: what the list remembers only says where to look.
//   3. Links are read with all rights. Only ids leave this file.
import {
  faultsOf,
  linksOf,
  neighboursOf,
  survivorOf,
  type LinkFault,
  type LinksOfPatient,
} from '../../core/care/identity/patient-links.ts';
import type { Clock, Instant } from '../../core/base/ports.ts';
import type { Criterion } from '../../core/fhir/search/query.ts';
import { EVERYTHING, type RecordStore } from '../../core/record/store.ts';
import { resourceOf } from './identity-deps.ts';

const FRESH_MS = 1_000;
/** Commits become visible a little later than their time says. */
const OVERLAP_MS = 60_000;
const PAGE = 1_000;
/** More records of one person are a mistake: what is beyond is left out of searches, never out of the record. */
const CLOSURE_MAX = 100;

const LINKED: Criterion = {
  kind: 'param',
  param: 'link',
  type: 'reference',
  modifier: 'missing',
  values: [{ kind: 'missing', missing: false }],
};

export interface PatientLinks {
  /** Of those of `ids` that have links: all records of the same person, itself among them, by id. Empty for nearly every search. */
  closuresOf(ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** All records of one person, as their links are now: [] where there is no such patient. */
  recordsOf(id: string): Promise<readonly LinksOfPatient[]>;
  /** Whether anybody has links: then criteria about patients have to be looked at. */
  isAnyLinked(): Promise<boolean>;
  /** Told by who just wrote links, so that this process knows at once. */
  wrote(records: readonly LinksOfPatient[]): void;
  /** What contradicts itself at this node, with who is shown meanwhile. */
  faults(): Promise<readonly { readonly fault: LinkFault; readonly shown: string; readonly ids: readonly string[] }[]>;
}

export function openPatientLinks({
  store,
  clock,
}: {
  readonly store: RecordStore;
  readonly clock: Clock;
}): PatientLinks {
  /** Of each patient with links: who was seen to name them, or be named by them. */
  const near = new Map<string, Set<string>>();
  let askedAt: Instant | undefined;
  let asking: Promise<void> | undefined;

  const learn = (links: LinksOfPatient): void => {
    for (const other of neighboursOf(links)) {
      for (const [a, b] of [
        [links.id, other],
        [other, links.id],
      ] as const) {
        const known = near.get(a);
        if (known === undefined) near.set(a, new Set([b]));
        else known.add(b);
      }
    }
  };

  const ask = async (now: Instant): Promise<void> => {
    const where: Criterion[] = [LINKED];
    if (askedAt !== undefined) {
      const from = Math.min(askedAt, now) - OVERLAP_MS;
      where.push({ kind: 'lastUpdated', values: [{ kind: 'date', prefix: 'ge', lo: from, hi: from + 1 }] });
    }
    let after: string | undefined;
    do {
      const found = await store.search(
        {
          types: ['Patient'],
          where,
          sort: [],
          count: PAGE,
          total: 'none',
          include: [],
          ...(after === undefined ? {} : { after }),
        },
        EVERYTHING,
        { includes: 0, ms: 60_000 },
      );
      // Asked again with the next question.
      if (!found.ok) return;
      for (const { stored } of found.value.hits) learn(linksOf(resourceOf(stored)));
      after = found.value.next;
    } while (after !== undefined);
    askedAt = now;
  };
  const refresh = async (): Promise<void> => {
    const now = clock.now();
    if (askedAt !== undefined && now >= askedAt && now - askedAt < FRESH_MS) return;
    asking ??= ask(now).finally(() => {
      asking = undefined;
    });
    await asking;
  };

  const recordsOf = async (id: string): Promise<readonly LinksOfPatient[]> => {
    const found = new Map<string, LinksOfPatient>();
    /** Named by the list alone: of this person only if they name one who is. */
    const doubtful = new Map<string, LinksOfPatient>();
    let next = [id];
    const asked = new Set(next);
    while (next.length > 0 && found.size < CLOSURE_MAX) {
      const read = await store.read(
        next.map((one) => ({ type: 'Patient', id: one })),
        EVERYTHING,
      );
      for (const stored of read) {
        if (stored === undefined || stored.deleted) continue;
        const links = linksOf(resourceOf(stored));
        learn(links);
        doubtful.set(links.id, links);
      }
      // Whoever names, or is named by, one who is found is found too.
      for (let grew = true; grew;) {
        grew = false;
        for (const links of doubtful.values()) {
          const isOfThem =
            links.id === id ||
            neighboursOf(links).some((other) => found.has(other)) ||
            [...found.values()].some((one) => neighboursOf(one).includes(links.id));
          if (!isOfThem) continue;
          found.set(links.id, links);
          doubtful.delete(links.id);
          grew = true;
        }
      }
      const wanted = [...found.values()].flatMap((links) => [...neighboursOf(links), ...(near.get(links.id) ?? [])]);
      next = [...new Set(wanted)].filter((one) => !asked.has(one)).slice(0, CLOSURE_MAX);
      for (const one of next) asked.add(one);
    }
    return [...found.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };

  return {
    recordsOf: async (id) => {
      await refresh();
      return recordsOf(id);
    },
    closuresOf: async (ids) => {
      await refresh();
      const closures = new Map<string, readonly string[]>();
      if (near.size === 0) return closures;
      for (const id of new Set(ids)) {
        if (!near.has(id)) continue;
        const records = await recordsOf(id);
        if (records.length > 1)
          closures.set(
            id,
            records.map((each) => each.id),
          );
      }
      return closures;
    },
    isAnyLinked: async () => {
      await refresh();
      return near.size > 0;
    },
    wrote: (records) => {
      for (const links of records) learn(links);
    },
    faults: async () => {
      await refresh();
      const done = new Set<string>();
      const all: { fault: LinkFault; shown: string; ids: readonly string[] }[] = [];
      for (const id of [...near.keys()].toSorted()) {
        // Two records can contradict each other only in a circle; more are looked at.
        if (done.has(id)) continue;
        const records = await recordsOf(id);
        const ids = records.map((each) => each.id);
        for (const each of ids) done.add(each);
        for (const fault of faultsOf(records)) all.push({ fault, shown: survivorOf(records) ?? id, ids });
      }
      return all;
    },
  };
}
