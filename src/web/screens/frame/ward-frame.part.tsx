// What stands around every screen: skip link, top bar, the bar of the state, navigation, keys, and the place of the screen itself.
//
//   SR27  Going to another screen puts the focus on its title (or on the content), so that keyboard and screen reader start where the eye does.
//   SR28  In a declared downtime the frame is of another colour and pattern and bears the word across the page (DT7).
//   SR29  While nobody is in, or the device is locked, nothing of the screens is drawn: the door stands in their place.
import { useEffect, useMemo, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { Link, NavLink, Outlet, useLocation, useMatches, useNavigate } from 'react-router';
import { Button, IconButton } from '../../parts/button.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { KeyHint } from '../../parts/layout.part.tsx';
import { Menu } from '../../parts/menu.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { frameTexts } from './frame.texts.ts';
import { HelpDialog } from './help-dialog.part.tsx';
import { usePreferences } from './preferences.ts';
import { useIsWallBoard } from './wall-board.ts';
import type { Screen } from './screen.ts';
import { ShortcutContext, ShortcutDesk, useKeys, useShortcut } from './shortcuts.ts';
import { StateBar } from './state-bar.part.tsx';
import { standOf } from './state-words.ts';
import { useDevice, useStatus } from './use-device.ts';
import styles from './ward-frame.module.css';

interface FrameProps {
  readonly screens: readonly Screen[];
  /** Stands in the place of everything while the session is not open. */
  readonly door: ReactNode;
  readonly beside?: ReactNode;
}

export function WardFrame({ screens, door, beside }: FrameProps): ReactElement {
  const { session } = useStatus();
  const desk = useMemo(() => new ShortcutDesk(), []);
  const { shortcuts } = usePreferences();
  useKeys(desk, shortcuts && session.kind === 'open');
  if (session.kind !== 'open') return <>{door}</>;
  return (
    <ShortcutContext value={desk}>
      <Inside screens={screens} name={session.principal.name} />
      {beside}
    </ShortcutContext>
  );
}

function Inside({ screens, name }: { readonly screens: readonly Screen[]; readonly name: string }): ReactElement {
  const t = useTexts(frameTexts);
  const device = useDevice();
  const status = useStatus();
  const navigate = useNavigate();
  const [isHelpOpen, openHelp] = useState(false);
  const [isMenuOpen, openMenu] = useState(false);
  const main = useRef<HTMLElement>(null);
  useFocusOnArrival(main);
  const here = useScreenHere(screens);
  const inNavigation = useMemo(
    () => screens.filter((s) => s.nav?.where === 'ward').sort((a, b) => (a.nav?.order ?? 0) - (b.nav?.order ?? 0)),
    [screens],
  );
  const canFind = screens.some((s) => s.path === 'find');
  useShortcut('?', t('help'), () => openHelp(true));
  const isBare = useIsWallBoard();
  const links = (
    <ul className={styles['links']}>
      {inNavigation.map((s) => (
        <li key={s.path}>
          <NavigationLink screen={s} onGo={() => openMenu(false)} />
        </li>
      ))}
    </ul>
  );
  return (
    <div
      className={styles['frame']}
      data-downtime={status.downtime || undefined}
      data-watermark={t('watermark')}
      data-stand={standOf(status)}
    >
      <a
        href="#content"
        className={styles['skip']}
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        {t('skip')}
      </a>
      <div className={styles['top']}>
        {!isBare && (
          <header className={styles['bar']}>
            <span className={styles['menuButton']}>
              <IconButton icon="menu" label={t('menu')} aria-expanded={isMenuOpen} onClick={() => openMenu(true)} />
            </span>
            <Link to="/" className={styles['brand']}>
              <span className={styles['mark']} aria-hidden="true" />
              <span className={styles['site']}>{status.site}</span>
            </Link>
            <span className={styles['middle']}>
              {canFind && (
                <Link to="/find" className={styles['find']} aria-label={t('find')}>
                  <Icon name="search" />
                  <span>{t('find')}</span>
                  <KeyHint keys="/" />
                </Link>
              )}
            </span>
            <IconButton icon="help" label={t('help')} onClick={() => openHelp(true)} />
            <Menu
              label={t('person', { name })}
              button={
                <Button look="quiet" icon="user" aria-label={t('person', { name })}>
                  <span className={styles['person']}>{name}</span>
                </Button>
              }
              items={[
                { key: 'lock', label: t('lock'), icon: 'lock', onChoose: () => void device.lock('person') },
                { key: 'settings', label: t('settings'), icon: 'settings', onChoose: () => void navigate('/settings') },
                { key: 'state', label: t('state'), icon: 'state', onChoose: () => void navigate('/state') },
              ]}
            />
          </header>
        )}
        <StateBar />
      </div>
      <div className={styles['below']}>
        {!isBare && (
          <nav className={styles['rail']} aria-label={t('navigation')}>
            {links}
          </nav>
        )}
        <main ref={main} id="content" tabIndex={-1} className={styles['main']}>
          <Outlet />
        </main>
      </div>
      <SidePanel open={isMenuOpen} onClose={() => openMenu(false)} title={t('menu')} size="small">
        <nav aria-label={t('navigation')}>{links}</nav>
      </SidePanel>
      <ScreenTitle key={here?.path} screen={here} />
      {inNavigation.map((s) => (
        <NavigationKey key={s.path} screen={s} />
      ))}
      {canFind && <FindKey />}
      <HelpDialog open={isHelpOpen} onClose={() => openHelp(false)} />
    </div>
  );
}

function NavigationLink({ screen, onGo }: { readonly screen: Screen; readonly onGo: () => void }): ReactElement {
  const label = useLabel(screen);
  return (
    <NavLink to={`/${screen.path}`} end={screen.path === ''} className={styles['link'] ?? ''} onClick={onGo}>
      <Icon name={screen.nav?.icon ?? 'dot'} />
      <span>{label}</span>
      {screen.nav?.key !== undefined && <KeyHint keys={`g ${screen.nav.key}`} />}
    </NavLink>
  );
}

/** `g` and the screen's key go there. */
function NavigationKey({ screen }: { readonly screen: Screen }): null {
  const t = useTexts(frameTexts);
  const label = useLabel(screen);
  const navigate = useNavigate();
  const key = screen.nav?.key;
  useShortcut(
    key === undefined ? `g ${screen.path} -` : `g ${key}`,
    t('goTo', { name: label }),
    () => void navigate(`/${screen.path}`),
  );
  return null;
}
function FindKey(): null {
  const t = useTexts(frameTexts);
  const navigate = useNavigate();
  useShortcut('/', t('find'), () => void navigate('/find'));
  return null;
}

/** A screen is the same one as long as the link stands: its hook is called in the same place every time. */
function useLabel(screen: Screen | undefined): string {
  const useOwn = screen?.nav?.useLabel ?? useNoLabel;
  return useOwn();
}
const useNoLabel = (): string => '';

/** The window's title names the screen, never a patient: it is seen on the task bar and kept in the browser's history. */
function ScreenTitle({ screen }: { readonly screen: Screen | undefined }): null {
  const label = useLabel(screen);
  useEffect(() => {
    document.title = label === '' ? 'Holdfast' : `${label} · Holdfast`;
  }, [label]);
  return null;
}
function useScreenHere(screens: readonly Screen[]): Screen | undefined {
  const { pathname } = useLocation();
  const [, first = '', , page = ''] = pathname.split('/');
  const path = first === 'patient' ? `patient/:patient${page === '' ? '' : `/${page}`}` : first;
  return screens.find((s) => s.path === path);
}

function useFocusOnArrival(main: { readonly current: HTMLElement | null }): void {
  const { pathname } = useLocation();
  const matches = useMatches();
  const last = useRef(pathname);
  const here = matches.at(-1)?.id;
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    window.scrollTo(0, 0);
    // Screens that read first draw their title later: the content has the focus until somebody moves it.
    const title = main.current?.querySelector('h1') ?? undefined;
    if (title !== undefined && !title.hasAttribute('tabindex')) title.tabIndex = -1;
    (title ?? main.current)?.focus({ preventScroll: true });
  }, [pathname, here, main]);
}
