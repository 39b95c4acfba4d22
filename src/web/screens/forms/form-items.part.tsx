// The items of a form, as they stand below each other: groups, tables, repetitions, words between.
import type { ReactElement, ReactNode } from 'react';
import type { Entry, Filled, Place } from '../../../core/care/questionnaire/filled.ts';
import { wordsIn, type FormItem } from '../../../core/care/questionnaire/form-items.ts';
import { spot, spotOfEntry } from '../../../core/care/questionnaire/respond.ts';
import { Button, IconButton } from '../../parts/button.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { AnswerField } from './answer-field.part.tsx';
import { ChosenFields } from './chosen-fields.part.tsx';
import { fieldId, itemWords, useForm } from './form-context.ts';
import styles from './forms.module.css';
import { formTexts } from './texts.ts';

interface LevelProps {
  readonly items: readonly FormItem[];
  readonly filled: readonly Filled[];
  /** Spot of the entry that these stand in; '' at the root. */
  readonly within: string;
  readonly above: Place;
}
export function FormItems({ items, filled, within, above }: LevelProps): ReactElement {
  const { disabled } = useForm();
  return (
    <>
      {items.map((item) => {
        const here = spot(within, item.linkId);
        const entries = filled.find(({ linkId }) => linkId === item.linkId)?.entries ?? [];
        if (disabled.has(here) || item.isHidden) return null;
        return <Item key={here} item={item} entries={entries} here={here} above={above} />;
      })}
    </>
  );
}

interface ItemProps {
  readonly item: FormItem;
  readonly entries: readonly Entry[];
  readonly here: string;
  readonly above: Place;
}
function Item(props: ItemProps): ReactElement {
  const { item } = props;
  const { language } = useForm();
  const help = item.help.map((one) => wordsIn(one, 'text', language)).join(' ');
  switch (item.type) {
    case 'display':
      return <p className={styles['display']}>{itemWords(item, language)}</p>;
    case 'group':
      return item.control === 'gtable' && fitsTable(item) ? (
        <TableGroup {...props} help={help} />
      ) : (
        <Group {...props} help={help} />
      );
    case 'choice':
    case 'open-choice':
      return item.repeats || item.control === 'check-box' ? (
        <ChosenFields {...props} help={help} />
      ) : (
        <Question {...props} help={help} />
      );
    default:
      return <Question {...props} help={help} />;
  }
}

type WithHelp = ItemProps & { readonly help: string };

/** A cell holds one answer: whatever needs more stands below each other, so that nothing of the form is left out. */
const fitsTable = (item: FormItem): boolean =>
  item.items.every(
    ({ type, repeats, items, control }) =>
      type !== 'group' && type !== 'display' && !repeats && items.length === 0 && control !== 'check-box',
  );

function Group({ item, entries, here, above, help }: WithHelp): ReactElement {
  const t = useTexts(formTexts);
  const { language, step, faults, words } = useForm();
  const name = itemWords(item, language);
  const fault = faults.get(spotOfEntry(here, 0));
  return (
    <>
      {entries.map((entry, n) => (
        <fieldset key={spotOfEntry(here, n)} className={styles['group']}>
          <legend>
            {item.repeats ? t('row', { what: name, n: n + 1 }) : name}
            {item.required && <span aria-hidden="true"> *</span>}
          </legend>
          {help !== '' && <p className={styles['help']}>{help}</p>}
          {n === 0 && fault !== undefined && <Fault id={fieldId(spotOfEntry(here, 0))}>{words(fault)}</Fault>}
          <FormItems
            items={item.items}
            filled={entry.items}
            within={spotOfEntry(here, n)}
            above={[...above, [item.linkId, n]]}
          />
          {item.repeats && entries.length > 1 && (
            <div>
              <Button
                size="small"
                icon="minus"
                onClick={() => step({ kind: 'remove', place: [...above, [item.linkId, n]] })}
              >
                {t('remove', { what: name, n: n + 1 })}
              </Button>
            </div>
          )}
        </fieldset>
      ))}
      {item.repeats && <AddButton item={item} above={above} />}
    </>
  );
}

/** A repeating group of which every entry is a row. */
function TableGroup({ item, entries, here, above, help }: WithHelp): ReactElement {
  const t = useTexts(formTexts);
  const { language, step, disabled } = useForm();
  const name = itemWords(item, language);
  const columns = item.items.filter(({ isHidden }) => !isHidden);
  return (
    <fieldset className={styles['group']}>
      <legend>{name}</legend>
      {help !== '' && <p className={styles['help']}>{help}</p>}
      <div className={styles['scroll']}>
        <table className={styles['table']}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.linkId} scope="col">
                  {itemWords(column, language)}
                </th>
              ))}
              <td />
            </tr>
          </thead>
          <tbody>
            {entries.map((entry, n) => (
              <tr key={spotOfEntry(here, n)}>
                {columns.map((column) => {
                  const within = spotOfEntry(here, n);
                  const own = entry.items.find(({ linkId }) => linkId === column.linkId)?.entries[0];
                  return (
                    <td key={column.linkId}>
                      {own !== undefined && !disabled.has(spot(within, column.linkId)) && (
                        <AnswerField
                          item={column}
                          typed={own.typed}
                          spot={spotOfEntry(spot(within, column.linkId), 0)}
                          place={[...above, [item.linkId, n], [column.linkId, 0]]}
                          help=""
                          hideLabel
                        />
                      )}
                    </td>
                  );
                })}
                <td>
                  {entries.length > 1 && (
                    <IconButton
                      icon="minus"
                      label={t('remove', { what: name, n: n + 1 })}
                      onClick={() => step({ kind: 'remove', place: [...above, [item.linkId, n]] })}
                    />
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {item.repeats && <AddButton item={item} above={above} />}
    </fieldset>
  );
}

/** One answer, or one after the other, each with the questions that hang on it. */
function Question({ item, entries, here, above, help }: WithHelp): ReactElement {
  const t = useTexts(formTexts);
  const { language, step } = useForm();
  const name = itemWords(item, language);
  return (
    <>
      {entries.map((entry, n) => (
        <div key={spotOfEntry(here, n)} className={styles['question']}>
          <div className={styles['answer']}>
            <AnswerField
              item={item}
              typed={entry.typed}
              spot={spotOfEntry(here, n)}
              place={[...above, [item.linkId, n]]}
              help={help}
            />
            {item.repeats && entries.length > 1 && (
              <IconButton
                icon="minus"
                label={t('remove', { what: name, n: n + 1 })}
                onClick={() => step({ kind: 'remove', place: [...above, [item.linkId, n]] })}
              />
            )}
          </div>
          {item.items.length > 0 && (
            <div className={styles['below']}>
              <FormItems
                items={item.items}
                filled={entry.items}
                within={spotOfEntry(here, n)}
                above={[...above, [item.linkId, n]]}
              />
            </div>
          )}
        </div>
      ))}
      {item.repeats && !item.readOnly && <AddButton item={item} above={above} />}
    </>
  );
}

function AddButton({ item, above }: { readonly item: FormItem; readonly above: Place }): ReactElement {
  const t = useTexts(formTexts);
  const { language, step } = useForm();
  return (
    <div>
      <Button size="small" icon="plus" onClick={() => step({ kind: 'add', place: [...above, [item.linkId, 0]] })}>
        {t('add', { what: itemWords(item, language) })}
      </Button>
    </div>
  );
}
export function Fault({ id, children }: { readonly id: string; readonly children: ReactNode }): ReactElement {
  return (
    <p id={id} tabIndex={-1} className={styles['fault']}>
      <Icon name="octagon" size={1} /> {children}
    </p>
  );
}
