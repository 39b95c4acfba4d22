// Writing a note: headings of its template, a draft while it is typed, signed or kept unsigned when it is done.
//
//   CH48  What is typed is never lost: not by leaving, not by a lock, not by a kill; it is forgotten when the note is in the record.
import { useState, type ReactElement } from 'react';
import { composeAddendum, composeNote, type NoteOf } from '../../../core/care/notes/compose-note.ts';
import type { NoteLine } from '../../../core/care/notes/note-lines.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { Button } from '../../parts/button.part.tsx';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { Page } from '../../parts/layout.part.tsx';
import { ErrorSummary, Loading, type FormError } from '../../parts/notice.part.tsx';
import { DateTimeField, TextArea } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { fromInputDateTime, toInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { DraftLine, useSafety, WriteOutcome } from '../chart/outcome.part.tsx';
import { createOf, useRecording } from '../chart/record-item.part.tsx';
import { useDraft } from '../chart/use-draft.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { useStatus } from '../frame/use-device.ts';
import { draftName, readNoteTyped, type NoteTyped } from './note-drafts.ts';
import styles from './notes.module.css';
import { TEMPLATES, templateOf } from './templates.ts';
import { noteTexts } from './texts.ts';

const MINUTE = 60_000;
/** What a role most often writes. */
const FIRST = { nurse: 'nursing', doctor: 'ward-round' } as const;

interface EditorProps {
  /** Of the draft, and of the note that it will be. */
  readonly id: string;
  readonly appends: NoteLine | undefined;
  readonly notes: readonly NoteLine[];
  readonly onClose: () => void;
}
export function NoteEditor({ id, appends, notes, onClose }: EditorProps): ReactElement {
  const t = useTexts(noteTexts);
  const { subject, now } = usePatientChart();
  const { session } = useStatus();
  const recording = useRecording();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const role = session.kind === 'open' ? session.principal.duties[0]?.role : undefined;
  const first = (): NoteTyped => ({
    id,
    template: appends !== undefined ? 'addendum' : role === 'nurse' ? FIRST.nurse : FIRST.doctor,
    texts: [],
    about: '',
    appends: appends?.name ?? '',
  });
  const draft = useDraft(draftName(subject, id), first, readNoteTyped);
  const [errors, setErrors] = useState<readonly FormError[]>([]);
  const typed = draft.value;
  if (typed === undefined) return <Loading />;
  const template = templateOf(typed.template);
  const headings = template?.headings ?? ['text' as const];
  const title = appends === undefined ? t('write') : t('addendumTo', { title: appends.title });
  const last =
    appends !== undefined || template === undefined
      ? undefined
      : notes.find((note) => note.kind === template.kind[0] && note.title === t(template.key));
  const setText = (n: number, text: string): void =>
    draft.change({ ...typed, texts: headings.map((_, i) => (i === n ? text : (typed.texts[i] ?? ''))) });

  const save = async (isSigned: boolean): Promise<void> => {
    const found: FormError[] = [];
    if (typed.texts.every((text) => text.trim() === '')) found.push({ field: 'note-0', text: t('empty') });
    const about = typed.about === '' ? '' : (fromInputDateTime(typed.about) ?? '');
    if (typed.about !== '' && (about === '' || Date.parse(about) > now + MINUTE)) {
      found.push({ field: 'note-about', text: t('aboutAhead') });
    }
    setErrors(found);
    if (found.length > 0) return;
    const { at, recorder, encounter } = recording();
    const of: NoteOf = {
      subject,
      ...(encounter === undefined ? {} : { encounter }),
      writer: recorder,
      written: at,
      isSigned,
    };
    const body = bodyOf(of, about);
    if (body === undefined) return;
    const saved = await writing.write([createOf(body.resourceType, id, body)]);
    if (saved === undefined) return;
    await draft.forget();
    toast({
      text: `${t(isSigned ? 'signed' : 'kept')}. ${safety(saved.safe)}`,
      tone: saved.safe === 'D0' ? 'warn' : 'ok',
    });
    onClose();
  };
  const bodyOf = (of: NoteOf, about: string): ResourceJson | undefined => {
    if (appends !== undefined) return composeAddendum(appends, id, t('addendum'), typed.texts[0] ?? '', of);
    if (template === undefined) return undefined;
    const sections = headings.map((heading, n) => ({
      title: headings.length === 1 ? '' : t(heading),
      text: typed.texts[n] ?? '',
    }));
    return composeNote(
      { id, template: template.key, kind: template.kind, title: t(template.key), sections, about },
      of,
    );
  };

  return (
    <Page title={title} actions={<Button onClick={onClose}>{t('close')}</Button>}>
      <form
        className={styles['editor']}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save(true);
        }}
      >
        <ErrorSummary errors={errors} />
        <WriteOutcome writing={writing} />
        {appends === undefined && (
          <Segmented
            label={t('kind')}
            value={typed.template}
            onChange={(key) => draft.change({ ...typed, template: key, texts: moved(typed, key) })}
            choices={TEMPLATES.map(({ key }) => ({ value: key, label: t(key) }))}
          />
        )}
        {last !== undefined && typed.texts.every((text) => text.trim() === '') && (
          <div>
            <Button
              size="small"
              look="quiet"
              icon="undo"
              onClick={() => draft.change({ ...typed, texts: headings.map((heading) => textUnder(last, t(heading))) })}
            >
              {t('copyLast')}
            </Button>
          </div>
        )}
        {headings.map((heading, n) => (
          <TextArea
            key={heading}
            id={`note-${n}`}
            label={appends === undefined ? t(heading) : t('addendum')}
            value={typed.texts[n] ?? ''}
            onChange={(text) => setText(n, text)}
            rows={headings.length === 1 ? 8 : 2}
            error={errors.find(({ field }) => field === `note-${n}`)?.text}
            autoFocus={n === 0}
          />
        ))}
        {appends === undefined && (
          <DateTimeField
            id="note-about"
            label={t('about')}
            hint={t('aboutHint')}
            value={typed.about}
            max={toInputDateTime(now + MINUTE)}
            onChange={(about) => draft.change({ ...typed, about })}
            error={errors.find(({ field }) => field === 'note-about')?.text}
          />
        )}
        <div className={styles['foot']}>
          <Button type="submit" look="primary" icon="check" busy={writing.isBusy}>
            {t('sign')}
          </Button>
          <Button busy={writing.isBusy} onClick={() => void save(false)}>
            {t('keepUnsigned')}
          </Button>
          <DraftLine
            draft={draft}
            onDiscard={() => {
              void draft.forget();
              onClose();
            }}
          />
        </div>
      </form>
    </Page>
  );
}

/** Text that has no heading in the other template goes under its first: nothing that was typed is dropped. */
function moved(typed: NoteTyped, key: string): readonly string[] {
  const from = templateOf(typed.template)?.headings ?? [];
  const to = templateOf(key)?.headings ?? [];
  const kept = to.map((heading) => typed.texts[from.indexOf(heading)] ?? '');
  const lost = from
    .flatMap((heading, n) => (to.includes(heading) ? [] : [typed.texts[n] ?? '']))
    .filter((text) => text.trim() !== '');
  return kept.map((text, n) => (n === 0 ? [text, ...lost].filter((one) => one !== '').join('\n\n') : text));
}
const textUnder = (note: NoteLine, title: string): string =>
  note.sections.find((section) => section.title === title)?.lines.join('\n') ?? '';
