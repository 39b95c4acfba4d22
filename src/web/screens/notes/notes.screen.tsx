// Notes of a patient: read, written, signed, added to. CR12.
import { useCallback, useState, type ReactElement } from 'react';
import { noteLines, type NoteLine } from '../../../core/care/notes/note-lines.ts';
import type { Device } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { Card, Page, Row, Stack } from '../../parts/layout.part.tsx';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { NothingHere, PartCopyNote } from '../chart/outcome.part.tsx';
import pages from '../chart/pages.module.css';
import { ErrorDialog } from '../chart/record-item.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { VersionPanel } from '../chart/version-panel.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { useRead } from '../frame/use-device.ts';
import { noteDrafts } from './note-drafts.ts';
import { NoteEditor } from './note-editor.part.tsx';
import { noteFacts } from './note-facts.ts';
import { NoteView } from './note-view.part.tsx';
import { noteTexts } from './texts.ts';

type Open =
  /** `id`: of the draft. `appends`: an addendum to that note. */
  | { readonly kind: 'write'; readonly id: string; readonly appends?: NoteLine }
  | { readonly kind: 'versions' | 'error'; readonly note: NoteLine };
type Filter = 'all' | 'mine' | 'doctors' | 'nurses';
const NURSING = '34746-8';
const SHOWN = 20;

export function NotesScreen(): ReactElement {
  const t = useTexts(noteTexts);
  const w = useTexts(writeTexts);
  const { all, subject, now, me, mayRead, mayWrite } = usePatientChart();
  const [open, setOpen] = useState<Open>();
  const [filter, setFilter] = useState<Filter>('all');
  const [isAll, showAll] = useState(false);
  // Read again when a form closed: it may have left a draft or forgotten one.
  const isWriting = open?.kind === 'write';
  const read = useCallback((device: Device) => (isWriting ? Promise.resolve([]) : device.drafts()), [isWriting]);
  const drafts = noteDrafts(useRead(read, () => true) ?? [], subject);
  if (!mayRead('Composition')) return <Page title={t('title')}>{w('notForYou')}</Page>;
  const lines = noteLines(all, noteFacts(all));
  const isMine = ({ authorRefs }: NoteLine): boolean => me !== undefined && authorRefs.includes(me.who);
  const shown = lines.filter((note) => {
    if (filter === 'mine') return isMine(note);
    if (filter === 'nurses') return note.kind === NURSING;
    return filter === 'all' || note.kind !== NURSING;
  });
  const unsigned = lines
    .flatMap((note) => [note, ...note.addenda])
    .filter((note) => note.state === 'unsigned' && isMine(note));
  const close = (): void => setOpen(undefined);
  const shownOf = (note: NoteLine) => all.find(({ key }) => `${key.type}/${key.id}` === note.name);
  const failing = open?.kind === 'error' ? shownOf(open.note) : undefined;

  if (open?.kind === 'write') {
    return <NoteEditor key={open.id} id={open.id} appends={open.appends} notes={lines} onClose={close} />;
  }
  return (
    <Page
      title={t('title')}
      actions={
        mayWrite('Composition') && (
          <Button look="primary" icon="edit" onClick={() => setOpen({ kind: 'write', id: crypto.randomUUID() })}>
            {t('write')}
          </Button>
        )
      }
    >
      <Stack>
        {(drafts.length > 0 || unsigned.length > 0) && (
          <Card title={t('drafts')} flush>
            <ul className={pages['list']}>
              {drafts.map(({ typed, at }) => (
                <li key={typed.id}>
                  <div>
                    <strong>{t('draftOf', { time: formatMoment(at, now) })}</strong>{' '}
                    <span className={pages['quiet']}>{typed.texts.join(' ').slice(0, 120)}</span>
                  </div>
                  <div className={pages['actions']}>
                    <Button
                      size="small"
                      icon="edit"
                      onClick={() => {
                        const appends = lines.find(({ name }) => name === typed.appends);
                        setOpen({ kind: 'write', id: typed.id, ...(appends === undefined ? {} : { appends }) });
                      }}
                    >
                      {t('goOn')}
                    </Button>
                  </div>
                </li>
              ))}
              {unsigned.map((note) => (
                <li key={note.name}>
                  <div>
                    <strong>{note.title}</strong> {t('unsigned')}{' '}
                    <span className={pages['quiet']}>{formatMoment(note.written, now)}</span>
                  </div>
                  <a className={pages['actions']} href={`#${note.name}`} onClick={(event) => toNote(event, note)}>
                    {t('signNow')}
                  </a>
                </li>
              ))}
            </ul>
          </Card>
        )}
        <Row>
          <Segmented
            label={t('filter')}
            hideLabel
            value={filter}
            onChange={setFilter}
            choices={(['all', 'doctors', 'nurses', 'mine'] as const).map((value) => ({ value, label: t(value) }))}
          />
        </Row>
        {shown.length === 0 ? (
          <Card>
            <NothingHere whole={t('noNotes')} />
          </Card>
        ) : (
          (isAll ? shown : shown.slice(0, SHOWN)).map((note) => (
            <NoteView
              key={note.name}
              note={note}
              onAddendum={() => setOpen({ kind: 'write', id: crypto.randomUUID(), appends: note })}
              onError={(of) => setOpen({ kind: 'error', note: of })}
              onVersions={(of) => setOpen({ kind: 'versions', note: of })}
            />
          ))
        )}
        {!isAll && shown.length > SHOWN && (
          <div>
            <Button onClick={() => showAll(true)}>{w('showMore', { count: shown.length })}</Button>
          </div>
        )}
        {lines.length > 0 && <PartCopyNote />}
      </Stack>
      {open?.kind === 'versions' && (
        <VersionPanel
          of={{ type: open.note.type, id: open.note.name.split('/')[1] ?? '' }}
          what={open.note.title}
          onClose={close}
        />
      )}
      {open?.kind === 'error' && failing !== undefined && (
        <ErrorDialog shown={failing} what={open.note.title} onClose={close} />
      )}
    </Page>
  );
}

/** The address of the page is behind the `#`: going to a place on the page is done by hand. */
function toNote(event: React.MouseEvent, note: NoteLine): void {
  event.preventDefault();
  const place = document.getElementById(note.name);
  place?.scrollIntoView({ block: 'center' });
  place?.focus();
}
