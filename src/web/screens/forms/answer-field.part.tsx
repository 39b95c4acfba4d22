// The field of one answer, by the type of its item and the control that the form asks for.
import { useCallback, useState, type ReactElement } from 'react';
import { isObject, textOf } from '../../../core/care/merge/clinical-words.ts';
import { choose, isBlank, keyOfTyped, type Place, type Typed } from '../../../core/care/questionnaire/filled.ts';
import { optionWords, type FormItem } from '../../../core/care/questionnaire/form-items.ts';
import type { Device } from '../../device/device.ts';
import { IconButton } from '../../parts/button.part.tsx';
import { RadioGroup, Segmented, Select } from '../../parts/choice-fields.part.tsx';
import { Combobox } from '../../parts/combobox.part.tsx';
import { DateTimeField, NumberField, TextArea, TextField } from '../../parts/text-fields.part.tsx';
import { fromInputDateTime, toInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { subjectWords } from '../conflicts/conflict-words.ts';
import { useRead } from '../frame/use-device.ts';
import { AttachmentField } from './attachment-field.part.tsx';
import { fieldId, itemWords, useForm, type FieldBase } from './form-context.ts';
import styles from './forms.module.css';
import { formTexts } from './texts.ts';

export interface AnswerProps {
  readonly item: FormItem;
  readonly typed: Typed;
  readonly spot: string;
  readonly place: Place;
  readonly help: string;
  readonly hideLabel?: boolean;
}
/** Up to so many answers stand open. */
const OPEN_MAX = 6;

export function AnswerField(props: AnswerProps): ReactElement {
  const { item, typed, spot, place, help, hideLabel = false } = props;
  const t = useTexts(formTexts);
  const { language, faults, words, step } = useForm();
  const fault = faults.get(spot);
  const isCalculated = item.calculation !== undefined;
  const field = {
    id: fieldId(spot),
    label: itemWords(item, language) || item.linkId,
    hideLabel,
    required: item.required,
    readOnly: item.readOnly || isCalculated,
    disabled: item.readOnly && !isCalculated,
    error: fault === undefined ? undefined : words(fault),
    ...(help !== '' || isCalculated
      ? { hint: [help, isCalculated ? t('calculated') : ''].filter((one) => one !== '').join(' – ') }
      : {}),
  };
  const set = (next: Typed): void => step({ kind: 'answer', place, typed: next });
  const unit = item.units.find(({ code }) => code === typed.unit) ?? item.units[0];
  switch (item.type) {
    case 'boolean':
      return (
        <Cleared item={item} typed={typed} onClear={() => set({ text: '' })}>
          <Segmented
            {...field}
            value={typed.text}
            onChange={(text) => set({ text })}
            choices={[
              { value: 'true', label: t('yes') },
              { value: 'false', label: t('no') },
            ]}
          />
        </Cleared>
      );
    case 'decimal':
    case 'integer':
      return (
        <NumberField
          {...field}
          value={typed.text}
          onChange={(text) => set({ text })}
          whole={item.type === 'integer'}
          {...(unit === undefined ? {} : { unit: unit.words })}
        />
      );
    case 'quantity':
      return (
        <div className={styles['beside']}>
          <NumberField
            {...field}
            value={typed.text}
            onChange={(text) => set({ text, ...(typed.unit === undefined ? {} : { unit: typed.unit }) })}
            {...(item.units.length === 1 && unit !== undefined ? { unit: unit.words } : {})}
          />
          {item.units.length > 1 && (
            <Select
              label={t('unit')}
              nothing="–"
              value={typed.unit ?? ''}
              onChange={(code) => set({ text: typed.text, ...(code === '' ? {} : { unit: code }) })}
              choices={item.units.map((one) => ({ value: one.code, label: one.words }))}
            />
          )}
        </div>
      );
    case 'date':
      return <DateTimeField {...field} dateOnly value={typed.text} onChange={(text) => set({ text })} />;
    case 'dateTime':
      return (
        <DateTimeField
          {...field}
          value={typed.text.includes('T') ? toInputDateTime(Date.parse(typed.text)) : typed.text}
          onChange={(text) => set({ text: text === '' ? '' : (fromInputDateTime(text) ?? text) })}
        />
      );
    case 'time':
      return (
        <TextField {...field} placeholder="14:05" width="8rem" value={typed.text} onChange={(text) => set({ text })} />
      );
    case 'text':
      return (
        <TextArea
          {...field}
          value={typed.text}
          onChange={(text) => set({ text })}
          {...(item.maxLength === undefined ? {} : { maxLength: item.maxLength })}
        />
      );
    case 'choice':
    case 'open-choice':
      return <ChoiceField {...props} field={field} onSet={set} />;
    case 'reference':
      return <ReferenceField item={item} typed={typed} field={field} onSet={set} />;
    case 'attachment':
      return <AttachmentField field={field} typed={typed} onSet={set} />;
    case 'string':
    case 'url':
    case 'group':
    case 'display':
      return (
        <TextField
          {...field}
          value={typed.text}
          onChange={(text) => set({ text })}
          {...(item.maxLength === undefined ? {} : { maxLength: item.maxLength })}
        />
      );
  }
}

/** What was chosen can be taken back: radios cannot do that by themselves. */
function Cleared(props: {
  readonly item: FormItem;
  readonly typed: Typed;
  readonly onClear: () => void;
  readonly children: ReactElement;
}): ReactElement {
  const t = useTexts(formTexts);
  return (
    <div className={styles['answer']}>
      {props.children}
      {!isBlank(props.typed) && !props.item.required && !props.item.readOnly && (
        <IconButton icon="cross" label={t('clear')} onClick={props.onClear} />
      )}
    </div>
  );
}

function ChoiceField(
  props: AnswerProps & { readonly field: FieldBase; readonly onSet: (typed: Typed) => void },
): ReactElement {
  const { item, typed, field, onSet } = props;
  const t = useTexts(formTexts);
  const { language } = useForm();
  const choices = item.options.map((option) => ({ value: option.key, label: optionWords(option, language) }));
  const key = typed.chosen === undefined ? '' : keyOfTyped(typed);
  const set = (value: string): void => {
    const option = item.options.find((one) => one.key === value);
    onSet(option === undefined ? { text: '' } : choose(option));
  };
  const isOpen = item.type === 'open-choice';
  if (item.control === 'autocomplete' || (isOpen && item.control !== 'radio')) {
    return (
      <Combobox
        {...field}
        value={key === '' ? typed.text : key}
        choices={choices}
        nothingFound={t('noOptions')}
        onChange={(value) => {
          if (value !== '') set(value);
        }}
        {...(isOpen ? { onFreeText: (text: string) => onSet({ text }) } : {})}
      />
    );
  }
  if (item.control === 'drop-down' || (item.control !== 'radio' && choices.length > OPEN_MAX)) {
    return <Select {...field} nothing="–" value={key} onChange={set} choices={choices} />;
  }
  return (
    <div>
      <Cleared item={item} typed={typed} onClear={() => onSet({ text: '' })}>
        <RadioGroup {...field} value={key} onChange={set} choices={choices} across={choices.length <= 4} />
      </Cleared>
      {isOpen && (
        <TextField label={t('otherAnswer')} value={key === '' ? typed.text : ''} onChange={(text) => onSet({ text })} />
      )}
    </div>
  );
}

/** Somebody or something of the record that is here; what is not found is kept as a name. */
function ReferenceField(props: {
  readonly item: FormItem;
  readonly typed: Typed;
  readonly field: FieldBase;
  readonly onSet: (typed: Typed) => void;
}): ReactElement {
  const { item, typed, field, onSet } = props;
  const t = useTexts(formTexts);
  const [asked, ask] = useState('');
  const type = item.targets[0] ?? 'Practitioner';
  const read = useCallback(
    async (device: Device) => {
      if (asked.trim().length < 2) return [];
      const found = await device.search(`${type}?name=${encodeURIComponent(asked.trim())}&_count=20`);
      return found.ok ? found.value.found.filter(({ mode }) => mode === 'match') : [];
    },
    [type, asked],
  );
  const found = useRead(read, () => false) ?? [];
  const chosen = typed.chosen?.value;
  const choices = found.map(({ key, resource }) => ({ value: `${key.type}/${key.id}`, label: nameOf(resource) }));
  return (
    <Combobox
      {...field}
      value={isObject(chosen) ? textOf(chosen['display']) : typed.text}
      choices={choices}
      onSearch={ask}
      nothingFound={t('nothingFound')}
      onChange={(reference) => {
        const choice = choices.find(({ value }) => value === reference);
        if (choice === undefined) return;
        const value = { reference: choice.value, display: choice.label };
        onSet({ text: choice.label, chosen: { element: 'valueReference', value } });
      }}
      onFreeText={(display) =>
        onSet(
          display.trim() === ''
            ? { text: '' }
            : { text: display, chosen: { element: 'valueReference', value: { display } } },
        )
      }
    />
  );
}
function nameOf(resource: Parameters<typeof subjectWords>[0]): string {
  const { name } = resource;
  if (typeof name === 'string') return name;
  const first = Array.isArray(name) ? name[0] : undefined;
  if (!isObject(first)) return subjectWords(resource);
  const given = Array.isArray(first['given']) ? first['given'].map(textOf).join(' ') : '';
  return textOf(first['text']) || `${textOf(first['family'])}, ${given}`;
}
