// A department's word on an order of its own kind: received, accepted, refused.
//
//   OD9  One button each; a refusal asks for its reason. Whoever is of no department has none.
import { useState, type ReactElement } from 'react';
import { kindOf } from '../../../core/care/orders/catalogue.ts';
import {
  departmentPatch,
  departmentsOf,
  departmentTask,
  departmentTaskOf,
  stepsOf,
  type Step,
} from '../../../core/care/orders/department.ts';
import type { OrderState } from '../../../core/care/orders/order-state.ts';
import { serviceLine } from '../../../core/care/orders/write-service.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { TextArea } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { useSafety, WriteOutcome } from '../chart/outcome.part.tsx';
import { createOf, patchOf, useRecording } from '../chart/record-item.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { Who } from '../chart/who.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { useStatus } from '../frame/use-device.ts';
import { orderTexts } from './texts.ts';

/** Kinds that the person who is signed in answers for. */
export function useOwnDepartments(): ReturnType<typeof departmentsOf> {
  const { session } = useStatus();
  return departmentsOf(session.kind === 'open' ? session.principal.duties.map(({ role }) => role) : []);
}

export function DepartmentButtons({
  shown,
  state,
}: {
  readonly shown: Shown;
  readonly state: OrderState;
}): ReactElement | null {
  const t = useTexts(orderTexts);
  const w = useTexts(writeTexts);
  const { resources, ofType } = usePatientChart();
  const own = useOwnDepartments();
  const recording = useRecording();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  // Of the first word: a second click writes the same one.
  const [id] = useState(() => crypto.randomUUID());
  const [isRefusing, setRefusing] = useState(false);
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string>();
  const steps = stepsOf(state);
  if (!own.includes(kindOf(shown.resource)) || steps.length === 0) return null;
  const { name, words } = serviceLine(shown.resource);
  const say = async (step: Step): Promise<void> => {
    const task = departmentTaskOf(name, resources);
    const before = task === undefined ? undefined : ofType('Task').find(({ key }) => key.id === task.id);
    const of = recording();
    const saved = await writing.write([
      before === undefined
        ? createOf('Task', id, departmentTask(shown.resource, step, id, reason, of))
        : patchOf(before, departmentPatch(before.resource, step, reason, of)),
    ]);
    if (saved === undefined) return;
    setRefusing(false);
    toast({ text: `${words}: ${t(`said-${step}`)}. ${safety(saved.safe)}`, tone: saved.safe === 'D0' ? 'warn' : 'ok' });
  };
  return (
    <>
      {steps.map((step) => (
        <Button
          key={step}
          size="small"
          look={step === 'accepted' ? 'primary' : step === 'rejected' ? 'danger' : 'plain'}
          busy={writing.isBusy}
          aria-label={`${t(`said-${step}`)}: ${words}`}
          onClick={() => (step === 'rejected' ? setRefusing(true) : void say(step))}
        >
          {t(`said-${step}`)}
        </Button>
      ))}
      {!isRefusing && writing.refusal !== undefined && <WriteOutcome writing={writing} />}
      {isRefusing && (
        <Dialog
          open
          onClose={() => setRefusing(false)}
          title={t('refuseOf', { what: words })}
          about={<Who />}
          actions={
            <>
              <Button
                look="danger"
                busy={writing.isBusy}
                onClick={() => {
                  const isSaid = /\p{L}/u.test(reason);
                  setError(isSaid ? undefined : w('required'));
                  if (isSaid) void say('rejected');
                }}
              >
                {t('said-rejected')}
              </Button>
              <Button onClick={() => setRefusing(false)}>{w('cancel')}</Button>
            </>
          }
        >
          <Stack>
            <p>{t('refuseWhy')}</p>
            <TextArea
              label={w('reason')}
              required
              autoFocus
              rows={2}
              value={reason}
              onChange={setReason}
              error={error}
            />
            <WriteOutcome writing={writing} />
          </Stack>
        </Dialog>
      )}
    </>
  );
}
