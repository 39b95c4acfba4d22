// The ward on one page: the first screen after signing in.
//
//   WB12  Arrows, Home and End move between beds, Enter opens the chart; a scanned wristband opens its patient.
import { useMemo, useState, type KeyboardEvent, type MouseEvent, type ReactElement } from 'react';
import { Link } from 'react-router';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { allRows, type BoardFilter, type PatientRow, type WardBoard } from '../../../core/care/ward/board.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, Segmented, Select } from '../../parts/choice-fields.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { Page, Row, Stack } from '../../parts/layout.part.tsx';
import { EmptyState, Loading, Notice } from '../../parts/notice.part.tsx';
import { ScanListener } from '../../parts/scan.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { useAgo } from '../../texts/ago.ts';
import { formatDateTime, formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice, useStatus } from '../frame/use-device.ts';
import { nameText, PatientLine } from '../patients/patient-line.part.tsx';
import { useRecentPatients } from '../patients/recent-patients.ts';
import { usePatientScan } from '../patients/patient-scan.part.tsx';
import {
  AlertTag,
  AllergyWords,
  DosesCell,
  NameAlert,
  ResultsCell,
  ScoreCell,
  TasksCell,
} from './board-cells.part.tsx';
import { wardTexts } from './texts.ts';
import { linesOf, useBoard, type BoardLine, type BoardNow, type BoardSort } from './use-board.ts';
import { useMe, type Me } from './use-me.ts';
import { useWardChoice, type WardChoice } from './use-wards.ts';
import styles from './ward-board.module.css';

export function WardBoardScreen(): ReactElement {
  const t = useTexts(wardTexts);
  const choice = useWardChoice();
  if (choice === undefined) {
    return (
      <Page title={t('board')} wide>
        <Loading>{t('loading')}</Loading>
      </Page>
    );
  }
  return <ChosenWards choice={choice} />;
}

function ChosenWards({ choice }: { readonly choice: WardChoice }): ReactElement {
  const t = useTexts(wardTexts);
  const me = useMe();
  const board = useBoard(choice);
  const [filter, setFilter] = useState<BoardFilter>('all');
  const [sort, setSort] = useState<BoardSort>('bed');
  const scan = usePatientScan();
  return (
    <Page
      wide
      title={choice.chosen.map(({ name }) => name).join(', ') || t('board')}
      actions={
        <>
          <Link to="/find">
            <Icon name="search" /> {t('find')}
          </Link>
          {me?.may('Patient', 'create') === true && (
            <Link to="/register">
              <Icon name="plus" /> {t('register')}
            </Link>
          )}
          <Link to={`/handover${searchOf(choice)}`}>
            <Icon name="print" /> {t('handover')}
          </Link>
          <Link to={`/whiteboard${searchOf(choice)}`}>
            <Icon name="board" /> {t('whiteboard')}
          </Link>
        </>
      }
    >
      <ScanListener onScan={scan.onScan} />
      <Stack gap={3}>
        <div className={styles['bar']}>
          <WardPicker choice={choice} />
          <Segmented
            label={t('filter')}
            value={filter}
            onChange={setFilter}
            choices={[
              { value: 'all', label: t('filterAll') },
              { value: 'mine', label: t('filterMine') },
              { value: 'alerts', label: t('filterAlerts') },
              { value: 'due', label: t('filterDue') },
            ]}
          />
          <Select
            label={t('sort')}
            value={sort}
            onChange={(value) => setSort(value === '' ? 'bed' : value)}
            width="9rem"
            choices={[
              { value: 'bed', label: t('sortBed') },
              { value: 'name', label: t('sortName') },
              { value: 'score', label: t('sortScore') },
              { value: 'doses', label: t('sortDoses') },
            ]}
          />
        </div>
        {scan.notice}
        <NotKept choice={choice} />
        {board === undefined ? (
          <Loading>{t('loading')}</Loading>
        ) : (
          <>
            <BoardAge board={board} />
            {board.boards.map((one) => (
              <OneWard
                key={one.ward.place}
                one={one}
                board={board}
                filter={filter}
                sort={sort}
                me={me}
                isOnly={board.boards.length === 1}
              />
            ))}
            <p className={styles['quiet']}>{t('legendWhat')}</p>
          </>
        )}
      </Stack>
    </Page>
  );
}
const searchOf = ({ chosen }: WardChoice): string =>
  chosen.length === 0 ? '' : `?wards=${chosen.map(({ place }) => place.slice('Location/'.length)).join(',')}`;

