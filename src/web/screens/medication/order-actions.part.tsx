// What is done with an order that stands: hold, resume, stop, each with a reason and the patient confirmed again (DT30); change leads to a
// new order; acknowledging says that somebody has seen it (DT33).
import { useId, useState, type ReactElement } from 'react';
import { useNavigate } from 'react-router';
import { stepPatch, stepsOf, type OrderStep } from '../../../core/care/medication/write-order.ts';
import { acknowledgeTask } from '../../../core/care/medication/order-progress.ts';
import { medicineName } from '../../../core/care/medication/find-medicine.ts';
import { printJson } from '../../../core/base/json.ts';
import type { Shown } from '../../device/device.ts';
import { Button, IconButton } from '../../parts/button.part.tsx';
import { Checkbox } from '../../parts/choice-fields.part.tsx';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Menu, type MenuItem } from '../../parts/menu.part.tsx';
import { ErrorSummary, Notice } from '../../parts/notice.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { TextArea } from '../../parts/text-fields.part.tsx';
import { toFhirDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { WriteOutcome } from '../chart/outcome.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import type { Writing } from '../chart/use-write.ts';
import { MedicineName } from './medication-line.part.tsx';
import { PatientWords } from './patient-words.part.tsx';
import { medicationTexts } from './texts.ts';

export type ToDo = OrderStep | 'acknowledge';
const ICONS = { hold: 'minus', resume: 'next', stop: 'cross' } as const;

export function OrderMenu({
  shown,
  canAcknowledge,
  onStep,
}: {
  readonly shown: Shown;
  readonly canAcknowledge: boolean;
  readonly onStep: (step: ToDo) => void;
}): ReactElement | null {
  const t = useTexts(medicationTexts);
  const navigate = useNavigate();
  const { mayWrite, patientId } = usePatientChart();
  const name = medicineName(shown.resource);
  const steps = mayWrite('MedicationRequest') ? stepsOf(shown.resource) : [];
  const items: MenuItem[] = [
    ...(canAcknowledge && mayWrite('Task')
      ? [{ key: 'acknowledge', label: t('acknowledge'), icon: 'check' as const, onChoose: () => onStep('acknowledge') }]
      : []),
    ...(steps.length > 0
      ? [
          {
            key: 'change',
            label: t('change'),
            icon: 'edit' as const,
            onChoose: () => void navigate(`/patient/${patientId}/prescribe?replaces=${shown.key.id}`),
          },
        ]
      : []),
    ...steps.map((step) => ({
      key: step,
      label: t(step),
      icon: ICONS[step],
      danger: step === 'stop',
      onChoose: () => onStep(step),
    })),
  ];
  if (items.length === 0) return null;
  return <Menu button={<IconButton icon="more" label={t('actions', { name })} />} items={items} />;
}

/** Asks why, and for whom; writes one revision. Mounted anew for each order. */
export function StepDialog({
  shown,
  step,
  isRunning,
  writing,
  onClose,
  onDone,
}: {
  readonly shown: Shown;
  readonly step: ToDo;
  readonly isRunning: boolean;
  readonly writing: Writing;
  readonly onClose: () => void;
  readonly onDone: (step: ToDo, name: string) => void;
}): ReactElement {
  const t = useTexts(medicationTexts);
  const device = useDevice();
  const { me } = usePatientChart();
  const id = useId();
  const [taskId] = useState(() => crypto.randomUUID());
  const [why, setWhy] = useState('');
  const [isRight, setRight] = useState(false);
  const [isTried, setTried] = useState(false);
  const name = medicineName(shown.resource);
  const wantsWhy = step === 'hold' || step === 'stop';
  const errors = [
    ...(wantsWhy && why.trim() === '' ? [{ field: `${id}-why`, text: t('whyMissing') }] : []),
    ...(isRight ? [] : [{ field: `${id}-right`, text: t('confirmMissing') }]),
  ];
  const write = async (): Promise<void> => {
    setTried(true);
    if (errors.length > 0) return;
    const now = toFhirDateTime(device.status().now);
    const done = await writing.write(
      step === 'acknowledge'
        ? [
            {
              kind: 'create',
              type: 'Task',
              id: taskId,
              text: printJson(
                acknowledgeTask(shown.resource, { reference: me?.who ?? '', display: me?.name ?? '' }, now),
              ),
            },
          ]
        : [
            {
              kind: 'patch',
              type: 'MedicationRequest',
              id: shown.key.id,
              ifMatch: shown.versionId,
              patch: { form: 'json-patch', text: stepPatch(shown.resource, step, why.trim(), now) },
            },
          ],
    );
    if (done !== undefined) onDone(step, name);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('stepTitle', { step: t(step), name })}
      about={<PatientWords />}
      actions={
        <>
          <Button look={step === 'stop' ? 'danger' : 'primary'} busy={writing.isBusy} onClick={() => void write()}>
            {t(step)}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </>
      }
    >
      <Stack>
        {isTried && errors.length > 0 && <ErrorSummary errors={errors} />}
        <p>
          <MedicineName name={name} />
        </p>
        {step === 'stop' && isRunning && <Notice tone="danger">{t('running')}</Notice>}
        {step !== 'acknowledge' && (
          <TextArea
            id={`${id}-why`}
            label={t('why')}
            value={why}
            onChange={setWhy}
            rows={2}
            maxLength={500}
            required={wantsWhy}
            error={isTried && wantsWhy && why.trim() === '' ? t('whyMissing') : undefined}
          />
        )}
        <Checkbox id={`${id}-right`} label={t('confirmPatient')} checked={isRight} onChange={setRight} />
        <WriteOutcome writing={writing} />
      </Stack>
    </Dialog>
  );
}
