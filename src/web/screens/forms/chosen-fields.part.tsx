// A choice of which several answers may stand: boxes, and for an open choice words of one's own.
import type { ReactElement } from 'react';
import { keyOfTyped, type Entry, type Place } from '../../../core/care/questionnaire/filled.ts';
import { optionWords, type FormItem } from '../../../core/care/questionnaire/form-items.ts';
import { spotOfEntry } from '../../../core/care/questionnaire/respond.ts';
import { Checkbox } from '../../parts/choice-fields.part.tsx';
import { TextField } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { fieldId, itemWords, useForm } from './form-context.ts';
import styles from './forms.module.css';
import { formTexts } from './texts.ts';

export function ChosenFields(props: {
  readonly item: FormItem;
  readonly entries: readonly Entry[];
  readonly here: string;
  readonly above: Place;
  readonly help: string;
}): ReactElement {
  const { item, entries, here, above, help } = props;
  const t = useTexts(formTexts);
  const { language, step, faults, words } = useForm();
  const chosen = new Set(
    entries.filter(({ typed }) => typed.chosen !== undefined).map(({ typed }) => keyOfTyped(typed)),
  );
  const free = entries.findIndex(({ typed }) => typed.chosen === undefined);
  const own = entries[free]?.typed.text ?? '';
  const fault = entries.map((_, n) => faults.get(spotOfEntry(here, n))).find((one) => one !== undefined);
  const place = (n: number): Place => [...above, [item.linkId, n]];
  const first = fieldId(spotOfEntry(here, 0));
  return (
    <fieldset className={styles['choices']} aria-describedby={fault === undefined ? undefined : `${first}-fault`}>
      <legend>
        {itemWords(item, language)}
        {item.required && <span aria-hidden="true"> *</span>}
      </legend>
      {help !== '' && <p className={styles['help']}>{help}</p>}
      {item.options.map((option, n) => (
        <Checkbox
          key={option.key}
          {...(n === 0 ? { id: fault === undefined ? first : fieldId(fault.spot) } : {})}
          label={optionWords(option, language)}
          checked={chosen.has(option.key)}
          disabled={item.readOnly}
          onChange={() => step({ kind: 'toggle', place: place(0), option })}
        />
      ))}
      {item.type === 'open-choice' && (
        <TextField
          label={t('otherAnswer')}
          value={own}
          onChange={(text) =>
            free < 0
              ? step({ kind: 'add', place: place(0) })
              : step({ kind: 'answer', place: place(free), typed: { text } })
          }
        />
      )}
      {fault !== undefined && (
        <p id={`${first}-fault`} className={styles['fault']}>
          {words(fault)}
        </p>
      )}
    </fieldset>
  );
}
