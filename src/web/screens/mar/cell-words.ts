// What a cell of the chart of doses says: its shape, its word, its facts. Shape and word both tell the state; colour only repeats it.
import type { CellState, MarCell } from '../../../core/care/medication/mar-rows.ts';
import type { IconName } from '../../parts/icon.part.tsx';
import type { Texts } from '../../texts/define-texts.ts';
import { formatTime } from '../../texts/clinical-dates.ts';
import type { Speak } from '../../texts/use-texts.ts';
import { amountWords, type LineSpeak } from '../medication/line-words.ts';
import type { marTexts } from './texts.ts';

export type MarSpeak = typeof marTexts extends Texts<infer English> ? Speak<English> : never;

export const CELL_ICON: Readonly<Record<CellState, IconName>> = {
  planned: 'clock',
  due: 'diamond-full',
  overdue: 'triangle',
  missed: 'question',
  given: 'check-circle',
  running: 'drop',
  'not-given': 'cross',
  wasted: 'delete',
  held: 'minus',
  unknown: 'document',
  'stop-disputed': 'octagon',
  covered: 'check',
};

export function stateWords(t: MarSpeak, cell: MarCell): string {
  if (cell.state !== 'unknown') return t(cell.state);
  return t(cell.why === 'elsewhere' ? 'unknown-elsewhere' : 'unknown-paper');
}
/** `08:10 1,000 mg; left arm`: of each dose, so that two are read as two. */
export function entryFacts(t: MarSpeak, line: LineSpeak, cell: MarCell): readonly string[] {
  return cell.entries.map((entry) => {
    const amount = entry.amount === undefined ? entry.amountWords : amountWords(line, entry.amount);
    const facts = [
      cell.dueAt === entry.at ? '' : formatTime(entry.at),
      entry.status === 'given' || entry.status === 'running' ? amount : entry.reason,
      entry.lateAt === undefined ? '' : t('late'),
    ];
    return facts.filter((one) => one !== '').join(' ');
  });
}
export const cellText = (t: MarSpeak, line: LineSpeak, cell: MarCell): string =>
  [stateWords(t, cell), ...entryFacts(t, line, cell), cell.escalate ? t('escalate') : '']
    .filter((one) => one !== '')
    .join(', ');
