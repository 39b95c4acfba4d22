// The patient banner: NHS Common User Interface, Patient Banner (PAB-0009 to PAB-0076), on every page of a chart.
//
//   CH14  It stands at the top of every page of the chart, is never covered, and says at least two identifiers first (PAB-0009, DT30).
//   CH15  Order of zone 1: name, born and age, gender, number; no colons, labels lighter than values (PAB-0046 to PAB-0053).
//   CH16  Whoever may not see allergies is shown no section of them (PAB-0008).
import { useMemo, useState, type ReactElement, type ReactNode } from 'react';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { alertsOf, type Alert } from '../../../core/care/banner/alerts.ts';
import { allergySection, type AllergyLine, type AllergySection } from '../../../core/care/banner/allergy-section.ts';
import { copyAge } from '../../../core/care/banner/copy-age.ts';
import { currentPlace } from '../../../core/care/banner/current-place.ts';
import { identityLines, type IdentityLines } from '../../../core/care/banner/identity-lines.ts';
import { resuscitationOf, type Resuscitation } from '../../../core/care/banner/resuscitation.ts';
import { Icon } from '../../parts/icon.part.tsx';
import { classNames } from '../../parts/class-names.ts';
import { useAgo } from '../../texts/ago.ts';
import { ageText } from '../../texts/clinical-age.ts';
import { formatDate, formatDateTime, formatMoment } from '../../texts/clinical-dates.ts';
import { formatIdentifier } from '../../texts/clinical-names.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useStatus } from '../frame/use-device.ts';
import { BannerDetails } from './banner-details.part.tsx';
import { bannerTexts } from './banner-texts.ts';
import { caveatWords, type BannerWords } from './banner-words.ts';
import styles from './banner.module.css';
import { useNamesAlike } from './use-names-alike.ts';
import { usePatientChart } from './use-patient-chart.ts';

const SHOWN_ALLERGIES = 4;

export function Banner(): ReactElement {
  const t = useTexts(bannerTexts);
  const { patientId, chart, all, asOf, now, stay, whole, mayRead } = usePatientChart();
  const alike = useNamesAlike(patientId);
  const status = useStatus();
  const [isOpen, setOpen] = useState(false);
  const age = copyAge(asOf, now, status.place);
  const who = identityLines(chart.patient?.resource ?? NOBODY, chart.patient?.conflict === true);
  const allergies = allergySection(all, {
    held: chart.held,
    isStale: age.isStale,
    ...(asOf === undefined ? {} : { asOf }),
  });
  const alerts = alertsOf(all, now).filter(({ kind }) => kind !== 'resuscitation');
  const resuscitation = useMemo(() => resuscitationOf(all), [all]);
  const place = stay === undefined ? undefined : currentPlace(stay);
  return (
    <header
      className={classNames(styles['banner'], who.died !== undefined && styles['deceased'])}
      aria-label={t('patient')}
      data-part="patient-banner"
    >
      <div className={styles['zone1']}>
        <Identity who={who} now={now} t={t} />
        <button
          type="button"
          className={styles['more']}
          aria-expanded={isOpen}
          aria-controls="banner-details"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? 'up' : 'down'} />
          {t(isOpen ? 'hideDetails' : 'details')}
        </button>
      </div>
      <div className={styles['zone2']}>
        {mayRead('AllergyIntolerance') && <Allergies section={allergies} now={now} t={t} all={isOpen} />}
        {mayRead('Consent') && <CodeStatus status={resuscitation} whole={whole && !age.isStale} t={t} all={isOpen} />}
        {alike.length > 0 && (
          <Item label={t('alike')} icon="users" tone="warn">
            <bdi>{alike.join('; ')}</bdi>
          </Item>
        )}
        {alerts.map((alert) => (
          <AlertItem key={alert.name} alert={alert} t={t} />
        ))}
        <Item label={t('bed')} icon="bed" isCalm={!isOpen && place?.isUncertain !== true}>
          {place === undefined ? t(whole ? 'noStay' : 'noStayHere') : place.words}
          {place?.isUncertain === true && <Mark tone="danger">{t('placeUncertain')}</Mark>}
        </Item>
        <DataAge t={t} />
      </div>
      <div id="banner-details" hidden={!isOpen}>
        {isOpen && <BannerDetails patient={chart.patient?.resource ?? NOBODY} t={t} />}
      </div>
    </header>
  );
}
const NOBODY: ResourceJson = { resourceType: 'Patient' };

