// One conflict: who wrote what, where and when, what stood before, and the decision. Nothing is chosen beforehand.
import { useCallback, useState, type ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import type { ConflictShown, Device, Shown } from '../../device/device.ts';
import { Card, DefinitionList, Page, Stack } from '../../parts/layout.part.tsx';
import { EmptyState, Loading, Notice } from '../../parts/notice.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useNow } from '../chart/use-now.ts';
import { useStaffNames } from '../chart/use-staff-names.ts';
import { Lines } from '../chart/version-panel.part.tsx';
import { WriteOutcome } from '../chart/outcome.part.tsx';
import { useWrite } from '../chart/use-write.ts';
import { useRead } from '../frame/use-device.ts';
import { PatientLine } from '../patients/patient-line.part.tsx';
import { compareSides, type Comparison } from './compare-sides.ts';
import { patientOf, subjectWords } from './conflict-words.ts';
import styles from './conflicts.module.css';
import { SeverityTag } from './conflicts.screen.tsx';
import { DecisionForm } from './decision-form.part.tsx';
import { conflictTexts } from './texts.ts';
import { valueLines } from './value-lines.ts';
import { useElementName } from './use-element-name.ts';

interface Found {
  readonly conflict?: ConflictShown;
  readonly patient?: Shown;
}

export function DecideScreen(): ReactElement {
  const t = useTexts(conflictTexts);
  const { type = '', id = '' } = useParams();
  const read = useCallback(
    async (device: Device): Promise<Found> => {
      const all = await device.conflicts();
      const conflict = all.find(({ shown }) => shown.key.type === type && shown.key.id === id);
      const name = conflict === undefined ? undefined : patientOf(conflict.shown.resource);
      const [patient] =
        name === undefined ? [] : await device.read([{ type: 'Patient', id: name.slice('Patient/'.length) }]);
      return { ...(conflict === undefined ? {} : { conflict }), ...(patient === undefined ? {} : { patient }) };
    },
    [type, id],
  );
  const found = useRead(read, () => true);
  const writing = useWrite();
  const [isApart, setApart] = useState(false);
  if (found === undefined) return <Loading />;
  const { conflict, patient } = found;
  const outcome = <WriteOutcome writing={writing} done={t(isApart ? 'decidedApart' : 'decided')} />;
  if (conflict === undefined) {
    return (
      <Page title={t('title')}>
        <Stack>
          {outcome}
          <EmptyState title={t('gone')} icon="check-circle" actions={<Link to="/conflicts">{t('back')}</Link>} />
        </Stack>
      </Page>
    );
  }
  return (
    <Conflict key={conflict.shown.versionId} conflict={conflict} patient={patient}>
      {outcome}
      <DecisionForm conflict={conflict} writing={writing} onApart={setApart} />
    </Conflict>
  );
}

function Conflict(props: {
  readonly conflict: ConflictShown;
  readonly patient: Shown | undefined;
  readonly children: React.ReactNode;
}): ReactElement {
  const { conflict, patient } = props;
  const { shown } = conflict;
  const t = useTexts(conflictTexts);
  const now = useNow();
  const comparison = compareSides(conflict);
  const elementName = useElementName();
  return (
    <Page
      title={`${t('title')}: ${subjectWords(shown.resource) || elementName(shown.key.type)}`}
      actions={<Link to="/conflicts">{t('back')}</Link>}
    >
      <Stack>
        {patient === undefined ? (
          <p>{t('noPatient')}</p>
        ) : (
          <PatientLine
            patient={patient.resource}
            now={now}
            conflict={patient.conflict}
            to={`/patient/${patient.key.id}`}
          />
        )}
        <div>
          <SeverityTag severity={shown.severity ?? 'S2'} /> {elementName(shown.key.type)}
        </div>
        {comparison.notes.map((kind) => (
          <Notice key={kind} tone="danger" title={t(kind)} />
        ))}
        {conflict.hidden > 0 && <Notice tone="warn">{t('hidden', { count: conflict.hidden })}</Notice>}
        <Sides conflict={conflict} comparison={comparison} />
        {props.children}
        <details>
          <summary>
            {t('alike')} ({comparison.same.length})
          </summary>
          <DefinitionList
            dense
            items={comparison.same.map(({ element, value }) => ({
              key: element,
              term: elementName(element),
              is: <Lines of={valueLines(value)} />,
            }))}
          />
        </details>
      </Stack>
    </Page>
  );
}

/** Who wrote which entry, where and when; what each one did. */
function Sides({
  conflict,
  comparison,
}: {
  readonly conflict: ConflictShown;
  readonly comparison: Comparison;
}): ReactElement {
  const t = useTexts(conflictTexts);
  const { sides, base } = conflict;
  const nameOf = useStaffNames([base, ...sides].map((side) => side?.author?.practitioner));
  return (
    <div className={styles['sides']}>
      {sides.map((side, n) => (
        <Card key={side.hash} title={t('side', { n: n + 1 })}>
          <p>
            {t('wrote', {
              name: nameOf(side.author?.practitioner) || t('unknownAuthor'),
              time: formatDateTime(side.authoredAt),
            })}
          </p>
          <p className={styles['who']}>{t('onNode', { node: side.author?.device ?? side.node })}</p>
          {comparison.deleted[n] === true && <strong>{t('deletedIt')}</strong>}
        </Card>
      ))}
      <Card title={t('before')}>
        {base === undefined ? (
          <p>{t('notKnownBefore')}</p>
        ) : (
          <p>
            {t('wrote', {
              name: nameOf(base.author?.practitioner) || t('unknownAuthor'),
              time: formatDateTime(base.authoredAt),
            })}
          </p>
        )}
      </Card>
    </div>
  );
}
