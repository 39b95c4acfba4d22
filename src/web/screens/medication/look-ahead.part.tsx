// NHS CUI MEDv: what stands below the fold is never silently off-screen. A line at the foot names it.
import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { useTexts } from '../../texts/use-texts.ts';
import styles from './medication.module.css';
import { medicationTexts } from './texts.ts';

/** Children carry `data-name`; those that are below what is seen are named. */
export function LookAhead({ children }: { readonly children: ReactNode }): ReactElement {
  const t = useTexts(medicationTexts);
  const list = useRef<HTMLDivElement>(null);
  const [below, setBelow] = useState<readonly string[]>([]);
  useEffect(() => {
    const place = list.current;
    if (place === null) return undefined;
    const hidden = new Map<Element, string>();
    const told = (): void => {
      const items = [...place.querySelectorAll('[data-name]')];
      setBelow(items.flatMap((item) => hidden.get(item) ?? []));
    };
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const isBelow = !entry.isIntersecting && entry.boundingClientRect.top > 0;
        if (isBelow) hidden.set(entry.target, entry.target.getAttribute('data-name') ?? '');
        else hidden.delete(entry.target);
      }
      told();
    });
    const watch = (): void => {
      for (const item of place.querySelectorAll('[data-name]')) observer.observe(item);
    };
    watch();
    const changes = new MutationObserver(watch);
    changes.observe(place, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      changes.disconnect();
    };
  }, []);
  return (
    <div>
      <div ref={list}>{children}</div>
      {below.length > 0 && (
        <p className={styles['more']} data-part="look-ahead">
          {t('moreBelow', { n: below.length, names: below.join(', ') })}
        </p>
      )}
    </div>
  );
}
