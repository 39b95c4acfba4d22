// A state in one word: its tone's shape, its word, its colour.
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import { Icon, type IconName } from './icon.part.tsx';
import { TONE_ICON, type Tone } from './tones.ts';
import styles from './message.module.css';

export function Tag({
  tone = 'neutral',
  icon,
  strong = false,
  children,
}: {
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly strong?: boolean;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <span className={classNames(styles['tag'], styles[tone], strong && styles['strong'])}>
      <Icon name={icon ?? TONE_ICON[tone]} size={1} />
      <span>{children}</span>
    </span>
  );
}
