// The form of one set of vital signs, with the score as it is typed. What is typed is a draft; one save is one commit.
//
//   VT10  What is hardly possible is asked about once and may stand; what no body has is not taken.
import { useState, type ReactElement } from 'react';
import { CONSCIOUSNESS, news2, notScored, type Consciousness } from '../../../core/care/vitals/news2.ts';
import { measureBy, type MeasureKey } from '../../../core/care/vitals/sign-codes.ts';
import {
  doubtOf,
  LATE_MS,
  typedNumber,
  typedSigns,
  vitalResources,
  type SetAsTyped,
} from '../../../core/care/vitals/write-vitals.ts';
import { Button } from '../../parts/button.part.tsx';
import { Segmented, Select } from '../../parts/choice-fields.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { ErrorSummary, Loading, Notice, type FormError } from '../../parts/notice.part.tsx';
import { DateTimeField, NumberField } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { fromInputDateTime, toFhirDateTime, toInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { DraftLine, useSafety, WriteOutcome } from '../chart/outcome.part.tsx';
import { createOf } from '../chart/record-item.part.tsx';
import { useDraft } from '../chart/use-draft.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { Who } from '../chart/who.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { ScoreLine } from './score-line.part.tsx';
import { useSignWords } from './sign-words.ts';
import { vitalTexts } from './texts.ts';
import styles from './vitals.module.css';
import { useWhoIsScored } from './use-who-is-scored.ts';

interface Typed {
  /** Of the Observations, so that a second save writes the same ones. */
  readonly ids: readonly string[];
  readonly at: string;
  readonly values: Readonly<Partial<Record<MeasureKey, string>>>;
  readonly breathing: 'air' | 'oxygen' | '';
  readonly consciousness: Consciousness | '';
  readonly scale: '1' | '2';
}
const FIRST: readonly MeasureKey[] = ['breaths', 'saturation'];
const CIRCULATION: readonly MeasureKey[] = ['systolic', 'diastolic', 'pulse'];
const REST: readonly MeasureKey[] = ['temperature', 'pain'];
const BODY: readonly MeasureKey[] = ['weight', 'height'];
/** As many as a set has at most. */
const IDS = 14;

const readTyped = (kept: unknown): Typed | undefined =>
  typeof kept === 'object' && kept !== null && 'ids' in kept && 'values' in kept && 'at' in kept
    ? (kept as Typed)
    : undefined;

export function RecordVitals({ onClose }: { readonly onClose: () => void }): ReactElement {
  const t = useTexts(vitalTexts);
  const w = useTexts(writeTexts);
  const words = useSignWords();
  const device = useDevice();
  const { patientId, subject, stay, me } = usePatientChart();
  const { age, isPregnant, scale: usualScale } = useWhoIsScored();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const [errors, setErrors] = useState<readonly FormError[]>([]);
  /** What was asked about, and stands if it is saved again. */
  const [asked, setAsked] = useState('');
  const draft = useDraft(
    `vitals/${subject}`,
    (): Typed => ({
      ids: Array.from({ length: IDS }, () => crypto.randomUUID()),
      at: toInputDateTime(device.status().now),
      values: {},
      breathing: '',
      consciousness: '',
      scale: usualScale === 2 ? '2' : '1',
    }),
    readTyped,
  );
  const typed = draft.value;
  if (typed === undefined) return <Loading />;
  const set = (next: Partial<Typed>): void => draft.change({ ...typed, ...next });
  const why = notScored(age, isPregnant);
  const now = device.status().now;
  const takenText = fromInputDateTime(typed.at);
  const takenAt = takenText === undefined ? undefined : Date.parse(takenText);
  const asSet = (): SetAsTyped => ({
    patient: patientId,
    encounter: stay?.key.id,
    takenBy: me?.who ?? '',
    takenText: takenText ?? '',
    takenAt: takenAt ?? now,
    writtenText: toFhirDateTime(now),
    writtenAt: now,
    values: typed.values,
    onOxygen: typed.breathing === '' ? undefined : typed.breathing === 'oxygen',
    consciousness: typed.consciousness === '' ? undefined : typed.consciousness,
    scale: typed.scale === '2' ? 2 : 1,
    isScored: why === undefined,
  });

  const save = async (): Promise<void> => {
    const found: FormError[] = [];
    const doubts: FormError[] = [];
    for (const [key, text] of Object.entries(typed.values) as [MeasureKey, string][]) {
      if (text.trim() === '') continue;
      const doubt = doubtOf(measureBy(key), text.trim());
      if (doubt === undefined) continue;
      const said = { field: `vital-${key}`, text: t(doubt, { sign: words.sign(key), value: text.trim() }) };
      (doubt === 'implausible' ? doubts : found).push(said);
    }
    const [systolic, diastolic] = [typedNumber(typed.values.systolic), typedNumber(typed.values.diastolic)];
    if (systolic !== undefined && diastolic !== undefined && diastolic > systolic)
      found.push({ field: 'vital-diastolic', text: t('pressureOrder') });
    if (takenAt === undefined) found.push({ field: 'vital-at', text: t('noTime') });
    else if (takenAt > now + 60_000) found.push({ field: 'vital-at', text: t('future') });
    let n = 0;
    const resources = vitalResources(asSet(), () => typed.ids[n++] ?? crypto.randomUUID());
    if (found.length === 0 && resources.length === 0) found.push({ field: 'vital-breaths', text: t('nothingTyped') });
    const doubted = doubts.map(({ text }) => text).join('\n');
    if (found.length > 0 || (doubted !== '' && doubted !== asked)) {
      setAsked(found.length > 0 ? '' : doubted);
      setErrors([...found, ...doubts]);
      return;
    }
    setErrors([]);
    const saved = await writing.write(resources.map((one) => createOf('Observation', one.id ?? '', one)));
    if (saved === undefined) return;
    toast({ text: `${t('recorded')}. ${safety(saved.safe)}`, tone: saved.safe === 'D0' ? 'warn' : 'ok' });
    await draft.forget();
    onClose();
  };

  const field = (key: MeasureKey, autoFocus = false): ReactElement => {
    const measure = measureBy(key);
    return (
      <NumberField
        key={key}
        id={`vital-${key}`}
        label={words.sign(key)}
        unit={key === 'pain' ? '' : measure.unit}
        whole={measure.digits === 0}
        width="7rem"
        autoFocus={autoFocus}
        value={typed.values[key] ?? ''}
        error={errors.find((one) => one.field === `vital-${key}`)?.text}
        onChange={(text) => set({ values: { ...typed.values, [key]: text } })}
      />
    );
  };
  return (
    <SidePanel
      open
      onClose={onClose}
      title={t('record')}
      about={<Who />}
      actions={
        <>
          <Button look="primary" busy={writing.isBusy} onClick={() => void save()}>
            {asked === '' ? w('save') : t('saveAnyway')}
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
        <WriteOutcome writing={writing} />
        <div className={styles['signs']}>{FIRST.map((key, at) => field(key, at === 0))}</div>
        <div className={styles['signs']}>
          <Segmented
            id="vital-breathing"
            label={t('breathing')}
            value={typed.breathing}
            onChange={(breathing) => set({ breathing })}
            choices={[
              { value: 'air', label: t('onAir') },
              { value: 'oxygen', label: t('onOxygen') },
            ]}
          />
          {typed.breathing === 'oxygen' && field('oxygen')}
        </div>
        <div className={styles['signs']}>{CIRCULATION.map((key) => field(key))}</div>
        <Select
          id="vital-consciousness"
          label={t('consciousness')}
          nothing="–"
          value={typed.consciousness}
          onChange={(consciousness) => set({ consciousness })}
          choices={CONSCIOUSNESS.map((one) => ({ value: one, label: words.consciousness(one) }))}
        />
        <div className={styles['signs']}>{REST.map((key) => field(key))}</div>
        {why === undefined ? (
          <>
            <Select
              label={t('scale')}
              hint={t('scale2Why')}
              value={typed.scale}
              onChange={(scale) => {
                if (scale !== '') set({ scale });
              }}
              choices={[
                { value: '1', label: t('scale1') },
                { value: '2', label: t('scale2') },
              ]}
            />
            <ScoreLine judged={news2(typedSigns(asSet()), typed.scale === '2' ? 2 : 1)} />
          </>
        ) : (
          <Notice>{t(why)}</Notice>
        )}
        <details>
          <summary>{t('weightHeight')}</summary>
          <div className={styles['signs']}>{BODY.map((key) => field(key))}</div>
        </details>
        <DateTimeField
          id="vital-at"
          label={t('taken')}
          value={typed.at}
          onChange={(at) => set({ at })}
          error={errors.find((one) => one.field === 'vital-at')?.text}
          {...(takenAt !== undefined && now - takenAt > LATE_MS ? { hint: t('late') } : {})}
        />
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
