// The chart of doses of one patient: 24 hours around now, custody over it, allergies and weight on it, charting and scanning from it.
import { useMemo, useState, type ReactElement } from 'react';
import { declaredDowntimes, isDowntimeFlag } from '../../../core/care/downtime/declared-downtime.ts';
import { at, textOf } from '../../../core/care/merge/clinical-words.ts';
import { notShownSince } from '../../../core/care/medication/custody-here.ts';
import { entryOf } from '../../../core/care/medication/dose-entry.ts';
import { dayStart } from '../../../core/care/medication/due-times.ts';
import { medicineName, ruleOf } from '../../../core/care/medication/find-medicine.ts';
import {
  marRows,
  PAPER_HOLD_MS,
  type DoseContext,
  type MarCell,
  type MarRow,
} from '../../../core/care/medication/mar-rows.ts';
import { medicationLines } from '../../../core/care/medication/medication-lines.ts';
import { momentOf } from '../../../core/care/medication/patient-facts.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { Button } from '../../parts/button.part.tsx';
import { Row, Stack } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { ScanListener } from '../../parts/scan.part.tsx';
import { formatDateTime, toInputDate } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { NothingHere, PartCopyNote } from '../chart/outcome.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useDevice, useSearch, useStatus } from '../frame/use-device.ts';
import { ContentNote } from '../medication/content-note.part.tsx';
import { SafetyFacts } from '../medication/safety-facts.part.tsx';
import { checkHere, rulesInForce, rulesOf, useContent } from '../medication/use-content.ts';
import { CustodyLine, useCustody } from './custody.part.tsx';
import { DosePanel } from './dose-panel.part.tsx';
import { doseTexts } from './dose-texts.ts';
import { MarGrid } from './mar-grid.part.tsx';
import styles from './mar.module.css';
import { ScanPanel } from './scan-panel.part.tsx';
import { afterScan, NOTHING_SCANNED, type ScanState } from './scan-state.ts';
import { marTexts } from './texts.ts';
import { unorderedTexts } from './unordered-texts.ts';
import { UnorderedDose } from './unordered-dose.part.tsx';

const HOUR_MS = 3_600_000;
const zone = (moment: Instant): number => -new Date(moment).getTimezoneOffset();
/** No further than two days ahead: orders change. */
const AHEAD_MAX_MS = 36 * HOUR_MS;

export function MarScreen(): ReactElement {
  const t = useTexts(marTexts);
  const { mayRead } = usePatientChart();
  if (mayRead('MedicationAdministration')) return <Mar />;
  return (
    <Stack>
      <h1>{t('title')}</h1>
      <Notice>{t('notForYou')}</Notice>
    </Stack>
  );
}

/** CR9: a downtime that goes on, or one whose all-clear is less than four hours old. */
function usePaper(now: Instant): DoseContext['paper'] {
  const { downtime } = useStatus();
  const found = useSearch('Flag?identifier=https://holdfast.example/fhir/id/downtime|declared&_count=20');
  const flags = found?.ok === true ? found.value.found.map(({ resource }) => resource).filter(isDowntimeFlag) : [];
  const [open] = declaredDowntimes(flags);
  const openSince = momentOf(open?.since);
  if (downtime || open !== undefined) return openSince === undefined ? {} : { since: openSince };
  const over = flags
    .map((flag) => ({ since: momentOf(at(flag, 'period.start')), clearedAt: momentOf(at(flag, 'period.end')) }))
    .find(({ clearedAt }) => clearedAt !== undefined && now - clearedAt < PAPER_HOLD_MS);
  if (over?.clearedAt === undefined) return undefined;
  return { clearedAt: over.clearedAt, ...(over.since === undefined ? {} : { since: over.since }) };
}

