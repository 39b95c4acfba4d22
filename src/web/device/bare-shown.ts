// Resources on their way from the record to a page: the text alone, since a page that has a version already need not read it again.
//
//   BD37  A page gets what the device shows, whatever of it had it before; the same version is the same object.
import type { ResourceJson } from '../../core/base/json-types.ts';
import type { Chart, ConflictShown, Saved, Shown, ShownPage } from './device.ts';

type Bare<S extends Shown> = Omit<S, 'resource'>;
export type BareShown = Bare<Shown>;
export type BareChart = Omit<Chart, 'patient' | 'all'> & {
  readonly all: readonly BareShown[];
  readonly patient: number;
};
export type BarePage = Omit<ShownPage, 'found'> & {
  readonly found: readonly (BareShown & { readonly mode: 'match' | 'include' })[];
};
export type BareSaved = Omit<Saved, 'shown'> & { readonly shown: readonly (BareShown | undefined)[] };
export type BareConflict = Omit<ConflictShown, 'shown'> & { readonly shown: BareShown };

/** Member by member: `resource` may be read from the text when it is touched. */
export function bare<S extends Shown>(shown: S): Bare<S> {
  const rest: Partial<Record<keyof S, unknown>> = {};
  for (const name of Object.keys(shown) as (keyof S)[]) if (name !== 'resource') rest[name] = shown[name];
  return rest as Bare<S>;
}
export const bareEach = (all: readonly (Shown | undefined)[]): readonly (BareShown | undefined)[] =>
  all.map((one) => (one === undefined ? undefined : bare(one)));
/** `patient`: which of `all` it is; -1 for none. */
export const bareChart = ({ patient, all, ...rest }: Chart): BareChart => ({
  ...rest,
  all: all.map(bare),
  patient: patient === undefined ? -1 : all.indexOf(patient),
});

const KNOWN_MAX = 30_000;

/** What a page was shown, by name. */
export class WholeShown {
  readonly #known = new Map<string, Shown>();

  /** Nothing of a patient stays in a page whose device was locked. */
  forget(): void {
    this.#known.clear();
  }
  of(one: BareShown): Shown {
    const name = `${one.key.type}/${one.key.id}`;
    const before = this.#known.get(name);
    if (before !== undefined && isSame(before, one)) return before;
    const resource = before?.text === one.text ? before.resource : (JSON.parse(one.text) as ResourceJson);
    const whole: Shown = { ...one, resource };
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(name, whole);
    return whole;
  }
  each(all: readonly (BareShown | undefined)[]): readonly (Shown | undefined)[] {
    return all.map((one) => (one === undefined ? undefined : this.of(one)));
  }
  chart({ patient, all, ...rest }: BareChart): Chart {
    const whole = all.map((one) => this.of(one));
    return { ...rest, all: whole, patient: whole[patient] };
  }
}

const isSame = (a: BareShown, b: BareShown): boolean =>
  a.versionId === b.versionId &&
  a.lastUpdatedAt === b.lastUpdatedAt &&
  a.safe === b.safe &&
  a.conflict === b.conflict &&
  a.severity === b.severity &&
  a.text === b.text;
