// Where to: ward and bed, with who lies there, and when.
//
//   WB33  A bed in which somebody lies is said before anybody is put into it.
import type { ReactElement } from 'react';
import type { Instant } from '../../../core/base/ports.ts';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { bedOfPlace, wardOfPlace, type WardPlace } from '../../../core/care/ward/places.ts';
import { occupantsIn, type Stay } from '../../../core/care/ward/stays.ts';
import type { Target } from '../../../core/care/ward/moves.ts';
import { Select } from '../../parts/choice-fields.part.tsx';
import { DateTimeField } from '../../parts/text-fields.part.tsx';
import { fromInputDateTime, toInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import type { PatientIndex } from '../patients/patient-index.ts';
import { nameText } from '../patients/patient-line.part.tsx';
import { useMe } from '../ward/use-me.ts';
import { movementTexts } from './texts.ts';

/** As typed. `place`: a bed, or the ward itself; '' for none yet: nobody is moved by a press too many. */
export interface PlaceTyped {
  readonly ward: string;
  readonly place: string;
  /** As a field has it. */
  readonly when: string;
}
export interface Places {
  readonly wards: readonly WardPlace[];
  readonly stays: readonly Stay[];
  readonly index: PatientIndex;
}

export const nameOf = (index: PatientIndex, patient: string): string => {
  const shown = index.shown.get(patient);
  return shown === undefined ? '?' : nameText(identityLines(shown.resource, shown.conflict));
};

/** The target in the record's words: `Surgical Ward, bay 1 bed 2`. */
export function targetOf(wards: readonly WardPlace[], place: string): Target | undefined {
  const ward = wardOfPlace(wards, place);
  if (ward === undefined) return undefined;
  const bed = bedOfPlace(wards, place);
  if (bed === undefined || place === ward.place) return { place, words: ward.name };
  return { place, words: `${ward.name}, ${bed.label.charAt(0).toLowerCase()}${bed.label.slice(1)}` };
}

export function PlaceFields({
  places,
  typed,
  onChange,
  except,
  errors,
  offered = places.wards,
}: {
  /** To which the patient may be brought. */
  readonly offered?: readonly WardPlace[];
  readonly places: Places;
  readonly typed: PlaceTyped;
  readonly onChange: (typed: PlaceTyped) => void;
  readonly except: string;
  readonly errors: { readonly place?: string | undefined; readonly when?: string | undefined };
}): ReactElement {
  const t = useTexts(movementTexts);
  const { wards, stays, index } = places;
  const ward = wards.find(({ place }) => place === typed.ward);
  const me = useMe();
  const isSeen = ward !== undefined && me?.sees(ward.place) === true;
  const choose = (place: string): void => onChange({ ...typed, place });
  return (
    <>
      <Select
        id="ward"
        label={t('ward')}
        nothing={t('wardChoose')}
        value={ward?.place ?? ''}
        onChange={(chosen) => onChange({ ...typed, ward: chosen, place: '' })}
        choices={offered.map(({ place, name }) => ({ value: place, label: name }))}
        error={ward === undefined ? errors.place : undefined}
      />
      <Select
        id="bed"
        label={t('bed')}
        nothing={t('bedChoose')}
        value={typed.place}
        onChange={choose}
        disabled={ward === undefined}
        error={ward === undefined ? undefined : errors.place}
        choices={
          ward === undefined
            ? []
            : [
                { value: ward.place, label: t('bedNone') },
                ...ward.beds.map(({ place, label, isClosed }) => {
                  const [first] = occupantsIn(stays, place, except);
                  const who =
                    first === undefined ? (isSeen ? t('bedFree') : t('bedNotSeen')) : nameOf(index, first.patient);
                  return { value: place, label: `${label} — ${who}`, disabled: isClosed };
                }),
              ]
        }
      />
      <DateTimeField
        id="when"
        label={t('at')}
        hint={t('atHint')}
        value={typed.when}
        onChange={(when) => onChange({ ...typed, when })}
        error={errors.when}
      />
    </>
  );
}

export const whenTyped = ({ when }: Pick<PlaceTyped, 'when'>): Instant | undefined => {
  const text = fromInputDateTime(when);
  return text === undefined ? undefined : Date.parse(text);
};
export const nowTyped = (now: Instant): string => toInputDateTime(now);
