// One difference: what stood before, what each entry says, and which of them is to stand, or something written anew.
import { useId, type ReactElement, type ReactNode } from 'react';
import type { JsonValue } from '../../../core/base/json-types.ts';
import type { ConflictShown } from '../../device/device.ts';
import { classNames } from '../../parts/class-names.ts';
import { Icon } from '../../parts/icon.part.tsx';
import { TextField } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { Lines } from '../chart/version-panel.part.tsx';
import { startOf, type DifferingField } from './compare-sides.ts';
import styles from './conflicts.module.css';
import type { Picked } from './decide.ts';
import { SeverityTag } from './conflicts.screen.tsx';
import { conflictTexts } from './texts.ts';
import { leavesOf } from './type-anew.ts';
import { valueLines } from './value-lines.ts';
import { useElementName } from './use-element-name.ts';

export function FieldDecision(props: {
  readonly conflict: ConflictShown;
  readonly field: DifferingField;
  /** Each difference is decided by itself: else this only shows. */
  readonly isAsked: boolean;
  readonly picked: Picked | undefined;
  readonly onPick: (picked: Picked) => void;
  readonly error: string | undefined;
}): ReactElement {
  const { conflict, field, isAsked, picked, onPick, error } = props;
  const t = useTexts(conflictTexts);
  const name = useId();
  const elementName = useElementName();
  const says = (value: JsonValue | undefined): ReactNode =>
    value === undefined ? <em>{t('noValue')}</em> : <Lines of={valueLines(value)} />;
  const option = (
    key: string,
    title: ReactNode,
    value: ReactNode,
    isPicked: boolean,
    pick: Picked,
    first = false,
  ): ReactElement => (
    <label key={key} className={isAsked ? styles['option'] : undefined}>
      {isAsked && (
        <input
          type="radio"
          id={first ? `field-${field.element}` : undefined}
          name={name}
          checked={isPicked}
          onChange={() => onPick(pick)}
        />
      )}
      <span>
        <span className={styles['who']}>{title}</span>
        <br />
        {value}
      </span>
    </label>
  );
  return (
    <fieldset
      className={classNames(
        styles['field'],
        field.severity === 'S1' && styles['s1'],
        field.severity === 'S2' && styles['s2'],
      )}
      aria-describedby={error === undefined ? undefined : `${name}-error`}
    >
      <legend>
        {elementName(field.element)} {field.severity !== undefined && <SeverityTag severity={field.severity} />}
      </legend>
      <div className={styles['options']}>
        {conflict.sides.map((side, n) =>
          option(
            side.hash,
            `${t('side', { n: n + 1 })}${conflict.base === undefined || side.text === '' ? '' : ` – ${t(field.changed[n] === true ? 'changed' : 'unchanged')}`}`,
            side.text === '' ? <em>{t('deletedIt')}</em> : says(field.values[n]),
            picked?.from === 'side' && picked.side === n,
            { from: 'side', side: n },
            n === 0,
          ),
        )}
        {conflict.base !== undefined &&
          option('base', t('before'), says(field.base), picked?.from === 'base', { from: 'base' })}
        {isAsked && option('anew', t('anew'), null, picked?.from === 'anew', { from: 'anew', typed: {} })}
        {isAsked && picked?.from === 'anew' && (
          <div className={styles['anew']}>
            {leavesOf(startOf(conflict, field.element)).map((leaf) => (
              <TextField
                key={leaf.path}
                label={leaf.path === field.element ? elementName(leaf.path) : leaf.path}
                value={picked.typed[leaf.path] ?? leaf.text}
                onChange={(text) => onPick({ from: 'anew', typed: { ...picked.typed, [leaf.path]: text } })}
              />
            ))}
          </div>
        )}
      </div>
      {error !== undefined && (
        <strong id={`${name}-error`}>
          <Icon name="octagon" size={1} /> {error}
        </strong>
      )}
    </fieldset>
  );
}
