// Writing an order: what, how urgent, why; the patient confirmed once more beside the signature. What is typed is a draft.
//
//   OD6  Nothing is signed before the patient was confirmed (DT30).
//   OD7  The same within its interval is told and wants a reason; a copy that is not whole does not know of all.
import { useMemo, useState, type ReactElement } from 'react';
import { CATALOGUE, entryBy, ORDER_KINDS } from '../../../core/care/orders/catalogue.ts';
import {
  earlierOnes,
  EMPTY_SERVICE,
  faultsOfService,
  PRIORITIES,
  serviceLine,
  serviceRequest,
  type ServiceFault,
  type ServiceForm,
} from '../../../core/care/orders/write-service.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, Segmented, Select } from '../../parts/choice-fields.part.tsx';
import { Combobox } from '../../parts/combobox.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { ErrorSummary, Loading, Notice } from '../../parts/notice.part.tsx';
import { DateTimeField, TextArea } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { formatMoment, fromInputDateTime, toFhirDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { DraftLine, useSafety, WriteOutcome } from '../chart/outcome.part.tsx';
import { createOf, useRecording } from '../chart/record-item.part.tsx';
import { useDraft } from '../chart/use-draft.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { Who } from '../chart/who.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { orderFormTexts } from './form-texts.ts';
import styles from './orders.module.css';
import { orderTexts } from './texts.ts';

interface Kept {
  /** Of the order: a second click writes the same one. */
  readonly id: string;
  /** `wanted` is as its field writes it. */
  readonly form: ServiceForm;
}
const readKept = (kept: unknown): Kept | undefined => {
  if (typeof kept !== 'object' || kept === null || !('id' in kept) || !('form' in kept)) return undefined;
  const { id, form } = kept;
  return typeof id === 'string' && typeof form === 'object' && form !== null
    ? // Who it is for is confirmed each time anew.
      { id, form: { ...EMPTY_SERVICE, ...form, isConfirmed: false } }
    : undefined;
};
const FIELD: Readonly<Record<ServiceFault, string>> = {
  nothing: 'order-what',
  'no-question': 'order-question',
  past: 'order-wanted',
  again: 'order-again',
  'not-confirmed': 'order-confirm',
};

export function OrderPanel({ onClose }: { readonly onClose: () => void }): ReactElement {
  const t = useTexts(orderFormTexts);
  const o = useTexts(orderTexts);
  const w = useTexts(writeTexts);
  const device = useDevice();
  const { subject, resources, now, whole, stale } = usePatientChart();
  const recording = useRecording();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const [faults, setFaults] = useState<readonly ServiceFault[]>([]);
  const draft = useDraft(`order/${subject}`, (): Kept => ({ id: crypto.randomUUID(), form: EMPTY_SERVICE }), readKept);
  const { value } = draft;
  const form = value?.form ?? EMPTY_SERVICE;
  const { entry, words } = form;
  const earlier = useMemo(
    () => earlierOnes({ ...EMPTY_SERVICE, entry, words }, resources, now),
    [entry, words, resources, now],
  );
  if (value === undefined) return <Loading />;
  const set = (next: Partial<ServiceForm>): void => draft.change({ ...value, form: { ...form, ...next } });
  const errors = faults.map((fault) => ({ field: FIELD[fault], text: t(`fault-${fault}`) }));
  const errorOf = (field: string): string | undefined => errors.find((one) => one.field === field)?.text;

  const sign = async (): Promise<void> => {
    const { now: at } = device.status();
    const wanted = form.wanted === '' ? '' : (fromInputDateTime(form.wanted) ?? form.wanted);
    const typed: ServiceForm = { ...form, wanted };
    const found = faultsOfService(typed, earlierOnes(typed, resources, at), at);
    setFaults(found);
    if (found.length > 0) return;
    const order = serviceRequest(typed, value.id, { ...recording(), at: toFhirDateTime(at) });
    const saved = await writing.write([createOf('ServiceRequest', value.id, order)]);
    if (saved === undefined) return;
    toast({
      text: `${t('signed', { what: serviceLine(order).words })}. ${safety(saved.safe)}`,
      tone: saved.safe === 'D0' ? 'warn' : 'ok',
    });
    await draft.forget();
    onClose();
  };

  return (
    <SidePanel
      open
      onClose={onClose}
      title={o('add')}
      about={<Who />}
      actions={
        <>
          <Button look="primary" busy={writing.isBusy} onClick={() => void sign()}>
            {t('sign')}
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
          void sign();
        }}
      >
        <ErrorSummary errors={errors} />
        <WriteOutcome writing={writing} />
        <Select
          label={t('kind')}
          value={form.kind}
          onChange={(kind) => {
            if (kind !== '') set({ kind, entry: '', words: '', again: '' });
          }}
          choices={ORDER_KINDS.map((kind) => ({ value: kind, label: t(kind) }))}
        />
        <Combobox
          key={form.kind}
          id="order-what"
          label={t('what')}
          hint={t('whatHint')}
          required
          value={form.entry === '' ? form.words : form.entry}
          choices={CATALOGUE.filter(({ kind }) => kind === form.kind).map((one) => ({
            value: one.key,
            label: one.words,
          }))}
          nothingFound={t('nothingFound')}
          error={errorOf('order-what')}
          onFreeText={(typed) => set({ words: typed, entry: '', again: '' })}
          onChange={(key) => set({ entry: key, words: entryBy(key)?.words ?? '', again: '' })}
        />
        {earlier.length > 0 && (
          <Notice tone="warn" title={t('earlier')} told="polite">
            <ul>
              {earlier.slice(0, 3).map((one) => (
                <li key={one.name}>
                  {t(one.isOpen ? 'earlierOpen' : 'earlierDone', { what: one.words, time: formatMoment(one.at, now) })}
                </li>
              ))}
            </ul>
          </Notice>
        )}
        {(!whole || stale) && <Notice tone="warn">{t('earlierUnknown')}</Notice>}
        {earlier.length > 0 && (
          <TextArea
            id="order-again"
            label={t('again')}
            required
            rows={1}
            value={form.again}
            onChange={(again) => set({ again })}
            error={errorOf('order-again')}
          />
        )}
        <Segmented
          label={t('priority')}
          value={form.priority}
          onChange={(priority) => set({ priority })}
          choices={PRIORITIES.map((one) => ({ value: one, label: t(one) }))}
        />
        <TextArea
          id="order-question"
          label={t('question')}
          required={form.kind === 'imaging'}
          rows={2}
          value={form.question}
          onChange={(question) => set({ question })}
          error={errorOf('order-question')}
        />
        <DateTimeField
          id="order-wanted"
          label={t('wanted')}
          hint={t('wantedHint')}
          value={form.wanted}
          onChange={(wanted) => set({ wanted })}
          error={errorOf('order-wanted')}
        />
        <TextArea label={t('note')} rows={1} value={form.note} onChange={(note) => set({ note })} />
        <div className={styles['confirm']}>
          <Checkbox
            id="order-confirm"
            label={
              <>
                {t('confirm')} <Who />
              </>
            }
            checked={form.isConfirmed}
            onChange={(isConfirmed) => set({ isConfirmed })}
          />
          {errorOf('order-confirm') !== undefined && (
            <p className={styles['fault']} role="alert">
              {errorOf('order-confirm')}
            </p>
          )}
        </div>
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
