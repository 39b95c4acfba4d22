// Buttons. A busy button keeps its place and its focus, and does nothing: a second click writes nothing twice.
import type { ButtonHTMLAttributes, ReactElement, ReactNode, Ref } from 'react';
import { classNames } from './class-names.ts';
import { Icon, type IconName } from './icon.part.tsx';
import styles from './button.module.css';

type Native = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type' | 'className' | 'style'>;
type Look = 'plain' | 'primary' | 'danger' | 'quiet';

export interface ButtonProps extends Native {
  readonly look?: Look;
  readonly size?: 'small' | 'normal' | 'large';
  readonly icon?: IconName;
  /** It is at work: told to screen readers, and clicks do nothing. */
  readonly busy?: boolean;
  readonly wide?: boolean;
  readonly type?: 'button' | 'submit';
  readonly children: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({
  look = 'plain',
  size = 'normal',
  icon,
  busy = false,
  wide = false,
  type = 'button',
  children,
  onClick,
  ...native
}: ButtonProps): ReactElement {
  return (
    <button
      {...native}
      type={busy ? 'button' : type}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? undefined : onClick}
      className={classNames(
        styles['button'],
        styles[look],
        styles[size],
        wide && styles['wide'],
        busy && styles['busy'],
      )}
    >
      {icon !== undefined && <Icon name={icon} />}
      <span>{children}</span>
      {busy && <span className={styles['turning']} aria-hidden="true" />}
    </button>
  );
}

export interface IconButtonProps extends Native {
  readonly icon: IconName;
  /** Read by screen readers, shown as a tooltip. */
  readonly label: string;
  readonly look?: Look;
  readonly size?: 'small' | 'normal' | 'large';
  readonly ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, look = 'quiet', size = 'normal', ...native }: IconButtonProps): ReactElement {
  return (
    <button
      {...native}
      type="button"
      aria-label={label}
      title={label}
      className={classNames(styles['button'], styles['iconOnly'], styles[look], styles[size])}
    >
      <Icon name={icon} />
    </button>
  );
}
