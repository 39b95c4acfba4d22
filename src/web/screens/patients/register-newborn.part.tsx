// A child just born, or several: found from the mother and the other way round (downtime DT28).
//
//   WB35  A newborn is named after its mother as the ward calls it, numbered where there are several, linked both ways, and has a stay within hers.
import { useMemo, useRef, useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { deviceNumbers } from '../../../core/care/identity/device-number.ts';
import { newbornPatients, type Gender } from '../../../core/care/identity/temporary-identity.ts';
import { admission } from '../../../core/care/ward/moves.ts';
import { wardOfPlace, type Bed } from '../../../core/care/ward/places.ts';
import { isPresent, occupantsIn, staysOf } from '../../../core/care/ward/stays.ts';
import type { Change } from '../../../core/engine/engine.ts';
import { Button } from '../../parts/button.part.tsx';
import { RadioGroup, Select } from '../../parts/choice-fields.part.tsx';
import { Combobox } from '../../parts/combobox.part.tsx';
import { ErrorSummary, Loading, type FormError } from '../../parts/notice.part.tsx';
import { DateTimeField } from '../../parts/text-fields.part.tsx';
import { formatDate, fromInputDateTime, toInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice, useStatus } from '../frame/use-device.ts';
import { useSteadyRead } from '../ward/read-all.ts';
import { readStays } from '../ward/read-ward.ts';
import { useMe } from '../ward/use-me.ts';
import { useWards } from '../ward/use-wards.ts';
import { browserChance, numberIsKnown } from './numbers-here.ts';
import type { PatientIndex } from './patient-index.ts';
import { nameText } from './patient-line.part.tsx';
import type { Registered } from './register.screen.tsx';
import { NotSavedNotice } from './save-line.part.tsx';
import { registerTexts } from './register-texts.ts';
import { patientTexts } from './texts.ts';
import styles from './patients.module.css';

const BABIES_MAX = 8;

export function RegisterNewborn({
  index,
  onDone,
  mother: given,
}: {
  readonly index: PatientIndex;
  readonly onDone: (done: Registered) => void;
  readonly mother: string;
}): ReactElement {
  const t = useTexts(registerTexts);
  const who = useTexts(patientTexts);
  const device = useDevice();
  const status = useStatus();
  const wards = useWards();
  const encounters = useSteadyRead(readStays);
  const ids = useRef(Array.from({ length: BABIES_MAX }, () => crypto.randomUUID()));
  const me = useMe();
  const [mother, setMother] = useState(given);
  const [genders, setGenders] = useState<readonly (Gender | '')[]>(['']);
  const [born, setBorn] = useState(() => toInputDateTime(device.status().now));
  const [bed, setBed] = useState('');
  const [isAsked, ask] = useState(false);
  const [isSaving, saving] = useState(false);
  const [failure, fail] = useState<string>();
  const stays = useMemo(() => staysOf((encounters ?? []).map(({ resource }) => resource)), [encounters]);
  const mothers = useMemo(() => {
    const present = new Set(stays.filter((stay) => isPresent(stay) && stay.isInpatient).map(({ patient }) => patient));
    return [...index.shown.values()]
      .filter(({ key, resource }) => key.id === given || (present.has(key.id) && resource['gender'] !== 'male'))
      .map(({ key, resource }) => {
        const lines = identityLines(resource, false);
        const place = stays.find((stay) => stay.patient === key.id)?.now?.words ?? '';
        const born = lines.birthDate === undefined ? '' : formatDate(lines.birthDate);
        return { value: key.id, label: `${nameText(lines)}  ${born}`, hint: place };
      })
      .toSorted((a, b) => (a.label < b.label ? -1 : 1));
  }, [index, stays, given]);
  const stay = stays.find((one) => one.patient === mother && isPresent(one) && one.isInpatient);
  const ward = wards === undefined || stay?.now === undefined ? undefined : wardOfPlace(wards, stay.now.place);
  const free = (ward?.beds ?? []).filter((one: Bed) => !one.isClosed && occupantsIn(stays, one.place).length === 0);
  const bornAt = fromInputDateTime(born);
  const errors: FormError[] = [];
  if (mother === '') errors.push({ field: 'mother', text: t('motherMissing') });
  if (bornAt === undefined || Date.parse(bornAt) > status.now + 60_000)
    errors.push({ field: 'bornAt', text: t('bornWrong') });
  for (const [i, gender] of genders.entries())
    if (gender === '') errors.push({ field: `baby-${i}`, text: `${t('baby', { number: i + 1 })}: ${t('sexMissing')}` });
  const at = (field: string): string | undefined =>
    isAsked ? errors.find((one) => one.field === field)?.text : undefined;

  const save = async (): Promise<void> => {
    ask(true);
    const shown = index.shown.get(mother);
    if (isSaving || errors.length > 0 || bornAt === undefined || shown === undefined) return;
    saving(true);
    const { now } = device.status();
    const numbers = deviceNumbers(genders.length, status.siteCode, now, browserChance, numberIsKnown(index));
    const sexes = genders.map((gender): Gender => (gender === '' ? 'unknown' : gender));
    const made = newbornPatients(
      { genders: sexes, mother: shown.resource, born: bornAt },
      numbers.map(({ identifier }) => identifier),
      ids.current,
    );
    const changes: Change[] = made.map((resource) => {
      const id = resource['id'];
      return {
        kind: 'create',
        type: String(resource['resourceType']),
        ...(typeof id === 'string' ? { id } : {}),
        text: printJson(resource),
      };
    });
    const place = free.find((one) => one.place === bed);
    // Who may not admit to the mother's ward registers the child all the same; the ward admits it.
    const isAdmitted = stay !== undefined && ward !== undefined && me?.admits(ward.place) === true;
    if (isAdmitted) {
      for (const [i] of sexes.entries()) {
        // One cot holds one child; the others stand on the ward until they have a place.
        const target =
          i === 0 && place !== undefined
            ? { place: place.place, words: `${ward.name}, ${place.label.toLowerCase()}` }
            : { place: ward.place, words: ward.name };
        const encounter = admission(
          {
            patient: ids.current[i] ?? '',
            target,
            at: Date.parse(bornAt),
            reason: 'Born in hospital',
            isPlanned: true,
            isExpected: false,
            partOf: `Encounter/${stay.id}`,
            ...(ward.organization === undefined ? {} : { organization: ward.organization }),
          },
          now,
        );
        changes.push({ kind: 'create', type: 'Encounter', text: printJson(encounter) });
      }
    }
    const done = await device.save(changes);
    saving(false);
    if (!done.ok) {
      fail(done.error.text);
      return;
    }
    const patients = done.value.shown.flatMap((one) => (one?.key.type === 'Patient' ? [one] : []));
    onDone({ patients, safe: done.value.safe, isAdmitted });
  };

  if (encounters === undefined || wards === undefined) return <Loading />;
  return (
    <form
      noValidate
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {isAsked && <ErrorSummary errors={errors} />}
      <Combobox
        id="mother"
        label={t('mother')}
        value={mother}
        onChange={setMother}
        choices={mothers}
        nothingFound={t('motherNone')}
        error={at('mother')}
        required
      />
      <DateTimeField id="bornAt" label={t('bornAt')} value={born} onChange={setBorn} error={at('bornAt')} required />
      <Select
        label={t('babiesCount')}
        hint={t('twins')}
        width="8rem"
        value={String(genders.length)}
        onChange={(count) =>
          setGenders((before) => Array.from({ length: Number(count) || 1 }, (_, i) => before[i] ?? ''))
        }
        choices={Array.from({ length: BABIES_MAX }, (_, i) => ({ value: String(i + 1), label: String(i + 1) }))}
      />
      {genders.map((gender, i) => (
        <RadioGroup
          key={ids.current[i]}
          across
          id={`baby-${i}`}
          label={`${t('baby', { number: i + 1 })}: ${t('gender')}`}
          value={gender}
          onChange={(next) => setGenders((before) => before.map((one, n) => (n === i ? next : one)))}
          error={at(`baby-${i}`)}
          choices={[
            { value: 'female', label: who('female') },
            { value: 'male', label: who('male') },
            { value: 'unknown', label: who('unknown') },
          ]}
        />
      ))}
      {ward !== undefined && me?.admits(ward.place) === true && (
        <Select
          label={t('place')}
          value={bed}
          onChange={setBed}
          nothing={t('noBed')}
          choices={free.map(({ place, label }) => ({ value: place, label }))}
        />
      )}
      <NotSavedNotice text={failure} />
      <div>
        <Button type="submit" look="primary" busy={isSaving} icon="baby">
          {t('register')}
        </Button>
      </div>
    </form>
  );
}
