// The decision itself: each difference by itself, one entry as it is, or both as two. A draft until it is written.
import { useState, type ReactElement } from 'react';
import { isObject } from '../../../core/care/merge/clinical-words.ts';
import type { ConflictShown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { RadioGroup, type Choice } from '../../parts/choice-fields.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, Loading, Notice, type FormError } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { DraftLine } from '../chart/outcome.part.tsx';
import { useDraft } from '../chart/use-draft.ts';
import type { Writing } from '../chart/use-write.ts';
import {
  compareSides,
  decidedText,
  keepsBothAlways,
  mayKeepBoth,
  startOf,
  textAsNew,
  type DifferingField,
  type FieldChoice,
} from './compare-sides.ts';
import styles from './conflicts.module.css';
import { FieldDecision, type Picked } from './field-decision.part.tsx';
import { conflictTexts } from './texts.ts';
import { retyped, wrongLeaves } from './type-anew.ts';
import { useElementName } from './use-element-name.ts';

interface Decision {
  /** `fields`, `both`, or `keep 0`. */
  readonly way: string;
  readonly picked: Readonly<Record<string, Picked>>;
  /** Of the entries that become resources of their own: a second click writes the same ones. */
  readonly ids: readonly string[];
}
const readKept = (kept: unknown): Decision | undefined => {
  const ok =
    typeof kept === 'object' &&
    kept !== null &&
    'way' in kept &&
    'picked' in kept &&
    'ids' in kept &&
    typeof kept.way === 'string' &&
    typeof kept.picked === 'object' &&
    Array.isArray(kept.ids);
  return ok ? (kept as Decision) : undefined;
};

/** The side from which everything is taken that no choice is about: the first that did not delete. */
const leadOf = ({ sides }: ConflictShown): number => sides.findIndex(({ text }) => text !== '');

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
    readKept,
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

  const decide = async (): Promise<void> => {
    const found = errorsOf(conflict, fields, value, t, elementName);
    setErrors(found);
    if (found.length > 0) return;
    onApart(value.way === 'both' || keepsBothAlways(shown.key.type));
    const saved = await writing.run(async (device) => {
      if (value.way === 'both') {
        const apart = await keepApart(device, conflict, value.ids);
        if (apart !== undefined) return apart;
      }
      return device.resolve(shown.key, shown.versionId, chosen(conflict, fields, value));
    });
    if (saved !== undefined) await draft.forget();
  };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void decide();
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

function chosen(
  conflict: ConflictShown,
  fields: readonly DifferingField[],
  { way, picked }: Decision,
): { readonly keep: string } | { readonly text: string } {
  const kept = way.startsWith('keep ') ? conflict.sides[Number(way.slice('keep '.length))] : undefined;
  if (kept !== undefined) return { keep: kept.hash };
  const lead = leadOf(conflict);
  if (way === 'both') return { keep: conflict.sides[lead]?.hash ?? '' };
  const choices = fields.flatMap(({ element }): readonly (readonly [string, FieldChoice])[] => {
    const pick = picked[element];
    if (pick === undefined) return [];
    if (pick.from !== 'anew')
      return [[element, pick.from === 'base' ? { from: 'base' } : { from: 'side', side: pick.side }]];
    const members = retyped(startOf(conflict, element), new Map(Object.entries(pick.typed)));
    return [[element, { from: 'anew', members: isObject(members) ? members : {} }]];
  });
  return { text: decidedText(conflict, lead, new Map(choices)) };
}

/** The other sides become resources of their own first: if what follows fails, both are there and the conflict is still open. */
async function keepApart(
  device: Parameters<Parameters<Writing['run']>[0]>[0],
  conflict: ConflictShown,
  ids: readonly string[],
): Promise<Awaited<ReturnType<typeof device.save>> | undefined> {
  const { type } = conflict.shown.key;
  const lead = leadOf(conflict);
  const others = conflict.sides.flatMap((side, n) => {
    const id = ids[n];
    return n === lead || side.text === '' || id === undefined ? [] : [{ side, id }];
  });
  const there = await device.read(others.map(({ id }) => ({ type, id })));
  const missing = others.filter((_, n) => there[n] === undefined);
  if (missing.length === 0) return undefined;
  const done = await device.save(
    missing.map(({ side, id }) => ({ kind: 'create' as const, type, id, text: textAsNew(side, id) })),
  );
  return done.ok ? undefined : done;
}
