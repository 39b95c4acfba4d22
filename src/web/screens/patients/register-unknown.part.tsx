// Somebody whom nobody can name: a record at once (downtime DT28).
//
//   WB28  Three fields, none of them needed; the record stands after one press, with a made-up name that is plainly one and a temporary number.
import { useRef, useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import { deviceNumbers } from '../../../core/care/identity/device-number.ts';
import { unknownPatient, type Gender } from '../../../core/care/identity/temporary-identity.ts';
import { Button } from '../../parts/button.part.tsx';
import { RadioGroup } from '../../parts/choice-fields.part.tsx';
import { NumberField, TextField } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice, useStatus } from '../frame/use-device.ts';
import { browserChance, numberIsKnown } from './numbers-here.ts';
import type { PatientIndex } from './patient-index.ts';
import { NotSavedNotice } from './save-line.part.tsx';
import { registerTexts } from './register-texts.ts';
import { patientTexts } from './texts.ts';
import type { Registered } from './register.screen.tsx';
import styles from './patients.module.css';

export function RegisterUnknown({
  index,
  onDone,
}: {
  readonly index: PatientIndex;
  readonly onDone: (done: Registered) => void;
}): ReactElement {
  const t = useTexts(registerTexts);
  const who = useTexts(patientTexts);
  const device = useDevice();
  const status = useStatus();
  const id = useRef(crypto.randomUUID());
  const [gender, setGender] = useState<Gender>('unknown');
  const [age, setAge] = useState('');
  const [note, setNote] = useState('');
  const [isSaving, saving] = useState(false);
  const [failure, fail] = useState<string>();
  const years = age.trim() === '' ? undefined : Number(age);
  const isWrong = years !== undefined && !(Number.isInteger(years) && years >= 0 && years <= 130);
  const save = async (): Promise<void> => {
    if (isSaving || isWrong) return;
    saving(true);
    const { now } = device.status();
    const [number] = deviceNumbers(1, status.siteCode, now, browserChance, numberIsKnown(index));
    if (number === undefined) return;
    const patient = unknownPatient(
      { gender, ...(years === undefined ? {} : { age: years }), ...(note.trim() === '' ? {} : { note: note.trim() }) },
      number.identifier,
      number.counter,
      new Date(now).getUTCFullYear(),
    );
    const done = await device.save([{ kind: 'create', type: 'Patient', id: id.current, text: printJson(patient) }]);
    saving(false);
    if (!done.ok) {
      fail(done.error.text);
      return;
    }
    onDone({ patients: done.value.shown.flatMap((one) => one ?? []), safe: done.value.safe, isAdmitted: false });
  };
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <p>{t('unidentifiedWhat')}</p>
      <RadioGroup
        across
        label={t('gender')}
        value={gender}
        onChange={setGender}
        choices={[
          { value: 'female', label: who('female') },
          { value: 'male', label: who('male') },
          { value: 'unknown', label: who('unknown') },
        ]}
      />
      <div className={styles['two']}>
        <NumberField
          label={t('ageGuess')}
          value={age}
          onChange={setAge}
          whole
          maxLength={3}
          error={isWrong ? t('ageWrong') : undefined}
        />
        <TextField label={t('note')} value={note} onChange={setNote} maxLength={500} />
      </div>
      <NotSavedNotice text={failure} />
      <div>
        <Button type="submit" look="primary" size="large" busy={isSaving} icon="plus">
          {t('register')}
        </Button>
      </div>
    </form>
  );
}
