// The board of some wards, as it stands now: read from the device, put together by the rules of `core/care`.
import { useCallback, useMemo } from 'react';
import { copyAge, type CopyAge } from '../../../core/care/banner/copy-age.ts';
import type { Copy, Entry } from '../../../core/care/banner/allergy-section.ts';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { custodyState, notShownSince } from '../../../core/care/medication/custody-here.ts';
import { holdersOf } from '../../../core/care/medication/mar-custody.ts';
import { doseCounts, type DoseCounts } from '../../../core/care/medication/dose-counts.ts';
import {
  allRows,
  passes,
  wardBoards,
  type BoardFilter,
  type PatientRow,
  type WardBoard,
} from '../../../core/care/ward/board.ts';
import type { Bed } from '../../../core/care/ward/places.ts';
import { isReconciling } from '../../../core/care/ward/reconciling.ts';
import { countResults, type ResultCounts } from '../../../core/care/ward/count-results.ts';
import type { Instant } from '../../../core/base/ports.ts';
import type { Shown, Status } from '../../device/device.ts';
import { useNow } from '../chart/use-now.ts';
import { useStatus } from '../frame/use-device.ts';
import { nameText } from '../patients/patient-line.part.tsx';
import { useSteadyRead } from './read-all.ts';
import { readBehind, readWard, type WardRead } from './read-ward.ts';
import { useMe } from './use-me.ts';
import type { WardChoice } from './use-wards.ts';

/** Why doses are unknown: on paper (CR9), charted elsewhere (CR7), or nothing was heard. */
export type UnknownDoses =
  | { readonly kind: 'paper' }
  | { readonly kind: 'elsewhere'; readonly where: string }
  | { readonly kind: 'unheard'; readonly since: Instant };
export interface RowExtras {
  readonly why?: UnknownDoses;
  readonly doses: DoseCounts;
  readonly results: ResultCounts;
}
export interface BoardNow {
  readonly boards: readonly WardBoard[];
  readonly extras: ReadonlyMap<string, RowExtras>;
  readonly age: CopyAge;
  /** Everything of the wards is here. */
  readonly isWhole: boolean;
  /** Of a ward (`Location/1`): who lies there is kept here, has come, and is shown to this person. Else a bed without a name is not free (WB18). */
  readonly isKnown: (ward: string) => boolean;
  readonly now: Instant;
  readonly read: WardRead;
  /** Undefined while scores, doses and results are still being read. */
  readonly scores: readonly Entry[] | undefined;
}

export const zoneMinutes = (at: Instant): number => -new Date(at).getTimezoneOffset();

export const copyOf = (status: Pick<Status, 'asOf' | 'place' | 'filling'>, now: Instant): Copy => {
  const { isStale, asOf } = copyAge(status.asOf, now, status.place);
  return { held: status.filling === undefined ? 'whole' : 'filling', isStale, ...(asOf === undefined ? {} : { asOf }) };
};

