// A table for reading and choosing: the head stays while its rows scroll, rows can be reached and opened by keyboard, columns sort.
//
//   SR13  With rows that open, the table is a grid with one tab stop: arrows, Home and End move between rows, Enter opens, Space selects.
import { useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';
import { useTexts } from '../texts/use-texts.ts';
import { classNames } from './class-names.ts';
import { Icon } from './icon.part.tsx';
import { partsTexts } from './parts.texts.ts';
import { orderRows, type Sorting } from './order-rows.ts';
import styles from './table.module.css';

export interface Column<R> {
  readonly key: string;
  readonly head: ReactNode;
  readonly cell: (row: R) => ReactNode;
  /** What the rows are sorted by; without it the column does not sort. Numbers by size, texts by the rules of the language. */
  readonly by?: (row: R) => string | number | undefined;
  /** Names the row for screen readers. One column should. */
  readonly isRowHead?: boolean;
  /** Numbers stand at the end of the line, under each other. */
  readonly align?: 'start' | 'end' | 'center';
  /** `8rem` */
  readonly width?: string;
  /** Left out on narrow screens: what it says must stand elsewhere too. */
  readonly wideOnly?: boolean;
}

export interface TableProps<R> {
  /** What the table shows, for screen readers; with `showCaption` for all. */
  readonly caption: string;
  readonly showCaption?: boolean;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R) => string;
  /** Stands where there are no rows. */
  readonly empty: ReactNode;
  /** Enter, or a click on the row. */
  readonly onOpen?: (row: R) => void;
  readonly selected?: ReadonlySet<string>;
  /** Space, or the first column's box. */
  readonly onSelect?: (row: R) => void;
  /** How a row looks: `past`, `alert`, `quiet`. Never the only sign of what it means. */
  readonly rowLook?: (row: R) => 'past' | 'alert' | 'quiet' | undefined;
  readonly sortedBy?: Sorting;
  /** `60vh`: scrolls within; as high as its rows without. */
  readonly height?: string;
  readonly dense?: boolean;
}

export function Table<R>({
  caption,
  showCaption = false,
  columns,
  rows,
  rowKey,
  empty,
  onOpen,
  selected,
  onSelect,
  rowLook,
  sortedBy,
  height,
  dense = false,
}: TableProps<R>): ReactElement {
  const t = useTexts(partsTexts);
  const [sorting, sort] = useState<Sorting | undefined>(sortedBy);
  const [at, moveTo] = useState<string>();
  const body = useRef<HTMLTableSectionElement>(null);
  const isGrid = onOpen !== undefined || onSelect !== undefined;
  const by = columns.find((c) => c.key === sorting?.key)?.by;
  const shown = sorting === undefined || by === undefined ? rows : orderRows(rows, by, sorting.down);
  const here = shown.some((row) => rowKey(row) === at) ? at : shown[0] === undefined ? undefined : rowKey(shown[0]);

  const move = (event: KeyboardEvent, row: R, n: number): void => {
    if (event.target !== event.currentTarget) return;
    const to = { ArrowDown: n + 1, ArrowUp: n - 1, Home: 0, End: shown.length - 1, PageDown: n + 10, PageUp: n - 10 }[
      event.key
    ];
    if (to !== undefined) {
      const next = shown[Math.max(0, Math.min(shown.length - 1, to))];
      if (next === undefined) return;
      event.preventDefault();
      moveTo(rowKey(next));
      const line = body.current?.rows[shown.indexOf(next)];
      line?.focus();
    } else if (event.key === 'Enter' && onOpen !== undefined) {
      event.preventDefault();
      onOpen(row);
    } else if (event.key === ' ' && onSelect !== undefined) {
      event.preventDefault();
      onSelect(row);
    }
  };

  return (
    <div
      className={classNames(styles['scroll'])}
      style={height === undefined ? undefined : { maxBlockSize: height }}
      // A part that scrolls must be reachable by keyboard; the rows of a grid are.
      {...(isGrid && shown.length > 0 ? {} : { tabIndex: 0, role: 'region', 'aria-label': caption })}
    >
      <table
        className={classNames(styles['table'], dense && styles['dense'])}
        role={isGrid ? 'grid' : undefined}
        aria-multiselectable={onSelect === undefined ? undefined : true}
      >
        <caption className={showCaption ? styles['caption'] : styles['unseen']}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((c) => {
              const sorted = sorting?.key === c.key ? (sorting.down ? 'descending' : 'ascending') : undefined;
              return (
                <th
                  key={c.key}
                  scope="col"
                  aria-sort={sorted}
                  className={classNames(styles[c.align ?? 'start'], c.wideOnly === true && styles['wideOnly'])}
                  style={c.width === undefined ? undefined : { inlineSize: c.width }}
                >
                  {c.by === undefined ? (
                    c.head
                  ) : (
                    <button
                      type="button"
                      className={styles['sort']}
                      onClick={() => sort({ key: c.key, down: sorted === 'ascending' })}
                    >
                      {c.head}
                      <Icon
                        name={sorted === undefined ? 'sort' : sorted === 'ascending' ? 'up' : 'down'}
                        size={1}
                        {...(sorted === undefined
                          ? {}
                          : { label: t(sorted === 'ascending' ? 'sortAscending' : 'sortDescending') })}
                      />
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody ref={body}>
          {shown.map((row, n) => {
            const key = rowKey(row);
            const look = rowLook?.(row);
            return (
              <tr
                key={key}
                className={classNames(isGrid && styles['opens'], look !== undefined && styles[look])}
                {...(isGrid
                  ? {
                      tabIndex: key === here ? 0 : -1,
                      onKeyDown: (event: KeyboardEvent) => move(event, row, n),
                      onFocus: () => moveTo(key),
                      onClick: () => onOpen?.(row),
                      ...(selected === undefined ? {} : { 'aria-selected': selected.has(key) }),
                    }
                  : {})}
              >
                {columns.map((c) => {
                  const className = classNames(styles[c.align ?? 'start'], c.wideOnly === true && styles['wideOnly']);
                  return c.isRowHead === true ? (
                    <th key={c.key} scope="row" className={className}>
                      {c.cell(row)}
                    </th>
                  ) : (
                    <td key={c.key} className={className}>
                      {c.cell(row)}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
      {shown.length === 0 && <div className={styles['empty']}>{empty}</div>}
    </div>
  );
}
