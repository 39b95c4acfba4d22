// The summary: what matters now, each thing with its age and the way to its page. Printed, it says as of when, for whom, and page of pages.
import { useCallback, useMemo, type ReactElement, type ReactNode } from 'react';
import { Link } from 'react-router';
import { alertsOf } from '../../../core/care/banner/alerts.ts';
import { allergyLine, allergySection } from '../../../core/care/banner/allergy-section.ts';
import { liveDenials, standingAllergies } from '../../../core/care/banner/write-allergy.ts';
import { medicationLines } from '../../../core/care/medication/medication-lines.ts';
import { noteLines } from '../../../core/care/notes/note-lines.ts';
import { carers, planLines, taskLines } from '../../../core/care/summary/care-lines.ts';
import { newResults } from '../../../core/care/summary/new-results.ts';
import { problemLines } from '../../../core/care/summary/problem-lines.ts';
import { Button } from '../../parts/button.part.tsx';
import { Card, Page } from '../../parts/layout.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { useAgo } from '../../texts/ago.ts';
import { formatDate, formatDateTime, formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { MedicationLineText } from '../medication/medication-line.part.tsx';
import { noteFacts } from '../notes/note-facts.ts';
import { bannerTexts } from './banner-texts.ts';
import { caveatWords } from './banner-words.ts';
import { NothingHere } from './outcome.part.tsx';
import { pageTexts } from './page-texts.ts';
import styles from './pages.module.css';
import { usePatientChart } from './use-patient-chart.ts';
import { Who } from './who.part.tsx';
import { writeTexts } from './write-texts.ts';

const HOURS_48 = 48 * 3_600_000;
const NOTES_SHOWN = 4;
const RESULTS_SHOWN = 8;

export function SummaryScreen(): ReactElement {
  const t = useTexts(pageTexts);
  const b = useTexts(bannerTexts);
  const device = useDevice();
  const { patientId, asOf, now, mayRead } = usePatientChart();
  const print = useCallback(async () => {
    await device.printed([patientId], 'summary');
    window.print();
  }, [device, patientId]);
  return (
    <Page
      title={t('summary')}
      wide
      actions={
        <span className={styles['noPrint']}>
          <Button icon="print" onClick={() => void print()}>
            {t('print')}
          </Button>
        </span>
      }
    >
      {/* In print the head of a table stands on every page: each says whose it is and as of when (DT30). */}
      <table role="presentation" className={styles['sheet']}>
        <thead aria-hidden="true">
          <tr>
            <td className={styles['printHead']}>
              <Who /> – {t('printed', { time: formatDateTime(now) })}
              <br />
              {asOf === undefined ? b('asOfNever') : t('asOfPrint', { time: formatDateTime(asOf) })}
            </td>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>
              <div className={styles['cards']}>
                {mayRead('Condition') && <Problems />}
                {mayRead('AllergyIntolerance') && <Allergies />}
                {mayRead('MedicationRequest') && <Medication />}
                {mayRead('DiagnosticReport') && <Results />}
                {mayRead('Task') && <Tasks />}
                {mayRead('Flag') && <Alerts />}
                {mayRead('Composition') && <Notes />}
                {mayRead('CarePlan') && <Plan />}
                {mayRead('CareTeam') && <Team />}
              </div>
            </td>
          </tr>
        </tbody>
      </table>
    </Page>
  );
}

/** A part of the summary: its lines, or what an empty one says; and the way to its page. */
function Part(props: {
  readonly title: string;
  readonly to?: string;
  readonly empty: string;
  readonly more?: ReactNode;
  readonly lines: readonly ReactNode[];
}): ReactElement {
  const t = useTexts(pageTexts);
  const { patientId } = usePatientChart();
  return (
    <Card
      title={props.title}
      actions={
        props.to !== undefined && (
          <Link
            className={styles['noPrint'] ?? ''}
            to={`/patient/${patientId}/${props.to}`}
            aria-label={`${t('all')}: ${props.title}`}
          >
            {t('all')}
          </Link>
        )
      }
    >
      {props.lines.length === 0 ? (
        <NothingHere whole={props.empty} />
      ) : (
        <ul className={styles['rows']}>{props.lines}</ul>
      )}
      {props.more}
    </Card>
  );
}

function Problems(): ReactElement {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  const { all } = usePatientChart();
  const lines = problemLines(all).filter(({ group }) => group === 'active');
  return (
    <Part
      title={t('problems')}
      to="problems"
      empty={t('noProblems')}
      lines={lines.map((line) => (
        <li key={line.name}>
          <strong>{line.words}</strong>{' '}
          {line.since !== '' && <span className={styles['quiet']}>{w('since', { date: formatDate(line.since) })}</span>}{' '}
          {line.isUnconfirmed && <Tag tone="warn">{w('unverified')}</Tag>}
          {line.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}
        </li>
      ))}
    />
  );
}

function Allergies(): ReactElement {
  const b = useTexts(bannerTexts);
  const w = useTexts(writeTexts);
  const { all, chart, asOf, stale, now } = usePatientChart();
  const section = allergySection(all, { held: chart.held, isStale: stale, ...(asOf === undefined ? {} : { asOf }) });
  const standing = standingAllergies(all);
  const shown = standing.length > 0 ? standing : liveDenials(all);
  return (
    <Part
      title={b(section.title)}
      to="allergies"
      empty={b('not-recorded')}
      lines={shown.map((entry) => {
        const line = allergyLine(entry);
        return (
          <li key={line.name}>
            <strong>{line.substance}</strong> {line.reactions.join(', ')}{' '}
            {line.criticality === 'high' && <Tag tone="danger">{b('highRisk')}</Tag>}
            {line.isUnverified && <Tag tone="warn">{b('unverified')}</Tag>}
            {line.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}
          </li>
        );
      })}
      more={section.caveat !== undefined && <strong>{caveatWords(section, now, b)}</strong>}
    />
  );
}

function Medication(): ReactElement {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  const { resources, now, all } = usePatientChart();
  const conflicts = new Set(all.filter((one) => one.conflict).map(({ key }) => `${key.type}/${key.id}`));
  const { current, held } = medicationLines(resources, now, conflicts);
  return (
    <Part
      title={t('medication')}
      to="medication"
      empty={t('noMedication')}
      lines={current.map((line) => (
        <li key={line.from}>
          <MedicationLineText line={line} /> {line.conflict && <Tag tone="danger">{w('disputed')}</Tag>}
        </li>
      ))}
      more={held.length > 0 && <p className={styles['quiet']}>{t('held', { count: held.length })}</p>}
    />
  );
}

function Results(): ReactElement {
  const t = useTexts(pageTexts);
  const { all, now } = usePatientChart();
  const { ago } = useAgo();
  const lines = useMemo(() => newResults(all, now - HOURS_48).slice(0, RESULTS_SHOWN), [all, now]);
  return (
    <Part
      title={`${t('results')} ${t('resultsSince')}`}
      to="results"
      empty={t('noResults')}
      lines={lines.map((line) => (
        <li key={line.name}>
          <strong>{line.words}</strong>{' '}
          <span className={styles['quiet']}>
            {formatMoment(line.issued, now)} ({ago(Date.parse(line.issued), now)})
          </span>{' '}
          {line.critical > 0 && (
            <Tag tone="danger" strong>
              {line.critical} {t('critical')}
            </Tag>
          )}
          {line.abnormal > 0 && <Tag tone="warn">{t('abnormal', { count: line.abnormal })}</Tag>}
          {line.conclusion !== '' && <p dir="auto">{line.conclusion}</p>}
        </li>
      ))}
    />
  );
}

function Tasks(): ReactElement {
  const t = useTexts(pageTexts);
  const { all, now } = usePatientChart();
  return (
    <Part
      title={t('tasks')}
      to="tasks"
      empty={t('noTasks')}
      lines={taskLines(all, now).map((line) => (
        <li key={line.name}>
          <bdi>{line.words}</bdi> {line.isOverdue && <Tag tone="danger">{t('overdue')}</Tag>}
          <span className={styles['quiet']}>
            {line.due !== '' && <span>{t('due', { time: formatMoment(line.due, now) })}</span>}
            {line.owner !== '' && <span>{t('owner', { name: line.owner })}</span>}
          </span>
        </li>
      ))}
    />
  );
}

function Alerts(): ReactElement {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  const { all, now } = usePatientChart();
  return (
    <Part
      title={t('alerts')}
      to="care"
      empty={t('noAlerts')}
      lines={alertsOf(all, now).map((alert) => (
        <li key={alert.name}>
          <strong>{alert.words}</strong>{' '}
          {alert.since !== '' && (
            <span className={styles['quiet']}>{w('since', { date: formatDate(alert.since) })}</span>
          )}{' '}
          {alert.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}
        </li>
      ))}
    />
  );
}

function Notes(): ReactElement {
  const t = useTexts(pageTexts);
  const { all, now } = usePatientChart();
  const lines = useMemo(() => noteLines(all, noteFacts(all)).filter(({ state }) => state !== 'in-error'), [all]);
  return (
    <Part
      title={t('notes')}
      to="notes"
      empty={t('noNotes')}
      lines={lines.slice(0, NOTES_SHOWN).map((note) => (
        <li key={note.name}>
          <strong>{note.title}</strong>{' '}
          <span className={styles['quiet']}>
            <span>{formatMoment(note.about, now)}</span>
            <span>{note.authors.join(', ')}</span>
          </span>
          <p dir="auto">{note.sections.at(-1)?.lines.join(' ')}</p>
        </li>
      ))}
    />
  );
}

function Plan(): ReactElement {
  const t = useTexts(pageTexts);
  const { all } = usePatientChart();
  return (
    <Part
      title={t('plan')}
      to="care"
      empty={t('noPlan')}
      lines={planLines(all)
        .filter(({ kind }) => kind !== 'plan')
        .map((line, n) => (
          <li key={`${line.name} ${n}`}>
            {line.kind === 'goal' && <strong>{t('goal')} </strong>}
            <bdi>{line.words}</bdi>
          </li>
        ))}
    />
  );
}

function Team(): ReactElement {
  const t = useTexts(pageTexts);
  const { all, stay } = usePatientChart();
  return (
    <Part
      title={t('team')}
      to="care"
      empty={t('noTeam')}
      lines={carers(all, stay).map((carer) => (
        <li key={`${carer.source} ${carer.who} ${carer.role}`}>
          <strong>{carer.name}</strong> <span className={styles['quiet']}>{carer.role}</span>
        </li>
      ))}
    />
  );
}
