// The frame of a chart: banner, last vital signs, the pages, and between them the page that is asked for.
import { useLayoutEffect, useMemo, useRef, type ReactElement } from 'react';
import { generatePath, NavLink, Outlet, useLocation, useNavigate, useParams } from 'react-router';
import { currentStay } from '../../../core/care/banner/current-place.ts';
import { copyAge } from '../../../core/care/banner/copy-age.ts';
import { rightOf, type Action } from '../../../core/access/roles.ts';
import type { Chart, Status } from '../../device/device.ts';
import { Icon } from '../../parts/icon.part.tsx';
import { KeyHint } from '../../parts/layout.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { Screen } from '../frame/screen.ts';
import { useShortcut } from '../frame/shortcuts.ts';
import { useChart, useStatus } from '../frame/use-device.ts';
import { bannerTexts } from './banner-texts.ts';
import { Banner } from './banner.part.tsx';
import { BreakGlassPanel } from './break-glass.part.tsx';
import styles from './chart-frame.module.css';
import { useNow } from './use-now.ts';
import { VitalStrip } from './vital-strip.part.tsx';
import { PatientChartContext, usePatientChart, type PatientChart } from './use-patient-chart.ts';

/** The element of the route `patient/:patient`; its pages stand in the outlet. `screens`: all of the client. */
export function ChartFrame({ screens }: { readonly screens: readonly Screen[] }): ReactElement {
  const { patient = '' } = useParams();
  // Nothing of one patient is ever left on the screen of another: state ends with the key.
  return <FrameOf key={patient} patient={patient} screens={screens} />;
}

function FrameOf({
  patient,
  screens,
}: {
  readonly patient: string;
  readonly screens: readonly Screen[];
}): ReactElement {
  const t = useTexts(bannerTexts);
  const chart = useChart(patient);
  const found = usePatientChartOf(patient, chart);
  const place = useRef<HTMLDivElement>(null);
  useBannerPlace(place, found !== undefined);
  if (found === undefined) {
    return (
      <p role="status" className={styles['loading']}>
        {t('loading')}
      </p>
    );
  }
  return (
    <PatientChartContext value={found}>
      <div className={styles['frame']} ref={place}>
        <Banner />
        {!found.chart.beyondReach && <VitalStrip />}
        <div className={styles['below']}>
          <ChartPages patient={patient} screens={screens} />
          <div className={styles['page']}>
            <Page />
          </div>
        </div>
      </div>
    </PatientChartContext>
  );
}

function Page(): ReactElement {
  const t = useTexts(bannerTexts);
  const { chart, patientId } = usePatientChart();
  const { pathname } = useLocation();
  if (chart.beyondReach) {
    return (
      <>
        <BreakGlassPanel patient={patientId} />
        {pathname.endsWith('/allergies') && <Outlet />}
      </>
    );
  }
  return (
    <>
      {chart.held === 'unknown' && (
        <div role="alert" className={styles['notice']}>
          <Icon name="offline" />
          <div>
            <strong>{t('noCopy')}</strong>
            <p>{t('noCopyWhat')}</p>
          </div>
        </div>
      )}
      {chart.held === 'filling' && (
        <p role="status" className={styles['notice']}>
          <Icon name="sync" />
          {t('filling')}
        </p>
      )}
      <Outlet />
    </>
  );
}

function ChartPages({
  patient,
  screens,
}: {
  readonly patient: string;
  readonly screens: readonly Screen[];
}): ReactElement {
  const t = useTexts(bannerTexts);
  const pages = screens
    .filter(({ nav }) => nav?.where === 'chart')
    .toSorted((a, b) => (a.nav?.order ?? 0) - (b.nav?.order ?? 0));
  return (
    <nav className={styles['pages']} aria-label={t('chartPages')}>
      <ul>
        {pages.map((screen) => (
          <li key={screen.path}>
            <PageLink screen={screen} patient={patient} />
          </li>
        ))}
      </ul>
    </nav>
  );
}
function PageLink({ screen, patient }: { readonly screen: Screen; readonly patient: string }): ReactElement {
  const label = usePageLabel(screen);
  const to = generatePath(`/${screen.path}`, { patient });
  const key = screen.nav?.key;
  const navigate = useNavigate();
  useShortcut(key === undefined ? `g ${screen.path} -` : `g ${key}`, label, () => void navigate(to));
  return (
    <NavLink to={to} end={screen.path === 'patient/:patient'} className={styles['link'] ?? ''}>
      <Icon name={screen.nav?.icon ?? 'dot'} />
      <span>{label}</span>
      {key !== undefined && (
        <span className={styles['key']}>
          <KeyHint keys={`g ${key}`} />
        </span>
      )}
    </NavLink>
  );
}
/** A link is of one screen as long as it stands: the screen's hook is called in the same place every time. */
function usePageLabel(screen: Screen): string {
  const useOwn = screen.nav?.useLabel ?? useNoLabel;
  return useOwn();
}
const useNoLabel = (): string => '';

/**
 * The banner stands under the bars of the ward frame, which stay at the top and are as high as their words: measured, and told to the
 * styles, with the height of the banner itself.
 */
function useBannerPlace(frame: { readonly current: HTMLElement | null }, isDrawn: boolean): void {
  useLayoutEffect(() => {
    const here = frame.current;
    const banner = here?.querySelector<HTMLElement>('[data-part=patient-banner]');
    if (here === null || banner === null || banner === undefined) return undefined;
    const bars = here.closest('main')?.parentElement?.previousElementSibling ?? undefined;
    const measure = (): void => {
      here.style.setProperty('--hf-chart-top', `${bars?.getBoundingClientRect().height ?? 0}px`);
      here.style.setProperty('--hf-banner', `${banner.getBoundingClientRect().height}px`);
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(banner);
    if (bars !== undefined) watch.observe(bars);
    return () => watch.disconnect();
  }, [frame, isDrawn]);
}

function usePatientChartOf(patientId: string, chart: Chart | undefined): PatientChart | undefined {
  const status = useStatus();
  const now = useNow();
  return useMemo(() => {
    if (chart === undefined) return undefined;
    return patientChart(patientId, chart, status, now);
  }, [patientId, chart, status, now]);
}

/** Everything that the pages ask of a chart, as of `now`. */
export function patientChart(patientId: string, chart: Chart, status: Status, now: number): PatientChart {
  const { all } = chart;
  const stay = currentStay(all);
  const principal = status.session.kind === 'open' ? status.session.principal : undefined;
  const duties = principal?.duties ?? [];
  const may = (type: string, actions: readonly Action[]): boolean =>
    duties.some(({ role }) => actions.some((action) => rightOf(role, type, action) !== undefined));
  return {
    patientId,
    subject: `Patient/${patientId}`,
    chart,
    all,
    resources: all.map(({ resource }) => resource),
    ofType: (type) => all.filter(({ key }) => key.type === type),
    ...(stay === undefined ? {} : { stay }),
    now,
    ...(chart.asOf === undefined ? {} : { asOf: chart.asOf }),
    stale: copyAge(chart.asOf, now, status.place).isStale,
    whole: chart.held === 'whole' && !chart.beyondReach,
    ...(principal === undefined ? {} : { me: { who: principal.who, name: principal.name } }),
    mayRead: (type) => may(type, ['read']),
    mayWrite: (type) => may(type, ['create', 'update']),
  };
}
