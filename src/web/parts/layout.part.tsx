// How things stand to each other: one space scale, one kind of card.
import type { ReactElement, ReactNode } from 'react';
import { classNames } from './class-names.ts';
import styles from './layout.module.css';

type Gap = 0 | 1 | 2 | 3 | 4 | 5;
interface Placed {
  readonly gap?: Gap;
  readonly children: ReactNode;
}

/** Under each other. */
export const Stack = ({ gap = 3, children }: Placed): ReactElement => (
  <div className={classNames(styles['stack'], styles[`gap${gap}`])}>{children}</div>
);

/** Beside each other; what has no room goes to the next line. */
export function Row({
  gap = 2,
  align = 'center',
  spread = false,
  wrap = true,
  children,
}: Placed & {
  readonly align?: 'start' | 'center' | 'end' | 'baseline';
  readonly spread?: boolean;
  readonly wrap?: boolean;
}): ReactElement {
  return (
    <div
      className={classNames(
        styles['row'],
        styles[`gap${gap}`],
        styles[align],
        spread && styles['spread'],
        !wrap && styles['straight'],
      )}
    >
      {children}
    </div>
  );
}

/** As many columns as there is room for, each at least `least` wide (`18rem`). */
export const Grid = ({ gap = 3, least = '18rem', children }: Placed & { readonly least?: string }): ReactElement => (
  <div
    className={classNames(styles['grid'], styles[`gap${gap}`])}
    style={{ gridTemplateColumns: `repeat(auto-fill, minmax(min(${least}, 100%), 1fr))` }}
  >
    {children}
  </div>
);

/** A part of a screen under a heading of its own. `level`: of the heading; 2 stands under the screen's. */
export function Card({
  title,
  actions,
  level = 2,
  flush = false,
  children,
  id,
}: {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly level?: 2 | 3;
  readonly flush?: boolean;
  readonly children: ReactNode;
  readonly id?: string;
}): ReactElement {
  const Heading = level === 2 ? 'h2' : 'h3';
  return (
    <section className={styles['card']} id={id}>
      {(title !== undefined || actions !== undefined) && (
        <div className={styles['cardHead']}>
          {title !== undefined && <Heading className={styles['cardTitle']}>{title}</Heading>}
          {actions !== undefined && <div className={styles['cardActions']}>{actions}</div>}
        </div>
      )}
      <div className={flush ? undefined : styles['cardBody']}>{children}</div>
    </section>
  );
}

/** A screen's content under its title: the title takes the focus when one comes here. */
export function Page({
  title,
  actions,
  wide = false,
  children,
}: {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly wide?: boolean;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div className={classNames(styles['page'], wide && styles['wide'])}>
      <div className={styles['pageHead']}>
        <h1 tabIndex={-1} data-page-title="">
          {title}
        </h1>
        {actions !== undefined && <div className={styles['cardActions']}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

/** Read by screen readers, not seen. */
export const Unseen = ({ children }: { readonly children: ReactNode }): ReactElement => (
  <span className={styles['unseen']}>{children}</span>
);

export interface Definition {
  readonly term: ReactNode;
  readonly is: ReactNode;
  readonly key: string;
}
export const DefinitionList = ({
  items,
  dense = false,
}: {
  readonly items: readonly Definition[];
  readonly dense?: boolean;
}): ReactElement => (
  <dl className={classNames(styles['definitions'], dense && styles['dense'])}>
    {items.map((item) => (
      <div key={item.key} className={styles['definition']}>
        <dt>{item.term}</dt>
        <dd>{item.is}</dd>
      </div>
    ))}
  </dl>
);

/** A key as it is pressed: `g v` is two keys after each other. */
export const KeyHint = ({ keys }: { readonly keys: string }): ReactElement => (
  <span className={styles['keys']} dir="ltr">
    {keys.split(' ').map((key, n) => (
      <kbd key={`${n} ${key}`}>{key}</kbd>
    ))}
  </span>
);