/** Undefined until it was read. */
export function useBoard({ chosen, all, notKept }: WardChoice): BoardNow | undefined {
  const status = useStatus();
  const me = useMe();
  const now = useNow();
  const read = useSteadyRead(useCallback((device) => readWard(device, chosen), [chosen]));
  const ids = read?.ids.join(' ');
  const behind = useSteadyRead(
    useCallback(
      (device) =>
        ids === undefined ? Promise.resolve(undefined) : readBehind(device, ids === '' ? [] : ids.split(' ')),
      [ids],
    ),
  );
  const { asOf, place, filling, downtime, self, siteCode } = status;
  return useMemo(() => {
    if (read === undefined) return undefined;
    const told = { place, ...(asOf === undefined ? {} : { asOf }), ...(filling === undefined ? {} : { filling }) };
    const boards = wardBoards(chosen, { ...read, scores: behind?.scores ?? [], wards: all }, copyOf(told, now), now);
    const age = copyAge(asOf, now, place);
    const isHeld = isReconciling(read.downtimes, downtime, now);
    const charting = read.tasks.map(({ key, resource }) => ({ name: `Task/${key.id}`, body: resource }));
    const extras = new Map(
      (behind === undefined ? [] : boards.flatMap(allRows)).map(({ id, stay }): [string, RowExtras] => {
        const medicines = behind?.medicines.get(id) ?? [];
        const custody = custodyState(holdersOf(`Encounter/${stay.id}`, charting), {
          device: self,
          siteCode,
          place,
          asOf,
          stale: age.isStale,
        });
        const elsewhereSince = notShownSince(custody);
        const doses = doseCounts(
          medicines.map(({ resource }) => resource),
          {
            now,
            zoneMinutes,
            reconciling: isHeld,
            conflicts: disputedIn(medicines),
            ...(elsewhereSince === undefined ? {} : { elsewhereSince }),
          },
        );
        const results = countResults(
          (behind?.results.get(id) ?? []).map(({ resource }) => resource),
          now,
          stay.from,
        );
        const where =
          custody.kind === 'elsewhere'
            ? custody.where
            : custody.kind === 'several'
              ? custody.where.join(', ')
              : undefined;
        // On paper, elsewhere, or wherever nobody hears of it.
        const why: UnknownDoses | undefined = isHeld
          ? { kind: 'paper' }
          : where !== undefined
            ? { kind: 'elsewhere', where }
            : elsewhereSince === undefined
              ? undefined
              : { kind: 'unheard', since: elsewhereSince };
        return [id, { doses, results, ...(why === undefined ? {} : { why }) }];
      }),
    );
    const isWhole = filling === undefined;
    const isKnown = (ward: string): boolean =>
      isWhole && asOf !== undefined && me?.sees(ward) === true && !notKept.some((one) => one.place === ward);
    return { boards, extras, age, isWhole, isKnown, now, read, scores: behind?.scores };
  }, [read, behind, chosen, all, notKept, me, asOf, place, filling, downtime, self, siteCode, now]);
}

const disputedIn = (shown: readonly Shown[]): ReadonlySet<string> =>
  new Set(shown.filter(({ conflict }) => conflict).map(({ key }) => `${key.type}/${key.id}`));

/** A line of the board. */
export type BoardLine =
  | {
      readonly kind: 'patient';
      readonly key: string;
      readonly bed?: Bed;
      readonly row: PatientRow;
      readonly isTwice: boolean;
    }
  | { readonly kind: 'bed'; readonly key: string; readonly bed: Bed; readonly expected: readonly PatientRow[] };

export type BoardSort = 'bed' | 'name' | 'score' | 'doses';
export const wantingDoses = ({ doses }: RowExtras): number =>
  doses.due + doses.overdue + doses.unknown + doses.disputed;

/** What stands on the board of one ward, in order, and how many patients the filter hides. Beds in order alone show empty ones (WB11). */
export function linesOf(
  board: WardBoard,
  extras: ReadonlyMap<string, RowExtras>,
  filter: BoardFilter,
  sort: BoardSort,
  who: string,
): { readonly lines: readonly BoardLine[]; readonly hidden: number } {
  const due = (row: PatientRow): number => {
    const found = extras.get(row.id);
    return found === undefined ? 0 : wantingDoses(found);
  };
  const shows = (row: PatientRow): boolean => passes(row, filter, who, due(row));
  const all: readonly BoardLine[] = board.beds.flatMap(({ bed, rows, expected }): readonly BoardLine[] =>
    rows.length === 0
      ? [{ kind: 'bed', key: bed.place, bed, expected }]
      : rows.map((row) => ({
          kind: 'patient',
          key: `${bed.place} ${row.stay.id}`,
          bed,
          row,
          isTwice: rows.length > 1,
        })),
  );
  const kept = all.filter((line) => (line.kind === 'patient' ? shows(line.row) : filter === 'all' && sort === 'bed'));
  const patients = all.filter(({ kind }) => kind === 'patient').length;
  const hidden = patients - kept.filter(({ kind }) => kind === 'patient').length;
  if (sort === 'bed') return { lines: kept, hidden };
  const value = ({ row }: Extract<BoardLine, { kind: 'patient' }>): string | number => {
    if (sort === 'name') return row.patient === undefined ? '' : nameText(identityLines(row.patient.resource, false));
    if (sort === 'score') return -(row.score?.score ?? -1);
    const counts = extras.get(row.id)?.doses;
    return counts === undefined ? 0 : -((counts.overdue + counts.unknown + counts.disputed) * 100 + counts.due);
  };
  const lines = kept
    .filter((line) => line.kind === 'patient')
    .toSorted((a, b) => {
      const [one, other] = [value(a), value(b)];
      return one < other ? -1 : one > other ? 1 : 0;
    });
  return { lines, hidden };
}
