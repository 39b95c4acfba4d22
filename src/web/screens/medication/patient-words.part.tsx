// Who it is about, by name, date of birth and number: stands over every dialog that writes (DT30).
import type { ReactElement } from 'react';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { formatDate } from '../../texts/clinical-dates.ts';
import { formatIdentifier } from '../../texts/clinical-names.ts';
import { ageText } from '../../texts/clinical-age.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import styles from './medication.module.css';

export function PatientWords(): ReactElement {
  const { chart, now, patientId } = usePatientChart();
  const { patient } = chart;
  if (patient === undefined) return <strong data-part="patient-words">{patientId}</strong>;
  const { name, birthDate, numbers } = identityLines(patient.resource, patient.conflict);
  const words = [name.family, name.given].filter((part) => part !== '').join(', ');
  return (
    <div className={styles['facts']} data-part="patient-words">
      <strong>
        <bdi>{name.title === '' ? words : `${words} (${name.title})`}</bdi>
      </strong>
      {birthDate !== undefined && (
        <span>
          {formatDate(birthDate)} ({ageText(birthDate, now)})
        </span>
      )}
      {numbers[0] !== undefined && <bdi>{formatIdentifier(numbers[0].text)}</bdi>}
    </div>
  );
}
