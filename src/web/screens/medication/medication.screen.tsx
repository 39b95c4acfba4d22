// The medicines of a patient: NHS CUI medication list (MEDv). Current and held by default, past apart and drawn apart, what was stopped
// lately counted, what is below the fold named.
//
//   MD38  What is held is drawn apart from what is given; nothing is hidden, shortened or left below the fold in silence.
import { useMemo, useState, type ReactElement } from 'react';
import { Link, useNavigate } from 'react-router';
import { itemsOf, at, textOf } from '../../../core/care/merge/clinical-words.ts';
import { medicationLines, type MedicationLine } from '../../../core/care/medication/medication-lines.ts';
import { medicineProgress } from '../../../core/care/medication/order-progress.ts';
import { CHECKED_BY_EXTENSION, OVERRIDDEN_EXTENSION } from '../../../core/care/medication/write-order.ts';
import { ruleOf } from '../../../core/care/medication/find-medicine.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Segmented } from '../../parts/choice-fields.part.tsx';
import { classNames } from '../../parts/class-names.ts';
import { Row, Stack } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDateTime, formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { NothingHere, PartCopyNote, WriteOutcome } from '../chart/outcome.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { useDevice } from '../frame/use-device.ts';
import { ContentNote } from './content-note.part.tsx';
import { lineTexts } from './line-texts.ts';
import { LookAhead } from './look-ahead.part.tsx';
import { MedicationLineText } from './medication-line.part.tsx';
import styles from './medication.module.css';
import { OrderMenu, StepDialog, type ToDo } from './order-actions.part.tsx';
import { SafetyFacts } from './safety-facts.part.tsx';
import { medicationTexts } from './texts.ts';
import { rulesOf, useContent } from './use-content.ts';

export function MedicationScreen(): ReactElement {
  const t = useTexts(medicationTexts);
  const { mayRead } = usePatientChart();
  if (mayRead('MedicationRequest')) return <Medicines />;
  return (
    <Stack>
      <h1>{t('title')}</h1>
      <Notice>{t('notForYou')}</Notice>
    </Stack>
  );
}

function Medicines(): ReactElement {
  const t = useTexts(medicationTexts);
  const navigate = useNavigate();
  const device = useDevice();
  const { all, resources, now, mayWrite, patientId } = usePatientChart();
  const [view, setView] = useState<'current' | 'past'>('current');
  const [doing, setDoing] = useState<{ readonly shown: Shown; readonly step: ToDo }>();
  const [done, setDone] = useState<string>();
  const writing = useWrite();
  const byName = useMemo(() => new Map(all.map((one) => [`${one.key.type}/${one.key.id}`, one])), [all]);
  const conflicts = useMemo(
    () => new Set(all.filter(({ conflict }) => conflict).map(({ key }) => `${key.type}/${key.id}`)),
    [all],
  );
  const lines = medicationLines(resources, now, conflicts);
  const shown = view === 'past' ? lines.past : [...lines.current, ...lines.held];
  const printOut = (): void => {
    void device.printed([patientId], 'list of medicines').then(() => window.print());
  };
  return (
    <Stack>
      <Row spread wrap>
        <h1>{t('title')}</h1>
        <Row wrap>
          {mayWrite('MedicationRequest') && (
            <Button look="primary" icon="plus" onClick={() => void navigate(`/patient/${patientId}/prescribe`)}>
              {t('prescribe')}
            </Button>
          )}
          <Button icon="print" onClick={printOut}>
            {t('print')}
          </Button>
          <Link to={`/patient/${patientId}/mar`}>{t('toMar')}</Link>
        </Row>
      </Row>
      <SafetyFacts />
      <ContentNote />
      <PartCopyNote />
      <Segmented
        label={t('view')}
        hideLabel
        value={view}
        choices={[
          { value: 'current', label: `${t('current')} (${lines.current.length + lines.held.length})` },
          { value: 'past', label: `${t('past')} (${lines.past.length})` },
        ]}
        onChange={setView}
      />
      {view === 'current' && lines.recentlyStopped.length > 0 && (
        <Notice
          tone="info"
          actions={
            <Button size="small" onClick={() => setView('past')}>
              {t('show')}
            </Button>
          }
        >
          {t('recentlyStopped', { n: lines.recentlyStopped.length })}:{' '}
          {lines.recentlyStopped.map(({ name }) => name).join(', ')}
        </Notice>
      )}
      {doing === undefined && <WriteOutcome writing={writing} done={done} />}
      {shown.length === 0 ? (
        <NothingHere whole={t(view === 'past' ? 'nonePast' : 'noneCurrent')} />
      ) : (
        <LookAhead>
          <ul className={styles['list']} aria-label={t(view)}>
            {shown.map((line) => (
              <Item
                key={line.from}
                line={line}
                shown={byName.get(line.from)}
                onStep={(of, step) => {
                  writing.forget();
                  setDoing({ shown: of, step });
                }}
              />
            ))}
          </ul>
        </LookAhead>
      )}
      <p className={styles['muted']}>{t('ledger')}</p>
      {doing !== undefined && (
        <StepDialog
          key={`${doing.shown.key.id} ${doing.step}`}
          shown={byName.get(`MedicationRequest/${doing.shown.key.id}`) ?? doing.shown}
          step={doing.step}
          isRunning={resources.some(
            (one) =>
              one['status'] === 'in-progress' &&
              textOf(at(one, 'request.reference')) === `MedicationRequest/${doing.shown.key.id}`,
          )}
          writing={writing}
          onClose={() => setDoing(undefined)}
          onDone={(step, name) => {
            const words = {
              hold: 'doneHold',
              resume: 'doneResume',
              stop: 'doneStop',
              acknowledge: 'doneAcknowledge',
            } as const;
            setDone(t(words[step], { name }));
            setDoing(undefined);
          }}
        />
      )}
    </Stack>
  );
}

