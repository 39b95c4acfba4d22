// The bed and the stay of one patient: in the chart, and outside of it for whoever is not on the ward yet.
//
//   WB37  What can be done follows from the state of the stay and from the person's roles; what the roles do not allow is not offered, and what the
//         device refuses is said.
import { type ReactElement } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { Page, Stack, Card } from '../../parts/layout.part.tsx';
import { Loading, Notice } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { isPresent } from '../../../core/care/ward/stays.ts';
import { enteredLate } from '../../../core/care/ward/times.ts';
import type { Instant } from '../../../core/base/ports.ts';
import { itemsOf, at } from '../../../core/care/merge/clinical-words.ts';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useNow } from '../chart/use-now.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { PatientLine } from '../patients/patient-line.part.tsx';
import { useMe } from '../ward/use-me.ts';
import { AdmitForm, ArrivalForm, DischargeForm, TransferForm, UndoMove } from './move-forms.part.tsx';
import { movementTexts } from './texts.ts';
import { usePatientStays, type PatientStays } from './use-stays.ts';
import styles from './movement.module.css';

/** `patient/:patient/move`: below the chart's banner. */
export function MoveScreen(): ReactElement {
  const { patient = '' } = useParams();
  const t = useTexts(movementTexts);
  const stays = usePatientStays(patient);
  return (
    <Page title={t('move')}>
      {stays === undefined ? <Loading /> : <Moves key={patient} patient={patient} stays={stays} />}
    </Page>
  );
}

/** `move/:patient`: of somebody whose chart is not open to the person yet. */
export function AdmitScreen(): ReactElement {
  const { patient = '' } = useParams();
  const t = useTexts(movementTexts);
  const stays = usePatientStays(patient);
  const now = useNow();
  const shown = stays?.places.index.shown.get(patient);
  return (
    <Page title={t('move')} actions={<Link to="/">{t('goBoard')}</Link>}>
      {stays === undefined ? (
        <Loading />
      ) : (
        <Stack gap={4}>
          {shown !== undefined && (
            <PatientLine patient={shown.resource} conflict={shown.conflict} now={now} to={`/patient/${patient}`} />
          )}
          <Moves key={patient} patient={patient} stays={stays} />
        </Stack>
      )}
    </Page>
  );
}

function Moves({ patient, stays }: { readonly patient: string; readonly stays: PatientStays }): ReactElement {
  const t = useTexts(movementTexts);
  const me = useMe();
  const now = useNow();
  const [params] = useSearchParams();
  const bed = params.get('bed');
  const current = stays.own.find(({ stay }) => isPresent(stay) && stay.isInpatient);
  const expected = stays.own.find(({ stay }) => stay.state === 'expected' && stay.isInpatient);
  const last = stays.own.find(({ stay }) => stay.state === 'ended' && stay.isInpatient);
  const mayChange = me?.may('Encounter', 'update') === true;
  const mayAdmit = me?.may('Encounter', 'create') === true;
  const props = { patient, stays, now };
  return (
    <Stack gap={4}>
      {!mayChange && !mayAdmit && <Notice>{t('refused')}</Notice>}
      {current === undefined && (
        <Notice tone="info" title={t('notHere')}>
          {t('notHereWhat')}
        </Notice>
      )}
      {current !== undefined && mayChange && (
        <>
          <TransferForm key={`move ${current.shown.versionId}`} {...props} {...current} />
          <DischargeForm key={`end ${current.shown.versionId}`} {...props} {...current} />
          <UndoMove {...props} {...current} />
        </>
      )}
      {current === undefined && expected !== undefined && mayChange && (
        <ArrivalForm key={expected.shown.versionId} {...props} {...expected} />
      )}
      {current === undefined && expected === undefined && mayAdmit && (
        <AdmitForm {...props} bed={bed === null ? '' : `Location/${bed}`} />
      )}
      {current === undefined && last !== undefined && mayChange && <UndoMove {...props} {...last} />}
      <PastStays stays={stays} />
    </Stack>
  );
}

function PastStays({ stays }: { readonly stays: PatientStays }): ReactElement | null {
  const t = useTexts(movementTexts);
  const inpatient = stays.own.filter(({ stay }) => stay.isInpatient && stay.state !== 'never');
  if (inpatient.length === 0) return null;
  return (
    <Card title={t('pastStays')}>
      <ol className={styles['history']}>
        {inpatient.map(({ stay, shown }) => (
          <li key={stay.id} className={styles['stay']}>
            <strong>
              <Time at={stay.from} />
            </strong>
            {stay.to !== undefined && (
              <>
                {' '}
                {t('until')} <Time at={stay.to} />
              </>
            )}{' '}
            <bdi>{stay.reason}</bdi>
            <Late period={shown.resource['period']} /> <ConflictMark shown={shown} />
            <ol>
              {stay.places.map((place) => (
                <li key={place.index}>
                  <bdi>{place.words || place.place}</bdi>{' '}
                  <span className={styles['times']}>
                    {place.from !== undefined && (
                      <>
                        {t('from')} <Time at={place.from} />{' '}
                      </>
                    )}
                    {place.to !== undefined && (
                      <>
                        {t('until')} <Time at={place.to} />
                      </>
                    )}
                  </span>
                  {place.state === 'active' && place.to === undefined && isPresent(stay) && (
                    <Tag tone="ok">{t('now')}</Tag>
                  )}
                  <Late period={at(itemsOf(shown.resource['location'])[place.index], 'period')} />
                </li>
              ))}
            </ol>
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** Isolated: a date keeps its order in a line of Arabic. */
const Time = ({ at: moment }: { readonly at: Instant | undefined }): ReactElement => (
  <bdi dir="ltr">{moment === undefined ? '–' : formatDateTime(moment)}</bdi>
);

/** CR12: what was entered after it happened says so. */
function Late({ period }: { readonly period: Parameters<typeof enteredLate>[0] }): ReactElement | null {
  const t = useTexts(movementTexts);
  const when = enteredLate(period);
  return when === undefined ? null : (
    <>
      {' '}
      <Tag tone="warn" icon="history">
        {t('late', { when: formatDateTime(when) })}
      </Tag>
    </>
  );
}
