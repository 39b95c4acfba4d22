// One cell of the chart: what was charted there, and charting a dose. Warnings stand with the facts of both doses; going on wants a reason.
//
//   MD44  What blocks or warns can be gone past only with a reason, which stands in the dose; a time in the future cannot.
import { useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import type { MedicineRule } from '../../../core/care/medication/drug-rules.ts';
import type { DoseEntry } from '../../../core/care/medication/dose-entry.ts';
import { guardDose, isRefused, type DoseWarning } from '../../../core/care/medication/guard-dose.ts';
import type { MarCell, MarRow } from '../../../core/care/medication/mar-rows.ts';
import { doseResource, LATE_ENTRY_MS, NOT_GIVEN_REASONS } from '../../../core/care/medication/write-dose.ts';
import { at, itemsOf, textOf } from '../../../core/care/merge/clinical-words.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, Segmented, Select } from '../../parts/choice-fields.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, Notice } from '../../parts/notice.part.tsx';
import { DateTimeField, NumberField, TextArea, TextField } from '../../parts/text-fields.part.tsx';
import { formatDateTime, formatMoment, toFhirDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { DraftLine, WriteOutcome } from '../chart/outcome.part.tsx';
import { useDraft, type Drafting } from '../chart/use-draft.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { useDevice } from '../frame/use-device.ts';
import { MedicationLineText } from '../medication/medication-line.part.tsx';
import { lineTexts } from '../medication/line-texts.ts';
import { amountWords, unitWords, type LineSpeak } from '../medication/line-words.ts';
import { PatientWords } from '../medication/patient-words.part.tsx';
import { amountIn, doneOf, doseFaults, firstForm, momentIn, readDose, type DoseForm, type What } from './dose-form.ts';
import { doseTexts } from './dose-texts.ts';
import { EntryItem, entryWords } from './entry-item.part.tsx';
import styles from './mar.module.css';
import { ScanPanel } from './scan-panel.part.tsx';
import type { ScanState } from './scan-state.ts';
import type { DoseSpeak } from './dose-words.ts';

export interface DosePanelProps {
  readonly row: MarRow;
  readonly cell: MarCell | undefined;
  /** All doses of this order. */
  readonly entries: readonly DoseEntry[];
  readonly rule: MedicineRule | undefined;
  readonly allergy: string;
  readonly scan: ScanState;
  readonly onScan: (code: string) => void;
  readonly onClose: () => void;
  readonly onSaved: (name: string) => void;
}

export function DosePanel(props: DosePanelProps): ReactElement | null {
  const { row, cell } = props;
  const device = useDevice();
  const { patientId } = usePatientChart();
  const draft = useDraft<DoseForm>(
    `dose/Patient/${patientId}/${row.line.from}/${cell?.at ?? ''}`,
    () => firstForm(crypto.randomUUID(), row, cell, device.status().now),
    readDose,
  );
  return draft.value === undefined ? null : <OpenPanel {...props} draft={draft} form={draft.value} />;
}

function OpenPanel(
  props: DosePanelProps & { readonly draft: Drafting<DoseForm>; readonly form: DoseForm },
): ReactElement {
  const { row, cell, entries, rule, allergy, scan, onScan, onClose, onSaved, draft, form } = props;
  const t = useTexts(doseTexts);
  const line = useTexts(lineTexts);
  const device = useDevice();
  const { me, stay, now, mayWrite } = usePatientChart();
  const writing = useWrite();
  const [isTried, setTried] = useState(false);
  const { request } = row;
  const moment = momentIn(form.time);
  const dueAt = cell?.dueAt;
  const isPlanned = cell === undefined || cell.state !== 'given';
  const guarded =
    request === undefined || moment === undefined || form.what !== 'given'
      ? []
      : guardDose(
          { request, at: moment, amount: amountIn(form), ...(dueAt === undefined ? {} : { dueAt }) },
          entries,
          now,
          row.disputed,
        );
  const inFuture = moment !== undefined && (isRefused(guarded) || moment > now + 120_000);
  const warnings = guarded.filter(({ kind }) => kind !== 'in-the-future');
  const isBlocked = scan.block !== undefined;
  const wantsReason = warnings.length > 0 || isBlocked || allergy !== '';
  const faults = doseFaults(form, wantsReason, inFuture);
  const set = (change: Partial<DoseForm>): void => draft.change({ ...form, ...change });
  const error = (field: keyof DoseForm): string | undefined => {
    const found = isTried ? faults.find((one) => one.field === field) : undefined;
    return found === undefined ? undefined : t(found.fault);
  };
  const unitText = textOf(
    at(itemsOf(at(itemsOf(request?.['dosageInstruction'])[0], 'doseAndRate'))[0], 'doseQuantity.unit'),
  );
  const save = async (): Promise<void> => {
    setTried(true);
    if (faults.length > 0 || request === undefined || me === undefined || moment === undefined) return;
    const noWitness = rule?.controlled === true && form.what !== 'not-given' && form.witness.trim() === '';
    const dose = doseResource({
      request,
      at: moment,
      now: device.status().now,
      done: doneOf(form, row.group === 'infusion', unitText),
      who: { reference: me.who, display: me.name },
      fromPaper: form.fromPaper,
      override: form.what === 'given' ? form.override.trim() : '',
      scanned: scan.matched === request.id && !isBlocked,
      note: [form.note.trim(), noWitness ? 'No second person' : ''].filter((text) => text !== '').join('; '),
      textOf: toFhirDateTime,
      ...(dueAt === undefined ? {} : { dueAt }),
      ...(form.witness.trim() === '' ? {} : { witness: { display: form.witness.trim() } }),
      ...(stay === undefined ? {} : { stay: `Encounter/${stay.key.id}` }),
    });
    const done = await writing.write([
      { kind: 'create', type: 'MedicationAdministration', id: form.id, text: printJson(dose) },
    ]);
    if (done === undefined) return;
    await draft.forget();
    onSaved(row.line.name);
  };
  const mayChart = mayWrite('MedicationAdministration') && request !== undefined;
  const here = cell?.entries ?? [];
  return (
    <SidePanel
      open
      onClose={onClose}
      title={t('chartDose')}
      about={<PatientWords />}
      actions={
        <>
          {mayChart && (
            <Button look="primary" busy={writing.isBusy} onClick={() => void save()}>
              {t('save')}
            </Button>
          )}
          <Button onClick={onClose}>{t('cancel')}</Button>
        </>
      }
    >
      <Stack>
        <div>
          <MedicationLineText line={row.line} />
          <p className={styles['about']}>
            {dueAt === undefined ? t('asNeeded') : t('dueAt', { time: formatDateTime(dueAt) })}
          </p>
        </div>
        {here.length > 0 && (
          <section aria-label={t('entries')}>
            <Stack gap={2}>
              {here.map((entry) => (
                <EntryItem key={entry.from} entry={entry} />
              ))}
            </Stack>
          </section>
        )}
        {mayChart && (
          <>
            {isTried && faults.length > 0 && (
              <ErrorSummary errors={faults.map(({ field, fault }) => ({ field: `dose-${field}`, text: t(fault) }))} />
            )}
            {allergy !== '' && (
              <Notice tone="danger" told="now">
                {t('allergyStands', { words: allergy })}
              </Notice>
            )}
            <Segmented<What>
              id="dose-what"
              label={t('what')}
              value={form.what}
              choices={[
                { value: 'given', label: row.group === 'infusion' ? t('start') : t('given'), icon: 'check-circle' },
                { value: 'not-given', label: t('not-given'), icon: 'cross' },
                { value: 'wasted', label: t('wasted'), icon: 'delete' },
              ]}
              onChange={(what) => set({ what })}
            />
            <DateTimeField
              id="dose-time"
              label={t('time')}
              value={form.time}
              onChange={(time) => set({ time })}
              error={error('time') ?? (inFuture ? t('future') : undefined)}
              required
            />
            {moment !== undefined && now - moment > LATE_ENTRY_MS && <Notice tone="warn">{t('lateEntry')}</Notice>}
            <WhatFields form={form} set={set} error={error} rule={rule} line={line} />
            {form.what === 'given' && isPlanned && (
              <ScanPanel
                scan={scan}
                matchedName={scan.matched === request.id && scan.matched !== undefined ? row.line.name : ''}
                now={now}
                onScan={onScan}
              />
            )}
            <div aria-live="polite" data-part="dose-warnings">
              <Stack gap={2}>
                {warnings.map((warning) => (
                  <Notice key={warning.kind} tone="danger" title={warningWords(t, line, warning, now)}>
                    {'others' in warning
                      ? warning.others.map((one) => <p key={one.from}>{entryWords(t, line, one, now)}</p>)
                      : 'given' in warning && Array.isArray(warning.given)
                        ? warning.given.map((one) => <p key={one.from}>{entryWords(t, line, one, now)}</p>)
                        : undefined}
                  </Notice>
                ))}
              </Stack>
            </div>
            {form.what === 'given' && wantsReason && (
              <TextArea
                id="dose-override"
                label={isBlocked ? t('emergency') : t('overrideLabel')}
                value={form.override}
                onChange={(override) => set({ override })}
                rows={2}
                maxLength={500}
                error={error('override')}
                required
              />
            )}
            <Checkbox label={t('fromPaper')} checked={form.fromPaper} onChange={(fromPaper) => set({ fromPaper })} />
            <TextField label={t('note')} value={form.note} onChange={(note) => set({ note })} maxLength={500} />
            <WriteOutcome writing={writing} />
            <DraftLine
              draft={draft}
              onDiscard={() => {
                draft.change(firstForm(form.id, row, cell, device.status().now));
                void draft.forget();
              }}
            />
          </>
        )}
      </Stack>
    </SidePanel>
  );
}

function WhatFields({
  form,
  set,
  error,
  rule,
  line,
}: {
  readonly form: DoseForm;
  readonly set: (change: Partial<DoseForm>) => void;
  readonly error: (field: keyof DoseForm) => string | undefined;
  readonly rule: MedicineRule | undefined;
  readonly line: LineSpeak;
}): ReactElement {
  const t = useTexts(doseTexts);
  const unit = unitWords(line, form.unit);
  const witness = rule?.controlled === true && form.what !== 'not-given' && (
    <TextField
      id="dose-witness"
      label={t('witness')}
      hint={form.witness.trim() === '' ? t('witnessHint') : undefined}
      value={form.witness}
      onChange={(value) => set({ witness: value })}
      maxLength={120}
    />
  );
  if (form.what === 'not-given')
    return (
      <>
        <Select
          id="dose-reason"
          label={t('reason')}
          value={form.reason}
          nothing="—"
          choices={NOT_GIVEN_REASONS.map((value) => ({ value, label: t(value) }))}
          onChange={(reason) => set({ reason })}
          error={error('reason')}
          required
        />
        <TextField
          id="dose-words"
          label={t('words')}
          value={form.words}
          onChange={(words) => set({ words })}
          maxLength={300}
          error={error('words')}
        />
      </>
    );
  return (
    <>
      <div className={styles['beside']}>
        <NumberField
          id="dose-dose"
          label={form.what === 'given' ? t('dose') : t('wastedAmount')}
          unit={unit}
          value={form.dose}
          onChange={(dose) => set({ dose })}
          error={error('dose')}
          width="8rem"
          required={form.what === 'given'}
        />
        {form.what === 'given' && (
          <NumberField
            id="dose-wasted"
            label={t('wastedAmount')}
            unit={unit}
            value={form.wasted}
            onChange={(wasted) => set({ wasted })}
            width="8rem"
          />
        )}
      </div>
      {form.what === 'given' && (
        <TextField
          id="dose-site"
          label={t('site')}
          hint={t('siteHint')}
          value={form.site}
          onChange={(site) => set({ site })}
          maxLength={120}
        />
      )}
      {form.what === 'wasted' && (
        <TextField
          id="dose-words"
          label={t('words')}
          value={form.words}
          onChange={(words) => set({ words })}
          maxLength={300}
          error={error('words')}
          required
        />
      )}
      {witness}
    </>
  );
}

function warningWords(t: DoseSpeak, line: LineSpeak, warning: DoseWarning, now: number): string {
  switch (warning.kind) {
    case 'in-the-future':
      return t('future');
    case 'too-soon':
      return t('too-soon', {
        last: formatMoment(warning.last.at, now),
        earliest: formatMoment(warning.earliestAt, now),
      });
    case 'over-maximum':
      return t('over-maximum', {
        sum: amountWords(line, { value: warning.sum, unit: warning.most.unit }),
        most: amountWords(line, warning.most),
      });
    case 'maximum-not-checked':
      return t('maximum-not-checked', { most: amountWords(line, warning.most) });
    case 'early':
      return t('early', { time: formatMoment(warning.dueAt, now) });
    case 'differs':
      return t('differs', { given: amountWords(line, warning.given), ordered: amountWords(line, warning.ordered) });
    case 'same-due-time':
    case 'close-by':
    case 'held':
    case 'ended':
    case 'stop-disputed':
      return t(warning.kind);
  }
}
