// Finding a patient by whatever is known of them; from an empty bed, finding whom to admit to it.
//
//   WB27  What was searched is said below every answer: how many people, as of when, and that somebody may be known elsewhere. Nobody found never
//         reads as “not known”.
import {
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  type RefObject,
} from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { findPatients, type FoundPatient } from '../../../core/care/identity/find-patients.ts';
import { linksOf } from '../../../core/care/identity/patient-links.ts';
import { patientInScan } from '../../../core/care/identity/read-wristband.ts';
import { isPresent, staysOf, type Stay } from '../../../core/care/ward/stays.ts';
import { Button } from '../../parts/button.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { Page, Stack } from '../../parts/layout.part.tsx';
import { EmptyState, Loading } from '../../parts/notice.part.tsx';
import { ScanListener } from '../../parts/scan.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { TextField } from '../../parts/text-fields.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useNow } from '../chart/use-now.ts';
import { useDevice, useStatus } from '../frame/use-device.ts';
import { useSteadyRead } from '../ward/read-all.ts';
import { readStays } from '../ward/read-ward.ts';
import { useMe } from '../ward/use-me.ts';
import { usePatientIndex, type PatientIndex } from './patient-index.ts';
import { PatientLine } from './patient-line.part.tsx';
import { usePatientScan } from './patient-scan.part.tsx';
import { useRecentPatients } from './recent-patients.ts';
import { AlikeMark, SimilarNames, useAlike } from './similar-names.part.tsx';
import { patientTexts } from './texts.ts';
import styles from './patients.module.css';

const SHOWN_MAX = 30;

export function FindScreen(): ReactElement {
  const t = useTexts(patientTexts);
  const index = usePatientIndex();
  const [query, setQuery] = useState('');
  const me = useMe();
  const [params] = useSearchParams();
  const bed = params.get('bed');
  const scan = usePatientScan();
  return (
    <Page
      title={t('findTitle')}
      actions={
        me?.may('Patient', 'create') === true && (
          <Link to={bed === null ? '/register' : `/register?bed=${encodeURIComponent(bed)}`}>
            <Icon name="plus" /> {t('registerSomebody')}
          </Link>
        )
      }
    >
      <ScanListener onScan={scan.onScan} />
      {index === undefined ? (
        <Loading />
      ) : (
        <Find index={index} query={query} onQuery={setQuery} bed={bed} notice={scan.notice} />
      )}
    </Page>
  );
}

function Find({
  index,
  query,
  onQuery,
  bed,
  notice,
}: {
  readonly index: PatientIndex;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly bed: string | null;
  readonly notice: ReactNode;
}): ReactElement {
  const t = useTexts(patientTexts);
  const device = useDevice();
  const navigate = useNavigate();
  const list = useRef<HTMLUListElement>(null);
  const { recent, remember } = useRecentPatients();
  const { found, more } = useMemo(() => findPatients(index.entries.values(), query, SHOWN_MAX), [index, query]);
  const isAsked = query.trim() !== '';
  const shown: readonly FoundPatient[] = isAsked
    ? found
    : recent.filter((id) => index.shown.has(id)).map((id) => ({ id, how: 'name' }));
  const alike = useAlike(
    index,
    shown.map(({ id }) => id),
  );
  const [asked, ask] = useState<string>();
  const now = useNow();
  const open = (id: string): void => {
    remember(id);
    void navigate(bed === null ? `/patient/${id}` : `/move/${id}?bed=${encodeURIComponent(bed)}`);
  };
  const wish = (id: string): void => ((alike.get(id)?.length ?? 0) > 0 ? ask(id) : open(id));
  const typed = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      list.current?.querySelector<HTMLElement>('button')?.focus();
    }
    if (event.key !== 'Enter') return;
    const id = patientInScan(query, index.entries.values()) ?? (shown.length === 1 ? shown[0]?.id : undefined);
    if (id !== undefined) wish(id);
  };
  return (
    <Stack gap={3}>
      <TextField
        kind="search"
        label={t('findLabel')}
        hint={t('findHint')}
        value={query}
        onChange={onQuery}
        onKeyDown={typed}
        autoFocus
        maxLength={120}
      />
      {notice}
      {!isAsked && shown.length > 0 && <h2>{t('recent')}</h2>}
      {isAsked && shown.length === 0 && (
        <EmptyState title={t('findNothing')} icon="search">
          {t('findNothingWhat')}
        </EmptyState>
      )}
      <Results
        shown={shown}
        index={index}
        alike={alike}
        isAsked={isAsked}
        onOpen={wish}
        list={list}
        isAdmission={bed !== null}
      />
      {more > 0 && <p role="status">{t('more', { count: more })}</p>}
      <Searched count={index.entries.size} onAsk={() => void device.syncNow()} />
      {asked !== undefined && (
        <SimilarNames
          wanted={asked}
          alike={alike.get(asked) ?? []}
          index={index}
          now={now}
          action={bed === null ? t('open') : t('admitNow')}
          onOpen={open}
          onClose={() => ask(undefined)}
        />
      )}
    </Stack>
  );
}

