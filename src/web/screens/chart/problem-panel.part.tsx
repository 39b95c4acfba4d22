// The form of one problem. What is typed is a draft.
import { useState, type ReactElement } from 'react';
import { dateRange } from '../../../core/fhir/instant.ts';
import {
  COMMON_PROBLEMS,
  EMPTY_PROBLEM,
  PROBLEM_SEVERITIES,
  problemPatch,
  problemResource,
  readProblemForm,
  VERIFICATIONS,
  type ProblemForm,
} from '../../../core/care/summary/write-problem.ts';
import { rebased } from '../../../core/care/summary/element-patch.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Select } from '../../parts/choice-fields.part.tsx';
import { Combobox } from '../../parts/combobox.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { ErrorSummary, Loading, type FormError } from '../../parts/notice.part.tsx';
import { TextArea, TextField } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { DraftLine, useSafety, WriteOutcome } from './outcome.part.tsx';
import styles from './pages.module.css';
import { problemTexts } from './problem-texts.ts';
import { openedOf, readOpened, useMeanwhile, type Opened } from './meanwhile.part.tsx';
import { createOf, patchOf, useRecording } from './record-item.part.tsx';
import { useDraft } from './use-draft.ts';
import { usePatientChart } from './use-patient-chart.ts';
import { useWrite } from './use-write.ts';
import { Who } from './who.part.tsx';
import { writeTexts } from './write-texts.ts';

interface Kept {
  /** Of the new resource: a second click writes the same one. */
  readonly id: string;
  readonly form: ProblemForm;
  readonly opened?: Opened;
}
const readKept = (kept: unknown): Kept | undefined => {
  if (typeof kept !== 'object' || kept === null || !('id' in kept) || !('form' in kept)) return undefined;
  const { id, form } = kept;
  const opened = readOpened('opened' in kept ? kept.opened : undefined);
  return typeof id === 'string' && typeof form === 'object' && form !== null
    ? { id, form: { ...EMPTY_PROBLEM, ...form }, ...(opened === undefined ? {} : { opened }) }
    : undefined;
};
const SEVERITY_WORDS = ['severe', 'moderate', 'mild'] as const;

export function ProblemPanel({
  shown,
  onClose,
}: {
  readonly shown?: Shown;
  readonly onClose: () => void;
}): ReactElement {
  const t = useTexts(problemTexts);
  const w = useTexts(writeTexts);
  const { subject } = usePatientChart();
  const recording = useRecording();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const first = (): Kept => ({
    id: crypto.randomUUID(),
    form: shown === undefined ? EMPTY_PROBLEM : readProblemForm(shown.resource),
    ...(shown === undefined ? {} : { opened: openedOf(shown) }),
  });
  const draft = useDraft(`problem/${subject}/${shown?.key.id ?? 'new'}`, first, readKept);
  const [errors, setErrors] = useState<readonly FormError[]>([]);
  const { value } = draft;
  const meanwhile = useMeanwhile(shown?.key, value?.opened);
  if (value === undefined) return <Loading />;
  const { form } = value;
  const set = (next: Partial<ProblemForm>): void => draft.change({ ...value, form: { ...form, ...next } });
  const errorOf = (field: string): string | undefined => errors.find((one) => one.field === field)?.text;

  const save = async (): Promise<void> => {
    const found: FormError[] = [];
    if (form.words.trim() === '') found.push({ field: 'problem-words', text: t('wordsMissing') });
    if (form.since !== '' && dateRange(form.since) === undefined)
      found.push({ field: 'problem-since', text: t('sinceWrong') });
    setErrors(found);
    if (found.length > 0 || meanwhile.mustLook()) return;
    const of = recording();
    const { current = shown } = meanwhile;
    const first = readProblemForm(value.opened?.resource ?? current?.resource ?? { resourceType: '' });
    const patch =
      current === undefined
        ? []
        : problemPatch(current.resource, rebased(first, form, readProblemForm(current.resource)), of);
    const changes =
      shown === undefined
        ? [createOf('Condition', value.id, problemResource(form, of))]
        : patch.length === 0
          ? []
          : [patchOf(current ?? shown, patch)];
    if (changes.length > 0) {
      const saved = await writing.write(changes);
      if (saved === undefined) return;
      toast({
        text: `${t(shown === undefined ? 'added' : 'changed')}. ${safety(saved.safe)}`,
        tone: saved.safe === 'D0' ? 'warn' : 'ok',
      });
    }
    await draft.forget();
    onClose();
  };

  return (
    <SidePanel
      open
      onClose={onClose}
      title={t(shown === undefined ? 'add' : 'editTitle')}
      about={<Who />}
      actions={
        <>
          <Button look="primary" busy={writing.isBusy} onClick={() => void save()}>
            {w('save')}
          </Button>
          <Button onClick={onClose}>{w('cancel')}</Button>
        </>
      }
    >
      <form
        className={styles['form']}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <ErrorSummary errors={errors} />
        {meanwhile.notice}
        <WriteOutcome writing={writing} />
        <Combobox
          id="problem-words"
          label={t('words')}
          hint={t('wordsHint')}
          required
          value={form.code === '' ? form.words : form.code}
          choices={COMMON_PROBLEMS.map(([code, label]) => ({ value: code, label }))}
          nothingFound={t('nothingFound')}
          error={errorOf('problem-words')}
          onFreeText={(typed) => set({ words: typed, code: '' })}
          onChange={(code) => {
            const known = COMMON_PROBLEMS.find(([one]) => one === code);
            if (known !== undefined) set({ code: known[0], words: known[1] });
          }}
        />
        <div className={styles['pair']}>
          <Select
            label={t('certainty')}
            value={form.verification}
            onChange={(verification) => {
              if (verification !== '') set({ verification });
            }}
            choices={VERIFICATIONS.map((one) => ({ value: one, label: t(one) }))}
          />
          <Select
            label={t('severity')}
            nothing={t('notSaid')}
            value={form.severity}
            onChange={(severity) => set({ severity })}
            choices={PROBLEM_SEVERITIES.map(([code], n) => ({ value: code, label: t(SEVERITY_WORDS[n] ?? 'notSaid') }))}
          />
          <TextField
            id="problem-since"
            label={t('since')}
            hint={t('sinceHint')}
            value={form.since}
            onChange={(since) => set({ since: since.trim() })}
            error={errorOf('problem-since')}
          />
        </div>
        <TextArea label={t('note')} rows={3} value={form.note} onChange={(note) => set({ note })} />
        <DraftLine
          draft={draft}
          onDiscard={() => {
            void draft.forget();
            onClose();
          }}
        />
        <button type="submit" hidden aria-hidden="true" tabIndex={-1} />
      </form>
    </SidePanel>
  );
}