const STATUS = {
  held: 'heldTag',
  stopped: 'stopped',
  completed: 'completed',
  cancelled: 'cancelled',
  unclear: 'unclear',
  draft: 'draft',
} as const;

function Item({
  line,
  shown,
  onStep,
}: {
  readonly line: MedicationLine;
  readonly shown: Shown | undefined;
  readonly onStep: (shown: Shown, step: ToDo) => void;
}): ReactElement {
  const t = useTexts(medicationTexts);
  const { now, resources } = usePatientChart();
  const isPast = ['stopped', 'completed', 'cancelled'].includes(line.status) && !line.conflict;
  const progress =
    shown === undefined || line.type !== 'MedicationRequest' || line.community
      ? undefined
      : medicineProgress(shown.resource, resources, shown.safe, line.conflict, now);
  return (
    <li
      className={classNames(
        styles['item'],
        line.status === 'held' && styles['held'],
        isPast && styles['past'],
        line.conflict && styles['disputed'],
      )}
      data-name={line.name}
      data-line={line.from}
    >
      <div>
        <MedicationLineText line={line} />
        <Marks line={line} shown={shown} />
        <div className={styles['about']}>
          {line.status !== 'active' && <span className={styles['status']}>{t(STATUS[line.status])}</span>}
          {line.why !== '' && line.status !== 'active' && <span>{line.why}</span>}
          {line.since !== undefined && line.status !== 'active' && (
            <span>{t('sinceWhen', { date: formatMoment(line.since, now) })}</span>
          )}
          {line.startedAt !== undefined && <span>{t('startedOn', { date: formatDateTime(line.startedAt) })}</span>}
          {line.endsAt !== undefined && <span>{t('endsOn', { date: formatDateTime(line.endsAt) })}</span>}
          {line.indication !== '' && <span>{t('indication', { what: line.indication })}</span>}
          {line.prescriber !== '' && <span>{t('by', { name: line.prescriber })}</span>}
          {line.community && <span>{t('home')}</span>}
          {progress !== undefined && !isPast && !['held', 'disputed'].includes(progress.state) && (
            <span>
              {t('orderState')}: {t(`order-${progress.state}`)}
              {progress.why === undefined || progress.why === '' ? '' : ` (${progress.why})`}
            </span>
          )}
        </div>
        {progress?.waiting === true && <Tag tone="danger">{t('waiting')}</Tag>}
      </div>
      {shown !== undefined && line.type === 'MedicationRequest' && (
        <OrderMenu
          shown={shown}
          canAcknowledge={
            progress !== undefined && !isPast && ['written', 'sent', 'received', 'refused'].includes(progress.state)
          }
          onStep={(step) => onStep(shown, step)}
        />
      )}
    </li>
  );
}

function Marks({ line, shown }: { readonly line: MedicationLine; readonly shown: Shown | undefined }): ReactElement {
  const t = useTexts(medicationTexts);
  const words = useTexts(lineTexts);
  const content = useContent();
  const rules = rulesOf(content);
  const rule = rules === undefined || shown === undefined ? undefined : ruleOf(rules, shown.resource);
  const extensions = itemsOf(shown?.resource['extension']);
  const by = textOf(
    at(
      extensions.find((one) => at(one, 'url') === CHECKED_BY_EXTENSION),
      'valueString',
    ),
  );
  const isOverridden = extensions.some((one) => at(one, 'url') === OVERRIDDEN_EXTENSION);
  return (
    <div className={styles['about']}>
      {line.conflict && <Tag tone="danger">{words('conflict')}</Tag>}
      {shown !== undefined && <ConflictMark shown={shown} />}
      {rule?.highAlert === true && <Tag tone="warn">{words('highAlert')}</Tag>}
      {(rule?.critical === true || shown?.resource['priority'] === 'urgent') && (
        <Tag tone="info">{words('critical')}</Tag>
      )}
      {rule?.controlled === true && <Tag>{words('controlled')}</Tag>}
      {rules !== undefined && rule === undefined && <Tag icon="question">{words('notChecked')}</Tag>}
      {isOverridden && <Tag tone="warn">{by === 'none' ? t('noChecksSigned') : t('overridden')}</Tag>}
      {by !== '' && by !== 'none' && <span>{t('checkedBy', { content: by })}</span>}
    </div>
  );
}
