// The forms of a stay: admission and arrival, transfer and swap, discharge, and undoing each.
//
//   WB36  Every move is made with a true time; nothing is written twice by a second press, and what failed keeps what was typed.
import { useRef, useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import type { Instant } from '../../../core/base/ports.ts';
import type { Change } from '../../../core/engine/engine.ts';
import {
  admission,
  arrival,
  cancelArrival,
  died,
  discharge,
  DISPOSITIONS,
  moveFault,
  patchText,
  transfer,
  undoing,
  type Disposition,
  type Step,
} from '../../../core/care/ward/moves.ts';
import { wardOfPlace } from '../../../core/care/ward/places.ts';
import { occupantsIn, type Stay } from '../../../core/care/ward/stays.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, RadioGroup, Select } from '../../parts/choice-fields.part.tsx';
import { Card, Row } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { DateTimeField, TextField } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { NotSavedNotice } from '../patients/save-line.part.tsx';
import {
  nameOf,
  nowTyped,
  PlaceFields,
  targetOf,
  whenTyped,
  type PlaceTyped,
  type Places,
} from './place-fields.part.tsx';
import { lossless } from './read-lossless.ts';
import { useMe } from '../ward/use-me.ts';
import { movementTexts } from './texts.ts';
import { useWrite } from './use-write.ts';
import type { PatientStays } from './use-stays.ts';
import styles from './movement.module.css';

const patchOf = ({ key, versionId }: Pick<Shown, 'key' | 'versionId'>, steps: readonly Step[]): Change => ({
  kind: 'patch',
  type: key.type,
  id: key.id,
  ifMatch: versionId,
  patch: { form: 'json-patch', text: patchText(steps) },
});

type Fault =
  | 'time'
  | 'no-place'
  | 'occupied'
  | 'in-future'
  | 'before-stay'
  | 'before-last-move'
  | 'same-place'
  | 'not-here';

/** A bed with somebody in it, and what can be done about it. */
function Occupied({
  places,
  occupants,
  canSwap,
  isAnyway,
  onAnyway,
  onSwap,
  busy,
}: {
  readonly places: Places;
  readonly occupants: readonly Stay[];
  readonly canSwap: boolean;
  readonly isAnyway: boolean;
  readonly onAnyway: (is: boolean) => void;
  readonly onSwap: () => void;
  readonly busy: boolean;
}): ReactElement | null {
  const t = useTexts(movementTexts);
  if (occupants.length === 0) return null;
  return (
    <Notice
      tone="warn"
      told="polite"
      title={occupants.map(({ patient }) => t('occupied', { name: nameOf(places.index, patient) })).join(' ')}
      actions={
        canSwap && (
          <Button icon="transfer" onClick={onSwap} busy={busy}>
            {t('swap')}
          </Button>
        )
      }
    >
      <Checkbox label={t('anyway')} checked={isAnyway} onChange={onAnyway} />
    </Notice>
  );
}

export interface FormProps {
  readonly patient: string;
  readonly stays: PatientStays;
  readonly now: Instant;
}

export function AdmitForm({ patient, stays, now, bed }: FormProps & { readonly bed: string }): ReactElement {
  const t = useTexts(movementTexts);
  const device = useDevice();
  const { places } = stays;
  const id = useRef(crypto.randomUUID());
  const [typed, setTyped] = useState<PlaceTyped>(() => ({
    ward: wardOfPlace(places.wards, bed)?.place ?? '',
    place: bed,
    when: nowTyped(now),
  }));
  const [reason, setReason] = useState('');
  const [kind, setKind] = useState<'EM' | 'EL'>('EM');
  const [isExpected, expect] = useState(false);
  const [isAnyway, anyway] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const { isSaving, failure, write } = useWrite();
  const occupants = occupantsIn(places.stays, typed.place);
  const me = useMe();
  const offered = places.wards.filter(({ place }) => me?.admits(place) === true);
  const bedTaken = wardOfPlace(places.wards, typed.place)?.place === typed.place ? [] : occupants;
  const save = async (): Promise<void> => {
    const when = whenTyped(typed);
    const target = targetOf(places.wards, typed.place);
    const moment = device.status().now;
    if (target === undefined) return setFault('no-place');
    if (when === undefined) return setFault('time');
    if (!isExpected && when > moment + 60_000) return setFault('in-future');
    if (!isExpected && bedTaken.length > 0 && !isAnyway) return setFault('occupied');
    setFault(undefined);
    const organization = wardOfPlace(places.wards, typed.place)?.organization;
    const encounter = admission(
      {
        patient,
        target,
        at: when,
        reason: reason.trim(),
        isPlanned: kind === 'EL',
        isExpected,
        ...(organization === undefined ? {} : { organization }),
      },
      moment,
    );
    await write(
      [{ kind: 'create', type: 'Encounter', id: id.current, text: printJson(encounter) }],
      t('admitted', { place: target.words }),
    );
  };
  return (
    <Card title={t('admission')}>
      <form
        noValidate
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <PlaceFields
          places={places}
          offered={offered}
          typed={typed}
          onChange={setTyped}
          except=""
          errors={errorsOf(fault, t)}
        />
        <RadioGroup
          across
          label={t('priority')}
          value={kind}
          onChange={setKind}
          choices={[
            { value: 'EM', label: t('emergency') },
            { value: 'EL', label: t('elective') },
          ]}
        />
        <TextField label={t('reason')} value={reason} onChange={setReason} maxLength={200} />
        <Checkbox label={t('expect')} checked={isExpected} onChange={expect} />
        <div className={styles['whole']}>
          {!isExpected && (
            <Occupied
              places={places}
              occupants={bedTaken}
              canSwap={false}
              isAnyway={isAnyway}
              onAnyway={anyway}
              onSwap={() => undefined}
              busy={isSaving}
            />
          )}
          <NotSavedNotice text={failure} />
          <Button type="submit" look="primary" icon="bed" busy={isSaving}>
            {t('admit')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

type Speak = ReturnType<typeof useTexts<(typeof movementTexts)['byLanguage']['en']>>;
function errorsOf(fault: Fault | undefined, t: Speak): { readonly place?: string; readonly when?: string } {
  if (fault === undefined) return {};
  const text = t(`fault-${fault}`);
  return fault === 'no-place' || fault === 'occupied' || fault === 'same-place' || fault === 'not-here'
    ? { place: text }
    : { when: text };
}

/** Somebody who was expected. */
export function ArrivalForm({
  stays,
  now,
  stay,
  shown,
}: FormProps & { readonly stay: Stay; readonly shown: Shown }): ReactElement {
  const t = useTexts(movementTexts);
  const device = useDevice();
  const { places } = stays;
  const [typed, setTyped] = useState<PlaceTyped>(() => ({
    ward: wardOfPlace(places.wards, stay.now?.place ?? '')?.place ?? '',
    place: stay.now?.place ?? '',
    when: nowTyped(now),
  }));
  const [isAnyway, anyway] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const { isSaving, failure, write } = useWrite();
  const isWard = wardOfPlace(places.wards, typed.place)?.place === typed.place;
  const occupants = isWard ? [] : occupantsIn(places.stays, typed.place, stay.id);
  const save = async (): Promise<void> => {
    const when = whenTyped(typed);
    const target = targetOf(places.wards, typed.place);
    const moment = device.status().now;
    if (target === undefined) return setFault('no-place');
    if (when === undefined) return setFault('time');
    if (when > moment + 60_000) return setFault('in-future');
    if (occupants.length > 0 && !isAnyway) return setFault('occupied');
    setFault(undefined);
    await write([patchOf(shown, arrival(target, when, moment))], t('arrived', { place: target.words }));
  };
  return (
    <Card title={t('arrival')}>
      <form
        noValidate
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <PlaceFields places={places} typed={typed} onChange={setTyped} except={stay.id} errors={errorsOf(fault, t)} />
        <div className={styles['whole']}>
          <Occupied
            places={places}
            occupants={occupants}
            canSwap={false}
            isAnyway={isAnyway}
            onAnyway={anyway}
            onSwap={() => undefined}
            busy={isSaving}
          />
          <NotSavedNotice text={failure} />
          <Row>
            <Button type="submit" look="primary" icon="bed" busy={isSaving}>
              {t('arrive')}
            </Button>
            <Button
              icon="cross"
              busy={isSaving}
              onClick={() => void write([patchOf(shown, cancelArrival())], t('cancelled'))}
            >
              {t('cancelArrival')}
            </Button>
          </Row>
        </div>
      </form>
    </Card>
  );
}

export function TransferForm({
  stays,
  now,
  stay,
  shown,
}: FormProps & { readonly stay: Stay; readonly shown: Shown }): ReactElement {
  const t = useTexts(movementTexts);
  const device = useDevice();
  const { places } = stays;
  const [typed, setTyped] = useState<PlaceTyped>(() => ({
    ward: wardOfPlace(places.wards, stay.now?.place ?? '')?.place ?? '',
    place: '',
    when: nowTyped(now),
  }));
  const [isAnyway, anyway] = useState(false);
  const [fault, setFault] = useState<Fault>();
  const { isSaving, failure, write } = useWrite();
  const isWard = wardOfPlace(places.wards, typed.place)?.place === typed.place;
  const occupants = isWard ? [] : occupantsIn(places.stays, typed.place, stay.id);
  const [other] = occupants;
  const otherShown = other === undefined ? undefined : stays.shownOf(other.id);
  const judged = (isTaken: boolean): { readonly when: Instant; readonly moment: Instant } | undefined => {
    const when = whenTyped(typed);
    const moment = device.status().now;
    const found: Fault | undefined =
      typed.place === ''
        ? 'no-place'
        : when === undefined
          ? 'time'
          : (moveFault(stay, typed.place, when, moment) ??
            (isTaken && occupants.length > 0 && !isAnyway ? 'occupied' : undefined));
    setFault(found);
    return found === undefined && when !== undefined ? { when, moment } : undefined;
  };
  const move = async (): Promise<void> => {
    const target = targetOf(places.wards, typed.place);
    const at = judged(true);
    if (at === undefined || target === undefined) return;
    await write(
      [patchOf(shown, transfer(lossless(shown), target, at.when, at.moment))],
      t('moved', { place: target.words }),
    );
  };
  const swap = async (): Promise<void> => {
    const target = targetOf(places.wards, typed.place);
    const back = stay.now === undefined ? undefined : targetOf(places.wards, stay.now.place);
    const at = judged(false);
    if (
      at === undefined ||
      target === undefined ||
      back === undefined ||
      other === undefined ||
      otherShown === undefined
    )
      return;
    const fault = moveFault(other, back.place, at.when, at.moment);
    if (fault !== undefined) return setFault(fault);
    await write(
      [
        patchOf(shown, transfer(lossless(shown), target, at.when, at.moment)),
        patchOf(otherShown, transfer(lossless(otherShown), back, at.when, at.moment)),
      ],
      t('swapped', { place: target.words }),
    );
  };
  return (
    <Card title={t('transfer')}>
      <form
        noValidate
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          void move();
        }}
      >
        <PlaceFields places={places} typed={typed} onChange={setTyped} except={stay.id} errors={errorsOf(fault, t)} />
        <div className={styles['whole']}>
          <Occupied
            places={places}
            occupants={occupants}
            canSwap={occupants.length === 1 && otherShown !== undefined && stay.now !== undefined}
            isAnyway={isAnyway}
            onAnyway={anyway}
            onSwap={() => void swap()}
            busy={isSaving}
          />
          <NotSavedNotice text={failure} />
          <Button type="submit" look="primary" icon="transfer" busy={isSaving}>
            {t('transferDo')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

export function DischargeForm({
  patient,
  stays,
  now,
  stay,
  shown,
}: FormProps & { readonly stay: Stay; readonly shown: Shown }): ReactElement {
  const t = useTexts(movementTexts);
  const device = useDevice();
  const [to, setTo] = useState<Disposition>('home');
  const [when, setWhen] = useState(() => nowTyped(now));
  const [fault, setFault] = useState<Fault>();
  const { isSaving, failure, write } = useWrite();
  const save = async (): Promise<void> => {
    const at = whenTyped({ when });
    const moment = device.status().now;
    const found: Fault | undefined = at === undefined ? 'time' : moveFault(stay, undefined, at, moment);
    setFault(found);
    if (found !== undefined || at === undefined) return;
    const changes = [patchOf(shown, discharge(lossless(shown), to, at, moment))];
    const person = stays.places.index.shown.get(patient);
    const isDead = person?.resource['deceasedDateTime'] !== undefined || person?.resource['deceasedBoolean'] === true;
    if (to === 'exp' && person !== undefined && !isDead) changes.push(patchOf(person, died(at)));
    await write(changes, t('discharged'));
  };
  return (
    <Card title={t('discharge')}>
      <form
        noValidate
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Select
          label={t('dischargeTo')}
          value={to}
          onChange={(value) => setTo(value === '' ? 'home' : value)}
          choices={DISPOSITIONS.map((value) => ({ value, label: t(`to-${value}`) }))}
        />
        <DateTimeField
          label={t('at')}
          hint={t('atHint')}
          value={when}
          onChange={setWhen}
          error={errorsOf(fault, t).when ?? errorsOf(fault, t).place}
        />
        <div className={styles['whole']}>
          {to === 'exp' && <Notice tone="warn">{t('diedWhat')}</Notice>}
          <NotSavedNotice text={failure} />
          <Button type="submit" look={to === 'exp' ? 'danger' : 'primary'} icon="door" busy={isSaving}>
            {t('discharge')}
          </Button>
        </div>
      </form>
    </Card>
  );
}

/** Takes the last thing back that was done to a stay. */
export function UndoMove({
  patient,
  stays,
  stay,
  shown,
}: Omit<FormProps, 'now'> & { readonly stay: Stay; readonly shown: Shown }): ReactElement | null {
  const t = useTexts(movementTexts);
  const { isSaving, failure, write } = useWrite();
  const { places } = stays;
  const plain = undoing(lossless(shown));
  if (plain === undefined) return null;
  const back = plain.what === 'transfer' || plain.what === 'discharge' ? plain.back : undefined;
  const isTaken = back !== undefined && occupantsIn(places.stays, back.place, stay.id).length > 0;
  const ward = back === undefined ? undefined : wardOfPlace(places.wards, back.place);
  const isWard = ward?.place === back?.place;
  const undo = async (): Promise<void> => {
    const into = isTaken && !isWard && ward !== undefined ? { place: ward.place, words: ward.name } : undefined;
    const found = undoing(lossless(shown), into);
    if (found === undefined) return;
    const changes = [patchOf(shown, found.steps)];
    const person = stays.places.index.shown.get(patient);
    if (found.what === 'discharge' && found.wasDeath && person?.resource['deceasedDateTime'] !== undefined)
      changes.push(patchOf(person, [{ op: 'remove', path: '/deceasedDateTime' }]));
    await write(changes, t('undone'));
  };
  const words =
    plain.what === 'transfer'
      ? t('undo-transfer', { place: plain.back.words })
      : plain.what === 'discharge'
        ? t('undo-discharge')
        : t('undo-admission');
  return (
    <Card title={t('undo')}>
      <p>{t('undoWhat')}</p>
      {isTaken && !isWard && <Notice tone="warn">{t('undoBedTaken')}</Notice>}
      <NotSavedNotice text={failure} />
      <Button icon="undo" busy={isSaving} onClick={() => void undo()}>
        {words}
      </Button>
    </Card>
  );
}
