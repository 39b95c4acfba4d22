// A decision on resuscitation, as a doctor signs it: Flag and Consent in one commit. What stood before is ended with it.
import { useState, type ReactElement } from 'react';
import { resuscitationOf } from '../../../core/care/banner/resuscitation.ts';
import { decisionResources, endOf } from '../../../core/care/banner/write-care.ts';
import { Button } from '../../parts/button.part.tsx';
import { RadioGroup } from '../../parts/choice-fields.part.tsx';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, type FormError } from '../../parts/notice.part.tsx';
import { TextArea } from '../../parts/text-fields.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { useSafety, WriteOutcome } from './outcome.part.tsx';
import { pageTexts } from './page-texts.ts';
import { createOf, patchOf, useRecording } from './record-item.part.tsx';
import { usePatientChart } from './use-patient-chart.ts';
import { useWrite } from './use-write.ts';
import { Who } from './who.part.tsx';
import { writeTexts } from './write-texts.ts';

export function CodePanel({ onClose }: { readonly onClose: () => void }): ReactElement {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  const { all } = usePatientChart();
  const recording = useRecording();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const [ids] = useState(() => [crypto.randomUUID(), crypto.randomUUID()]);
  const [limits, setLimits] = useState<'yes' | 'no' | ''>('');
  const [words, setWords] = useState('');
  const [errors, setErrors] = useState<readonly FormError[]>([]);
  const save = async (): Promise<void> => {
    const found: FormError[] = [];
    if (limits === '') found.push({ field: 'code-limits', text: w('required') });
    if (words.trim() === '') found.push({ field: 'code-words', text: t('codeMissing') });
    setErrors(found);
    if (found.length > 0) return;
    const of = recording();
    const status = resuscitationOf(all);
    const before = status.kind === 'not-recorded' ? [] : status.entries;
    // What is disputed is settled by people, on its own page: it is not ended from here.
    const ending = all.filter(
      ({ key, conflict }) =>
        !conflict &&
        (key.type === 'Flag' || key.type === 'Consent') &&
        before.some(({ name }) => name === `${key.type}/${key.id}`),
    );
    const saved = await writing.write([
      ...decisionResources({ limits: limits === 'yes', words }, of).map((body, n) =>
        createOf(body.resourceType, ids[n] ?? '', body),
      ),
      ...ending.map((shown) => patchOf(shown, endOf(shown.resource, of))),
    ]);
    if (saved === undefined) return;
    toast({ text: `${t('codeDone')}. ${safety(saved.safe)}`, tone: saved.safe === 'D0' ? 'warn' : 'ok' });
    onClose();
  };
  return (
    <Dialog
      open
      title={t('code')}
      about={<Who />}
      onClose={onClose}
      actions={
        <>
          <Button look="primary" busy={writing.isBusy} onClick={() => void save()}>
            {w('save')}
          </Button>
          <Button onClick={onClose}>{w('cancel')}</Button>
        </>
      }
    >
      <Stack>
        <ErrorSummary errors={errors} />
        <WriteOutcome writing={writing} />
        <p>{t('codeWho')}</p>
        <RadioGroup
          id="code-limits"
          label={t('codeKind')}
          required
          value={limits}
          onChange={setLimits}
          error={errors.find(({ field }) => field === 'code-limits')?.text}
          choices={[
            { value: 'no', label: t('attempt') },
            { value: 'yes', label: t('limit') },
          ]}
        />
        <TextArea
          id="code-words"
          label={t('codeWords')}
          required
          value={words}
          onChange={setWords}
          error={errors.find(({ field }) => field === 'code-words')?.text}
        />
      </Stack>
    </Dialog>
  );
}
