// Vital signs of a patient: the last set with its score and age, lines over time, and every set as a table.
//
//   VT5  Lines of other units are charts of their own; gaps are not joined.
//   VT11 What is old says how old; a copy that is not whole never says "none".
import { useState, type ReactElement } from 'react';
import { news2, riskOf, type Risk } from '../../../core/care/vitals/news2.ts';
import { signValuesOf, trendsOf, type VitalSet } from '../../../core/care/vitals/read-vitals.ts';
import { measureBy, MEASURES, type MeasureKey } from '../../../core/care/vitals/sign-codes.ts';
import { OLD_MS } from '../../../core/care/ward/scores.ts';
import { errorPatch } from '../../../core/care/notes/compose-note.ts';
import type { Shown } from '../../device/device.ts';
import { Button, IconButton } from '../../parts/button.part.tsx';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Card, Page, Stack, Unseen } from '../../parts/layout.part.tsx';
import { Menu } from '../../parts/menu.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { Table, type Column } from '../../parts/table.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { TextArea } from '../../parts/text-fields.part.tsx';
import { TrendChart, type TrendLine } from '../../parts/trend-chart.part.tsx';
import { useAgo } from '../../texts/ago.ts';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { formatNumber, formatQuantity } from '../../texts/clinical-numbers.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { NothingHere, PartCopyNote, WriteOutcome } from '../chart/outcome.part.tsx';
import { patchOf } from '../chart/record-item.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { useStaffNames } from '../chart/use-staff-names.ts';
import { Who } from '../chart/who.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { RecordVitals } from './record-vitals.part.tsx';
import { RISK_TONE, useSignWords } from './sign-words.ts';
import { vitalTexts } from './texts.ts';
import { useWhoIsScored } from './use-who-is-scored.ts';
import styles from './vitals.module.css';

const HOUR = 3_600_000;
const PERIODS = { day: 24 * HOUR, threeDays: 72 * HOUR } as const;
type Period = keyof typeof PERIODS | 'stay' | 'everything';
/** Sets are taken twice a day at least: what is further apart is not one line. */
const GAP_MS = 14 * HOUR;
/** NEWS2 chart 1, the band of no points. */
const CHARTS: readonly {
  readonly keys: readonly MeasureKey[];
  readonly band: { readonly low?: number; readonly high?: number; readonly label?: string };
}[] = [
  { keys: ['breaths'], band: { low: 12, high: 20 } },
  { keys: ['saturation'], band: { low: 96, label: '≥ 96' } },
  { keys: ['systolic', 'diastolic'], band: { low: 111, high: 219 } },
  { keys: ['pulse'], band: { low: 51, high: 90 } },
  { keys: ['temperature'], band: { low: 36.1, high: 38 } },
];
const MARKS = ['circle', 'square'] as const;

export function VitalsScreen(): ReactElement {
  const t = useTexts(vitalTexts);
  const w = useTexts(writeTexts);
  const { mayRead, mayWrite, now, ofType, stay } = usePatientChart();
  const { sets } = useWhoIsScored();
  const [isRecording, setRecording] = useState(false);
  const [wrong, setWrong] = useState<VitalSet>();
  const [period, setPeriod] = useState<Period>('threeDays');
  const names = useStaffNames(sets.flatMap(({ takenBy }) => takenBy));
  if (!mayRead('Observation')) return <Page title={t('title')}>{w('notForYou')}</Page>;
  const begin = stay === undefined ? undefined : Date.parse(String(periodStart(stay)));
  const from = period === 'everything' ? undefined : period === 'stay' ? begin : now - PERIODS[period];
  const shown = sets.filter(({ at }) => from === undefined || at >= from);
  return (
    <Page
      wide
      title={t('title')}
      actions={
        mayWrite('Observation') && (
          <Button look="primary" icon="plus" onClick={() => setRecording(true)}>
            {t('record')}
          </Button>
        )
      }
    >
      <Stack>
        <LastSet set={sets[0]} />
        <Segmented
          label={t('period')}
          value={period}
          onChange={setPeriod}
          choices={[
            { value: 'day', label: t('day') },
            { value: 'threeDays', label: t('threeDays') },
            ...(begin === undefined ? [] : [{ value: 'stay' as const, label: t('stay') }]),
            { value: 'everything', label: t('everything') },
          ]}
        />
        {shown.length > 0 && (
          <div className={styles['charts']}>
            {CHARTS.map(({ keys, band }) => (
              <Strip key={keys.join()} keys={keys} band={band} sets={shown} from={from} until={now} />
            ))}
          </div>
        )}
        <Card title={t('sets')} flush>
          <SetTable
            sets={shown}
            names={names}
            {...(mayWrite('Observation') ? { onWrong: setWrong } : {})}
            empty={<NothingHere whole={t(sets.length === 0 ? 'nothingEver' : 'nothing')} />}
          />
        </Card>
        {sets.length > 0 && <PartCopyNote />}
      </Stack>
      {isRecording && <RecordVitals onClose={() => setRecording(false)} />}
      {wrong !== undefined && (
        <WrongSet
          set={wrong}
          observations={ofType('Observation').filter(({ key }) => wrong.sources.includes(`Observation/${key.id}`))}
          onClose={() => setWrong(undefined)}
        />
      )}
    </Page>
  );
}

