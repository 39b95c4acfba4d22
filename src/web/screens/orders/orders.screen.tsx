// Orders of a patient: what must be phoned, what is under way with how far it came, what is done or was stopped.
//
//   OD10  What must be phoned stands first, with the number where the record has it.
//   OD12  Each says how far it came; a copy that is not whole never says "none".
import { useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import { kindOf } from '../../../core/care/orders/catalogue.ts';
import { mustPhone, orderState, type OrderProgress } from '../../../core/care/orders/order-state.ts';
import { serviceLine, stopServicePatch } from '../../../core/care/orders/write-service.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Card, Page, Stack } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { NothingHere, PartCopyNote } from '../chart/outcome.part.tsx';
import { ReasonDialog } from '../chart/record-item.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { writeTexts } from '../chart/write-texts.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { DepartmentButtons, useOwnDepartments } from './department-buttons.part.tsx';
import { orderFormTexts } from './form-texts.ts';
import { OrderPanel } from './order-panel.part.tsx';
import { hasDepartment, OrderWay } from './order-way.part.tsx';
import styles from './orders.module.css';
import { orderTexts } from './texts.ts';
import { useDepartments } from './use-departments.ts';

interface Order {
  readonly shown: Shown;
  readonly progress: OrderProgress;
}
const OVER: ReadonlySet<string> = new Set(['done', 'stopped', 'in-error']);
const PAST_SHOWN = 20;

export function OrdersScreen(): ReactElement {
  const t = useTexts(orderTexts);
  const w = useTexts(writeTexts);
  const { ofType, resources, now, mayRead, mayWrite } = usePatientChart();
  const own = useOwnDepartments();
  const [isWriting, setWriting] = useState(false);
  const [stopping, setStopping] = useState<string>();
  const [isAll, setAll] = useState(false);
  if (!mayRead('ServiceRequest')) return <Page title={t('title')}>{w('notForYou')}</Page>;
  const orders = ofType('ServiceRequest')
    .filter(({ resource }) => resource['intent'] !== 'plan' && resource['intent'] !== 'proposal')
    .map((shown): Order => ({ shown, progress: orderState(shown.resource, resources, shown.safe, shown.conflict) }))
    .toSorted((a, b) => (serviceLine(a.shown.resource).written < serviceLine(b.shown.resource).written ? 1 : -1));
  const open = orders.filter(({ progress }) => !OVER.has(progress.state));
  const past = orders.filter(({ progress }) => OVER.has(progress.state));
  const calls = open.filter(({ shown, progress }) => mustPhone(shown.resource, progress, now));
  // A department answers; it does not order for itself.
  const mayOrder = mayWrite('ServiceRequest') && own.length === 0;
  const list = (of: readonly Order[]): ReactElement => (
    <ul className={styles['list']}>
      {of.map((one) => (
        <OrderItem
          key={one.shown.key.id}
          order={one}
          {...(mayOrder && !OVER.has(one.progress.state) ? { onStop: setStopping } : {})}
        />
      ))}
    </ul>
  );
  const toStop = orders.find(({ shown }) => shown.key.id === stopping);
  return (
    <Page
      title={t('title')}
      actions={
        mayOrder && (
          <Button look="primary" icon="plus" onClick={() => setWriting(true)}>
            {t('add')}
          </Button>
        )
      }
    >
      <Stack>
        {calls.length > 0 && <PhoneNotice orders={calls} />}
        <Card title={t('open')} flush>
          {open.length === 0 ? <NothingHere whole={t('noOpen')} /> : list(open)}
        </Card>
        <Card title={t('past')} flush>
          {past.length === 0 ? (
            <NothingHere whole={t('nothingPast')} />
          ) : (
            list(isAll ? past : past.slice(0, PAST_SHOWN))
          )}
        </Card>
        {!isAll && past.length > PAST_SHOWN && (
          <Button onClick={() => setAll(true)}>{w('showMore', { count: past.length })}</Button>
        )}
        {orders.length > 0 && <PartCopyNote />}
      </Stack>
      {isWriting && <OrderPanel onClose={() => setWriting(false)} />}
      {toStop !== undefined && (
        <ReasonDialog
          shown={toStop.shown}
          title={t('stopOf', { what: serviceLine(toStop.shown.resource).words })}
          why={t('stopWhy')}
          patch={(reason) => stopServicePatch(toStop.shown.resource, reason)}
          missing={w('required')}
          action={t('stop')}
          onClose={() => setStopping(undefined)}
        />
      )}
    </Page>
  );
}

function PhoneNotice({ orders }: { readonly orders: readonly Order[] }): ReactElement {
  const t = useTexts(orderTexts);
  const departments = useDepartments();
  return (
    <div data-part="must-phone">
      <Notice tone="danger" icon="phone" told="now" title={t('mustPhone', { count: orders.length })}>
        <ul className={styles['plain']}>
          {orders.map(({ shown }) => {
            const { words } = serviceLine(shown.resource);
            const found = departments(kindOf(shown.resource));
            return (
              <li key={shown.key.id}>
                {found === undefined && t('tellWard', { what: words })}
                {found !== undefined && found.phone === '' && t('callNoNumber', { what: words, name: found.name })}
                {found !== undefined && found.phone !== '' && (
                  <>
                    {t('call', { what: words, name: found.name })}{' '}
                    <a href={`tel:${found.phone.replace(/[^\d+]/g, '')}`} dir="ltr">
                      {found.phone}
                    </a>
                  </>
                )}
              </li>
            );
          })}
        </ul>
      </Notice>
    </div>
  );
}

const isPriority = (text: string): text is 'urgent' | 'asap' | 'stat' => ['urgent', 'asap', 'stat'].includes(text);

function OrderItem({
  order: { shown, progress },
  onStop,
}: {
  readonly order: Order;
  readonly onStop?: (id: string) => void;
}): ReactElement {
  const t = useTexts(orderTexts);
  const f = useTexts(orderFormTexts);
  const { now, patientId } = usePatientChart();
  const line = serviceLine(shown.resource);
  const isOver = OVER.has(progress.state);
  return (
    <li data-order={line.words}>
      <div className={styles['head']}>
        <strong className={progress.state === 'in-error' ? styles['withdrawn'] : undefined}>{line.words}</strong>
        <Tag>{f(kindOf(shown.resource))}</Tag>
        {isPriority(line.priority) && (
          <Tag tone="warn" strong={line.priority === 'stat'}>
            {f(line.priority)}
          </Tag>
        )}
        <ConflictMark shown={shown} />
        <span className={styles['actions']}>
          <DepartmentButtons shown={shown} state={progress.state} />
          {!isOver && hasDepartment(kindOf(shown.resource)) && (
            <Link
              to={`/patient/${patientId}/requisition/${shown.key.id}`}
              aria-label={t('slipOf', { what: line.words })}
            >
              {t('slip')}
            </Link>
          )}
          {onStop !== undefined && (
            <Button size="small" aria-label={t('stopOf', { what: line.words })} onClick={() => onStop(shown.key.id)}>
              {t('stop')}
            </Button>
          )}
        </span>
      </div>
      <OrderWay kind={kindOf(shown.resource)} progress={progress} written={line.written} />
      <div className={styles['quiet']}>
        {line.question !== '' && <span>{line.question}. </span>}
        {line.wanted !== '' && <span>{t('wantedFor', { time: formatMoment(line.wanted, now) })}; </span>}
        <span>{t('written', { time: formatMoment(line.written, now), name: line.by })}</span>
      </div>
      {line.notes.map((text) => (
        <p key={text} className={styles['text']}>
          {text}
        </p>
      ))}
      {line.why !== '' && <p>{t('because', { why: line.why })}</p>}
    </li>
  );
}
