// The handover of a whole ward on paper: every patient in bed order, what was signed, else what the record says.
//
//   WB47  The sheet says as of when it is, who printed it, and on each page which of how many; no patient of the ward is missing from it.
import { useCallback, useMemo, type ReactElement } from 'react';
import type { Entry } from '../../../core/care/banner/allergy-section.ts';
import { latestHandover, type Handover } from '../../../core/care/handover/handover-note.ts';
import { partTexts } from '../../../core/care/handover/line-words.ts';
import { PARTS, prefillHandover } from '../../../core/care/handover/prefill-handover.ts';
import { allRows, type PatientRow } from '../../../core/care/ward/board.ts';
import type { Device, Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Page, Row, Stack } from '../../parts/layout.part.tsx';
import { EmptyState, Loading, Notice } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { PatientLine } from '../patients/patient-line.part.tsx';
import { AlertTag, AllergyWords, NameAlert } from '../ward/board-cells.part.tsx';
import { readOfPatients, useSteadyRead } from '../ward/read-all.ts';
import { useBoard, type BoardNow } from '../ward/use-board.ts';
import { useMe } from '../ward/use-me.ts';
import { useWardChoice, type WardChoice } from '../ward/use-wards.ts';
import { BoardAge } from '../ward/ward-board.screen.tsx';
import { taskTexts } from './texts.ts';
import { useLineSpeech } from './use-speech.ts';
import styles from './tasks.module.css';

export function WardHandoverScreen(): ReactElement {
  const t = useTexts(taskTexts);
  const choice = useWardChoice();
  const me = useMe();
  return (
    <Page
      title={t('handoverSheet')}
      wide
      actions={
        <span className={styles['noPrint']}>
          <Button icon="print" onClick={() => window.print()}>
            {t('print')}
          </Button>
        </span>
      }
    >
      {me?.may('Composition', 'read') !== true ? (
        <Notice>{t('refused')}</Notice>
      ) : choice === undefined ? (
        <Loading />
      ) : (
        <Sheet choice={choice} />
      )}
    </Page>
  );
}

const TYPES = ['Condition', 'Procedure', 'Composition'] as const;

async function readBehind(device: Device, patients: readonly string[]): Promise<readonly Shown[]> {
  const since = new Date(device.status().now - 3 * 86_400_000).toISOString();
  const [conditions, procedures, notes, results] = await Promise.all([
    ...TYPES.map((type) => readOfPatients(device, type, 'patient', patients, '')),
    readOfPatients(device, 'Observation', 'patient', patients, `&category=laboratory&date=ge${since}`),
  ]);
  return [...(conditions ?? []), ...(procedures ?? []), ...(notes ?? []), ...(results ?? [])];
}

function Sheet({ choice }: { readonly choice: WardChoice }): ReactElement {
  const t = useTexts(taskTexts);
  const board = useBoard(choice);
  const me = useMe();
  const ids = useMemo(
    () =>
      (board?.boards ?? [])
        .flatMap(allRows)
        .map(({ id }) => id)
        .join(' '),
    [board],
  );
  const behind = useSteadyRead(
    useCallback((device: Device) => readBehind(device, ids === '' ? [] : ids.split(' ')), [ids]),
  );
  if (board === undefined || behind === undefined || board.scores === undefined) return <Loading />;
  const printed = formatDateTime(board.now);
  return (
    <Stack gap={3}>
      <Row gap={4}>
        <strong>{choice.chosen.map(({ name }) => name).join(', ')}</strong>
        <BoardAge board={board} />
        <span className={styles['foot']}>{t('page', { when: printed, name: me?.name ?? '?' })}</span>
      </Row>
      {board.boards.flatMap(allRows).length === 0 && <EmptyState title={t('handoverNone')} icon="handover" />}
      <div className={styles['sheet']}>
        {board.boards.map((one) => {
          const rows = new Map(allRows(one).map((row) => [row.id, row]));
          return allRows(one)
            .filter(({ stay }) => stay.state !== 'expected')
            .map((row) => <OnePerson key={row.stay.id} row={row} rows={rows} board={board} behind={behind} />);
        })}
      </div>
      <p className={styles['foot']}>{t('destroy')}</p>
    </Stack>
  );
}

function OnePerson({
  row,
  rows,
  board,
  behind,
}: {
  readonly row: PatientRow;
  readonly rows: ReadonlyMap<string, PatientRow>;
  readonly board: BoardNow;
  readonly behind: readonly Shown[];
}): ReactElement {
  const t = useTexts(taskTexts);
  const speech = useLineSpeech();
  const { now, read, scores } = board;
  const entries = useMemo(() => entriesOf(row.id, read, scores ?? [], behind), [row.id, read, scores, behind]);
  const last: Handover | undefined = latestHandover(entries.map(({ resource }) => resource));
  const filled = partTexts(prefillHandover(entries, now), speech);
  return (
    <section className={styles['person']}>
      <Row gap={3} align="start">
        <h2 className={styles['bed']}>{row.stay.now?.words ?? '–'}</h2>
        {row.patient === undefined ? (
          row.id
        ) : (
          <PatientLine
            patient={row.patient.resource}
            conflict={row.patient.conflict}
            now={now}
            to={`/patient/${row.id}/handover`}
          />
        )}
      </Row>
      <Row gap={2}>
        {row.tags.map((tag) => (
          <AlertTag key={`${tag.kind} ${tag.words}`} tag={tag} />
        ))}
        <NameAlert row={row} rows={rows} />
        <AllergyWords section={row.allergies} />
        {last === undefined ? (
          <Tag tone="warn">{t('fromRecord')}</Tag>
        ) : (
          <Tag tone="ok">{t('signedBy', { when: formatDateTime(last.at), name: last.by || '?' })}</Tag>
        )}
      </Row>
      <div className={styles['parts']}>
        {PARTS.map((part) => (
          <div key={part}>
            <h3>{t(part)}</h3>
            <p dir="auto">{(last === undefined ? filled[part].words : last.parts[part]) || '–'}</p>
          </div>
        ))}
      </div>
    </section>
  );
}

function entriesOf(
  id: string,
  read: BoardNow['read'],
  scores: readonly Entry[],
  behind: readonly Shown[],
): readonly Entry[] {
  const all: readonly Entry[] = [
    ...read.flags,
    ...read.allergies,
    ...scores,
    ...read.tasks,
    ...read.encounters,
    ...behind,
  ];
  return all.filter(({ resource }) =>
    ['subject', 'patient', 'for'].some((name) => {
      const value = resource[name];
      return (
        typeof value === 'object' && value !== null && 'reference' in value && value['reference'] === `Patient/${id}`
      );
    }),
  );
}
