// An icon of our own set. It never stands alone for meaning: with a word beside it it is decoration, else it has a `label`.
import type { ReactElement } from 'react';
import { classNames } from './class-names.ts';
import { ICON_PATHS, isIconName, TURNS_WITH_TEXT, type IconName } from './icon-paths.ts';
import styles from './icon.module.css';

export type { IconName } from './icon-paths.ts';

interface IconProps {
  /** An unknown name is drawn as a dot. */
  readonly name: IconName | (string & {});
  /** In em of the text around it. */
  readonly size?: number;
  /** Where no word stands beside it. */
  readonly label?: string;
}

export function Icon({ name, size = 1.25, label }: IconProps): ReactElement {
  const known = isIconName(name) ? name : 'dot';
  const told = label === undefined ? { 'aria-hidden': true as const } : { role: 'img', 'aria-label': label };
  return (
    <svg
      className={classNames(styles['icon'], TURNS_WITH_TEXT.has(known) && styles['turns'])}
      viewBox="0 0 24 24"
      style={{ inlineSize: `${size}em`, blockSize: `${size}em` }}
      focusable="false"
      {...told}
    >
      {ICON_PATHS[known].map((path) =>
        path.startsWith('!') ? (
          <path key={path} className={styles['full']} d={path.slice(1)} />
        ) : (
          <path key={path} d={path} />
        ),
      )}
    </svg>
  );
}
