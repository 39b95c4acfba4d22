// Tasks in a list: what, for whom, by when, whose; done with one press, and open again with another.
import { useState, type ReactElement, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { Instant } from '../../../core/base/ports.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { cancelTask, doneTask, openTaskAgain, takeTask, type WardTask } from '../../../core/care/ward/tasks.ts';
import { patchText, type Step } from '../../../core/care/ward/moves.ts';
import type { Saved, Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { useDevice } from '../frame/use-device.ts';
import { lossless } from '../movement/read-lossless.ts';
import { useWrite } from '../movement/use-write.ts';
import { NotSavedNotice } from '../patients/save-line.part.tsx';
import type { Me } from '../ward/use-me.ts';
import { taskTexts } from './texts.ts';
import styles from './tasks.module.css';

export interface ListedTask {
  readonly task: WardTask;
  readonly shown: Shown;
}
interface ListProps {
  readonly tasks: readonly ListedTask[];
  readonly me: Me | undefined;
  readonly now: Instant;
  /** Who each is for; absent inside a chart. */
  readonly whose?: (patient: string) => ReactNode;
}

export function TaskList({ tasks, me, now, whose }: ListProps): ReactElement {
  return (
    <ul className={styles['list']}>
      {tasks.map((one) => (
        <OneTask key={one.task.id} one={one} me={me} now={now} whose={whose?.(one.task.patient)} />
      ))}
    </ul>
  );
}

function OneTask({
  one,
  me,
  now,
  whose,
}: {
  readonly one: ListedTask;
  readonly me: Me | undefined;
  readonly now: Instant;
  readonly whose: ReactNode;
}): ReactElement {
  const t = useTexts(taskTexts);
  const device = useDevice();
  const { isSaving, failure, write } = useWrite();
  const [isClosing, closing] = useState(false);
  const { task, shown } = one;
  const may = me?.may('Task', 'update') === true && !task.isOfRecord;
  const change = (target: Pick<Shown, 'key' | 'versionId'>, steps: readonly Step[]): Parameters<typeof write>[0] => [
    {
      kind: 'patch',
      type: 'Task',
      id: target.key.id,
      ifMatch: target.versionId,
      patch: { form: 'json-patch', text: patchText(steps) },
    },
  ];
  /** Undoing writes over the version that was made, not over whatever stands there. */
  const undo =
    (before: ResourceJson) =>
    (saved: Saved): void => {
      const [made] = saved.shown;
      if (made !== undefined)
        void write(change(made, openTaskAgain(lossless(made), before, device.status().now)), t('openAgain'));
    };
  const act = (steps: (moment: Instant, body: ResourceJson) => readonly Step[], said: string): void => {
    const body = lossless(shown);
    void write(change(shown, steps(device.status().now, body)), said, undo(body));
  };
  return (
    <li className={styles['task']}>
      <div>
        <div className={styles['words']}>{task.words || '–'}</div>
        <div className={styles['meta']}>
          {whose}
          {task.isUrgent && task.isOpen && (
            <Tag tone="danger" icon="flag">
              {t('urgent')}
            </Tag>
          )}
          {task.isDone && task.doneAt !== undefined ? (
            <Tag tone="ok">{t('doneAt', { when: formatMoment(task.doneAt, now) })}</Tag>
          ) : (
            task.dueAt !== undefined && <Due task={task} now={now} />
          )}
          {task.owner !== undefined && task.owner.name !== '' ? (
            <span>{task.owner.name}</span>
          ) : (
            task.isOpen && <span>{t('nobody')}</span>
          )}
          <ConflictMark shown={shown} />
          {task.isOfRecord && (
            <Link to="/conflicts">
              <Icon name="conflict" /> {t('conflict')}
            </Link>
          )}
        </div>
        <NotSavedNotice text={failure} />
      </div>
      {may && me !== undefined && (
        <div className={styles['actions']}>
          {task.isOpen ? (
            <>
              <Button
                look="primary"
                size="small"
                icon="check"
                busy={isSaving}
                onClick={() => act((moment, body) => doneTask(body, me, moment), t('doneSaid'))}
              >
                {t('done')}
              </Button>
              {task.owner?.who !== me.who && (
                <Button
                  size="small"
                  icon="user"
                  busy={isSaving}
                  onClick={() => act((moment) => takeTask(me, moment), t('taken'))}
                >
                  {t('take')}
                </Button>
              )}
              <Button
                size="small"
                look="quiet"
                busy={isSaving}
                onClick={() => (isClosing ? act((moment) => cancelTask('', moment), t('cancelled')) : closing(true))}
                onBlur={() => closing(false)}
              >
                {isClosing ? `${t('cancel')} ?` : t('cancel')}
              </Button>
            </>
          ) : (
            task.isDone && (
              <Button
                size="small"
                icon="undo"
                busy={isSaving}
                onClick={() =>
                  void write(
                    change(shown, openTaskAgain(lossless(shown), undefined, device.status().now)),
                    t('openAgain'),
                  )
                }
              >
                {t('open')}
              </Button>
            )
          )}
        </div>
      )}
    </li>
  );
}

function Due({ task, now }: { readonly task: WardTask; readonly now: Instant }): ReactElement {
  const t = useTexts(taskTexts);
  const when = formatMoment(task.dueAt ?? now, now);
  if (task.urgency === 'overdue')
    return (
      <Tag tone="danger" icon="clock">
        {t('overdueSince', { when })}
      </Tag>
    );
  return (
    <Tag tone={task.urgency === 'due' ? 'warn' : 'neutral'} icon="clock">
      {t('dueAt', { when })}
    </Tag>
  );
}
