// What stands in the compartments that reads and searches are about: asked together, and remembered for a moment.
//
//   RS32  Remembered for a second at most, and no longer than until this process writes into the compartment what a look could
//         find. A read by key, and a write's own question, use what is remembered only to say yes: what stays hidden costs the
//         same look as what was never there (PG18).
//   PG19  Looks that are wanted while others are under way go to the database together.
import type { ResourceFilter, Visibility } from '../../../core/record/store.ts';
import type { Around } from '../../../core/record/visible.ts';
import { int8s, texts } from './binary-arrays.ts';
import type { Queryable } from './connections.ts';
import { hashOf } from './hashes.ts';
import type { StoreTools } from './prepare.ts';
import { groupOf, type Group } from './sight.ts';
import { Values } from './stored-rows.ts';
import { exactly, groupSql, type FindNames } from './visible-sql.ts';

/** Answers of one look, by the group's key. */
export type Answers = ReadonlyMap<string, boolean>;

/** A compartment to look into. */
export interface Place {
  readonly c: number;
  readonly home: string;
}
/** Where nothing is: looked into for what is not there, or is no patient's, as for what is. */
export const nowhere = (type: string, id: string): Place => ({ c: hashOf(`${type}/${id}`), home: `?${type}/${id}` });

/** Homes of one look: the first waits for the last. */
const PLACES_TOGETHER_MAX = 64;
/** The next is gathered while one is answered: a look costs more by itself than for each of its homes. */
const UNDER_WAY_MAX = 1;
/** Homes that are remembered at once; beyond, all is forgotten. */
const REMEMBERED_MAX = 20_000;

interface Wanted {
  readonly groups: readonly Group[];
  readonly asks: { readonly place: Place; readonly settle: (answers: Answers) => void; readonly fail: Fail }[];
}
type Fail = (error: unknown) => void;

export class Surroundings {
  readonly #db: Queryable;
  readonly #tools: StoreTools;
  readonly #names: FindNames;
  readonly #rememberMs: number;
  /** By what is asked. */
  readonly #wanted = new Map<string, Wanted>();
  readonly #remembered = new Map<string, { readonly answers: Map<string, boolean>; readonly until: number }>();
  /** The types that the filters of all looks so far name. */
  readonly #lookedFor = new Set<string>();
  /** Since the look that is under way began: what it finds there may be from before. */
  readonly #writtenMeanwhile = new Set<string>();
  #isDue = false;
  #underWay = 0;

  constructor(db: Queryable, tools: StoreTools, names: FindNames, rememberMs: number) {
    this.#db = db;
    this.#tools = tools;
    this.#names = names;
    this.#rememberMs = rememberMs;
  }

  /** What is remembered, as far as it lets somebody see. */
  get lately(): Around {
    const said = (group: readonly ResourceFilter[], home: string): boolean | undefined => {
      const found = this.#remembered.get(home);
      return found === undefined || found.until < performance.now() ? undefined : found.answers.get(groupOf(group).key);
    };
    return {
      findsAny: (group, home) => said(group, home) === true,
      findsNone: (group, home) => said(group, home) === false,
    };
  }

  /** Forgets what stood in these compartments, where what was written there can be what a look finds: a dose cannot. */
  forget(written: Iterable<{ readonly type: string; readonly home: string }>): void {
    for (const { type, home } of written) {
      if (!this.#lookedFor.has(type)) continue;
      this.#remembered.delete(home);
      if (this.#underWay > 0) this.#writtenMeanwhile.add(home);
    }
  }

  /** What is remembered of all the groups, or else a look. */
  known(groups: readonly Group[], place: Place): Promise<Answers> {
    const found = this.#remembered.get(place.home);
    const isKnown = found !== undefined && found.until >= performance.now();
    if (isKnown && groups.every(({ key }) => found.answers.has(key))) return Promise.resolve(found.answers);
    return this.look(groups, place);
  }

  /** Looks now; one statement, with those of others that ask for the same groups. */
  look(groups: readonly Group[], place: Place): Promise<Answers> {
    return new Promise((settle, fail) => {
      const key = groups.map((group) => group.key).join(';');
      let wanted = this.#wanted.get(key);
      if (wanted === undefined) {
        this.#wanted.set(key, (wanted = { groups, asks: [] }));
        for (const { filters } of groups)
          for (const { types } of filters) for (const type of types) this.#lookedFor.add(type);
      }
      wanted.asks.push({ place, settle, fail });
      if (this.#isDue || this.#underWay >= UNDER_WAY_MAX) return;
      this.#isDue = true;
      setImmediate(() => {
        this.#isDue = false;
        this.#send();
      });
    });
  }

  #send(): void {
    for (const [key, wanted] of this.#wanted) {
      if (this.#underWay >= UNDER_WAY_MAX) return;
      const asks = wanted.asks.splice(0, PLACES_TOGETHER_MAX);
      if (wanted.asks.length === 0) this.#wanted.delete(key);
      this.#underWay++;
      void this.#answer({ groups: wanted.groups, asks }).finally(() => {
        this.#underWay--;
        this.#send();
      });
    }
  }

  async #answer({ groups, asks }: Wanted): Promise<void> {
    const until = performance.now() + this.#rememberMs;
    this.#writtenMeanwhile.clear();
    try {
      const found = await lookAround(
        this.#db,
        this.#tools,
        this.#names,
        groups,
        asks.map(({ place }) => place),
      );
      for (const [i, { place, settle }] of asks.entries()) {
        const answers = found[i] ?? new Map<string, boolean>();
        this.#remember(place, answers, until);
        settle(answers);
      }
    } catch (error) {
      for (const { fail } of asks) fail(error);
    }
  }

