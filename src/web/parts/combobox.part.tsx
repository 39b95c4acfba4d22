// A field that finds one of many while typing. What was typed stays until something is chosen; nothing is chosen by leaving.
import { Combobox as Box, useCombobox } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import type { Choice } from './choice-fields.part.tsx';
import { Field, type FieldProps } from './field.part.tsx';
import styles from './field.module.css';

export interface ComboboxProps<V extends string> extends FieldProps {
  readonly value: V | '';
  readonly onChange: (value: V | '') => void;
  /** All, or what `onSearch` found. */
  readonly choices: readonly Choice<V>[];
  /** What was typed; then `choices` are taken as found, in their order. Without it they are filtered here. */
  readonly onSearch?: (typed: string) => void;
  /** What is typed is a value of its own, where it is none of the choices. */
  readonly onFreeText?: (typed: string) => void;
  /** Said where nothing fits. */
  readonly nothingFound: string;
  readonly placeholder?: string;
  readonly shownMax?: number;
}

/** Windows stand at 400: a list of choices is for what is in them, too. */
const OVER_WINDOWS = 600;

const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

export function Combobox<V extends string>({
  value,
  onChange,
  choices,
  onSearch,
  onFreeText,
  nothingFound,
  placeholder,
  shownMax = 50,
  ...field
}: ComboboxProps<V>): ReactElement {
  const store = useCombobox({ onDropdownClose: () => store.resetSelectedOption() });
  const chosen = choices.find((c) => c.value === value);
  const [typed, type] = useState<string>();
  const text = typed ?? chosen?.label ?? value;
  const words = folded(typed ?? '')
    .split(/\s+/)
    .filter((w) => w !== '');
  const fitting =
    onSearch !== undefined || typed === undefined
      ? choices
      : choices.filter((c) => {
          const where = folded(`${c.label} ${c.hint ?? ''}`);
          return words.every((w) => where.includes(w));
        });
  const choose = (wanted: string): void => {
    const choice = choices.find((c) => c.value === wanted);
    if (choice === undefined) return;
    type(undefined);
    onChange(choice.value);
    store.closeDropdown();
  };
  return (
    <Field field={field}>
      {(control) => (
        <Box store={store} onOptionSubmit={choose} withinPortal zIndex={OVER_WINDOWS} transitionProps={{ duration: 0 }}>
          <Box.Target>
            <input
              {...control}
              type="text"
              className={styles['control']}
              value={text}
              placeholder={placeholder}
              autoComplete="off"
              spellCheck={false}
              readOnly={field.readOnly}
              onFocus={() => store.openDropdown()}
              onClick={() => store.openDropdown()}
              onBlur={() => {
                store.closeDropdown();
                field.onBlur?.();
              }}
              onChange={(event) => {
                const now = event.currentTarget.value;
                type(now);
                if (value !== '') onChange('');
                onSearch?.(now);
                onFreeText?.(now);
                store.openDropdown();
                store.updateSelectedOptionIndex();
              }}
            />
          </Box.Target>
          <Box.Dropdown className={styles['list']} hidden={field.readOnly === true}>
            <Box.Options aria-label={field.label}>
              {fitting.slice(0, shownMax).map((c) => (
                <Box.Option
                  key={c.value}
                  value={c.value}
                  disabled={c.disabled ?? false}
                  active={c.value === value}
                  className={styles['option']}
                >
                  <span>{c.label}</span>
                  {c.hint !== undefined && <span className={styles['optionHint']}>{c.hint}</span>}
                </Box.Option>
              ))}
              {fitting.length === 0 && <Box.Empty className={styles['nothing']}>{nothingFound}</Box.Empty>}
            </Box.Options>
          </Box.Dropdown>
        </Box>
      )}
    </Field>
  );
}
