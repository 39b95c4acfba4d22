// The form of one allergy. What is typed is a draft; saving a new one ends "no known allergies" in the same commit (CH24).
import { useState, type ReactElement } from 'react';
import { dateRange } from '../../../core/fhir/instant.ts';
import {
  allergyPatch,
  allergyResource,
  CATEGORIES,
  CRITICALITIES,
  EMPTY_ALLERGY,
  endPatch,
  liveDenials,
  REACTIONS,
  readAllergyForm,
  SEVERITIES,
  SUBSTANCES,
  type AllergyForm,
} from '../../../core/care/banner/write-allergy.ts';
import { rebased } from '../../../core/care/summary/element-patch.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { RadioGroup, Select } from '../../parts/choice-fields.part.tsx';
import { Combobox } from '../../parts/combobox.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { ErrorSummary, Loading, type FormError } from '../../parts/notice.part.tsx';
import { TextArea, TextField } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { allergyTexts } from './allergy-texts.ts';
import { DraftLine, useSafety, WriteOutcome } from './outcome.part.tsx';
import styles from './pages.module.css';
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
  readonly form: AllergyForm;
  readonly opened?: Opened;
}
const readKept = (kept: unknown): Kept | undefined => {
  if (typeof kept !== 'object' || kept === null || !('id' in kept) || !('form' in kept)) return undefined;
  const { id, form } = kept;
  const opened = readOpened('opened' in kept ? kept.opened : undefined);
  return typeof id === 'string' && typeof form === 'object' && form !== null
    ? { id, form: { ...EMPTY_ALLERGY, ...form }, ...(opened === undefined ? {} : { opened }) }
    : undefined;
};

export function AllergyPanel({
  shown,
  onClose,
}: {
  readonly shown?: Shown;
  readonly onClose: () => void;
}): ReactElement {
  const t = useTexts(allergyTexts);
  const w = useTexts(writeTexts);
  const { subject, ofType } = usePatientChart();
  const recording = useRecording();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const first = (): Kept => ({
    id: crypto.randomUUID(),
    form: shown === undefined ? EMPTY_ALLERGY : readAllergyForm(shown.resource),
    ...(shown === undefined ? {} : { opened: openedOf(shown) }),
  });
  const draft = useDraft(`allergy/${subject}/${shown?.key.id ?? 'new'}`, first, readKept);
  const [errors, setErrors] = useState<readonly FormError[]>([]);
  const denials = shown === undefined ? liveDenials(ofType('AllergyIntolerance')) : [];
  const { value } = draft;
  const meanwhile = useMeanwhile(shown?.key, value?.opened);
  if (value === undefined) return <Loading />;
  const { form } = value;
  const set = (next: Partial<AllergyForm>): void => draft.change({ ...value, form: { ...form, ...next } });
  const errorOf = (field: string): string | undefined => errors.find((one) => one.field === field)?.text;

  const save = async (): Promise<void> => {
    const found: FormError[] = [];
    if (form.substance.trim() === '') found.push({ field: 'allergy-substance', text: t('substanceMissing') });
    if (form.onset !== '' && (form.onset.includes('T') || dateRange(form.onset) === undefined)) {
      found.push({ field: 'allergy-onset', text: t('onsetWrong') });
    }
    setErrors(found);
    if (found.length > 0 || meanwhile.mustLook()) return;
    const of = recording();
    const { current = shown } = meanwhile;
    const first = readAllergyForm(value.opened?.resource ?? current?.resource ?? { resourceType: '' });
    const patch =
      current === undefined
        ? []
        : allergyPatch(current.resource, rebased(first, form, readAllergyForm(current.resource)), of);
    const changes =
      shown === undefined
        ? [
            createOf('AllergyIntolerance', value.id, allergyResource(form, of)),
            ...denials.map((one) => patchOf(one, endPatch(one.resource, 'superseded', '', of))),
          ]
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
      title={t(shown === undefined ? 'add' : 'edit')}
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
          id="allergy-substance"
          label={t('substance')}
          hint={t('substanceHint')}
          required
          value={form.code === '' ? form.substance : form.code}
          choices={SUBSTANCES.map(([code, label]) => ({ value: code, label }))}
          nothingFound={t('nothingFound')}
          error={errorOf('allergy-substance')}
          onFreeText={(typed) => set({ substance: typed, code: '' })}
          onChange={(code) => {
            const known = SUBSTANCES.find(([one]) => one === code);
            if (known !== undefined) set({ code: known[0], substance: known[1], category: known[2] });
          }}
        />
        <div className={styles['pair']}>
          <RadioGroup
            label={t('kind')}
            across
            value={form.kind}
            onChange={(kind) => set({ kind })}
            choices={[
              { value: 'allergy', label: t('allergy') },
              { value: 'intolerance', label: t('intolerance') },
            ]}
          />
          <RadioGroup
            label={t('verification')}
            across
            value={form.verification}
            onChange={(verification) => set({ verification })}
            choices={[
              { value: 'confirmed', label: t('confirmed') },
              { value: 'unconfirmed', label: t('unconfirmed') },
            ]}
          />
        </div>
        <Combobox
          label={t('addReaction')}
          value=""
          choices={REACTIONS.filter(([, words]) => !form.reactions.includes(words)).map(([code, label]) => ({
            value: code,
            label,
          }))}
          nothingFound={t('nothingFound')}
          onChange={(code) => {
            const known = REACTIONS.find(([one]) => one === code);
            if (known !== undefined)
              set({ reactions: [...form.reactions.filter((one) => one.trim() !== ''), known[1]] });
          }}
        />
        <TextField
          label={t('reactions')}
          hint={t('reactionsHint')}
          value={form.reactions.join(', ')}
          onChange={(text) => set({ reactions: text === '' ? [] : text.split(/, ?/) })}
        />
        <div className={styles['pair']}>
          <Select
            label={t('severity')}
            nothing={t('notSaid')}
            value={form.severity}
            onChange={(severity) => set({ severity })}
            choices={SEVERITIES.map((value2) => ({ value: value2, label: t(value2) }))}
          />
          <Select
            label={t('criticality')}
            nothing={t('notSaid')}
            value={form.criticality}
            onChange={(criticality) => set({ criticality })}
            choices={CRITICALITIES.map((value2) => ({ value: value2, label: t(value2) }))}
          />
          <Select
            label={t('category')}
            nothing={t('notSaid')}
            value={form.category}
            onChange={(category) => set({ category })}
            choices={CATEGORIES.map((value2) => ({ value: value2, label: t(value2) }))}
          />
          <TextField
            id="allergy-onset"
            label={t('onset')}
            hint={t('onsetHint')}
            value={form.onset}
            onChange={(onset) => set({ onset: onset.trim() })}
            error={errorOf('allergy-onset')}
          />
        </div>
        <TextArea label={t('note')} rows={2} value={form.note} onChange={(note) => set({ note })} />
        {denials.length > 0 && <p>{t('ends')}</p>}
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
