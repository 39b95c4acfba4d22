// Who a form or a printed page is about: name, birth, number (DT30), in one line.
import type { ReactElement } from 'react';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { ageText } from '../../texts/clinical-age.ts';
import { formatDate } from '../../texts/clinical-dates.ts';
import { formatIdentifier } from '../../texts/clinical-names.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { bannerTexts } from './banner-texts.ts';
import { usePatientChart } from './use-patient-chart.ts';

export function Who(): ReactElement {
  const t = useTexts(bannerTexts);
  const { chart, now } = usePatientChart();
  if (chart.patient === undefined) return <span>{t('nameNotKnown')}</span>;
  const { name, birthDate, birthTime, numbers } = identityLines(chart.patient.resource, chart.patient.conflict);
  const [number] = numbers;
  return (
    <span data-part="who">
      <strong>
        <bdi>
          {name.family === '' ? t('nameNotKnown') : name.family}
          {name.given === '' ? '' : `, ${name.given}`}
          {name.title === '' ? '' : ` (${name.title})`}
        </bdi>
      </strong>{' '}
      {t('born')}{' '}
      <bdi dir="ltr">
        {birthDate === undefined
          ? t('bornNotKnown')
          : `${formatDate(birthDate)} (${ageText(birthTime ?? birthDate, now)})`}
      </bdi>{' '}
      <bdi>{number === undefined ? t('noNumber') : formatIdentifier(number.text)}</bdi>
    </span>
  );
}