function Identity({
  who,
  now,
  t,
}: {
  readonly who: IdentityLines;
  readonly now: number;
  readonly t: BannerWords;
}): ReactElement {
  const { name, numbers, birthDate, died } = who;
  const born = who.birthTime ?? birthDate;
  const number = numbers[0];
  return (
    <>
      <p className={styles['name']}>
        <bdi>
          <span className={styles['family']}>{name.family === '' ? t('nameNotKnown') : name.family}</span>
          {name.given === '' ? '' : `, ${name.given}`}
          {name.title === '' ? '' : ` (${name.title})`}
        </bdi>
        {who.native !== undefined && (
          <span className={styles['beside']}>
            {t('writtenAs')} <bdi>{who.native}</bdi>
          </span>
        )}
        {who.preferred !== undefined && (
          <span className={styles['beside']}>
            {t('preferred')} <bdi>{who.preferred}</bdi>
          </span>
        )}
      </p>
      <Value label={t('born')}>
        {birthDate === undefined ? (
          t('bornNotKnown')
        ) : (
          <bdi dir="ltr">
            {formatDate(birthDate)}
            {born !== undefined && died === undefined ? ` (${ageText(born, now)})` : ''}
          </bdi>
        )}
      </Value>
      {died !== undefined && <Death who={who} t={t} />}
      <Value label={t('gender')}>{t(who.gender === 'not-recorded' ? 'notRecorded' : who.gender)}</Value>
      {number === undefined ? (
        <Value label={t('number')}>{t('noNumber')}</Value>
      ) : (
        <Value label={t(number.kind === 'other' ? 'number' : number.kind)}>
          <bdi className={styles['number']}>{formatIdentifier(number.text)}</bdi>
        </Value>
      )}
      {who.isUnknown && <Mark tone="warn">{t('identityUnknown')}</Mark>}
      {who.isDisputed && <Mark tone="danger">{t('identityDisputed')}</Mark>}
    </>
  );
}

/** PAB-0055 to PAB-0060: told by words, colour and pattern. */
function Death({ who, t }: { readonly who: IdentityLines; readonly t: BannerWords }): ReactElement {
  const { died } = who;
  if (died === undefined || died === true) return <Value label={t('diedNoDate')}>{''}</Value>;
  const born = who.birthTime ?? who.birthDate;
  return (
    <>
      <Value label={t('died')}>
        <bdi dir="ltr">{formatDateTime(died)}</bdi>
      </Value>
      {born !== undefined && (
        <Value label={t('ageAtDeath')}>
          <bdi dir="ltr">{ageText(born, Date.parse(died))}</bdi>
        </Value>
      )}
    </>
  );
}

const TITLE_ICON = {
  known: 'allergy',
  'none-known': 'check-circle',
  'not-recorded': 'question',
  unavailable: 'offline',
} as const;

