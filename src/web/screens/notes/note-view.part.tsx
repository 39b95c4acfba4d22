// One note as it is read: whose, when it was and when it was written, what it says, its addenda, and what can be done with it.
import type { ReactElement } from 'react';
import type { NoteLine } from '../../../core/care/notes/note-lines.ts';
import { Button } from '../../parts/button.part.tsx';
import { Menu } from '../../parts/menu.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { WriteOutcome } from '../chart/outcome.part.tsx';
import { patchOf, useRecording } from '../chart/record-item.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { writeTexts } from '../chart/write-texts.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import styles from './notes.module.css';
import { signPatch } from './sign-patch.ts';
import { noteTexts } from './texts.ts';

interface NoteProps {
  readonly note: NoteLine;
  readonly onAddendum: () => void;
  readonly onError: (note: NoteLine) => void;
  readonly onVersions: (note: NoteLine) => void;
}

export function NoteView(props: NoteProps): ReactElement {
  return (
    <article className={styles['note']} aria-label={`${props.note.title} ${formatDateTime(props.note.about)}`}>
      <One {...props} isAddendum={false} />
      {props.note.addenda.map((addendum) => (
        <div key={addendum.name} className={styles['addendum']}>
          <One {...props} note={addendum} isAddendum />
        </div>
      ))}
    </article>
  );
}

function One({
  note,
  onAddendum,
  onError,
  onVersions,
  isAddendum,
}: NoteProps & { readonly isAddendum: boolean }): ReactElement {
  const t = useTexts(noteTexts);
  const w = useTexts(writeTexts);
  const { all, me, mayWrite } = usePatientChart();
  const recording = useRecording();
  const writing = useWrite();
  const shown = all.find(({ key }) => `${key.type}/${key.id}` === note.name);
  const isOwn = me !== undefined && note.authorRefs.includes(me.who);
  const maySign = note.state === 'unsigned' && isOwn && shown !== undefined;
  return (
    <div id={note.name} tabIndex={-1} className={styles['one']}>
      <div className={styles['head']}>
        <h2 className={styles['title']}>{note.title}</h2>
        <span>
          {formatDateTime(note.about)} – <bdi>{note.authors.join(', ')}</bdi>
        </span>
        {note.isLate && (
          <Tag tone="warn" icon="clock">
            {t('late')}, {t('writtenAt', { time: formatDateTime(note.written) })}
          </Tag>
        )}
        {note.state === 'unsigned' && <Tag tone="warn">{t('unsigned')}</Tag>}
        {note.state === 'amended' && <Tag>{t('amended')}</Tag>}
        {note.state === 'in-error' && <Tag tone="danger">{t('inError')}</Tag>}
        {shown !== undefined && <ConflictMark shown={shown} />}
        <span className={styles['actions']}>
          {maySign && (
            <Button
              size="small"
              look="primary"
              busy={writing.isBusy}
              onClick={() => void writing.write([patchOf(shown, signPatch(shown.resource, recording()))])}
            >
              {t('sign')}
            </Button>
          )}
          <Menu
            label={note.title}
            button={
              <Button size="small" icon="more" aria-label={`${w('more')}: ${note.title} ${formatDateTime(note.about)}`}>
                {w('more')}
              </Button>
            }
            items={[
              ...(mayWrite('Composition') && !isAddendum && note.state !== 'in-error'
                ? [{ key: 'add', label: t('addAddendum'), icon: 'plus' as const, onChoose: onAddendum }]
                : []),
              ...(mayWrite('Composition') && note.state !== 'in-error'
                ? [
                    {
                      key: 'error',
                      label: w('markError'),
                      icon: 'delete' as const,
                      danger: true,
                      onChoose: () => onError(note),
                    },
                  ]
                : []),
              { key: 'versions', label: w('history'), icon: 'history' as const, onChoose: () => onVersions(note) },
            ]}
          />
        </span>
      </div>
      <WriteOutcome writing={writing} done={t('signed')} />
      {note.reasonInError !== undefined && <p>{t('reason', { why: note.reasonInError })}</p>}
      <div className={note.state === 'in-error' ? styles['withdrawn'] : undefined} dir="auto">
        {note.sections.map((section, n) => (
          <section key={`${n} ${section.title}`} className={styles['section']}>
            {section.title !== '' && <h3>{section.title}</h3>}
            {section.lines.map((line, i) => (
              <p key={`${i} ${line}`}>{line}</p>
            ))}
          </section>
        ))}
      </div>
    </div>
  );
}
