// A response as it is read: every question and answer as they were written, with or without the form.
import type { ReactElement } from 'react';
import type { JsonObject, JsonValue } from '../../../core/base/json-types.ts';
import { isObject, itemsOf, textOf } from '../../../core/care/merge/clinical-words.ts';
import { choiceOf, wordsIn, type Form, type FormItem } from '../../../core/care/questionnaire/form-items.ts';
import { useLanguage, useTexts } from '../../texts/use-texts.ts';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { Lines } from '../chart/version-panel.part.tsx';
import { bodyOf } from '../conflicts/compare-sides.ts';
import { valueLines } from '../conflicts/value-lines.ts';
import type { Shown } from '../../device/device.ts';
import styles from './forms.module.css';
import { formTexts } from './texts.ts';

export function ResponseView({
  response,
  form,
}: {
  readonly response: Shown;
  readonly form: Form | undefined;
}): ReactElement {
  const t = useTexts(formTexts);
  const body = bodyOf(response.text) ?? {};
  const known = new Map(form === undefined ? [] : everyItem(form.items).map((item) => [item.linkId, item] as const));
  return (
    <div className={styles['said']}>
      {form === undefined && <p className={styles['help']}>{t('formGone')}</p>}
      {itemsOf(body['item'])
        .filter(isObject)
        .map((item, n) => (
          <Said key={`${n} ${textOf(item['linkId'])}`} item={item} known={known} />
        ))}
    </div>
  );
}
const everyItem = (items: readonly FormItem[]): readonly FormItem[] =>
  items.flatMap((item) => [item, ...everyItem(item.items)]);

function Said({
  item,
  known,
}: {
  readonly item: JsonObject;
  readonly known: ReadonlyMap<string, FormItem>;
}): ReactElement {
  const t = useTexts(formTexts);
  const language = useLanguage();
  const linkId = textOf(item['linkId']);
  const asked = known.get(linkId);
  const words = (asked === undefined ? '' : wordsIn(asked.source, 'text', language)) || textOf(item['text']) || linkId;
  const answers = itemsOf(item['answer']).filter(isObject);
  const below = itemsOf(item['item']).filter(isObject);
  return (
    <div>
      <strong>{words}</strong>{' '}
      {answers.map((answer, n) => (
        <span key={`${n} ${linkId}`}>
          {n > 0 && ', '}
          <Answer answer={answer} />
          {itemsOf(answer['item'])
            .filter(isObject)
            .map((one, i) => (
              <Said key={`${i} ${textOf(one['linkId'])}`} item={one} known={known} />
            ))}
        </span>
      ))}
      {answers.length === 0 && below.length === 0 && <em>{t('noAnswer')}</em>}
      {below.map((one, n) => (
        <Said key={`${n} ${textOf(one['linkId'])}`} item={one} known={known} />
      ))}
    </div>
  );
}

function Answer({ answer }: { readonly answer: JsonObject }): ReactElement {
  const t = useTexts(formTexts);
  const language = useLanguage();
  const found = choiceOf(answer, 'value');
  if (found === undefined) return <em>{t('noAnswer')}</em>;
  const [element, value] = found;
  if (typeof value === 'boolean') return <>{t(value ? 'yes' : 'no')}</>;
  if (element === 'valueCoding' && isObject(value))
    return <>{wordsIn(value, 'display', language) || textOf(value['code'])}</>;
  if (element === 'valueDateTime' || element === 'valueDate')
    return <bdi dir="ltr">{formatDateTime(textOf(value))}</bdi>;
  if (element === 'valueAttachment' && isObject(value)) return <>{t('attached', { name: textOf(value['title']) })}</>;
  return <Lines of={valueLines(value satisfies JsonValue)} />;
}
