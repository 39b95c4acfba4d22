// Acknowledging one critical result: who told it, the value read back, when, what was done. One Task, once.
//
//   LR9   A value read back that differs from the one recorded is not taken; nothing is written until all is said.
//   LR10  What is acknowledged is the value as it stands now, not as it stood when the form was opened.
import { useState, type ReactElement } from 'react';
import { conceptWords } from '../../../core/care/banner/allergy-section.ts';
import {
  acknowledgementTask,
  faultsOfReadBack,
  TOLD_HOW,
  valueKey,
  type ReadBack,
  type ReadBackFault,
  type ToldHow,
} from '../../../core/care/results/critical-results.ts';
import { resultValue } from '../../../core/care/results/read-results.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { ErrorSummary, Loading, Notice, type FormError } from '../../parts/notice.part.tsx';
import { DateTimeField, TextArea, TextField } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { formatDateTime, fromInputDateTime, toFhirDateTime, toInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { DraftLine, useSafety, WriteOutcome } from '../chart/outcome.part.tsx';
import { createOf } from '../chart/record-item.part.tsx';
import { useDraft } from '../chart/use-draft.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { Who } from '../chart/who.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { acknowledgeTexts } from './acknowledge-texts.ts';
import { GradeTag, valueWithUnit } from './grade-mark.part.tsx';
import styles from './results.module.css';

interface Typed {
  /** Of the Task: a second click writes the same one. */
  readonly id: string;
  /** What the result was when the form was opened. */
  readonly of: string;
  readonly how: ToldHow | '';
  readonly toldBy: string;
  readonly value: string;
  readonly at: string;
  readonly action: string;
  readonly informed: string;
}
const readTyped = (kept: unknown): Typed | undefined =>
  typeof kept === 'object' && kept !== null && 'id' in kept && 'of' in kept && 'action' in kept
    ? (kept as Typed)
    : undefined;
const FIELD: Readonly<Record<ReadBackFault, string>> = {
  how: 'ack-how',
  'told-by': 'ack-told-by',
  'no-value': 'ack-value',
  differs: 'ack-value',
  'no-time': 'ack-at',
  before: 'ack-at',
  future: 'ack-at',
  'no-action': 'ack-action',
};

export function AcknowledgePanel({
  shown,
  onClose,
}: {
  readonly shown: Shown;
  readonly onClose: () => void;
}): ReactElement {
  const a = useTexts(acknowledgeTexts);
  const w = useTexts(writeTexts);
  const device = useDevice();
  const { subject, stay, me } = usePatientChart();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const [errors, setErrors] = useState<readonly FormError[]>([]);
  const { resource } = shown;
  const key = valueKey(resource);
  const draft = useDraft(
    `critical/${subject}/${shown.key.id}`,
    (): Typed => ({
      id: crypto.randomUUID(),
      of: key,
      how: '',
      toldBy: '',
      value: '',
      at: toInputDateTime(device.status().now),
      action: '',
      informed: '',
    }),
    readTyped,
  );
  const typed = draft.value;
  if (typed === undefined) return <Loading />;
  const set = (next: Partial<Typed>): void => draft.change({ ...typed, ...next });
  const result = resultValue(shown);
  const words = `${conceptWords(resource['code'] ?? null)} ${valueWithUnit(result)}`;
  const errorOf = (field: string): string | undefined => errors.find((one) => one.field === field)?.text;

  const save = async (): Promise<void> => {
    const { now } = device.status();
    const told = fromInputDateTime(typed.at);
    // The field has minutes: what was told in the minute of the sample is not before it.
    const at =
      told === undefined ? undefined : Math.max(Date.parse(told), Math.min(Date.parse(told) + 59_999, result.takenAt));
    const readBack: ReadBack = { ...typed, at };
    const faults = faultsOfReadBack(readBack, result, now);
    setErrors(
      faults.map((fault) => ({
        field: FIELD[fault],
        text: a(`fault-${fault}`, { typed: typed.value.trim(), value: result.value }),
      })),
    );
    if (faults.length > 0 || told === undefined || me === undefined) return;
    const task = acknowledgementTask(resource, readBack, {
      id: typed.id,
      subject,
      encounter: stay === undefined ? undefined : `Encounter/${stay.key.id}`,
      me,
      told,
      written: toFhirDateTime(now),
      words,
    });
    const saved = await writing.write([createOf('Task', typed.id, task)]);
    if (saved === undefined) return;
    toast({ text: `${a('acknowledged')}: ${words}. ${safety(saved.safe)}`, tone: saved.safe === 'D0' ? 'warn' : 'ok' });
    await draft.forget();
    onClose();
  };

  return (
    <SidePanel
      open
      onClose={onClose}
      title={a('acknowledgeOf', { what: words })}
      about={<Who />}
      actions={
        <>
          <Button look="primary" busy={writing.isBusy} onClick={() => void save()}>
            {a('acknowledge')}
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
        {typed.of !== key && (
          <Notice tone="danger" told="now">
            {a('changedMeanwhile', { value: valueWithUnit(result) })}
          </Notice>
        )}
        <WriteOutcome writing={writing} />
        <p className={styles['alarmValue']}>
          <strong>
            <bdi dir="ltr">{words}</bdi>
          </strong>{' '}
          <GradeTag grade={result.grade} /> <span className={styles['quiet']}>{formatDateTime(result.takenAt)}</span>
        </p>
        <Segmented
          id="ack-how"
          label={a('how')}
          required
          value={typed.how}
          onChange={(how) => set({ how })}
          error={errorOf('ack-how')}
          choices={TOLD_HOW.map((one) => ({ value: one, label: a(one) }))}
        />
        {typed.how !== 'screen' && (
          <TextField
            id="ack-told-by"
            label={a('toldBy')}
            required
            value={typed.toldBy}
            onChange={(toldBy) => set({ toldBy })}
            error={errorOf('ack-told-by')}
          />
        )}
        <TextField
          id="ack-value"
          label={a('readBack')}
          hint={a('readBackHint')}
          required
          width="14rem"
          value={typed.value}
          onChange={(value) => set({ value })}
          error={errorOf('ack-value')}
        />
        <DateTimeField
          id="ack-at"
          label={a('toldAt')}
          required
          value={typed.at}
          onChange={(at) => set({ at })}
          error={errorOf('ack-at')}
        />
        <TextArea
          id="ack-action"
          label={a('action')}
          required
          rows={2}
          value={typed.action}
          onChange={(action) => set({ action })}
          error={errorOf('ack-action')}
        />
        <TextField label={a('informed')} value={typed.informed} onChange={(informed) => set({ informed })} />
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
