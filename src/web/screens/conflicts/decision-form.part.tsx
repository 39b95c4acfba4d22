// The decision itself: each difference by itself, one entry as it is, or both as two. A draft until it is written.
import { useState, type ReactElement } from 'react';
import type { ConflictShown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { RadioGroup, type Choice } from '../../parts/choice-fields.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, Loading, Notice, type FormError } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { DraftLine } from '../chart/outcome.part.tsx';
import { useDraft } from '../chart/use-draft.ts';
import type { Writing } from '../chart/use-write.ts';
import { compareSides, keepsBothAlways, mayKeepBoth, startOf, type DifferingField } from './compare-sides.ts';
import styles from './conflicts.module.css';
import { decide, readDecision, type Decision } from './decide.ts';
import { FieldDecision } from './field-decision.part.tsx';
import { conflictTexts } from './texts.ts';
import { wrongLeaves } from './type-anew.ts';
import { useElementName } from './use-element-name.ts';

export function DecisionForm(props: {
  readonly conflict: ConflictShown;
  readonly writing: Writing;
  readonly onApart: (apart: boolean) => void;
}): ReactElement {
  const { conflict, writing, onApart } = props;
  const { shown, sides, hidden } = conflict;
  const t = useTexts(conflictTexts);
  const draft = useDraft<Decision>(
    `conflict/${shown.key.type}/${shown.key.id}/${shown.versionId}`,
    () => ({ way: '', picked: {}, ids: sides.map(() => crypto.randomUUID()) }),
    readDecision,
  );
  const elementName = useElementName();
  const [errors, setErrors] = useState<readonly FormError[]>([]);
  const { value } = draft;
  if (value === undefined) return <Loading />;
  const { fields, deleted } = compareSides(conflict);
  const live = sides.filter(({ text }) => text !== '');
  const ways: readonly Choice[] = [
    ...(live.length > 1 && fields.length > 0 ? [{ value: 'fields', label: t('byField'), hint: t('byFieldHint') }] : []),
    ...sides.map((_, n) => ({
      value: `keep ${n}`,
      label: `${t('keepOne', { n: n + 1 })}${deleted[n] === true ? ` (${t('deletedIt')})` : ''}`,
    })),
    ...(live.length > 1 && mayKeepBoth(shown.key.type) && !keepsBothAlways(shown.key.type)
      ? [{ value: 'both', label: t('keepBoth'), hint: t('keepBothHint') }]
      : []),
  ];

  const press = async (): Promise<void> => {
    const found = errorsOf(conflict, fields, value, t, elementName);
    setErrors(found);
    if (found.length > 0) return;
    onApart(value.way === 'both' || keepsBothAlways(shown.key.type));
    const saved = await writing.run((device) => decide(device, conflict, value));
    if (saved !== undefined) await draft.forget();
  };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void press();
      }}
    >
      <Stack>
        <ErrorSummary errors={errors} />
        {keepsBothAlways(shown.key.type) && <Notice tone="info">{t('dosesHint')}</Notice>}
        <RadioGroup
          id="decide-way"
          label={t('how')}
          value={value.way}
          onChange={(way) => draft.change({ ...value, way })}
          choices={ways}
          error={errors.find(({ field }) => field === 'decide-way')?.text}
          disabled={hidden > 0}
        />
        <h2>{t('differ')}</h2>
        <div className={styles['fields']}>
          {fields.map((field) => (
            <FieldDecision
              key={field.element}
              conflict={conflict}
              field={field}
              isAsked={value.way === 'fields'}
              picked={value.picked[field.element]}
              onPick={(picked) => draft.change({ ...value, picked: { ...value.picked, [field.element]: picked } })}
              error={errors.find((one) => one.field === `field-${field.element}`)?.text}
            />
          ))}
        </div>
        <div>
          <Button type="submit" look="primary" icon="check" busy={writing.isBusy} disabled={hidden > 0}>
            {t('decide')}
          </Button>
        </div>
        <DraftLine draft={draft} />
      </Stack>
    </form>
  );
}

function errorsOf(
  conflict: ConflictShown,
  fields: readonly DifferingField[],
  { way, picked }: Decision,
  t: (key: 'choose' | 'chooseWay' | 'notANumber') => string,
  elementName: (element: string) => string,
): readonly FormError[] {
  if (way === '') return [{ field: 'decide-way', text: t('chooseWay') }];
  if (way !== 'fields') return [];
  return fields.flatMap(({ element }) => {
    const pick = picked[element];
    if (pick === undefined) return [{ field: `field-${element}`, text: `${elementName(element)}: ${t('choose')}` }];
    if (pick.from !== 'anew') return [];
    const typed = new Map(Object.entries(pick.typed));
    return wrongLeaves(startOf(conflict, element), typed).length === 0
      ? []
      : [{ field: `field-${element}`, text: `${elementName(element)}: ${t('notANumber')}` }];
  });
}
