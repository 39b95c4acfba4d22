// What is to be done on the ward, and for one patient.
import { useMemo, useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { allRows } from '../../../core/care/ward/board.ts';
import { currentStay, staysOf } from '../../../core/care/ward/stays.ts';
import { isRecordTask, tasksOf } from '../../../core/care/ward/tasks.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import type { Shown } from '../../device/device.ts';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { Page, Stack } from '../../parts/layout.part.tsx';
import { EmptyState, Loading, Notice } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { nameText } from '../patients/patient-line.part.tsx';
import { useBoard } from '../ward/use-board.ts';
import { useMe } from '../ward/use-me.ts';
import { useWardChoice, type WardChoice } from '../ward/use-wards.ts';
import { BoardAge } from '../ward/ward-board.screen.tsx';
import { NewTask } from './new-task.part.tsx';
import { TaskList, type ListedTask } from './task-list.part.tsx';
import { taskTexts } from './texts.ts';
import styles from './tasks.module.css';

type Filter = 'all' | 'mine' | 'due' | 'overdue';
const DONE_MS = 12 * 3_600_000;

export function listed(shown: readonly Shown[], now: Instant): readonly ListedTask[] {
  const byId = new Map(shown.map((one) => [one.key.id, one]));
  return tasksOf(
    shown.map(({ resource }) => resource),
    now,
  ).flatMap((task) => {
    const found = byId.get(task.id);
    return found === undefined ? [] : [{ task, shown: found }];
  });
}

function useFilter(): {
  readonly filter: Filter;
  readonly bar: ReactElement;
  readonly passes: (one: ListedTask, who: string) => boolean;
} {
  const t = useTexts(taskTexts);
  const [filter, setFilter] = useState<Filter>('all');
  const bar = (
    <Segmented
      label={t('filter')}
      value={filter}
      onChange={setFilter}
      choices={[
        { value: 'all', label: t('all') },
        { value: 'mine', label: t('mine') },
        { value: 'due', label: t('due') },
        { value: 'overdue', label: t('overdue') },
      ]}
    />
  );
  const passes = ({ task }: ListedTask, who: string): boolean =>
    filter === 'all' ||
    (filter === 'mine' && task.owner?.who === who) ||
    (filter === 'due' && (task.urgency === 'due' || task.urgency === 'overdue')) ||
    (filter === 'overdue' && task.urgency === 'overdue');
  return { filter, bar, passes };
}

/** Of the wards that are chosen. */
export function WardTasksScreen(): ReactElement {
  const t = useTexts(taskTexts);
  const choice = useWardChoice();
  const me = useMe();
  return (
    <Page title={t('wardTasks')} wide>
      {me?.may('Task', 'read') !== true ? (
        <Notice>{t('refused')}</Notice>
      ) : choice === undefined ? (
        <Loading />
      ) : (
        <OfWards choice={choice} />
      )}
    </Page>
  );
}

function OfWards({ choice }: { readonly choice: WardChoice }): ReactElement {
  const t = useTexts(taskTexts);
  const me = useMe();
  const board = useBoard(choice);
  const { filter, bar, passes } = useFilter();
  const rows = useMemo(() => new Map((board?.boards ?? []).flatMap(allRows).map((row) => [row.id, row])), [board]);
  const tasks = useMemo(
    () =>
      board === undefined
        ? []
        : listed(board.read.tasks, board.now).filter(({ task }) => task.isOpen && rows.has(task.patient)),
    [board, rows],
  );
  if (board === undefined) return <Loading />;
  const kept = tasks.filter((one) => passes(one, me?.who ?? ''));
  const choices = [...rows.values()].map((row) => ({
    value: row.id,
    label: `${row.stay.now?.words ?? ''} — ${row.patient === undefined ? '?' : nameText(identityLines(row.patient.resource, false))}`,
  }));
  return (
    <Stack gap={4}>
      <BoardAge board={board} />
      {bar}
      {kept.length === 0 ? (
        <EmptyState title={filter === 'all' || tasks.length === 0 ? t('none') : t('noneFiltered')} icon="task">
          {t('noneWhat')}
        </EmptyState>
      ) : (
        <TaskList
          tasks={kept}
          me={me}
          now={board.now}
          whose={(patient) => {
            const row = rows.get(patient);
            return (
              <Link to={`/patient/${patient}`}>
                {row?.stay.now?.words ?? ''}{' '}
                <bdi>{row?.patient === undefined ? '?' : nameText(identityLines(row.patient.resource, false))}</bdi>
              </Link>
            );
          }}
        />
      )}
      {me?.may('Task', 'create') === true && (
        <NewTask me={me} patients={choices} stayOf={(patient) => rows.get(patient)?.stay.id} />
      )}
    </Stack>
  );
}

/** `patient/:patient/tasks` */
export function PatientTasksScreen(): ReactElement {
  const t = useTexts(taskTexts);
  const { patientId, ofType, now } = usePatientChart();
  const me = useMe();
  const { bar, passes } = useFilter();
  const shown = ofType('Task').filter(({ resource }: { readonly resource: ResourceJson }) => !isRecordTask(resource));
  const tasks = listed(shown, now);
  const open = tasks.filter(({ task }) => task.isOpen);
  const kept = open.filter((one) => passes(one, me?.who ?? ''));
  const done = tasks
    .filter(({ task }) => task.isDone && now - (task.doneAt ?? 0) < DONE_MS)
    .toSorted((a, b) => (b.task.doneAt ?? 0) - (a.task.doneAt ?? 0));
  const stay = currentStay(staysOf(ofType('Encounter').map(({ resource }) => resource)));
  return (
    <Page title={t('name')}>
      <Stack gap={4}>
        {bar}
        {kept.length === 0 ? (
          <EmptyState title={open.length === 0 ? t('none') : t('noneFiltered')} icon="task">
            {t('noneWhat')}
          </EmptyState>
        ) : (
          <TaskList tasks={kept} me={me} now={now} />
        )}
        {done.length > 0 && (
          <section className={styles['sheet']}>
            <h2>{t('doneList')}</h2>
            <TaskList tasks={done} me={me} now={now} />
          </section>
        )}
        {me?.may('Task', 'create') === true && <NewTask me={me} patient={patientId} stayOf={() => stay?.id} />}
      </Stack>
    </Page>
  );
}
