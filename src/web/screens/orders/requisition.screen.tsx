// One order on paper, for a department that cannot be reached (DT34). The banner above it has who it is for.
//
//   OD11  Paper is no receipt: there is room for who took it. The audit is told before anything is printed.
import type { ReactElement } from 'react';
import { Link, useParams } from 'react-router';
import { kindOf } from '../../../core/care/orders/catalogue.ts';
import { orderState } from '../../../core/care/orders/order-state.ts';
import { PRIORITIES, serviceLine } from '../../../core/care/orders/write-service.ts';
import { Button } from '../../parts/button.part.tsx';
import { DefinitionList, Page, Stack, type Definition } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { Who } from '../chart/who.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { orderFormTexts } from './form-texts.ts';
import styles from './orders.module.css';
import { orderTexts } from './texts.ts';
import { useDepartments } from './use-departments.ts';

export function RequisitionScreen(): ReactElement {
  const t = useTexts(orderTexts);
  const f = useTexts(orderFormTexts);
  const w = useTexts(writeTexts);
  const { id = '' } = useParams();
  const { patientId, ofType, resources, now, mayRead } = usePatientChart();
  const departments = useDepartments();
  const device = useDevice();
  const back = <Link to={`/patient/${patientId}/orders`}>{t('toOrders')}</Link>;
  const shown = ofType('ServiceRequest').find(({ key }) => key.id === id);
  if (shown === undefined) {
    return (
      <Page title={t('slip')}>
        <Stack>
          <p>{mayRead('ServiceRequest') ? t('notFound') : w('notForYou')}</p>
          {back}
        </Stack>
      </Page>
    );
  }
  const line = serviceLine(shown.resource);
  const kind = kindOf(shown.resource);
  const department = departments(kind);
  const { state } = orderState(shown.resource, resources, shown.safe, shown.conflict);
  const priority = PRIORITIES.find((one) => one === line.priority);
  const row = (key: string, term: string, is: string): readonly Definition[] => (is === '' ? [] : [{ key, term, is }]);
  const items = [
    ...row('what', f('what'), line.words),
    ...row('kind', f('kind'), f(kind)),
    ...row('priority', f('priority'), priority === undefined ? '' : f(priority)),
    ...row('question', f('question'), line.question),
    ...row('wanted', f('wanted'), line.wanted === '' ? '' : formatDateTime(line.wanted)),
    ...row('note', f('note'), line.notes.join('; ')),
    ...row('to', t('to'), department === undefined ? '' : `${department.name} ${department.phone}`.trim()),
    ...row('by', t('by'), line.by),
    ...row('written', t('writtenAt'), formatDateTime(line.written)),
    ...row('way', t('way'), t(`state-${state}`)),
    ...row('number', t('orderNumber'), shown.key.id),
  ];
  const print = async (): Promise<void> => {
    await device.printed([patientId], 'requisition slip');
    window.print();
  };
  return (
    <Page
      title={t('slipOf', { what: line.words })}
      actions={
        <span className={styles['screenOnly']}>
          {back}{' '}
          <Button look="primary" icon="print" onClick={() => void print()}>
            {t('print')}
          </Button>
        </span>
      }
    >
      <div className={styles['slip']} data-part="slip">
        <Who />
        <DefinitionList items={items} />
        <Notice tone="warn">{t('paperNoReceipt')}</Notice>
        <dl className={styles['boxes']}>
          {(['takenBy', 'takenAt', 'readBack'] as const).map((key) => (
            <div key={key}>
              <dt>{t(key)}</dt>
              <dd />
            </div>
          ))}
        </dl>
        <p className={styles['quiet']}>{t('printedAt', { time: formatDateTime(now) })}</p>
      </div>
    </Page>
  );
}
