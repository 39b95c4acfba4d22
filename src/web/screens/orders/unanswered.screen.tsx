// Orders that no department has acknowledged, of all patients on this device: a ward sees what to phone, a department what to answer.
//
//   OD13  What must be phoned first, then the longest waiting; an empty list says what it does not know.
import { useCallback, type ReactElement } from 'react';
import { useNavigate } from 'react-router';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { at, textOf } from '../../../core/care/merge/clinical-words.ts';
import { ORDER_STATES } from '../../../core/care/orders/order-state.ts';
import { unanswered, type Unanswered } from '../../../core/care/orders/unanswered.ts';
import { PRIORITIES, serviceLine } from '../../../core/care/orders/write-service.ts';
import type { Device, Shown } from '../../device/device.ts';
import { Page, Stack } from '../../parts/layout.part.tsx';
import { EmptyState, Loading } from '../../parts/notice.part.tsx';
import { Table, type Column } from '../../parts/table.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { useAgo } from '../../texts/ago.ts';
import { formatDate, formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useNow } from '../chart/use-now.ts';
import { writeTexts } from '../chart/write-texts.ts';
import { useRead, useStatus } from '../frame/use-device.ts';
import { readAll } from '../ward/read-all.ts';
import { useMe } from '../ward/use-me.ts';
import { useOwnDepartments } from './department-buttons.part.tsx';
import { orderFormTexts } from './form-texts.ts';
import styles from './orders.module.css';
import { orderTexts } from './texts.ts';
import { unansweredTexts } from './unanswered-texts.ts';

/** Laboratory and imaging, by the codes that orders carry. */
const QUERY = 'ServiceRequest?status=active,on-hold&category=108252007,363679005,laboratory,imaging';
const CHUNK = 40;
interface Found {
  readonly orders: readonly Shown[];
  readonly about: readonly Shown[];
  readonly patients: ReadonlyMap<string, Shown>;
}

async function readUnanswered(device: Device): Promise<Found> {
  const orders = await readAll(device, QUERY);
  const about: Shown[] = [];
  for (let n = 0; n < orders.length; n += CHUNK) {
    const names = orders
      .slice(n, n + CHUNK)
      .map(({ key }) => `ServiceRequest/${key.id}`)
      .join(',');
    about.push(...(await readAll(device, `Task?focus=${names}`)));
    about.push(...(await readAll(device, `DiagnosticReport?based-on=${names}`)));
  }
  const ids = [...new Set(orders.map(({ resource }) => patientOf(resource)))];
  const patients = await device.read(ids.map((id) => ({ type: 'Patient', id })));
  return {
    orders,
    about,
    patients: new Map(patients.flatMap((one) => (one === undefined ? [] : [[one.key.id, one] as const]))),
  };
}
const patientOf = (order: Unanswered['order']): string =>
  textOf(at(order['subject'], 'reference')).replace(/^Patient\//, '');

export function UnansweredScreen(): ReactElement {
  const t = useTexts(unansweredTexts);
  const o = useTexts(orderTexts);
  const f = useTexts(orderFormTexts);
  const w = useTexts(writeTexts);
  const { lasting } = useAgo();
  const now = useNow();
  const { asOf } = useStatus();
  const own = useOwnDepartments();
  const me = useMe();
  const go = useNavigate();
  const found = useRead(
    useCallback((device: Device) => readUnanswered(device), []),
    () => true,
  );
  // Who reads no orders is not told that there are none.
  if (me?.may('ServiceRequest', 'read') === false) return <Page title={t('title')}>{w('notForYou')}</Page>;
  if (found === undefined) {
    return (
      <Page title={t('title')}>
        <Loading />
      </Page>
    );
  }
  const rows = unanswered(
    found.orders,
    found.about.map(({ resource }) => resource),
    own.length > 0 ? own : ['laboratory', 'imaging'],
    now,
  );
  const columns: readonly Column<Unanswered>[] = [
    {
      key: 'order',
      head: t('order'),
      isRowHead: true,
      cell: ({ order, mustPhone }) => (
        <>
          {serviceLine(order).words}{' '}
          {mustPhone && (
            <Tag tone="danger" icon="phone" strong>
              {t('phone')}
            </Tag>
          )}
        </>
      ),
    },
    {
      key: 'patient',
      head: t('patient'),
      cell: ({ order }) => <Patient shown={found.patients.get(patientOf(order))} />,
    },
    {
      key: 'priority',
      head: t('priority'),
      cell: ({ order }) => {
        const priority = PRIORITIES.find((one) => one === order['priority']);
        return priority === undefined ? '' : f(priority);
      },
      by: ({ order }) => -PRIORITIES.findIndex((one) => one === order['priority']),
    },
    {
      key: 'state',
      head: t('state'),
      cell: ({ progress }) => (
        <>
          {o(`state-${progress.state}`)}
          {progress.why !== undefined && progress.why !== '' && <div>{o('because', { why: progress.why })}</div>}
        </>
      ),
      by: ({ progress }) => ORDER_STATES.indexOf(progress.state),
    },
    {
      key: 'waiting',
      head: t('waiting'),
      cell: ({ written }) => (written === undefined ? '' : lasting(now - written)),
      by: ({ written }) => written,
    },
  ];
  return (
    <Page wide title={t('title')}>
      <Stack>
        <p className={styles['quiet']}>
          {asOf === undefined ? t('asOfNever') : `${t('asOf', { time: formatMoment(asOf, now) })}.`} {t('emptyWhy')}
        </p>
        <Table
          caption={t('title')}
          columns={columns}
          rows={rows}
          rowKey={({ order }) => order.id ?? ''}
          rowLook={(row) => (row.mustPhone ? 'alert' : undefined)}
          onOpen={({ order }) => void go(`/patient/${patientOf(order)}/orders`)}
          empty={<EmptyState title={t('empty')}>{t('emptyWhy')}</EmptyState>}
        />
      </Stack>
    </Page>
  );
}

/** Two identifiers at least (DT30). */
function Patient({ shown }: { readonly shown: Shown | undefined }): ReactElement {
  if (shown === undefined) return <>?</>;
  const { name, birthDate, numbers } = identityLines(shown.resource, shown.conflict);
  return (
    <>
      <bdi>
        <strong>{name.family}</strong>
        {name.given === '' ? '' : `, ${name.given}`}
      </bdi>{' '}
      <bdi className={styles['quiet']}>
        {[birthDate === undefined ? '' : formatDate(birthDate), numbers[0]?.text ?? '']
          .filter((one) => one !== '')
          .join(' ')}
      </bdi>
    </>
  );
}