const periodStart = ({ resource }: Shown): unknown => {
  const period = resource['period'];
  return typeof period === 'object' && period !== null && 'start' in period ? period['start'] : undefined;
};

/** By what is recorded; the single sign of 3 by what the signs come to. */
function riskOfSet(set: VitalSet): Risk | undefined {
  if (set.score === undefined) return undefined;
  const judged = news2(signValuesOf(set), set.score.scale);
  return riskOf(set.score.value, Object.values(judged.parts).includes(3));
}

function LastSet({ set }: { readonly set: VitalSet | undefined }): ReactElement | null {
  const t = useTexts(vitalTexts);
  const words = useSignWords();
  const { ago } = useAgo();
  const { now } = usePatientChart();
  if (set === undefined) return null;
  const risk = riskOfSet(set);
  const isOld = now - set.at > OLD_MS;
  return (
    <Card
      title={
        <>
          {t('last')} {formatMoment(set.at, now)} <span className={styles['quiet']}>({ago(set.at, now)})</span>
        </>
      }
      actions={
        <>
          {isOld && (
            <Tag tone="warn" icon="clock">
              {t('old')}
            </Tag>
          )}
          {set.score !== undefined && risk !== undefined && (
            <Tag tone={RISK_TONE[risk]} strong>
              {t('scoreOf', { score: set.score.value })}
            </Tag>
          )}
        </>
      }
    >
      <dl className={styles['values']}>
        {lastValues(set).map(({ key, text, isDisputed }) => (
          <div key={key}>
            <dt>{t(key)}</dt>
            <dd dir="ltr">
              {text}
              {isDisputed && <Tag tone="danger">{t('disputed')}</Tag>}
            </dd>
          </div>
        ))}
        {set.onOxygen !== undefined && set.values.oxygen?.value === undefined && (
          <div>
            <dt>{t('breathing')}</dt>
            <dd>{t(set.onOxygen ? 'onOxygen' : 'onAir')}</dd>
          </div>
        )}
        {set.consciousness !== undefined && (
          <div>
            <dt>{t('consciousness')}</dt>
            <dd>{words.consciousness(set.consciousness.value)}</dd>
          </div>
        )}
      </dl>
      {risk !== undefined && set.score !== undefined && (
        <p>
          {words.risk(risk)}; {words.next(risk, set.score.value)}
        </p>
      )}
    </Card>
  );
}

/** Blood pressure is read as one. */
function lastValues({ values }: VitalSet): readonly {
  readonly key: MeasureKey | 'pressure';
  readonly text: string;
  readonly isDisputed: boolean;
}[] {
  const { systolic, diastolic } = values;
  const pressure =
    systolic === undefined && diastolic === undefined
      ? []
      : [
          {
            key: 'pressure' as const,
            text: `${systolic === undefined ? '–' : formatNumber(systolic.value)}/${diastolic === undefined ? '–' : formatNumber(diastolic.value)} ${(systolic ?? diastolic)?.unit ?? ''}`,
            isDisputed: systolic?.isDisputed === true || diastolic?.isDisputed === true,
          },
        ];
  const others = MEASURES.filter(({ key }) => key !== 'systolic' && key !== 'diastolic').flatMap(({ key }) => {
    const one = values[key];
    return one === undefined ? [] : [{ key, text: formatQuantity(one.value, one.unit), isDisputed: one.isDisputed }];
  });
  return [...others.slice(0, 2), ...pressure, ...others.slice(2)];
}

function Strip({
  keys,
  band,
  sets,
  from,
  until,
}: {
  readonly keys: readonly MeasureKey[];
  readonly band: { readonly low?: number; readonly high?: number; readonly label?: string };
  readonly sets: readonly VitalSet[];
  readonly from: number | undefined;
  readonly until: number;
}): ReactElement {
  const words = useSignWords();
  const lines = keys.flatMap((key, n) =>
    trendsOf(sets, key).map(({ unit, points }): TrendLine & { readonly unit: string } => ({
      name: words.sign(key),
      unit,
      points,
      mark: MARKS[n] ?? 'circle',
    })),
  );
  const units = [...new Set(lines.map(({ unit }) => unit))];
  const isOwnUnit = (unit: string): boolean => keys.some((key) => measureBy(key).unit === unit);
  return (
    <>
      {units.map((unit) => {
        const ofUnit = lines.filter((line) => line.unit === unit);
        const title = ofUnit.map(({ name }) => name).join(', ');
        return (
          <Card key={unit}>
            <TrendChart
              label={`${title} (${unit})`}
              lines={ofUnit}
              gapMs={GAP_MS}
              {...(isOwnUnit(unit) ? { band } : {})}
              {...(from === undefined ? {} : { from, until })}
              hideTable
            />
          </Card>
        );
      })}
    </>
  );
}

