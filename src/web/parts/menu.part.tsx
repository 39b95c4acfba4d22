// A menu of actions behind one button, and a tooltip. What a tooltip says is never needed: touch has none.
import { Menu as Box, Tooltip as Tip } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Icon, type IconName } from './icon.part.tsx';
import styles from './menu.module.css';

export interface MenuItem {
  readonly key: string;
  readonly label: string;
  readonly onChoose: () => void;
  readonly icon?: IconName;
  readonly danger?: boolean;
  readonly disabled?: boolean;
}
/** `button`: one Button or IconButton; it opens the menu. */
export function Menu({
  button,
  items,
  label,
}: {
  readonly button: ReactElement;
  readonly items: readonly MenuItem[];
  readonly label?: string;
}): ReactElement {
  return (
    <Box transitionProps={{ duration: 0 }} position="bottom-end" withInitialFocusPlaceholder={false}>
      <Box.Target>{button}</Box.Target>
      <Box.Dropdown className={styles['menu']} aria-label={label}>
        {items.map((item) => (
          <Box.Item
            key={item.key}
            className={classNames(styles['item'], item.danger === true && styles['danger'])}
            disabled={item.disabled ?? false}
            onClick={item.onChoose}
            leftSection={item.icon === undefined ? undefined : <Icon name={item.icon} />}
          >
            {item.label}
          </Box.Item>
        ))}
      </Box.Dropdown>
    </Box>
  );
}

export function Tooltip({
  text,
  children,
}: {
  readonly text: ReactNode;
  readonly children: ReactElement;
}): ReactElement {
  return (
    <Tip
      label={text}
      className={styles['tip'] ?? ''}
      transitionProps={{ duration: 0 }}
      openDelay={300}
      events={{ hover: true, focus: true, touch: false }}
    >
      {children}
    </Tip>
  );
}
