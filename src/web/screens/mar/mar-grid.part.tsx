// The grid of doses: 24 hours in columns of two, past shaded, a clear line at now; every cell reachable by arrow keys (ARIA grid).
//
//   MD42  A cell's state is told by shape and word, not by colour alone; each dose in a cell is shown with its own time and amount.
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactElement } from 'react';
import type { MarCell, MarRow } from '../../../core/care/medication/mar-rows.ts';
import type { MedicineRule } from '../../../core/care/medication/drug-rules.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { Button } from '../../parts/button.part.tsx';
import { classNames } from '../../parts/class-names.ts';
import { Icon } from '../../parts/icon.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDateTime, formatMoment, formatTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { MedicationLineText } from '../medication/medication-line.part.tsx';
import { lineTexts } from '../medication/line-texts.ts';
import { amountWords } from '../medication/line-words.ts';
import { CELL_ICON, cellText, entryFacts, stateWords } from './cell-words.ts';
import styles from './mar.module.css';
import { marTexts } from './texts.ts';

const HOUR_MS = 3_600_000;
const COLUMN_MS = 2 * HOUR_MS;
const COLUMNS = 12;
const GROUPS = ['scheduled', 'infusion', 'as-needed', 'unordered'] as const;

export interface GridProps {
  readonly rows: readonly MarRow[];
  readonly from: Instant;
  readonly now: Instant;
  /** Nothing is missing here: an empty line may say that none was given. */
  readonly whole: boolean;
  readonly ruleOf: (row: MarRow) => MedicineRule | undefined;
  readonly mayChart: boolean;
  readonly onOpen: (row: MarRow, cell: MarCell | undefined) => void;
}

