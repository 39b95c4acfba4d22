// Zone 2 of the banner, unfolded: address, telephones, contact, language, every number (PAB-0061 to PAB-0063).
import type { ReactElement } from 'react';
import type { JsonObject, JsonValue, ResourceJson } from '../../../core/base/json-types.ts';
import { identityLines } from '../../../core/care/banner/identity-lines.ts';
import { conceptWords } from '../../../core/care/banner/allergy-section.ts';
import { at, isObject, itemsOf, textOf } from '../../../core/care/merge/clinical-words.ts';
import { formatIdentifier } from '../../texts/clinical-names.ts';
import styles from './banner.module.css';
import type { BannerWords } from './banner-words.ts';

const INTERPRETER = 'http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired';

export function BannerDetails({
  patient,
  t,
}: {
  readonly patient: ResourceJson;
  readonly t: BannerWords;
}): ReactElement {
  const phones = (of: JsonValue | undefined): string =>
    itemsOf(of)
      .filter(isObject)
      .filter((one) => ['phone', 'sms'].includes(textOf(one['system'])))
      .map((one) => textOf(one['value']))
      .join(', ');
  const contact = itemsOf(patient['contact']).filter(isObject)[0];
  const needsInterpreter = itemsOf(patient['extension'])
    .filter(isObject)
    .some((one) => one['url'] === INTERPRETER && one['valueBoolean'] === true);
  const language = itemsOf(patient['communication']).filter(isObject);
  const rows: readonly (readonly [string, string])[] = [
    ...identityLines(patient, false).numbers.map(
      ({ kind, text }) => [t(kind === 'other' ? 'number' : kind), formatIdentifier(text)] as const,
    ),
    [t('address'), itemsOf(patient['address']).filter(isObject).map(addressWords).join('; ')],
    [t('phone'), phones(patient['telecom'])],
    [t('contact'), contact === undefined ? '' : contactWords(contact, phones(contact['telecom']))],
    [
      t('language'),
      [language.map((one) => conceptWords(one['language'])).join(', '), needsInterpreter ? t('interpreter') : '']
        .filter(Boolean)
        .join(' – '),
    ],
    [
      t('gp'),
      itemsOf(patient['generalPractitioner'])
        .map((one) => textOf(at(one, 'display')))
        .join(', '),
    ],
  ];
  return (
    <dl className={styles['details']}>
      {rows.map(([label, words]) => (
        <div key={`${label} ${words}`}>
          <dt>{label}</dt>
          <dd>
            <bdi>{words === '' ? t('nothingRecorded') : words}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function addressWords(address: JsonObject): string {
  const text = textOf(address['text']);
  const parts = [...itemsOf(address['line']).map(textOf), textOf(address['city']), textOf(address['postalCode'])];
  return text === '' ? parts.filter((part) => part !== '').join(', ') : text;
}
function contactWords(contact: JsonObject, phone: string): string {
  const name = contact['name'];
  const called = isObject(name)
    ? textOf(name['text']) || [...itemsOf(name['given']).map(textOf), textOf(name['family'])].join(' ')
    : '';
  const who = itemsOf(contact['relationship']).map(conceptWords).filter(Boolean).join(', ');
  return [called, who, phone].filter((part) => part !== '').join(', ');
}
