// Fields that choose. Few choices stand open (RadioGroup, Segmented), many in a list, very many are searched (Combobox).
import { useId, type ReactElement, type ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Field, type FieldProps } from './field.part.tsx';
import { Icon, type IconName } from './icon.part.tsx';
import styles from './field.module.css';

export interface Choice<V extends string = string> {
  readonly value: V;
  readonly label: string;
  readonly hint?: string;
  readonly icon?: IconName;
  readonly disabled?: boolean;
}

export interface SelectProps<V extends string> extends FieldProps {
  readonly value: V | '';
  readonly onChange: (value: V | '') => void;
  readonly choices: readonly Choice<V>[];
  /** The first line, which stands for nothing chosen. Without one something is always chosen. */
  readonly nothing?: string;
  readonly width?: string;
}
export function Select<V extends string>({
  value,
  onChange,
  choices,
  nothing,
  width,
  ...field
}: SelectProps<V>): ReactElement {
  return (
    <Field field={field} width={width}>
      {(control) => (
        <select
          {...control}
          className={styles['control']}
          value={value}
          onChange={(event) => {
            const chosen = choices.find((c) => c.value === event.currentTarget.value);
            onChange(chosen?.value ?? '');
          }}
        >
          {nothing !== undefined && <option value="">{nothing}</option>}
          {choices.map((c) => (
            <option key={c.value} value={c.value} disabled={c.disabled}>
              {c.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export interface CheckboxProps {
  readonly label: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
  readonly hint?: string;
  readonly id?: string;
  readonly hideLabel?: boolean;
}
export function Checkbox({ label, checked, onChange, disabled, hint, id, hideLabel }: CheckboxProps): ReactElement {
  return (
    <label className={styles['choice']}>
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span className={hideLabel === true ? styles['unseen'] : undefined}>
        {label}
        {hint !== undefined && <span className={styles['hint']}> {hint}</span>}
      </span>
    </label>
  );
}

export interface RadioGroupProps<V extends string> extends FieldProps {
  readonly value: V | '';
  readonly onChange: (value: V) => void;
  readonly choices: readonly Choice<V>[];
  /** Beside each other, where there is room. */
  readonly across?: boolean;
}
export function RadioGroup<V extends string>({
  value,
  onChange,
  choices,
  across = false,
  ...field
}: RadioGroupProps<V>): ReactElement {
  return (
    <Group field={field}>
      {(name) => (
        <div className={classNames(styles['choices'], across && styles['across'])}>
          {choices.map((c, n) => (
            <label key={c.value} className={styles['choice']}>
              <input
                type="radio"
                id={n === 0 ? field.id : undefined}
                name={name}
                checked={value === c.value}
                disabled={c.disabled ?? field.disabled}
                onChange={() => onChange(c.value)}
              />
              <span>
                {c.label}
                {c.hint !== undefined && <span className={styles['hint']}> {c.hint}</span>}
              </span>
            </label>
          ))}
        </div>
      )}
    </Group>
  );
}

/** As RadioGroup, for two to five short words. */
export function Segmented<V extends string>({ value, onChange, choices, ...field }: RadioGroupProps<V>): ReactElement {
  return (
    <Group field={field}>
      {(name) => (
        <div className={styles['segments']}>
          {choices.map((c, n) => (
            <label key={c.value} className={styles['segment']}>
              <input
                type="radio"
                id={n === 0 ? field.id : undefined}
                name={name}
                checked={value === c.value}
                disabled={c.disabled ?? field.disabled}
                onChange={() => onChange(c.value)}
              />
              {c.icon !== undefined && <Icon name={c.icon} />}
              {c.label}
            </label>
          ))}
        </div>
      )}
    </Group>
  );
}

function Group({
  field,
  children,
}: {
  readonly field: FieldProps;
  readonly children: (name: string) => ReactNode;
}): ReactElement {
  const name = useId();
  const hasError = field.error !== undefined && field.error !== '';
  const described = [field.hint === undefined ? '' : `${name}-hint`, hasError ? `${name}-error` : ''].join(' ').trim();
  return (
    <fieldset
      className={classNames(styles['group'], hasError && styles['wrong'])}
      aria-describedby={described === '' ? undefined : described}
      onBlur={field.onBlur}
    >
      <legend className={field.hideLabel === true ? styles['unseen'] : styles['label']}>
        {field.label}
        {field.required === true && (
          <span className={styles['must']} aria-hidden="true">
            {' '}
            *
          </span>
        )}
      </legend>
      {field.hint !== undefined && (
        <div id={`${name}-hint`} className={styles['hint']}>
          {field.hint}
        </div>
      )}
      {children(name)}
      {hasError && (
        <div id={`${name}-error`} className={styles['error']}>
          <Icon name="octagon" size={1} /> {field.error}
        </div>
      )}
    </fieldset>
  );
}
