// Registering a patient: known by name, not identified, newborn. On a device alone as well.
import { useState, type ReactElement } from 'react';
import { Link, useSearchParams } from 'react-router';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { Page, Stack } from '../../parts/layout.part.tsx';
import { Loading, Notice } from '../../parts/notice.part.tsx';
import { Button } from '../../parts/button.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { useNow } from '../chart/use-now.ts';
import type { Saved, Shown } from '../../device/device.ts';
import { usePatientIndex } from './patient-index.ts';
import { PatientLine } from './patient-line.part.tsx';
import { RegisterNewborn } from './register-newborn.part.tsx';
import { RegisterNew } from './register-new.part.tsx';
import { RegisterUnknown } from './register-unknown.part.tsx';
import { useSafeWords } from './save-line.part.tsx';
import { registerTexts } from './register-texts.ts';

const KINDS = ['new', 'unidentified', 'newborn'] as const;
type Kind = (typeof KINDS)[number];

export interface Registered {
  /** Patients, in order. */
  readonly patients: readonly Shown[];
  readonly safe: Saved['safe'];
  /** They have a place already. */
  readonly isAdmitted: boolean;
}

export function RegisterScreen(): ReactElement {
  const t = useTexts(registerTexts);
  const index = usePatientIndex();
  const [params, setParams] = useSearchParams();
  const kind = KINDS.find((one) => one === params.get('kind')) ?? 'new';
  const [made, make] = useState<{ readonly kind: Kind; readonly done: Registered }>();
  // What was registered is told until another kind, or another patient, is begun.
  const done = made?.kind === kind ? made.done : undefined;
  const setDone = (next: Registered | undefined): void => make(next === undefined ? undefined : { kind, done: next });
  const choose = (next: Kind): void => {
    setDone(undefined);
    setParams((before) => {
      const changed = new URLSearchParams(before);
      changed.set('kind', next);
      return changed;
    });
  };
  return (
    <Page title={t('registerTitle')}>
      <Stack gap={4}>
        <Segmented
          label={t('registerTitle')}
          hideLabel
          value={kind}
          onChange={choose}
          choices={KINDS.map((one) => ({ value: one, label: t(`kind-${one}`) }))}
        />
        {index === undefined ? (
          <Loading />
        ) : done !== undefined ? (
          <Done done={done} onAgain={() => setDone(undefined)} bed={params.get('bed')} />
        ) : kind === 'new' ? (
          <RegisterNew index={index} onDone={setDone} />
        ) : kind === 'unidentified' ? (
          <RegisterUnknown index={index} onDone={setDone} />
        ) : (
          <RegisterNewborn index={index} onDone={setDone} mother={params.get('mother') ?? ''} />
        )}
      </Stack>
    </Page>
  );
}

function Done({
  done,
  onAgain,
  bed,
}: {
  readonly done: Registered;
  readonly onAgain: () => void;
  readonly bed: string | null;
}): ReactElement {
  const t = useTexts(registerTexts);
  const safeWords = useSafeWords();
  const now = useNow();
  return (
    <Notice
      tone="ok"
      title={t('registered')}
      told="polite"
      actions={<Button onClick={onAgain}>{t('registerAnother')}</Button>}
    >
      <Stack gap={3}>
        <p>{safeWords(done.safe)}</p>
        {done.patients.map(({ key, resource }) => (
          <div key={key.id}>
            <PatientLine patient={resource} now={now} />
            {!done.isAdmitted && (
              <Link to={`/move/${key.id}${bed === null ? '' : `?bed=${encodeURIComponent(bed)}`}`}>
                <Icon name="bed" /> {t('admitNow')}
              </Link>
            )}{' '}
            <Link to={`/patient/${key.id}`}>
              <Icon name="next" /> {t('openChart')}
            </Link>
          </div>
        ))}
        <p>{t('later')}</p>
      </Stack>
    </Notice>
  );
}