export function MarGrid({ rows, from, now, whole, ruleOf, mayChart, onOpen }: GridProps): ReactElement {
  const t = useTexts(marTexts);
  const table = useRef<HTMLTableElement>(null);
  const [at, setAt] = useState({
    row: 0,
    column: Math.min(COLUMNS - 1, Math.max(0, Math.floor((now - from) / COLUMN_MS))),
  });
  // What is due now is what is looked for: the column of now is in sight, however narrow the screen.
  useEffect(() => {
    table.current?.querySelector('[data-now]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [from]);
  const columns = Array.from({ length: COLUMNS }, (_, n) => from + n * COLUMN_MS);
  const isNow = (start: Instant): boolean => now >= start && now < start + COLUMN_MS;
  const cellsIn = (row: MarRow, start: Instant): readonly MarCell[] =>
    row.cells.filter((cell) => cell.at >= start && cell.at < start + COLUMN_MS);
  const move = (event: KeyboardEvent<HTMLElement>, row: number, column: number): void => {
    const isRtl = getComputedStyle(event.currentTarget).direction === 'rtl';
    const side = isRtl ? -1 : 1;
    const step = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -side],
      ArrowRight: [0, side],
      Home: [0, -COLUMNS],
      End: [0, COLUMNS],
    }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = {
      row: Math.min(rows.length - 1, Math.max(0, row + (step[0] ?? 0))),
      column: Math.min(COLUMNS - 1, Math.max(0, column + (step[1] ?? 0))),
    };
    setAt(next);
    table.current?.querySelector<HTMLElement>(`[data-cell="${next.row} ${next.column}"]`)?.focus();
  };
  const shownAt = { row: Math.min(at.row, rows.length - 1), column: at.column };
  return (
    <div data-part="mar-grid">
      <p className={styles['hint']}>{t('keys')}</p>
      <div className={styles['scroll']}>
        <table
          ref={table}
          className={styles['grid']}
          role="grid"
          aria-label={t('grid', { from: formatDateTime(from), to: formatDateTime(from + COLUMNS * COLUMN_MS) })}
        >
          <thead>
            <tr role="row">
              <th
                scope="col"
                role="columnheader"
                className={classNames(styles['headCol'], styles['rowHead'], styles['corner'])}
              >
                {t('medicines')}
              </th>
              {columns.map((start) => (
                <th
                  key={start}
                  scope="col"
                  role="columnheader"
                  data-now={isNow(start) ? '' : undefined}
                  className={classNames(start + COLUMN_MS <= now && styles['past'])}
                >
                  {formatTime(start)}
                  {isNow(start) && <span className={styles['nowTag']}> {t('now', { time: formatTime(now) })}</span>}
                </th>
              ))}
            </tr>
          </thead>
          {GROUPS.map((group) => {
            const inGroup = rows.filter((row) => row.group === group);
            if (inGroup.length === 0) return null;
            return (
              <tbody key={group} role="rowgroup">
                <tr className={styles['groupRow']} role="row">
                  <th scope="rowgroup" role="rowheader" colSpan={COLUMNS + 1}>
                    <span>{t(group)}</span>
                  </th>
                </tr>
                {inGroup.map((row) => {
                  const n = rows.indexOf(row);
                  return (
                    <tr key={`${row.line.from} ${row.group}`} role="row" data-row={row.line.from}>
                      <th scope="row" role="rowheader" className={styles['rowHead']}>
                        <RowHead
                          row={row}
                          rule={ruleOf(row)}
                          now={now}
                          whole={whole}
                          mayChart={mayChart}
                          onGive={() => onOpen(row, undefined)}
                        />
                      </th>
                      {columns.map((start, column) => (
                        <GridCell
                          key={start}
                          row={row}
                          cells={cellsIn(row, start)}
                          start={start}
                          isPast={start + COLUMN_MS <= now}
                          nowShare={isNow(start) ? (now - start) / COLUMN_MS : undefined}
                          place={`${n} ${column}`}
                          isCurrent={shownAt.row === n && shownAt.column === column}
                          onMove={(event) => move(event, n, column)}
                          onFocus={() => setAt({ row: n, column })}
                          onOpen={(cell) => onOpen(row, cell)}
                        />
                      ))}
                    </tr>
                  );
                })}
              </tbody>
            );
          })}
        </table>
      </div>
    </div>
  );
}

function GridCell({
  row,
  cells,
  start,
  isPast,
  nowShare,
  place,
  isCurrent,
  onMove,
  onFocus,
  onOpen,
}: {
  readonly row: MarRow;
  readonly cells: readonly MarCell[];
  readonly start: Instant;
  readonly isPast: boolean;
  readonly nowShare: number | undefined;
  readonly place: string;
  readonly isCurrent: boolean;
  readonly onMove: (event: KeyboardEvent<HTMLElement>) => void;
  readonly onFocus: () => void;
  readonly onOpen: (cell: MarCell) => void;
}): ReactElement {
  const t = useTexts(marTexts);
  const line = useTexts(lineTexts);
  const { name } = row.line;
  const label = (cell: MarCell): string =>
    t('cellLabel', { name, time: formatTime(cell.at), state: cellText(t, line, cell) });
  const style = nowShare === undefined ? undefined : ({ '--now': `${Math.round(nowShare * 100)}%` } as CSSProperties);
  return (
    <td
      role="gridcell"
      data-cell={place}
      tabIndex={isCurrent ? 0 : -1}
      style={style}
      aria-label={cells.length === 0 ? t('emptyCell', { name, time: formatTime(start) }) : undefined}
      className={classNames(
        styles['cell'],
        cells.length === 0 && styles['empty'],
        isPast && styles['past'],
        nowShare !== undefined && styles['nowCell'],
      )}
      onFocus={onFocus}
      onKeyDown={(event) => {
        const [first] = cells;
        if (
          (event.key === 'Enter' || event.key === ' ') &&
          event.target === event.currentTarget &&
          first !== undefined
        ) {
          event.preventDefault();
          onOpen(first);
        } else onMove(event);
      }}
    >
      {cells.map((cell, n) => (
        <button
          key={`${cell.at} ${n}`}
          type="button"
          // Reached by Enter from the cell; the second of two by Tab.
          tabIndex={isCurrent && n > 0 ? 0 : -1}
          className={classNames(styles['chip'], styles[cell.state])}
          aria-label={label(cell)}
          data-state={cell.state}
          onClick={() => onOpen(cell)}
        >
          <Icon name={CELL_ICON[cell.state]} size={1} />
          <span>
            <strong>{formatTime(cell.at)}</strong> {stateWords(t, cell)}
            {cell.entries.length > 1 && <small>{t('doses', { n: cell.entries.length })}</small>}
            {entryFacts(t, line, cell).map((facts, m) => (
              <small key={`${m} ${facts}`}>{facts}</small>
            ))}
            {cell.escalate && <small>{t('escalate')}</small>}
          </span>
        </button>
      ))}
    </td>
  );
}

function RowHead({
  row,
  rule,
  now,
  whole,
  mayChart,
  onGive,
}: {
  readonly row: MarRow;
  readonly rule: MedicineRule | undefined;
  readonly now: Instant;
  readonly whole: boolean;
  readonly mayChart: boolean;
  readonly onGive: () => void;
}): ReactElement {
  const t = useTexts(marTexts);
  const line = useTexts(lineTexts);
  const { lastGiven, nextDueAt, asNeeded } = row;
  const amount = (of: NonNullable<typeof lastGiven>): string =>
    of.amount === undefined ? of.amountWords : amountWords(line, of.amount);
  const canGive = mayChart && row.request !== undefined;
  // An order that ended has no cell to come; a late entry of it is possible all the same (CR12).
  const isPast = ['stopped', 'completed', 'cancelled'].includes(row.line.status);
  return (
    <>
      <MedicationLineText line={row.line} />
      <div className={styles['marks']}>
        {row.disputed && <Tag tone="danger">{line('conflict')}</Tag>}
        {row.line.status === 'held' && <Tag tone="warn">{t('held')}</Tag>}
        {row.critical && <Tag tone="info">{line('critical')}</Tag>}
        {rule?.highAlert === true && <Tag tone="warn">{line('highAlert')}</Tag>}
        {rule?.controlled === true && <Tag>{line('controlled')}</Tag>}
      </div>
      <div className={styles['about']}>
        {lastGiven === undefined ? (
          <span>{t(whole ? 'neverGiven' : 'noneShown')}</span>
        ) : (
          <span>
            {t('lastGiven', { time: formatMoment(lastGiven.at, now), amount: amount(lastGiven) })}
            {lastGiven.site === '' ? '' : `, ${lastGiven.site}`}
          </span>
        )}
        {nextDueAt !== undefined && <span>{t('nextDue', { time: formatMoment(nextDueAt, now) })}</span>}
        {asNeeded !== undefined && (
          <>
            <span>
              {asNeeded.earliestAt === undefined
                ? t('mayNow')
                : t('earliest', { time: formatMoment(asNeeded.earliestAt, now) })}
            </span>
            {asNeeded.most24 !== undefined && (
              <span>
                {asNeeded.given24 === undefined
                  ? t('in24Unknown')
                  : t('in24', {
                      given: amountWords(line, { value: asNeeded.given24, unit: asNeeded.most24.unit }),
                      most: amountWords(line, asNeeded.most24),
                    })}
              </span>
            )}
          </>
        )}
        {row.timesUnclear && <strong>{t('timesUnclear')}</strong>}
      </div>
      {canGive && (row.group !== 'scheduled' || row.timesUnclear || isPast) && (
        <Button size="small" onClick={onGive} aria-label={t('giveNow', { name: row.line.name })}>
          {t('give')}
        </Button>
      )}
    </>
  );
}