function WardPicker({ choice }: { readonly choice: WardChoice }): ReactElement {
  const t = useTexts(wardTexts);
  const chosen = new Set(choice.chosen.map(({ place }) => place));
  return (
    <details>
      <summary>
        {t('wards')} ({chosen.size})
      </summary>
      <div className={styles['choices']}>
        {choice.all
          .filter(({ beds, place }) => beds.length > 0 || chosen.has(place))
          .map(({ place, name }) => (
            <Checkbox
              key={place}
              label={name}
              checked={chosen.has(place)}
              onChange={(isWanted) =>
                choice.choose(
                  choice.all.map((ward) => ward.place).filter((one) => (one === place ? isWanted : chosen.has(one))),
                )
              }
            />
          ))}
      </div>
    </details>
  );
}

function NotKept({ choice }: { readonly choice: WardChoice }): ReactElement | null {
  const t = useTexts(wardTexts);
  const device = useDevice();
  const status = useStatus();
  const tell = useToast();
  if (choice.notKept.length === 0) return null;
  const keep = (): void => {
    void device
      .keepWards([...new Set([...status.wards, ...choice.notKept.map(({ place }) => place)])])
      .then(() => tell({ text: t('keepDone') }));
  };
  return (
    <Notice tone="warn" actions={<Button onClick={keep}>{t('keep')}</Button>}>
      {t('notKept', { wards: choice.notKept.map(({ name }) => name).join(', ') })}
    </Notice>
  );
}

/** DT6: of what age everything below is. */
export function BoardAge({ board }: { readonly board: Pick<BoardNow, 'age' | 'isWhole' | 'now'> }): ReactElement {
  const t = useTexts(wardTexts);
  const { ago } = useAgo();
  const { age, isWhole, now } = board;
  return (
    <div className={styles['age']} role="status">
      {age.isStale && (
        <Tag tone="warn" strong icon="clock">
          {t('stale')}
        </Tag>
      )}
      <span>
        {age.asOf === undefined
          ? t('asOfNever')
          : t('asOf', { when: formatDateTime(age.asOf), ago: ago(age.asOf, now) })}
      </span>
      {age.isOffline && <Tag tone="device">{t('offline')}</Tag>}
      {!isWhole && <Tag tone="warn">{t('notWhole')}</Tag>}
    </div>
  );
}

function OneWard({
  one,
  board,
  filter,
  sort,
  me,
  isOnly,
}: {
  readonly one: WardBoard;
  readonly board: BoardNow;
  readonly filter: BoardFilter;
  readonly sort: BoardSort;
  readonly me: Me | undefined;
  readonly isOnly: boolean;
}): ReactElement {
  const t = useTexts(wardTexts);
  const { lines, hidden } = useMemo(
    () => linesOf(one, board.extras, filter, sort, me?.who ?? ''),
    [one, board.extras, filter, sort, me?.who],
  );
  const rows = useMemo(() => new Map(allRows(one).map((row) => [row.id, row])), [one]);
  const { counts, ward } = one;
  const isSeen = board.isKnown(ward.place);
  const isBeyondRoles = me?.sees(ward.place) !== true;
  const shown = { me, board, rows, isSeen };
  return (
    <section aria-label={ward.name}>
      {!isOnly && <h2 className={styles['groupHead']}>{ward.name}</h2>}
      <Row gap={3}>
        {isSeen && <span>{t('beds', { ...counts })}</span>}
        {counts.closed > 0 && <span>{t('bedsClosed', { count: counts.closed })}</span>}
        {hidden > 0 && <span>{t('hidden', { count: hidden })}</span>}
      </Row>
      {isBeyondRoles && <Notice tone="warn">{t('notSeenWhat')}</Notice>}
      {!isBeyondRoles && rows.size === 0 && (
        <EmptyState title={t('nobody')} icon="bed">
          {t('nobodyWhat')}
        </EmptyState>
      )}
      {ward.beds.length === 0 && rows.size > 0 && <p className={styles['quiet']}>{t('noBeds')}</p>}
      {lines.length > 0 && <Lines lines={lines} caption={ward.name} {...shown} />}
      {one.withoutBed.length > 0 && (
        <>
          <h3 className={styles['groupHead']}>{t('withoutBed')}</h3>
          <Lines lines={one.withoutBed.map(loose)} caption={t('withoutBed')} {...shown} />
        </>
      )}
      {one.expected.length > 0 && (
        <>
          <h3 className={styles['groupHead']}>{t('expected')}</h3>
          <Lines lines={one.expected.map(loose)} caption={t('expected')} {...shown} />
        </>
      )}
    </section>
  );
}
const loose = (row: PatientRow): BoardLine => ({ kind: 'patient', key: row.stay.id, row, isTwice: false });

