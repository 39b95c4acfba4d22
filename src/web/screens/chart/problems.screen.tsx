// Problems: active and past apart, added, changed, resolved and opened again, with every change of each.
import { useState, type ReactElement } from 'react';
import { problemLine, problemLines } from '../../../core/care/summary/problem-lines.ts';
import { turnPatch } from '../../../core/care/summary/write-problem.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Card, Page, Stack } from '../../parts/layout.part.tsx';
import { Menu } from '../../parts/menu.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDate } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { NothingHere, PartCopyNote } from './outcome.part.tsx';
import styles from './pages.module.css';
import { ProblemPanel } from './problem-panel.part.tsx';
import { problemTexts } from './problem-texts.ts';
import { ErrorDialog, useQuickChange, useRecording } from './record-item.part.tsx';
import { usePatientChart } from './use-patient-chart.ts';
import { VersionPanel } from './version-panel.part.tsx';
import { writeTexts } from './write-texts.ts';

type Open = { readonly kind: 'add' } | { readonly kind: 'edit' | 'versions' | 'error'; readonly shown: Shown };

export function ProblemsScreen(): ReactElement {
  const t = useTexts(problemTexts);
  const w = useTexts(writeTexts);
  const { ofType, mayRead, mayWrite } = usePatientChart();
  const [open, setOpen] = useState<Open>();
  if (!mayRead('Condition')) return <Page title={t('title')}>{w('notForYou')}</Page>;
  const all = ofType('Condition');
  const lines = problemLines(all);
  const byName = new Map<string, Shown>(all.map((shown) => [`Condition/${shown.key.id}`, shown]));
  const group = (of: 'active' | 'past' | 'withdrawn'): readonly Shown[] =>
    lines.filter((line) => line.group === of).flatMap(({ name }) => byName.get(name) ?? []);
  const withdrawn = group('withdrawn');
  const close = (): void => setOpen(undefined);
  const list = (of: readonly Shown[]): ReactElement => (
    <ul className={styles['list']}>
      {of.map((shown) => (
        <ProblemItem key={shown.key.id} shown={shown} onOpen={setOpen} mayWrite={mayWrite('Condition')} />
      ))}
    </ul>
  );
  return (
    <Page
      title={t('title')}
      actions={
        mayWrite('Condition') && (
          <Button look="primary" icon="plus" onClick={() => setOpen({ kind: 'add' })}>
            {t('add')}
          </Button>
        )
      }
    >
      <Stack>
        <Card title={t('active')} flush>
          {group('active').length === 0 ? <NothingHere whole={t('noActive')} /> : list(group('active'))}
        </Card>
        <Card title={t('past')} flush>
          {group('past').length === 0 ? <NothingHere /> : list(group('past'))}
        </Card>
        {withdrawn.length > 0 && (
          <details>
            <summary>
              {t('withdrawn')} ({withdrawn.length})
            </summary>
            {list(withdrawn)}
          </details>
        )}
        {all.length > 0 && <PartCopyNote />}
      </Stack>
      {open?.kind === 'add' && <ProblemPanel onClose={close} />}
      {open?.kind === 'edit' && <ProblemPanel shown={open.shown} onClose={close} />}
      {open?.kind === 'versions' && (
        <VersionPanel of={open.shown.key} what={problemLine(open.shown).words} onClose={close} />
      )}
      {open?.kind === 'error' && (
        <ErrorDialog shown={open.shown} what={problemLine(open.shown).words} onClose={close} />
      )}
    </Page>
  );
}

function ProblemItem(props: {
  readonly shown: Shown;
  readonly onOpen: (open: Open) => void;
  readonly mayWrite: boolean;
}): ReactElement {
  const { shown, onOpen, mayWrite } = props;
  const t = useTexts(problemTexts);
  const w = useTexts(writeTexts);
  const recording = useRecording();
  const change = useQuickChange();
  const line = problemLine(shown);
  const turn = (to: 'resolved' | 'active'): void =>
    void change(
      shown,
      turnPatch(shown.resource, to, recording()),
      `${line.words}: ${t(to === 'resolved' ? 'resolved' : 'reopened')}`,
      (now) => turnPatch(now.resource, to === 'resolved' ? 'active' : 'resolved', recording()),
    );
  return (
    <li>
      <div>
        <div className={styles['head']}>
          <strong className={line.group === 'withdrawn' ? styles['withdrawn'] : undefined}>{line.words}</strong>
          {line.severity !== '' && <Tag>{line.severity}</Tag>}
          {line.isUnconfirmed && line.group === 'active' && <Tag tone="warn">{t('unconfirmed')}</Tag>}
          <ConflictMark shown={shown} />
        </div>
        <div className={styles['quiet']}>
          {line.since !== '' && <span>{w('since', { date: formatDate(line.since) })}</span>}
          {line.until !== '' && <span>{w('until', { date: formatDate(line.until) })}</span>}
          {line.isDiagnosis && <span>{t('diagnosis')}</span>}
          {line.recorded !== '' && <span>{w('recorded', { date: formatDate(line.recorded) })}</span>}
          {line.by !== '' && <span>{w('by', { name: line.by })}</span>}
        </div>
        {line.notes.map((text) => (
          <p key={text} className={styles['text']} dir="auto">
            {text}
          </p>
        ))}
      </div>
      <div className={styles['actions']}>
        {mayWrite && line.group === 'active' && (
          <Button
            size="small"
            icon="check"
            aria-label={`${t('resolve')}: ${line.words}`}
            onClick={() => turn('resolved')}
          >
            {t('resolve')}
          </Button>
        )}
        {mayWrite && line.group === 'past' && (
          <Button size="small" icon="undo" aria-label={`${t('reopen')}: ${line.words}`} onClick={() => turn('active')}>
            {t('reopen')}
          </Button>
        )}
        <Menu
          label={line.words}
          button={
            <Button size="small" icon="more" aria-label={`${w('more')}: ${line.words}`}>
              {w('more')}
            </Button>
          }
          items={[
            ...(mayWrite && line.group !== 'withdrawn'
              ? [
                  {
                    key: 'edit',
                    label: w('edit'),
                    icon: 'edit' as const,
                    onChoose: () => onOpen({ kind: 'edit', shown }),
                  },
                  {
                    key: 'error',
                    label: w('markError'),
                    icon: 'delete' as const,
                    danger: true,
                    onChoose: () => onOpen({ kind: 'error', shown }),
                  },
                ]
              : []),
            {
              key: 'versions',
              label: w('history'),
              icon: 'history' as const,
              onChoose: () => onOpen({ kind: 'versions', shown }),
            },
          ]}
        />
      </div>
    </li>
  );
}