  #remember({ home }: Place, answers: Answers, until: number): void {
    if (this.#rememberMs === 0 || home.startsWith('?') || this.#writtenMeanwhile.has(home)) return;
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    const before = this.#remembered.get(home);
    // One end for all that is known of a home: what was asked first ends first.
    if (before === undefined || before.until < performance.now()) {
      this.#remembered.set(home, { answers: new Map(answers), until });
    } else for (const [key, finds] of answers) before.answers.set(key, finds);
  }
}

/** In the order of `places`. */
export async function lookAround(
  db: Queryable,
  tools: StoreTools,
  names: FindNames,
  groups: readonly Group[],
  places: readonly Place[],
): Promise<readonly Answers[]> {
  const { text, values, c, home } = await statementFor(tools, names, groups);
  const given = [...values];
  given[c] = int8s(places.map((place) => place.c));
  given[home] = texts(places.map((place) => place.home));
  const rows = await db.query(text, given);
  const answers: Answers[] = places.map(() => new Map());
  for (const [i, ...found] of rows) {
    answers[Number(i) - 1] = new Map(groups.map(({ key }, g) => [key, found[g] === true]));
  }
  return answers;
}

/** The look for some groups, with the places of the two values that differ. */
interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly c: number;
  readonly home: number;
}
const STATEMENTS_MAX = 1_000;
const statements = new WeakMap<StoreTools, Map<string, Statement>>();

/** Made once where it always is the same: writing it costs more than sending it. */
async function statementFor(tools: StoreTools, names: FindNames, groups: readonly Group[]): Promise<Statement> {
  let known = statements.get(tools);
  if (known === undefined) statements.set(tools, (known = new Map()));
  const key = groups.map((group) => group.key).join(';');
  const made = known.get(key);
  if (made !== undefined) return made;
  const wanted: Visibility = { see: 'some', rules: [{ related: groups.map(({ filters }) => filters) }] };
  const exact = await exactly(tools, wanted, names);
  const statement = write(tools, exact.see === 'some' ? (exact.rules[0]?.related ?? []) : []);
  if (exact !== wanted) return statement;
  if (known.size >= STATEMENTS_MAX) known.clear();
  known.set(key, statement);
  return statement;
}

function write(tools: StoreTools, groups: readonly (readonly ResourceFilter[])[]): Statement {
  const values = new Values();
  const keys = 'keys of the places';
  const homes = 'names of the places';
  const c = values.add(keys, 'bigint[]');
  const home = values.add(homes, 'text[]');
  const columns = groups.map((group) => groupSql(tools, group, { c: 'k.c', home: 'k.home' }, values));
  const [text, used] = values.used(
    `SELECT k.i, ${columns.join(', ')} FROM unnest(${c}, ${home}) WITH ORDINALITY AS k(c, home, i)`,
  );
  return { text, values: used, c: used.indexOf(keys), home: used.indexOf(homes) };
}

/** What one look found, of one home. */
export const aroundBy = (answers: Answers): Around => ({
  findsAny: (group) => answers.get(groupOf(group).key) === true,
  findsNone: (group) => answers.get(groupOf(group).key) === false,
});
