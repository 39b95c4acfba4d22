// Somebody who is known by name: first whoever may be the same person, then a record.
//
//   WB29  Each patient who may be the same is shown and must be said to be another person before a new record is made.
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import type { JsonObject, ResourceJson } from '../../../core/base/json-types.ts';
import { deviceNumbers } from '../../../core/care/identity/device-number.ts';
import { entryOf } from '../../../core/care/identity/find-patients.ts';
import { identifierOf } from '../../../core/care/identity/number-series.ts';
import { readNumber } from '../../../core/care/identity/number-text.ts';
import { likelySame, type LikelySame } from '../../../core/care/identity/likely-same.ts';
import type { Gender } from '../../../core/care/identity/temporary-identity.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, RadioGroup } from '../../parts/choice-fields.part.tsx';
import { Card, Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, type FormError } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { DateTimeField, NumberField, TextField } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { Link } from 'react-router';
import { useNow } from '../chart/use-now.ts';
import { useDevice, useStatus } from '../frame/use-device.ts';
import { browserChance, numberIsKnown } from './numbers-here.ts';
import type { PatientIndex } from './patient-index.ts';
import { PatientLine } from './patient-line.part.tsx';
import type { Registered } from './register.screen.tsx';
import { NotSavedNotice } from './save-line.part.tsx';
import { registerTexts } from './register-texts.ts';
import { patientTexts } from './texts.ts';
import { useDraft } from './use-draft.ts';
import styles from './patients.module.css';

export interface NewPatient {
  readonly family: string;
  readonly given: string;
  readonly birth: string;
  readonly age: string;
  readonly gender: Gender | '';
  readonly number: string;
  readonly phone: string;
  readonly address: string;
}
const EMPTY: NewPatient = { family: '', given: '', birth: '', age: '', gender: '', number: '', phone: '', address: '' };
const SHOWN_MAX = 12;
const LABEL_SYSTEM = 'https://holdfast.example/number/label';
const GUESSED = 'https://holdfast.example/fhir/StructureDefinition/guessed';
const V2_0203 = 'http://terminology.hl7.org/CodeSystem/v2-0203';

/** `identifier`: a temporary one, where no label was used. */
export function newPatient(typed: NewPatient, identifier: object | undefined, yearNow: number): JsonObject {
  const { family, given, birth, age, gender, number, phone, address } = typed;
  // A number of a site says which; what another system printed is only known to be a label's.
  const own = readNumber(number);
  const label =
    own === undefined
      ? {
          use: 'usual',
          type: { coding: [{ system: V2_0203, code: 'MR' }], text: 'Medical record number' },
          system: LABEL_SYSTEM,
          value: number.trim(),
        }
      : identifierOf(own.parts.temporary ? 'temporary' : 'patient', own.parts.site, own.text);
  const words = (text: string): readonly string[] =>
    text
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
  const name = {
    use: 'official',
    ...(family.trim() === '' ? {} : { family: family.trim() }),
    ...(words(given).length === 0 ? {} : { given: words(given) }),
  };
  const guessed = birth === '' && age.trim() !== '' ? String(yearNow - Number(age)) : undefined;
  const patient = {
    resourceType: 'Patient',
    identifier: [number.trim() === '' ? identifier : label].filter((one) => one !== undefined),
    active: true,
    name: [name],
    ...(phone.trim() === '' ? {} : { telecom: [{ system: 'phone', value: phone.trim() }] }),
    gender: gender === '' ? 'unknown' : gender,
    ...(birth === '' ? {} : { birthDate: birth }),
    ...(guessed === undefined
      ? {}
      : {
          birthDate: guessed,
          _birthDate: { extension: [{ url: GUESSED, valueString: `about ${age.trim()} years old` }] },
        }),
    ...(address.trim() === '' ? {} : { address: [{ text: address.trim() }] }),
  };
  return patient as unknown as JsonObject;
}

