// Values over time as a line, with the range of reference behind it, and the same values as a table: who cannot see the line reads the table,
// and it is what is printed. NHS CUI: graphs show value, unit and time without doubt.
import { useEffect, useId, useMemo, useRef, useState, type ReactElement } from 'react';
import Plot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatDateTime, formatDate, formatTime } from '../texts/clinical-dates.ts';
import { formatQuantity } from '../texts/clinical-numbers.ts';
import { useTexts } from '../texts/use-texts.ts';
import { asColumns, breakLines, type TrendPoint } from './break-lines.ts';
import { partsTexts } from './parts.texts.ts';
import styles from './trend-chart.module.css';

export type { TrendPoint } from './break-lines.ts';

export interface TrendLine {
  readonly name: string;
  readonly unit: string;
  readonly points: readonly TrendPoint[];
  /** How the points are drawn: shape tells lines apart, not colour alone. */
  readonly mark?: 'circle' | 'square' | 'diamond';
}
export interface TrendChartProps {
  /** What is shown, for screen readers: `Heart rate, last 24 hours`. */
  readonly label: string;
  /** All of one unit: other units are other charts. */
  readonly lines: readonly TrendLine[];
  readonly band?: { readonly low?: number; readonly high?: number; readonly label?: string };
  /** Values further apart are not joined. */
  readonly gapMs: number;
  readonly from?: number;
  readonly until?: number;
  readonly height?: number;
  /** The table is beside the chart already, on the screen that shows it. */
  readonly hideTable?: boolean;
}

const HUES = ['--hf-primary', '--hf-info', '--hf-warn', '--hf-danger'] as const;

export function TrendChart({
  label,
  lines,
  band,
  gapMs,
  from,
  until,
  height = 160,
  hideTable = false,
}: TrendChartProps): ReactElement {
  const t = useTexts(partsTexts);
  const place = useRef<HTMLDivElement>(null);
  const id = useId();
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const box = place.current;
    if (box === null) return undefined;
    const watch = new ResizeObserver(() => setWidth(Math.floor(box.clientWidth)));
    watch.observe(box);
    return () => watch.disconnect();
  }, []);
  const scheme = useScheme();
  const drawn = useMemo(() => {
    const runs = lines.flatMap((line, n) => breakLines(line.points, gapMs).map((run) => ({ line, n, run })));
    return { runs, ...asColumns(runs.map((r) => r.run)) };
  }, [lines, gapMs]);

  useEffect(() => {
    const box = place.current;
    if (box === null || width < 40) return undefined;
    const style = getComputedStyle(box);
    const colour = (name: string): string => resolveColour(box, name);
    const unit = lines[0]?.unit ?? '';
    const values = drawn.columns.flatMap((c) => c.filter((v) => v !== null));
    const axis = {
      stroke: colour('--hf-muted'),
      grid: { stroke: colour('--hf-rule'), width: 1 },
      ticks: { stroke: colour('--hf-rule') },
      font: `11px ${style.fontFamily}`,
    };
    const plot = new Plot(
      {
        width,
        height,
        cursor: { show: false },
        legend: { show: false },
        scales: {
          x: {
            time: true,
            ...(from === undefined || until === undefined
              ? {}
              : { range: [from / 1000, until / 1000] as [number, number] }),
          },
          y: { range: () => rangeOf(values, band) },
        },
        axes: [
          { ...axis, values: (_: Plot, ticks: number[]) => ticks.map((s) => tickWords(s * 1000)) },
          {
            ...axis,
            size: 56,
            values: (_: Plot, ticks: number[]) => ticks.map((v) => String(v)),
            label: unit,
            labelSize: 16,
            labelFont: axis.font,
          },
        ],
        series: [
          {},
          ...drawn.runs.map(({ line, n }) => ({
            label: line.name,
            stroke: colour(HUES[n % HUES.length] ?? '--hf-primary'),
            width: 2,
            points: {
              show: true,
              size: 7,
              ...(line.mark === undefined || line.mark === 'circle' ? {} : { fill: colour('--hf-surface') }),
            },
            spanGaps: true,
          })),
        ],
        hooks: {
          drawClear: [
            (u: Plot) => {
              if (band?.low === undefined && band?.high === undefined) return;
              const { left, top, width: w, height: h } = u.bbox;
              const high = band.high === undefined ? top : Math.max(top, u.valToPos(band.high, 'y', true));
              const low = band.low === undefined ? top + h : Math.min(top + h, u.valToPos(band.low, 'y', true));
              u.ctx.fillStyle = colour('--hf-ok-ground');
              u.ctx.fillRect(left, high, w, Math.max(0, low - high));
            },
          ],
        },
      },
      [drawn.times.map((at) => at / 1000), ...drawn.columns.map((c) => [...c])],
      box,
    );
    return () => plot.destroy();
  }, [drawn, width, height, band?.low, band?.high, from, until, lines, scheme]);

  return (
    <figure className={styles['figure']} aria-labelledby={id}>
      <figcaption id={id} className={styles['caption']}>
        {label}
        {band !== undefined && (
          <span className={styles['band']}>
            {band.label ?? `${t('reference')} ${[band.low, band.high].filter((v) => v !== undefined).join('–')}`}
          </span>
        )}
      </figcaption>
      <div ref={place} className={styles['plot']} style={{ minBlockSize: height }} aria-hidden="true" dir="ltr" />
      {!hideTable && <ValueTable lines={lines} />}
    </figure>
  );
}

function ValueTable({ lines }: { readonly lines: readonly TrendLine[] }): ReactElement {
  const t = useTexts(partsTexts);
  const times = [...new Set(lines.flatMap((line) => line.points.map((p) => p.at)))].sort((a, b) => b - a);
  return (
    <details className={styles['values']}>
      <summary>{t('asTable')}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('time')}</th>
            {lines.map((line) => (
              <th key={line.name} scope="col">
                {line.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((at) => (
            <tr key={at}>
              <th scope="row">{formatDateTime(at)}</th>
              {lines.map((line) => {
                const points = line.points.filter((p) => p.at === at);
                return (
                  <td key={line.name}>
                    {points
                      .map((p) => (p.value === undefined ? t('gap') : formatQuantity(p.value, p.unit ?? line.unit)))
                      .join('; ')}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function rangeOf(values: readonly number[], band: TrendChartProps['band']): [number, number] {
  const all = [...values, ...[band?.low, band?.high].filter((v) => v !== undefined)];
  if (all.length === 0) return [0, 1];
  const low = Math.min(...all);
  const high = Math.max(...all);
  const room = (high - low) * 0.12 || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}

/** Midnight is said as its day. */
const tickWords = (at: number): string => (formatTime(at) === '00:00' ? formatDate(at).slice(0, 6) : formatTime(at));

/** What a variable with `light-dark()` comes to here: a canvas takes colours alone. */
function resolveColour(box: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  box.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** Changes when light or dark does. */
function useScheme(): string {
  const [scheme, setScheme] = useState('');
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const look = (): void => setScheme(`${String(query.matches)} ${document.documentElement.dataset['scheme'] ?? ''}`);
    look();
    query.addEventListener('change', look);
    const watch = new MutationObserver(look);
    watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-scheme'] });
    return () => {
      query.removeEventListener('change', look);
      watch.disconnect();
    };
  }, []);
  return scheme;
}
