// Care team, goals, code status and isolation: who, towards what, and what limits what is done. CR5.
import { useState, type ReactElement } from 'react';
import { alertsOf } from '../../../core/care/banner/alerts.ts';
import { resuscitationOf } from '../../../core/care/banner/resuscitation.ts';
import { endOf, isolationFlag } from '../../../core/care/banner/write-care.ts';
import { carers, planLines } from '../../../core/care/summary/care-lines.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Card, Page, Stack } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { TextField } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { useStatus } from '../frame/use-device.ts';
import { bannerTexts } from './banner-texts.ts';
import { CodePanel } from './code-panel.part.tsx';
import { NothingHere, PartCopyNote, useSafety, WriteOutcome } from './outcome.part.tsx';
import { pageTexts } from './page-texts.ts';
import styles from './pages.module.css';
import { createOf, patchOf, useRecording } from './record-item.part.tsx';
import { usePatientChart } from './use-patient-chart.ts';
import { useWrite } from './use-write.ts';
import { Who } from './who.part.tsx';
import { writeTexts } from './write-texts.ts';

export function CareScreen(): ReactElement {
  const t = useTexts(pageTexts);
  return (
    <Page title={t('care')}>
      <Stack>
        <CodeStatus />
        <Isolation />
        <Team />
        <Plan />
        <PartCopyNote />
      </Stack>
    </Page>
  );
}

function CodeStatus(): ReactElement | null {
  const t = useTexts(pageTexts);
  const b = useTexts(bannerTexts);
  const { all, mayRead, mayWrite } = usePatientChart();
  const { session } = useStatus();
  const recording = useRecording();
  const writing = useWrite();
  const [isOpen, open] = useState(false);
  if (!mayRead('Consent')) return null;
  const status = resuscitationOf(all);
  const entries = status.kind === 'not-recorded' ? [] : status.entries;
  const shownOf = (name: string): Shown | undefined => all.find(({ key }) => `${key.type}/${key.id}` === name);
  // Who may decide is a rule of the house: doctors here; the device judges the write as any other.
  const isDoctor = session.kind === 'open' && session.principal.duties.some(({ role }) => role === 'doctor');
  const mayDecide = isDoctor && mayWrite('Consent') && mayWrite('Flag');
  const ending = entries
    .flatMap(({ name }) => shownOf(name) ?? [])
    .filter(({ key }) => key.type === 'Flag' || key.type === 'Consent');
  return (
    <Card
      title={t('resuscitation')}
      actions={
        mayDecide && (
          <>
            <Button size="small" icon="edit" onClick={() => open(true)}>
              {t('code')}
            </Button>
            {ending.length > 0 && status.kind !== 'disputed' && (
              <Button
                size="small"
                busy={writing.isBusy}
                onClick={() =>
                  void writing.write(ending.map((shown) => patchOf(shown, endOf(shown.resource, recording()))))
                }
              >
                {t('codeEnd')}
              </Button>
            )}
          </>
        )
      }
    >
      <Stack>
        <WriteOutcome writing={writing} done={t('codeEnded')} />
        {status.kind === 'disputed' && <Notice tone="danger" title={b('resuscitationDisputed')} />}
        {entries.length === 0 ? (
          <NothingHere whole={b('noDecision')} />
        ) : (
          <ul className={styles['rows']}>
            {entries.map((entry) => {
              const shown = shownOf(entry.name);
              return (
                <li key={entry.name}>
                  <strong>{entry.words}</strong>{' '}
                  <span className={styles['quiet']}>
                    {entry.date !== '' && <span>{formatDateTime(entry.date)}</span>}
                    {entry.by !== '' && <span>{entry.by}</span>}
                    <span>{entry.name.split('/')[0]}</span>
                  </span>{' '}
                  {shown !== undefined && <ConflictMark shown={shown} />}
                </li>
              );
            })}
          </ul>
        )}
      </Stack>
      {isOpen && <CodePanel onClose={() => open(false)} />}
    </Card>
  );
}