function Mar(): ReactElement {
  const t = useTexts(marTexts);
  const d = useTexts(doseTexts);
  const u = useTexts(unorderedTexts);
  const device = useDevice();
  const { all, resources, now, whole, stale, asOf, chart, mayWrite, patientId } = usePatientChart();
  const content = useContent();
  const rules = rulesOf(content);
  const custody = useCustody();
  const paper = usePaper(now);
  const [shift, setShift] = useState(0);
  const [scan, setScan] = useState<ScanState>(NOTHING_SCANNED);
  const [open, setOpen] = useState<{ readonly line: string; readonly at: Instant | undefined }>();
  const [saved, setSaved] = useState('');
  const [isUnordered, setUnordered] = useState(false);
  const even = dayStart(now, zone) + Math.floor((now - dayStart(now, zone)) / (2 * HOUR_MS)) * 2 * HOUR_MS;
  const from = even - 12 * HOUR_MS + shift;
  const elsewhereSince = notShownSince(custody);
  const context = useMemo<DoseContext>(() => {
    const conflicts = new Set(all.filter(({ conflict }) => conflict).map(({ key }) => `${key.type}/${key.id}`));
    const unsent = new Set(all.filter(({ safe }) => safe === 'D0').map(({ key }) => `${key.type}/${key.id}`));
    return {
      now,
      zoneMinutes: zone,
      conflicts,
      unsent,
      isCritical: (request) =>
        request['priority'] === 'urgent' || (rules !== undefined && ruleOf(rules, request)?.critical === true),
      ...(paper === undefined ? {} : { paper }),
      ...(elsewhereSince === undefined ? {} : { elsewhereSince }),
    };
    // oxlint-disable-next-line exhaustive-deps
  }, [all, now, rules, paper?.since, paper?.clearedAt, paper === undefined, elsewhereSince]);
  const rows = useMemo(() => marRows(resources, from, from + 24 * HOUR_MS, context), [resources, from, context]);
  const home = medicationLines(resources, now)
    .current.filter(({ community, from: name }) => community && !rows.some(({ line }) => line.from === name))
    .map(({ name }) => name);
  const row = rows.find(({ line }) => line.from === open?.line);
  const cell = row?.cells.find((one) => one.at === open?.at);
  const mayChart = mayWrite('MedicationAdministration');
  const requests = rows.flatMap(({ request }) => (request === undefined ? [] : [request]));
  const scanned = (code: string): void => {
    const patient = chart.patient?.resource;
    if (patient === undefined) return;
    const moment = device.status().now;
    const next = afterScan(scan, code, {
      patient,
      request: row?.request,
      requests,
      rules,
      now: moment,
      today: toInputDate(moment),
    });
    setScan(next);
    // The medicine says which line is meant: the dose that is due opens.
    const found = rows.find(({ request }) => request !== undefined && request.id === next.matched);
    if (row === undefined && found !== undefined && next.block === undefined) openRow(found, dueCell(found));
  };
  const openRow = (of: MarRow, at: MarCell | undefined): void => {
    setSaved('');
    setOpen({ line: of.line.from, at: at?.at });
  };
  const printOut = (): void => {
    void device.printed([patientId], 'chart of doses').then(() => window.print());
  };
  const inForce = rulesInForce(content);
  const allergyOf = (of: MarRow): string => {
    if (of.request === undefined || inForce === undefined) return '';
    const checked = checkHere(
      { order: of.request, record: resources, now, stale, ...(asOf === undefined ? {} : { asOf }) },
      inForce,
    );
    if (checked.state !== 'checked') return '';
    return checked.findings
      .flatMap((one) =>
        one.kind === 'allergy' && one.weight === 'severe' ? [`${one.allergy.name} ${one.reaction}`.trim()] : [],
      )
      .join('; ');
  };
  return (
    <Stack>
      {mayChart && <ScanListener onScan={scanned} />}
      <div className={styles['top']}>
        <h1>{t('title')}</h1>
        <Row wrap>
          <span className={styles['steps']}>
            <Button icon="back" onClick={() => setShift(shift - 12 * HOUR_MS)}>
              {t('earlier')}
            </Button>
            <Button onClick={() => setShift(0)} aria-pressed={shift === 0}>
              {t('toNow')}
            </Button>
            <Button icon="next" disabled={shift >= AHEAD_MAX_MS} onClick={() => setShift(shift + 12 * HOUR_MS)}>
              {t('later')}
            </Button>
          </span>
          <span className={styles['steps']}>
            <Button icon="print" onClick={printOut}>
              {t('print')}
            </Button>
          </span>
        </Row>
      </div>
      <SafetyFacts />
      <CustodyLine custody={custody} />
      {paper !== undefined && <Notice tone="danger">{t('paperHold')}</Notice>}
      <PartCopyNote />
      {mayChart && row === undefined && (
        <details className={styles['hint']} open={scan.block !== undefined || scan.bandAt !== undefined}>
          <summary>{d('scan')}</summary>
          <ScanPanel scan={scan} matchedName="" now={now} onScan={scanned} />
        </details>
      )}
      {saved !== '' && (
        <Notice tone="ok" told="polite">
          {d('saved', { name: saved })}
        </Notice>
      )}
      <p>{t('grid', { from: formatDateTime(from), to: formatDateTime(from + 24 * HOUR_MS) })}</p>
      {rows.length === 0 ? (
        <NothingHere whole={t('none')} />
      ) : (
        <MarGrid
          rows={rows}
          from={from}
          now={now}
          whole={whole}
          mayChart={mayChart}
          ruleOf={(of) => (rules === undefined || of.request === undefined ? undefined : ruleOf(rules, of.request))}
          onOpen={openRow}
        />
      )}
      {home.length > 0 && <p>{t('home', { names: home.join(', ') })}</p>}
      <ContentNote />
      {mayChart && (
        <div className={styles['steps']}>
          <Button icon="plus" onClick={() => setUnordered(true)}>
            {u('unordered')}
          </Button>
        </div>
      )}
      {isUnordered && (
        <UnorderedDose
          onClose={() => setUnordered(false)}
          onSaved={(name) => {
            setSaved(name);
            setUnordered(false);
          }}
        />
      )}
      {row !== undefined && (
        <DosePanel
          key={`${row.line.from} ${open?.at ?? ''}`}
          row={row}
          cell={cell}
          entries={resources.flatMap((one) =>
            one.resourceType === 'MedicationAdministration' && textOf(at(one, 'request.reference')) === row.line.from
              ? (entryOf(one, context.unsent) ?? [])
              : [],
          )}
          rule={rules === undefined || row.request === undefined ? undefined : ruleOf(rules, row.request)}
          allergy={allergyOf(row)}
          scan={scan}
          onScan={scanned}
          onClose={() => setOpen(undefined)}
          onSaved={() => {
            setSaved(row.request === undefined ? row.line.name : medicineName(row.request));
            setScan((before) => (before.bandAt === undefined ? NOTHING_SCANNED : { bandAt: before.bandAt }));
            setOpen(undefined);
          }}
        />
      )}
    </Stack>
  );
}
/** What is asked for now; else the next. */
const dueCell = (row: MarRow): MarCell | undefined =>
  row.cells.find(({ state }) => ['overdue', 'missed', 'due', 'unknown', 'stop-disputed'].includes(state)) ??
  row.cells.find(({ state }) => state === 'planned');
