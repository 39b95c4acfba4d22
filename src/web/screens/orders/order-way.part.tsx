// How far an order came: its state in words with since when and by whom, and the steps as shapes.
//
//   OD12  Each order says how far it came, since when, and who said so.
import type { ReactElement } from 'react';
import type { OrderProgress, OrderState } from '../../../core/care/orders/order-state.ts';
import type { OrderKind } from '../../../core/care/orders/catalogue.ts';
import { whoSaid } from '../../../core/care/orders/department.ts';
import { classNames } from '../../parts/class-names.ts';
import { Tag } from '../../parts/tag.part.tsx';
import type { Tone } from '../../parts/tones.ts';
import { useAgo } from '../../texts/ago.ts';
import { formatMoment } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import styles from './orders.module.css';
import { orderTexts } from './texts.ts';

const TONES: Readonly<Record<OrderState, Tone>> = {
  draft: 'neutral',
  written: 'device',
  sent: 'warn',
  received: 'info',
  acknowledged: 'ok',
  'in-progress': 'ok',
  done: 'ok',
  refused: 'danger',
  held: 'warn',
  stopped: 'neutral',
  disputed: 'danger',
  'in-error': 'neutral',
};
const WAY = ['written', 'sent', 'received', 'acknowledged', 'done'] as const;
const REACHED: Readonly<Partial<Record<OrderState, number>>> = {
  written: 0,
  sent: 1,
  received: 2,
  acknowledged: 3,
  'in-progress': 3,
  done: 4,
};

/** A diet and care at the bed go to no department: nobody's word is waited for. */
export const hasDepartment = (kind: OrderKind): boolean => kind !== 'diet' && kind !== 'nursing';

export function OrderWay({
  kind,
  progress,
  written,
}: {
  readonly kind: OrderKind;
  readonly progress: OrderProgress;
  /** FHIR dateTime. */
  readonly written: string;
}): ReactElement {
  const t = useTexts(orderTexts);
  const { lasting } = useAgo();
  const { now, resources } = usePatientChart();
  const { state, since, why, by } = progress;
  const reached = REACHED[state];
  const from = since ?? (state === 'written' || state === 'sent' ? Date.parse(written) : Number.NaN);
  const who = whoSaid(by, resources);
  const isAtSite = state === 'sent' && !hasDepartment(kind);
  return (
    <div className={styles['way']} data-state={state}>
      <Tag tone={isAtSite ? 'info' : TONES[state]} strong={state === 'refused' || state === 'disputed'}>
        {t(isAtSite ? 'state-at-site' : `state-${state}`)}
      </Tag>{' '}
      <span className={styles['quiet']}>
        {!Number.isNaN(from) && state !== 'done' && t('for', { time: lasting(now - from) })}
        {!Number.isNaN(from) && state === 'done' && formatMoment(from, now)}
        {who !== '' && ` ${t('saidBy', { name: who })}`}
      </span>
      {why !== undefined && why !== '' && <strong> {t('because', { why })}</strong>}
      {reached !== undefined && state !== 'done' && hasDepartment(kind) && (
        <ol className={styles['steps']} aria-label={t('way')}>
          {WAY.map((step, n) => (
            <li
              key={step}
              className={classNames(n <= reached && styles['reached'])}
              aria-current={n === reached ? 'step' : undefined}
            >
              <span aria-hidden="true">{n <= reached ? '●' : '○'}</span> {t(`step-${step}`)}
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
