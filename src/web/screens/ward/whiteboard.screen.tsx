// The ward on a wall: which beds are taken, by whom in initials at most, and how much is to be done.
//
//   WB13  Nothing stands on the wall that tells passers-by who somebody is or what is wrong with them: no name, no number, no birth, no alert, no
//         score, no medicine. It renews itself, and says of when it is.
import { useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import type { BedRow, PatientRow } from '../../../core/care/ward/board.ts';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { Loading } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { initialsOf } from '../patients/patient-line.part.tsx';
import { wardTexts } from './texts.ts';
import { whiteboardTexts } from './whiteboard-texts.ts';
import { useBoard, type BoardNow } from './use-board.ts';
import { useWardChoice, type WardChoice } from './use-wards.ts';
import { BoardAge } from './ward-board.screen.tsx';
import styles from './whiteboard.module.css';

/** Of the place that the screen hangs at; says nothing of anybody. */
const SETTING = 'holdfast-whiteboard';
type Shows = 'initials' | 'beds';
const readSetting = (): Shows => (localStorage.getItem(SETTING) === 'initials' ? 'initials' : 'beds');

export function WhiteboardScreen(): ReactElement {
  const t = useTexts(wardTexts);
  const choice = useWardChoice();
  if (choice === undefined) return <Loading>{t('loading')}</Loading>;
  return <Wall choice={choice} />;
}

function Wall({ choice }: { readonly choice: WardChoice }): ReactElement {
  const tw = useTexts(whiteboardTexts);
  const board = useBoard(choice);
  const [shows, setShows] = useState(readSetting);
  const show = (next: Shows): void => {
    localStorage.setItem(SETTING, next);
    setShows(next);
  };
  return (
    <div className={styles['wall']}>
      <div className={styles['head']}>
        <h1 tabIndex={-1} data-page-title="">
          {choice.chosen.map(({ name }) => name).join(', ')}
        </h1>
        {board !== undefined && <span className={styles['clock']}>{formatTime(board.now)}</span>}
      </div>
      <div className={styles['bar']}>
        <Segmented
          label={tw('whiteboardShow')}
          value={shows}
          onChange={show}
          choices={[
            { value: 'beds', label: tw('whiteboardBeds') },
            { value: 'initials', label: tw('whiteboardInitials') },
          ]}
        />
        {board !== undefined && <BoardAge board={board} />}
        <Link to="/">
          <Icon name="back" /> {tw('whiteboardBack')}
        </Link>
      </div>
      {board === undefined ? <Loading /> : <Beds board={board} shows={shows} />}
    </div>
  );
}

function Beds({ board, shows }: { readonly board: BoardNow; readonly shows: Shows }): ReactElement {
  const t = useTexts(wardTexts);
  return (
    <div className={styles['beds']}>
      {board.boards.flatMap((one) => [
        ...one.beds.map((bed) => (
          <WallBed key={bed.bed.place} bed={bed} shows={shows} isSeen={board.isKnown(one.ward.place)} />
        )),
        ...one.withoutBed.map((row) => (
          <div key={row.stay.id} className={styles['bed']}>
            <span className={styles['label']}>{t('withoutBed')}</span>
            <Who row={row} shows={shows} />
          </div>
        )),
      ])}
    </div>
  );
}

function WallBed({
  bed,
  shows,
  isSeen,
}: {
  readonly bed: BedRow;
  readonly shows: Shows;
  readonly isSeen: boolean;
}): ReactElement {
  const t = useTexts(wardTexts);
  const tw = useTexts(whiteboardTexts);
  const isFree = bed.rows.length === 0;
  return (
    <div className={styles['bed']} data-free={isFree}>
      <span className={styles['label']}>{bed.bed.label}</span>
      {isFree && (
        <span className={styles['taken']}>
          {bed.bed.isClosed ? t('closed') : isSeen ? tw('whiteboardFree') : t('notKnown')}
        </span>
      )}
      {bed.rows.map((row) => (
        <Who key={row.stay.id} row={row} shows={shows} />
      ))}
      {bed.expected.length > 0 && (
        <Tag tone="info" icon="clock">
          {t('expected')}
        </Tag>
      )}
    </div>
  );
}

function Who({ row, shows }: { readonly row: PatientRow; readonly shows: Shows }): ReactElement {
  const t = useTexts(wardTexts);
  const tw = useTexts(whiteboardTexts);
  const { due, overdue } = row.taskCount;
  return (
    <>
      {shows === 'initials' && row.patient !== undefined ? (
        <bdi className={styles['who']}>{initialsOf(identityLines(row.patient.resource, false)) || '?'}</bdi>
      ) : (
        <span className={styles['taken']}>{tw('whiteboardTaken')}</span>
      )}
      {due + overdue > 0 && (
        <Tag tone={overdue > 0 ? 'warn' : 'neutral'} icon="task">
          {overdue > 0 ? t('tasksOverdue', { count: overdue }) : t('tasksDue', { count: due })}
        </Tag>
      )}
    </>
  );
}