function Isolation(): ReactElement | null {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  const { all, now, mayRead, mayWrite } = usePatientChart();
  const recording = useRecording();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const [adding, setAdding] = useState<{ readonly id: string; readonly words: string }>();
  const [error, setError] = useState<string>();
  if (!mayRead('Flag')) return null;
  const alerts = alertsOf(all, now).filter(({ kind }) => kind === 'isolation');
  const shownOf = (name: string): Shown | undefined => all.find(({ key }) => `${key.type}/${key.id}` === name);
  const add = async (): Promise<void> => {
    if (adding === undefined) return;
    if (adding.words.trim() === '') {
      setError(t('isolationMissing'));
      return;
    }
    const saved = await writing.write([createOf('Flag', adding.id, isolationFlag(adding.words, recording()))]);
    if (saved === undefined) return;
    toast({ text: `${t('isolationOn')}. ${safety(saved.safe)}`, tone: saved.safe === 'D0' ? 'warn' : 'ok' });
    setAdding(undefined);
  };
  return (
    <Card
      title={t('isolation')}
      actions={
        mayWrite('Flag') && (
          <Button size="small" icon="isolation" onClick={() => setAdding({ id: crypto.randomUUID(), words: '' })}>
            {t('addIsolation')}
          </Button>
        )
      }
    >
      {adding === undefined && <WriteOutcome writing={writing} done={t('isolationOff')} />}
      {alerts.length === 0 ? (
        <NothingHere whole={t('noIsolation')} />
      ) : (
        <ul className={styles['rows']}>
          {alerts.map((alert) => {
            const shown = shownOf(alert.name);
            return (
              <li key={alert.name} className={styles['head']}>
                <strong>{alert.words}</strong>
                <span className={styles['quiet']}>
                  {alert.since !== '' && <span>{w('since', { date: formatDateTime(alert.since) })}</span>}
                  {alert.by !== '' && <span>{w('by', { name: alert.by })}</span>}
                </span>
                {shown !== undefined && <ConflictMark shown={shown} />}
                {shown !== undefined && !shown.conflict && mayWrite('Flag') && (
                  <Button
                    size="small"
                    aria-label={`${t('endIsolation')}: ${alert.words}`}
                    busy={writing.isBusy}
                    onClick={() => void writing.write([patchOf(shown, endOf(shown.resource, recording()))])}
                  >
                    {t('endIsolation')}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {adding !== undefined && (
        <Dialog
          open
          title={t('addIsolation')}
          about={<Who />}
          onClose={() => setAdding(undefined)}
          actions={
            <>
              <Button look="primary" busy={writing.isBusy} onClick={() => void add()}>
                {w('save')}
              </Button>
              <Button onClick={() => setAdding(undefined)}>{w('cancel')}</Button>
            </>
          }
        >
          <Stack>
            <TextField
              label={t('isolationWords')}
              value={adding.words}
              onChange={(words) => setAdding({ ...adding, words })}
              error={error}
              required
              autoFocus
              onKeyDown={(event) => {
                if (event.key === 'Enter') void add();
              }}
            />
            <WriteOutcome writing={writing} />
          </Stack>
        </Dialog>
      )}
    </Card>
  );
}

function Team(): ReactElement {
  const t = useTexts(pageTexts);
  const { all, stay } = usePatientChart();
  const team = carers(all, stay);
  return (
    <Card title={t('team')}>
      {team.length === 0 ? (
        <NothingHere whole={t('noTeam')} />
      ) : (
        <ul className={styles['rows']}>
          {team.map((carer) => (
            <li key={`${carer.source} ${carer.who} ${carer.role}`}>
              <strong>{carer.name}</strong>{' '}
              <span className={styles['quiet']}>
                {carer.role !== '' && <span>{carer.role}</span>}
                {carer.since !== '' && <span>{formatDateTime(carer.since)}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Plan(): ReactElement {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  const { all } = usePatientChart();
  const lines = planLines(all);
  return (
    <Card title={t('plan')}>
      {lines.length === 0 ? (
        <NothingHere whole={t('noPlan')} />
      ) : (
        <ul className={styles['rows']}>
          {lines.map((line, n) => (
            <li key={`${line.name} ${n}`}>
              {line.kind === 'goal' && <strong>{t('goal')} </strong>}
              {line.kind === 'plan' ? <strong>{line.words}</strong> : line.words}{' '}
              {line.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
