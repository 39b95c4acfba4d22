// What every field has: a label, a hint, an error that stands at it and is read with it.
import { useId, type ReactElement, type ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Icon } from './icon.part.tsx';
import styles from './field.module.css';

export interface FieldProps {
  readonly label: string;
  /** The label is for screen readers only: what stands around the field says the same to the eye. */
  readonly hideLabel?: boolean;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly readOnly?: boolean;
  /** For the error summary, which leads here. */
  readonly id?: string;
  readonly name?: string;
  readonly autoFocus?: boolean;
  readonly onBlur?: () => void;
}

/** What the control inside must carry. */
export interface ControlProps {
  readonly id: string;
  readonly name?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly required?: boolean | undefined;
  readonly autoFocus?: boolean | undefined;
  readonly onBlur?: (() => void) | undefined;
  readonly 'aria-invalid'?: true | undefined;
  readonly 'aria-describedby'?: string | undefined;
}

export function Field({
  field,
  width,
  children,
}: {
  readonly field: FieldProps;
  readonly width?: string | undefined;
  readonly children: (control: ControlProps) => ReactNode;
}): ReactElement {
  const made = useId();
  const id = field.id ?? made;
  const hint = field.hint === undefined ? undefined : `${id}-hint`;
  const error = field.error === undefined || field.error === '' ? undefined : `${id}-error`;
  const described = [hint, error].filter((part) => part !== undefined).join(' ');
  return (
    <div
      className={classNames(styles['field'], error !== undefined && styles['wrong'])}
      style={width === undefined ? undefined : { maxInlineSize: width }}
    >
      <label htmlFor={id} className={field.hideLabel === true ? styles['unseen'] : styles['label']}>
        {field.label}
        {field.required === true && (
          <span className={styles['must']} aria-hidden="true">
            {' '}
            *
          </span>
        )}
      </label>
      {hint !== undefined && (
        <div id={hint} className={styles['hint']}>
          {field.hint}
        </div>
      )}
      {children({
        id,
        name: field.name,
        disabled: field.disabled,
        required: field.required,
        autoFocus: field.autoFocus,
        onBlur: field.onBlur,
        'aria-invalid': error === undefined ? undefined : true,
        'aria-describedby': described === '' ? undefined : described,
      })}
      {error !== undefined && (
        <div id={error} className={styles['error']}>
          <Icon name="octagon" size={1} /> {field.error}
        </div>
      )}
    </div>
  );
}