function Allergies(props: {
  readonly section: AllergySection;
  readonly now: number;
  readonly t: BannerWords;
  readonly all: boolean;
}): ReactElement {
  const { section, now, t, all } = props;
  const shown = all ? section.lines : section.lines.slice(0, SHOWN_ALLERGIES);
  const more = section.lines.length - shown.length;
  return (
    <section
      className={classNames(styles['allergies'], styles[`title-${section.title}`])}
      aria-labelledby="banner-allergies"
    >
      <strong id="banner-allergies" className={styles['title']}>
        <Icon name={TITLE_ICON[section.title]} />
        {t(section.title)}
      </strong>
      {shown.length > 0 && (
        <ul className={styles['lines']}>
          {shown.map((line) => (
            <li key={line.name}>
              <AllergyWords line={line} t={t} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 && <strong>{t('more', { count: more })}</strong>}
      {section.partDenials.map((words) => (
        <span key={words}>{words}</span>
      ))}
      {section.caveat !== undefined && <em className={styles['caveat']}>{caveatWords(section, now, t)}</em>}
    </section>
  );
}

function AllergyWords({ line, t }: { readonly line: AllergyLine; readonly t: BannerWords }): ReactElement {
  const about = [
    line.reactions.join(', '),
    line.criticality === 'high' ? t('highRisk') : '',
    line.isIntolerance ? t('intolerance') : '',
    line.isUnverified ? t('unverified') : '',
    line.isDisputed ? t('disputed') : '',
  ].filter((each) => each !== '');
  return (
    <>
      <strong>{line.substance}</strong>
      {about.length > 0 && ` – ${about.join(', ')}`}
    </>
  );
}

function CodeStatus(props: {
  readonly status: Resuscitation;
  readonly whole: boolean;
  readonly t: BannerWords;
  readonly all: boolean;
}): ReactElement {
  const { status, whole, t, all } = props;
  const label = t('resuscitation');
  if (status.kind === 'not-recorded') {
    return (
      <Item label={label} icon="heart" isCalm={!all}>
        {t(whole ? 'noDecision' : 'noDecisionHere')}
      </Item>
    );
  }
  const words = status.kind === 'disputed' ? t('resuscitationDisputed') : (status.entries[0]?.words ?? '');
  return (
    <Item label={label} icon="heart" tone={status.kind === 'attempt' ? undefined : 'danger'}>
      <strong>{words}</strong>
      {(status.kind === 'disputed' || all) &&
        status.entries.map((entry) => (
          <span key={entry.name} className={styles['entry']}>
            {[entry.words, entry.date === '' ? '' : formatDateTime(entry.date), entry.by].filter(Boolean).join(', ')}
          </span>
        ))}
    </Item>
  );
}

function AlertItem({ alert, t }: { readonly alert: Alert; readonly t: BannerWords }): ReactElement {
  const label = t(
    alert.kind === 'isolation' ? 'isolation' : alert.kind === 'break-glass' ? 'emergencyAccess' : 'alerts',
  );
  const icon = alert.kind === 'isolation' ? 'isolation' : alert.kind === 'break-glass' ? 'unlock' : 'flag';
  return (
    <Item label={label} icon={icon} tone="warn">
      {alert.words}
      {alert.isDisputed && <Mark tone="danger">{t('disputed')}</Mark>}
    </Item>
  );
}

/** DT6: as of when, and what that means. */
function DataAge({ t }: { readonly t: BannerWords }): ReactElement {
  const { asOf, now, chart } = usePatientChart();
  const status = useStatus();
  const { lasting } = useAgo();
  const age = copyAge(asOf, now, status.place);
  return (
    <p className={styles['age']} data-part="data-as-of">
      <Icon name="clock" />
      {asOf === undefined ? t('asOfNever') : t('asOf', { time: formatMoment(asOf, now) })}
      {age.isStale && asOf !== undefined && ` (${t('age', { age: lasting(now - asOf) })})`}
      {status.downtime && <Mark tone="danger">{t('downtime')}</Mark>}
      {age.isOffline && <Mark tone="warn">{t('offline')}</Mark>}
      {age.isStale && <Mark tone="warn">{t('stale')}</Mark>}
      {chart.held !== 'whole' && !chart.beyondReach && <Mark tone="warn">{t('partCopy')}</Mark>}
    </p>
  );
}

function Value({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactElement {
  return (
    <p className={styles['value']}>
      <span className={styles['label']}>{label}</span> {children}
    </p>
  );
}
function Item(props: {
  readonly label: string;
  readonly icon: string;
  readonly tone?: 'warn' | 'danger' | undefined;
  /** On a narrow screen it stands under the details alone. */
  readonly isCalm?: boolean;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <p
      className={classNames(
        styles['item'],
        props.tone !== undefined && styles[props.tone],
        props.isCalm === true && styles['calm'],
      )}
    >
      <Icon name={props.icon} />
      <span className={styles['label']}>{props.label}</span>
      <span>{props.children}</span>
    </p>
  );
}
function Mark({ tone, children }: { readonly tone: 'warn' | 'danger'; readonly children: ReactNode }): ReactElement {
  return (
    <span className={classNames(styles['mark'], styles[tone])}>
      <Icon name={tone === 'warn' ? 'triangle' : 'octagon'} size={1} />
      {children}
    </span>
  );
}
