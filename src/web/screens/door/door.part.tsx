// What stands in the place of everything while nobody is in: the way in on a browser that was never here, and the lock.
//
//   WU50  A browser that was never here offers one choice: keep this ward here, or work without keeping anything.
//   WU53  Nothing of a patient is in the page while this stands: the screens are not drawn.
import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import type { Updates } from '../../offline/updates.ts';
import { Button } from '../../parts/button.part.tsx';
import { Loading, Notice } from '../../parts/notice.part.tsx';
import { LANGUAGES } from '../../texts/define-texts.ts';
import { chooseLanguage, LANGUAGE_NAMES } from '../../texts/language.ts';
import { useLanguage, useTexts } from '../../texts/use-texts.ts';
import { RESCUE } from '../frame/rescue-address.ts';
import { useStatus } from '../frame/use-device.ts';
import styles from './door.module.css';
import { doorTexts } from './door.texts.ts';
import { FirstUse } from './first-use.part.tsx';
import { useEndAtDoor } from './site-session.ts';
import { Unlock } from './unlock.part.tsx';
import { useDoor, useGateState, useUpdates } from './use-gate.ts';

export function Door(): ReactElement {
  const t = useTexts(doorTexts);
  const { session } = useStatus();
  const site = useSiteName();
  const { state } = useGateState();
  const { updates } = useDoor();
  const { rolledBack, waiting } = useUpdates();
  const isLocked = session.kind === 'locked';
  useSwitchWhenQuiet(updates, waiting);
  useEndAtDoor();
  return (
    <DoorFrame title={isLocked ? t('lockedTitle') : t('signInTitle')} site={site}>
      {rolledBack.length > 0 && <Notice tone="warn">{t('rolledBack')}</Notice>}
      {state?.lost === true && (
        <Notice tone="danger" told="now">
          {t('lost')}
        </Notice>
      )}
      {state === undefined ? (
        <Loading>{t('looking')}</Loading>
      ) : isLocked && session.people.length > 0 ? (
        <Unlock people={session.people} why={session.why} onlyHere={state.onlyHere} />
      ) : (
        <FirstUse />
      )}
    </DoorFrame>
  );
}

const QUIET_MS = 15_000;
const LOOK_MS = 3_000;

/** Another build starts here, where no screen is open: but never under the hands of somebody who is typing their passphrase. */
function useSwitchWhenQuiet(updates: Updates, waiting: boolean): void {
  useEffect(() => {
    let touchedAt = performance.now();
    const touched = (): void => {
      touchedAt = performance.now();
    };
    const isQuiet = (): boolean =>
      performance.now() - touchedAt > QUIET_MS &&
      Array.from(document.querySelectorAll('input'), ({ value }) => value).every((value) => value === '');
    for (const sign of TOUCHES) addEventListener(sign, touched, { capture: true, passive: true });
    const forget = updates.beforeSwitch(async (why) => why === 'person' || isQuiet());
    const timer = setInterval(() => {
      if (waiting && isQuiet()) void updates.switchNow('idle');
    }, LOOK_MS);
    return () => {
      for (const sign of TOUCHES) removeEventListener(sign, touched, { capture: true });
      forget();
      clearInterval(timer);
    };
  }, [updates, waiting]);
}
const TOUCHES = ['keydown', 'input', 'pointerdown', 'pointermove', 'touchstart'] as const;

/** As the device knows it, or as the site says it. */
function useSiteName(): string {
  const { site } = useDoor();
  const { site: known } = useStatus();
  const [said, hear] = useState('');
  useEffect(() => {
    let isGone = false;
    void site.now().then((now) => {
      if (!isGone && now !== undefined) hear(now.site);
    });
    return () => {
      isGone = true;
    };
  }, [site]);
  return known === '' ? said : known;
}

function DoorFrame({
  title,
  site,
  children,
}: {
  readonly title: string;
  readonly site: string;
  readonly children: ReactNode;
}): ReactElement {
  const t = useTexts(doorTexts);
  const language = useLanguage();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Holdfast`;
    heading.current?.focus();
  }, [title]);
  return (
    <div className={styles['door']}>
      <main className={styles['middle']}>
        <p className={styles['name']}>
          {site !== '' && (
            <>
              <bdi>{site}</bdi> ·{' '}
            </>
          )}
          Holdfast
        </p>
        <h1 ref={heading} tabIndex={-1} className={styles['title']}>
          {title}
        </h1>
        {children}
      </main>
      <footer className={styles['foot']}>
        {LANGUAGES.map((each) => (
          <Button
            key={each}
            look="quiet"
            size="small"
            lang={each}
            aria-pressed={each === language}
            onClick={() => chooseLanguage(each)}
          >
            {LANGUAGE_NAMES[each]}
          </Button>
        ))}
        <a href={RESCUE}>{t('rescue')}</a>
      </footer>
    </div>
  );
}
