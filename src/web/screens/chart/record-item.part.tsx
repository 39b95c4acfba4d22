// What lists of a chart share: who records, a change of one resource with its way back, marking an error with a reason.
import { useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import type { JsonObject } from '../../../core/base/json-types.ts';
import { errorPatch } from '../../../core/care/notes/compose-note.ts';
import type { Recording } from '../../../core/care/banner/write-allergy.ts';
import type { Change } from '../../../core/engine/engine.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { TextArea } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { toFhirDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { useRefusal, useSafety, WriteOutcome } from './outcome.part.tsx';
import { usePatientChart } from './use-patient-chart.ts';
import { useWrite } from './use-write.ts';
import { Who } from './who.part.tsx';
import { writeTexts } from './write-texts.ts';

/** Who records now, and of what stay. */
export function useRecording(): () => Recording {
  const { subject, stay, me } = usePatientChart();
  const device = useDevice();
  return () => ({
    subject,
    ...(stay === undefined ? {} : { encounter: `Encounter/${stay.key.id}` }),
    recorder: me ?? { who: '', name: '' },
    at: toFhirDateTime(device.status().now),
  });
}

/** A JSON Patch for the version that was shown. */
export const patchOf = (shown: Shown, patch: readonly JsonObject[]): Change => ({
  kind: 'patch',
  type: shown.key.type,
  id: shown.key.id,
  ifMatch: shown.versionId,
  patch: { form: 'json-patch', text: printJson(patch) },
});
export const createOf = (type: string, id: string, body: JsonObject): Change => ({
  kind: 'create',
  type,
  id,
  text: printJson(body),
});

/** Changes at once, and tells it with where it is safe and a way back. */
export function useQuickChange(): (
  shown: Shown,
  patch: readonly JsonObject[],
  told: string,
  back?: (now: Shown) => readonly JsonObject[],
) => Promise<void> {
  const device = useDevice();
  const toast = useToast();
  const safety = useSafety();
  const refused = useRefusal();
  const change = async (
    shown: Shown,
    patch: readonly JsonObject[],
    told: string,
    back?: (now: Shown) => readonly JsonObject[],
  ): Promise<void> => {
    const done = await device.save([patchOf(shown, patch)]);
    if (!done.ok) {
      toast({ tone: 'danger', text: refused(done.error), forMs: 20_000 });
      return;
    }
    const now = done.value.shown[0];
    toast({
      text: `${told}. ${safety(done.value.safe)}`,
      tone: done.value.safe === 'D0' ? 'warn' : 'ok',
      ...(back === undefined || now === undefined ? {} : { undo: () => void change(now, back(now), told) }),
    });
  };
  return change;
}

/** Asks why, then writes what `patch` makes of the reason. */
export function ReasonDialog(props: {
  readonly shown: Shown;
  readonly title: string;
  readonly why?: string;
  readonly patch: (reason: string) => readonly JsonObject[];
  readonly missing: string;
  readonly action: string;
  readonly onClose: () => void;
}): ReactElement {
  const t = useTexts(writeTexts);
  const writing = useWrite();
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string>();
  const save = async (): Promise<void> => {
    if (!/\p{L}/u.test(reason)) {
      setError(props.missing);
      return;
    }
    if ((await writing.write([patchOf(props.shown, props.patch(reason))])) !== undefined) props.onClose();
  };
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={props.title}
      about={<Who />}
      actions={
        <>
          <Button look="danger" busy={writing.isBusy} onClick={() => void save()}>
            {props.action}
          </Button>
          <Button onClick={props.onClose}>{t('cancel')}</Button>
        </>
      }
    >
      <Stack>
        {props.why !== undefined && <p>{props.why}</p>}
        <TextArea label={t('reason')} value={reason} onChange={setReason} error={error} required autoFocus rows={2} />
        <WriteOutcome writing={writing} />
      </Stack>
    </Dialog>
  );
}
export function ErrorDialog({
  shown,
  what,
  onClose,
}: {
  readonly shown: Shown;
  readonly what: string;
  readonly onClose: () => void;
}): ReactElement {
  const t = useTexts(writeTexts);
  return (
    <ReasonDialog
      shown={shown}
      title={`${t('markError')}: ${what}`}
      why={t('markErrorWhy')}
      patch={(reason) => errorPatch(shown.resource, reason)}
      missing={t('required')}
      action={t('markError')}
      onClose={onClose}
    />
  );
}
