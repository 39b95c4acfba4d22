// What a screen has to say of itself: a notice, an empty place, something on its way, errors of a form.
import { useEffect, useRef, type ReactElement, type ReactNode } from 'react';
import { useTexts } from '../texts/use-texts.ts';
import { classNames } from './class-names.ts';
import { Icon, type IconName } from './icon.part.tsx';
import { partsTexts } from './parts.texts.ts';
import { TONE_ICON, type Tone } from './tones.ts';
import styles from './message.module.css';

export interface NoticeProps {
  readonly tone?: Tone;
  readonly title?: ReactNode;
  readonly children?: ReactNode;
  readonly icon?: IconName;
  readonly actions?: ReactNode;
  /** It came while the screen stood: `polite` is read when there is time, `now` at once. Absent: it stood there from the beginning. */
  readonly told?: 'polite' | 'now';
}
export function Notice({ tone = 'info', title, children, icon, actions, told }: NoticeProps): ReactElement {
  const role = told === 'now' ? 'alert' : told === 'polite' ? 'status' : undefined;
  return (
    <div className={classNames(styles['notice'], styles[tone])} role={role}>
      <Icon name={icon ?? TONE_ICON[tone]} size={1.4} />
      <div className={styles['said']}>
        {title !== undefined && <div className={styles['title']}>{title}</div>}
        {children !== undefined && <div>{children}</div>}
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </div>
    </div>
  );
}

/** Nothing here: says why, and what can be done. Never says "none" of what may be incomplete. */
export function EmptyState({
  title,
  children,
  icon = 'dot',
  actions,
}: {
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly icon?: IconName;
  readonly actions?: ReactNode;
}): ReactElement {
  return (
    <div className={styles['empty']}>
      <Icon name={icon} size={2} />
      <div className={styles['title']}>{title}</div>
      {children !== undefined && <div className={styles['emptyText']}>{children}</div>}
      {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
    </div>
  );
}

export function Loading({ children }: { readonly children?: ReactNode }): ReactElement {
  const t = useTexts(partsTexts);
  return (
    <div className={styles['loading']} role="status">
      <span className={styles['turning']} aria-hidden="true" />
      <span>{children ?? t('loading')}</span>
    </div>
  );
}

export function Progress({
  label,
  value,
  of,
}: {
  readonly label: string;
  readonly value: number;
  readonly of: number;
}): ReactElement {
  return (
    <div className={styles['progress']}>
      <span>{label}</span>
      <progress aria-label={label} value={value} max={Math.max(of, 1)} />
    </div>
  );
}

export interface FormError {
  /** The id of the field. */
  readonly field: string;
  readonly text: string;
}
/** Takes the focus when it appears or its errors change; each line leads to its field. Draws nothing without errors. */
export function ErrorSummary({
  errors,
  title,
}: {
  readonly errors: readonly FormError[];
  readonly title?: string;
}): ReactElement | null {
  const t = useTexts(partsTexts);
  const box = useRef<HTMLDivElement>(null);
  const said = errors.map((e) => `${e.field} ${e.text}`).join('\n');
  useEffect(() => {
    if (said !== '') box.current?.focus();
  }, [said]);
  if (errors.length === 0) return null;
  return (
    <div ref={box} className={classNames(styles['notice'], styles['danger'])} role="alert" tabIndex={-1}>
      <Icon name="octagon" size={1.4} />
      <div className={styles['said']}>
        <div className={styles['title']}>{title ?? t('errors', { count: errors.length })}</div>
        <ul>
          {errors.map((e) => (
            <li key={`${e.field} ${e.text}`}>
              <a
                href={`#${e.field}`}
                className={styles['toField']}
                onClick={(event) => {
                  event.preventDefault();
                  document.getElementById(e.field)?.focus();
                }}
              >
                {e.text}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