interface LinesProps {
  /** A bed without a name is free. */
  readonly isSeen: boolean;
  readonly lines: readonly BoardLine[];
  readonly caption: string;
  readonly me: Me | undefined;
  readonly board: BoardNow;
  readonly rows: ReadonlyMap<string, PatientRow>;
}

function Lines({ lines, caption, ...shown }: LinesProps): ReactElement {
  const t = useTexts(wardTexts);
  const { me, isSeen } = shown;
  const { remember } = useRecentPatients();
  const { age, now } = shown.board;
  const staleAt = age.isStale && age.asOf !== undefined ? formatMoment(age.asOf, now) : undefined;
  return (
    // Roles are said: on narrow screens the rows are drawn as cards, and a table that is drawn as blocks is none to a screen reader.
    <table className={styles['table']} role="table" aria-label={caption}>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader">{t('bed')}</th>
          <th role="columnheader">{t('patient')}</th>
          {me?.may('Flag', 'read') === true && <th role="columnheader">{t('tags')}</th>}
          {me?.may('Observation', 'read') === true && <th role="columnheader">{t('score')}</th>}
          {me?.may('MedicationRequest', 'read') === true && <th role="columnheader">{t('doses')}</th>}
          {me?.may('DiagnosticReport', 'read') === true && <th role="columnheader">{t('results')}</th>}
          {me?.may('Task', 'read') === true && <th role="columnheader">{t('tasks')}</th>}
        </tr>
      </thead>
      <tbody role="rowgroup" onKeyDown={moveFocus} onClick={(event) => rememberOpened(event, remember)}>
        {lines.map((line) =>
          line.kind === 'bed' ? (
            <EmptyBed key={line.key} line={line} me={me} isSeen={isSeen} staleAt={staleAt} />
          ) : (
            <PatientLineRow key={line.key} line={line} {...shown} />
          ),
        )}
      </tbody>
    </table>
  );
}

/** Enter on a link is a click, too. */
function rememberOpened(event: MouseEvent<HTMLElement>, remember: (id: string) => void): void {
  const link = event.target instanceof Element ? event.target.closest('[data-row-link=patient]') : null;
  const id = link?.getAttribute('href')?.split('/').at(-1);
  if (id !== undefined) remember(id);
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    Home: Number.NEGATIVE_INFINITY,
    End: Number.POSITIVE_INFINITY,
  };
  const step = steps[event.key];
  if (step === undefined) return;
  const links = [...document.querySelectorAll<HTMLElement>('[data-row-link]')];
  const at = links.findIndex((link) => link === document.activeElement);
  if (at < 0) return;
  const next =
    links[Math.min(links.length - 1, Math.max(0, Number.isFinite(step) ? at + step : step > 0 ? links.length - 1 : 0))];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function EmptyBed({
  line,
  me,
  isSeen,
  staleAt,
}: {
  readonly isSeen: boolean;
  /** As of when, where that is long ago: an old copy calls nothing free (DT6). */
  readonly staleAt: string | undefined;
  readonly line: Extract<BoardLine, { kind: 'bed' }>;
  readonly me: Me | undefined;
}): ReactElement {
  const t = useTexts(wardTexts);
  const { bed, expected } = line;
  return (
    <tr role="row" className={styles['row']} data-kind="bed">
      <td role="cell" className={styles['bed']}>
        {bed.label}
      </td>
      <td role="cell" colSpan={6} className={styles['who']}>
        <Row gap={3}>
          <span>
            {bed.isClosed
              ? t('closed')
              : isSeen
                ? staleAt === undefined
                  ? t('empty')
                  : t('emptyAsOf', { when: staleAt })
                : t('notKnown')}
          </span>
          {expected.map(({ stay }) => (
            <Tag key={stay.id} tone="info" icon="clock">
              {stay.from === undefined ? t('expected') : t('expectedFor', { when: formatDateTime(stay.from) })}
            </Tag>
          ))}
          {me?.may('Encounter', 'create') === true && !bed.isClosed && (
            <Link
              to={`/find?bed=${bed.place.slice('Location/'.length)}`}
              data-row-link="bed"
              aria-label={t('admitTo', { bed: bed.label })}
            >
              {t('admitHere')}
            </Link>
          )}
        </Row>
      </td>
    </tr>
  );
}

