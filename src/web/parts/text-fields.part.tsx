// Fields of text. Their values are texts: a number keeps every digit that was typed.
import { useState, type HTMLInputAutoCompleteAttribute, type KeyboardEvent, type ReactElement, type Ref } from 'react';
import { formatDateTime } from '../texts/clinical-dates.ts';
import { IconButton } from './button.part.tsx';
import { Field, type FieldProps } from './field.part.tsx';
import styles from './field.module.css';

interface OfText extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly autoComplete?: HTMLInputAutoCompleteAttribute;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  /** `12rem`; as wide as its place without. */
  readonly width?: string;
}

export interface TextFieldProps extends OfText {
  readonly kind?: 'text' | 'search' | 'tel' | 'email';
  readonly ref?: Ref<HTMLInputElement>;
}
export function TextField({
  value,
  onChange,
  placeholder,
  maxLength,
  autoComplete = 'off',
  onKeyDown,
  width,
  kind = 'text',
  ref,
  ...field
}: TextFieldProps): ReactElement {
  return (
    <Field field={field} width={width}>
      {(control) => (
        <input
          {...control}
          ref={ref}
          type={kind}
          className={styles['control']}
          value={value}
          readOnly={field.readOnly}
          placeholder={placeholder}
          maxLength={maxLength}
          autoComplete={autoComplete}
          spellCheck={false}
          onKeyDown={onKeyDown}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface PasswordFieldProps extends Omit<OfText, 'autoComplete'> {
  readonly autoComplete?: 'current-password' | 'new-password' | 'off';
  readonly showLabel: string;
  readonly concealLabel: string;
}
/** `showLabel` and `concealLabel` name the button that shows what is typed. */
export function PasswordField({
  value,
  onChange,
  placeholder,
  maxLength,
  autoComplete = 'current-password',
  onKeyDown,
  width,
  showLabel,
  concealLabel,
  ...field
}: PasswordFieldProps): ReactElement {
  const [isShown, show] = useState(false);
  return (
    <Field field={field} width={width}>
      {(control) => (
        <div className={styles['beside']}>
          <input
            {...control}
            type={isShown ? 'text' : 'password'}
            className={styles['control']}
            value={value}
            placeholder={placeholder}
            maxLength={maxLength}
            autoComplete={autoComplete}
            autoCapitalize="none"
            spellCheck={false}
            onKeyDown={onKeyDown}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
          <IconButton
            icon={isShown ? 'eye-off' : 'eye'}
            label={isShown ? concealLabel : showLabel}
            aria-pressed={isShown}
            onClick={() => show(!isShown)}
          />
        </div>
      )}
    </Field>
  );
}

export interface NumberFieldProps extends OfText {
  /** Written after the field. */
  readonly unit?: string;
  readonly whole?: boolean;
  readonly ref?: Ref<HTMLInputElement>;
}
/** Takes what is typed, a comma as a point; what is a number in range is for the screen to judge. */
export function NumberField({
  value,
  onChange,
  placeholder,
  maxLength,
  autoComplete = 'off',
  onKeyDown,
  width = '10rem',
  unit,
  whole = false,
  ref,
  ...field
}: NumberFieldProps): ReactElement {
  return (
    <Field field={field} width={width}>
      {(control) => (
        <div className={styles['beside']}>
          <input
            {...control}
            ref={ref}
            type="text"
            inputMode={whole ? 'numeric' : 'decimal'}
            dir="ltr"
            className={styles['control']}
            value={value}
            readOnly={field.readOnly}
            placeholder={placeholder}
            maxLength={maxLength}
            autoComplete={autoComplete}
            onKeyDown={onKeyDown}
            onChange={(event) => onChange(event.currentTarget.value.replace(',', '.').replace(/[^\d.+-]/g, ''))}
          />
          {unit !== undefined && <span className={styles['unit']}>{unit}</span>}
        </div>
      )}
    </Field>
  );
}

export interface TextAreaProps extends Omit<OfText, 'autoComplete'> {
  readonly rows?: number;
  readonly ref?: Ref<HTMLTextAreaElement>;
}
/** Grows with its text. */
export function TextArea({
  value,
  onChange,
  placeholder,
  maxLength,
  onKeyDown,
  width,
  rows = 3,
  ref,
  ...field
}: TextAreaProps): ReactElement {
  const lines = Math.max(rows, value.split('\n').length + 1);
  return (
    <Field field={field} width={width}>
      {(control) => (
        <textarea
          {...control}
          ref={ref}
          dir="auto"
          className={styles['control']}
          value={value}
          rows={Math.min(lines, 30)}
          readOnly={field.readOnly}
          placeholder={placeholder}
          maxLength={maxLength}
          onKeyDown={onKeyDown}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface DateTimeFieldProps extends FieldProps {
  /** `2008-09-09T14:05`, or `2008-09-09` with `dateOnly`; '' for none. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly dateOnly?: boolean;
  readonly min?: string;
  readonly max?: string;
}
/**
 * The browser's own field: every platform's people know theirs. It writes dates in the order of the browser, which nobody chose and which may be
 * month before day: what was entered stands beside it as SR4 writes it.
 */
export function DateTimeField({
  value,
  onChange,
  dateOnly = false,
  min,
  max,
  ...field
}: DateTimeFieldProps): ReactElement {
  return (
    <Field field={field} width="16rem">
      {(control) => (
        <>
          <input
            {...control}
            type={dateOnly ? 'date' : 'datetime-local'}
            className={styles['control']}
            value={value}
            readOnly={field.readOnly}
            min={min}
            max={max}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
          {value !== '' && (
            <output htmlFor={control.id} className={styles['echo']}>
              {formatDateTime(value)}
            </output>
          )}
        </>
      )}
    </Field>
  );
}