function SetTable({
  sets,
  names,
  empty,
  onWrong,
}: {
  readonly sets: readonly VitalSet[];
  readonly names: (reference: string | undefined) => string;
  readonly empty: ReactElement;
  readonly onWrong?: (set: VitalSet) => void;
}): ReactElement {
  const t = useTexts(vitalTexts);
  const words = useSignWords();
  const { now } = usePatientChart();
  const value = (key: MeasureKey): Column<VitalSet> => ({
    key,
    head: (
      <>
        {words.sign(key)} <span className={styles['quiet']}>{measureBy(key).unit}</span>
      </>
    ),
    align: 'end',
    cell: ({ values }) => {
      const one = values[key];
      if (one === undefined) return '';
      const text = one.unit === measureBy(key).unit ? formatNumber(one.value) : formatQuantity(one.value, one.unit);
      return one.isDisputed ? <Tag tone="danger">{text}</Tag> : text;
    },
  });
  const columns: readonly Column<VitalSet>[] = [
    { key: 'at', head: t('time'), cell: ({ at }) => formatMoment(at, now), by: ({ at }) => at, isRowHead: true },
    {
      key: 'score',
      head: t('score'),
      cell: (set) => {
        const risk = riskOfSet(set);
        return set.score === undefined || risk === undefined ? '' : <Tag tone={RISK_TONE[risk]}>{set.score.value}</Tag>;
      },
      by: ({ score }) => score?.value,
    },
    value('breaths'),
    value('saturation'),
    {
      key: 'oxygen',
      head: t('oxygen'),
      cell: ({ values, onOxygen }) =>
        values.oxygen !== undefined && values.oxygen.value > 0
          ? formatQuantity(values.oxygen.value, values.oxygen.unit)
          : onOxygen === undefined
            ? ''
            : t(onOxygen ? 'oxygenShort' : 'airShort'),
    },
    {
      key: 'pressure',
      head: (
        <>
          {t('pressure')} <span className={styles['quiet']}>mmHg</span>
        </>
      ),
      align: 'end',
      cell: (set) => {
        const found = lastValues(set).find(({ key }) => key === 'pressure');
        return found === undefined ? '' : <span dir="ltr">{found.text.replace(/ mmHg$/, '')}</span>;
      },
    },
    value('pulse'),
    {
      key: 'consciousness',
      head: t('consciousness'),
      cell: ({ consciousness }) => (consciousness === undefined ? '' : words.consciousness(consciousness.value)),
    },
    value('temperature'),
    value('pain'),
    value('weight'),
    {
      key: 'by',
      head: t('takenBy'),
      cell: ({ takenBy }) => takenBy.map((who) => names(who)).join(', '),
      wideOnly: true,
    },
    ...(onWrong === undefined
      ? []
      : [
          {
            key: 'more',
            head: <Unseen>{t('error')}</Unseen>,
            cell: (set: VitalSet) => (
              <Menu
                label={t('setOf', { time: formatMoment(set.at, now) })}
                button={<IconButton size="small" icon="more" label={t('setOf', { time: formatMoment(set.at, now) })} />}
                items={[
                  { key: 'error', label: t('error'), icon: 'delete', danger: true, onChoose: () => onWrong(set) },
                ]}
              />
            ),
          },
        ]),
  ];
  // A sign that nobody took in this time has no column.
  const isTaken = ({ key }: Column<VitalSet>): boolean =>
    !['pain', 'weight', 'consciousness', 'temperature'].includes(key) ||
    sets.some((set) => (key === 'consciousness' ? set.consciousness !== undefined : set.values[key as MeasureKey]));
  return (
    <Table
      dense
      caption={t('sets')}
      columns={columns.filter(isTaken)}
      rows={sets}
      rowKey={({ sources }) => sources.join(' ')}
      empty={empty}
      rowLook={(set) => (riskOfSet(set) === 'high' ? 'alert' : undefined)}
    />
  );
}

/** All Observations of a set are one mistake: they go together, with the reason. */
function WrongSet({
  set,
  observations,
  onClose,
}: {
  readonly set: VitalSet;
  readonly observations: readonly Shown[];
  readonly onClose: () => void;
}): ReactElement {
  const t = useTexts(vitalTexts);
  const w = useTexts(writeTexts);
  const { now } = usePatientChart();
  const writing = useWrite();
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string>();
  const save = async (): Promise<void> => {
    if (!/\p{L}/u.test(reason)) {
      setError(w('required'));
      return;
    }
    const changes = observations.map((one) => patchOf(one, errorPatch(one.resource, reason)));
    if ((await writing.write(changes)) !== undefined) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`${t('error')}: ${t('setOf', { time: formatMoment(set.at, now) })}`}
      about={<Who />}
      actions={
        <>
          <Button look="danger" busy={writing.isBusy} onClick={() => void save()}>
            {t('error')}
          </Button>
          <Button onClick={onClose}>{w('cancel')}</Button>
        </>
      }
    >
      <Stack>
        <Notice>{t('errorWhy')}</Notice>
        <TextArea label={w('reason')} value={reason} onChange={setReason} error={error} required autoFocus rows={2} />
        <WriteOutcome writing={writing} />
      </Stack>
    </Dialog>
  );
}