function PatientLineRow({
  line,
  me,
  board,
  rows,
}: Omit<LinesProps, 'lines' | 'caption' | 'isSeen'> & {
  readonly line: Extract<BoardLine, { kind: 'patient' }>;
}): ReactElement {
  const t = useTexts(wardTexts);
  const { row, bed, isTwice } = line;
  const { now } = board;
  const extras = board.extras.get(row.id);
  const mother = row.mother === undefined ? undefined : rows.get(row.mother)?.patient;
  const isExpected = row.stay.state === 'expected';
  const alarms = row.score?.band === 'high' || (extras?.doses.unknown ?? 0) > 0 || (extras?.results.critical ?? 0) > 0;
  return (
    <tr role="row" className={styles['row']} data-kind="patient" data-look={alarms ? 'alert' : undefined}>
      <td role="cell" className={styles['bed']}>
        {bed?.label ?? (row.stay.now?.words || '–')}
        {row.stay.now?.from !== undefined && (
          <div className={styles['since']}>
            {isExpected
              ? t('expectedFor', { when: formatMoment(row.stay.now.from, now) })
              : t('placed', { when: formatMoment(row.stay.now.from, now) })}
          </div>
        )}
        {isTwice && <Tag tone="danger">{t('bedTwice')}</Tag>}
        {row.isPlaceDisputed && <Tag tone="danger">{t('placeDisputed')}</Tag>}
        {row.stay.state === 'on-leave' && <Tag>{t('onLeave')}</Tag>}
      </td>
      <td role="cell" className={styles['who']}>
        {row.patient === undefined ? (
          <Link to={`/patient/${row.id}`} data-row-link="patient">
            {row.stay.id}
          </Link>
        ) : (
          <PatientLine
            patient={row.patient.resource}
            conflict={row.patient.conflict}
            now={now}
            to={`/patient/${row.id}`}
            linkMark="patient"
          />
        )}
        {mother !== undefined && (
          <div className={styles['quiet']}>
            {t('child', { name: nameText(identityLines(mother.resource, mother.conflict)) })}
          </div>
        )}
        {row.stay.attending !== undefined && <div className={styles['quiet']}>{row.stay.attending.name}</div>}
        {isExpected && (
          <Link to={`/move/${row.id}`} data-row-link="arrive">
            {t('arrive')}
          </Link>
        )}
        <NameAlert row={row} rows={rows} />
      </td>
      {me?.may('Flag', 'read') === true && (
        <td role="cell" className={styles['alerts']}>
          <div className={styles['tags']}>
            {row.tags.map((tag) => (
              <AlertTag key={`${tag.kind} ${tag.words}`} tag={tag} />
            ))}
            {me.may('AllergyIntolerance', 'read') && <AllergyWords section={row.allergies} />}
          </div>
        </td>
      )}
      {me?.may('Observation', 'read') === true && (
        <td role="cell">
          <span className={styles['label']}>{t('score')}</span>
          <ScoreCell score={row.score} now={now} isReading={board.scores === undefined} />
        </td>
      )}
      {me?.may('MedicationRequest', 'read') === true && (
        <td role="cell">
          <span className={styles['label']}>{t('doses')}</span>
          <DosesCell extras={extras} now={now} />
        </td>
      )}
      {me?.may('DiagnosticReport', 'read') === true && (
        <td role="cell">
          <span className={styles['label']}>{t('results')}</span>
          <ResultsCell extras={extras} />
        </td>
      )}
      {me?.may('Task', 'read') === true && (
        <td role="cell">
          <span className={styles['label']}>{t('tasks')}</span>
          <TasksCell row={row} />
        </td>
      )}
    </tr>
  );
}