export function RegisterNew({
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
  const now = useNow();
  const id = useRef(crypto.randomUUID());
  const [typed, setTyped, forget] = useDraft<NewPatient>('register/new', EMPTY);
  const [others, setOthers] = useState<ReadonlySet<string>>(new Set());
  const [isAsked, ask] = useState(false);
  const [isSaving, saving] = useState(false);
  const [failure, fail] = useState<string>();
  const set = (part: Partial<NewPatient>): void => setTyped({ ...typed, ...part });
  const alike = useLikely(typed, index);
  const errors = useMemo(() => faultsOf(typed, alike, others, now, index, t), [typed, alike, others, now, index, t]);
  const at = (field: string): string | undefined =>
    isAsked ? errors.find((one) => one.field === field)?.text : undefined;
  const save = async (): Promise<void> => {
    ask(true);
    if (isSaving || errors.length > 0) return;
    saving(true);
    const moment = device.status().now;
    const [number] =
      typed.number.trim() === '' ? deviceNumbers(1, status.siteCode, moment, browserChance, numberIsKnown(index)) : [];
    const patient = newPatient(typed, number?.identifier, new Date(moment).getUTCFullYear());
    const done = await device.save([{ kind: 'create', type: 'Patient', id: id.current, text: printJson(patient) }]);
    saving(false);
    if (!done.ok) {
      fail(done.error.text);
      return;
    }
    await forget();
    onDone({ patients: done.value.shown.flatMap((one) => one ?? []), safe: done.value.safe, isAdmitted: false });
  };
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
      <div className={styles['two']}>
        <TextField
          id="family"
          label={t('family')}
          value={typed.family}
          onChange={(family) => set({ family })}
          error={at('family')}
          maxLength={100}
          autoFocus
        />
        <TextField
          id="given"
          label={t('given')}
          value={typed.given}
          onChange={(given) => set({ given })}
          maxLength={100}
        />
        <DateTimeField
          id="birth"
          dateOnly
          label={t('birthDate')}
          value={typed.birth}
          onChange={(birth) => set({ birth })}
          error={at('birth')}
        />
        <NumberField
          id="age"
          label={t('ageGuess')}
          value={typed.age}
          onChange={(age) => set({ age })}
          whole
          maxLength={3}
          error={at('age')}
          disabled={typed.birth !== ''}
        />
      </div>
      <RadioGroup
        across
        id="gender"
        label={t('gender')}
        value={typed.gender}
        onChange={(gender) => set({ gender })}
        error={at('gender')}
        choices={[
          { value: 'female', label: who('female') },
          { value: 'male', label: who('male') },
          { value: 'other', label: who('other') },
          { value: 'unknown', label: who('unknown') },
        ]}
      />
      <TextField
        id="number"
        label={t('number')}
        hint={t('numberHint')}
        value={typed.number}
        onChange={(number) => set({ number })}
        error={at('number')}
        maxLength={40}
      />
      <div className={styles['two']}>
        <TextField
          kind="tel"
          label={t('phone')}
          value={typed.phone}
          onChange={(phone) => set({ phone })}
          maxLength={40}
        />
        <TextField
          label={t('address')}
          value={typed.address}
          onChange={(address) => set({ address })}
          maxLength={200}
        />
      </div>
      <Card title={t('similar')} id="similar">
        <Similar
          alike={alike}
          index={index}
          others={others}
          onOther={(other, is) => setOthers((before) => withOr(before, other, is))}
          isTyped={typed.family.trim() + typed.given.trim() !== ''}
        />
      </Card>
      <NotSavedNotice text={failure} />
      <div>
        <Button type="submit" look="primary" busy={isSaving} icon="plus">
          {t('register')}
        </Button>
      </div>
    </form>
  );
}
const withOr = (set: ReadonlySet<string>, id: string, is: boolean): ReadonlySet<string> => {
  const next = new Set(set);
  if (is) next.add(id);
  else next.delete(id);
  return next;
};

/** While somebody types it is not asked at every key. */
function useLikely(typed: NewPatient, index: PatientIndex): readonly LikelySame[] {
  const [settled, settle] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => settle(typed), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return useMemo(() => {
    const patient = newPatient(settled, undefined, new Date().getUTCFullYear());
    return likelySame(entryOf(patient as unknown as ResourceJson), index.entries.values()).slice(0, SHOWN_MAX);
  }, [settled, index]);
}

function Similar({
  alike,
  index,
  others,
  onOther,
  isTyped,
}: {
  readonly alike: readonly LikelySame[];
  readonly index: PatientIndex;
  readonly others: ReadonlySet<string>;
  readonly onOther: (id: string, is: boolean) => void;
  readonly isTyped: boolean;
}): ReactElement {
  const t = useTexts(registerTexts);
  const now = useNow();
  if (alike.length === 0) return <p role="status">{isTyped ? t('similarNone') : t('similarWait')}</p>;
  return (
    <Stack gap={2}>
      {alike.map(({ id, how }, n) => {
        const shown = index.shown.get(id);
        if (shown === undefined) return null;
        return (
          <div key={id} className={styles['candidate']}>
            <PatientLine
              patient={shown.resource}
              conflict={shown.conflict}
              now={now}
              marks={<Tag tone="warn">{t(`like-${how}`)}</Tag>}
            />
            <Checkbox
              id={n === 0 ? 'similar-first' : `similar-${id}`}
              label={t('anotherPerson')}
              checked={others.has(id)}
              onChange={(is) => onOther(id, is)}
            />
            <Link to={`/patient/${id}`}>{t('openChart')}</Link>
          </div>
        );
      })}
    </Stack>
  );
}

/** Why it cannot be registered yet; at which field. */
export function faultsOf(
  typed: NewPatient,
  alike: readonly LikelySame[],
  others: ReadonlySet<string>,
  now: number,
  index: Pick<PatientIndex, 'entries'>,
  t: (
    key: 'numberWrong' | 'enterName' | 'birthWrong' | 'ageWrong' | 'sexMissing' | 'numberTaken' | 'lookAtAll',
  ) => string,
): readonly FormError[] {
  const faults: FormError[] = [];
  if (typed.family.trim() + typed.given.trim() === '') faults.push({ field: 'family', text: t('enterName') });
  if (typed.birth !== '' && !(Date.parse(typed.birth) <= now)) faults.push({ field: 'birth', text: t('birthWrong') });
  const age = typed.age.trim();
  if (typed.birth === '' && age !== '' && !(Number.isInteger(Number(age)) && Number(age) >= 0 && Number(age) <= 130))
    faults.push({ field: 'age', text: t('ageWrong') });
  if (typed.gender === '') faults.push({ field: 'gender', text: t('sexMissing') });
  const number = typed.number.toLowerCase().replaceAll(/[\s-]+/g, '');
  if (number !== '' && [...index.entries.values()].some(({ numbers }) => numbers.includes(number)))
    faults.push({ field: 'number', text: t('numberTaken') });
  // A number of our own kind has a check character: a slip in it is found before it is anybody's.
  if (/^(?:T-)?[A-Z0-9]{2,6}-\w{3}-\w{7,10}-\w$/i.test(typed.number.trim()) && readNumber(typed.number) === undefined)
    faults.push({ field: 'number', text: t('numberWrong') });
  if (alike.some(({ id }) => !others.has(id))) {
    const [first] = alike;
    faults.push({ field: first === undefined ? 'similar' : 'similar-first', text: t('lookAtAll') });
  }
  return faults;
}