function Searched({ count, onAsk }: { readonly count: number; readonly onAsk: () => void }): ReactElement {
  const t = useTexts(patientTexts);
  const status = useStatus();
  const when = status.asOf === undefined ? t('searchingNever') : formatDateTime(status.asOf);
  return (
    <div className={styles['found']} role="status">
      <p>
        {t('recordsHere', { count, when })} {t('ask')}
      </p>
      {status.place !== 'device' && (
        <Button size="small" look="quiet" icon="sync" onClick={onAsk}>
          {t('askNow')}
        </Button>
      )}
    </div>
  );
}

function Results({
  shown,
  index,
  alike,
  isAsked,
  onOpen,
  list,
  isAdmission,
}: {
  readonly shown: readonly FoundPatient[];
  readonly index: PatientIndex;
  readonly alike: ReadonlyMap<string, readonly string[]>;
  readonly isAsked: boolean;
  readonly onOpen: (id: string) => void;
  readonly list: RefObject<HTMLUListElement | null>;
  readonly isAdmission: boolean;
}): ReactElement {
  const t = useTexts(patientTexts);
  const now = useNow();
  const status = useStatus();
  const stays = useSteadyRead(readStays);
  const present = useMemo(
    () =>
      new Map(
        staysOf((stays ?? []).map(({ resource }) => resource))
          .filter((stay) => isPresent(stay) && stay.isInpatient)
          .map((stay): [string, Stay] => [stay.patient, stay]),
      ),
    [stays],
  );
  const move = (event: KeyboardEvent<HTMLUListElement>): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
    const at = buttons.findIndex((button) => button === document.activeElement);
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, at + step))]?.focus();
  };
  return (
    <ul className={styles['results']} ref={list} onKeyDown={move}>
      {shown.map(({ id, how }) => {
        const found = index.shown.get(id);
        if (found === undefined) return null;
        const stay = present.get(id);
        const others = alike.get(id)?.length ?? 0;
        const [replacedBy] = linksOf(found.resource).replacedBy;
        return (
          <li key={id} className={styles['result']}>
            <div>
              <PatientLine patient={found.resource} conflict={found.conflict} now={now} />
              <div className={styles['found']}>
                {replacedBy !== undefined && (
                  <Tag tone="warn" icon="link">
                    <Link to={`/patient/${replacedBy}`}>{t('replaced')}</Link>
                  </Tag>
                )}{' '}
                {isAsked && (
                  <span>
                    {t('found')} {t(`how-${how}`)} ·{' '}
                  </span>
                )}
                {stay !== undefined ? (
                  <span>
                    {t('inHospital')}: {stay.now?.words ?? '–'}
                    {status.wards.length > 0 ? ` · ${t('wholeHere')}` : ''}
                  </span>
                ) : (
                  <span>{status.wards.length > 0 ? t('identityHere') : ''}</span>
                )}
              </div>
            </div>
            <div className={styles['marks']}>
              {others > 0 && <AlikeMark count={others} />}
              <Button onClick={() => onOpen(id)} icon={isAdmission ? 'bed' : 'next'}>
                {isAdmission ? t('admitNow') : t('open')}
              </Button>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
