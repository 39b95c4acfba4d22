// The fields of an order. Choosing a medicine brings its unit, its route and the ways in which it is often ordered.
import { useMemo, useState, type ReactElement } from 'react';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { Instant } from '../../../core/base/ports.ts';
import {
  DOSE_UNITS,
  ROUTE_KEYS,
  type DoseUnit,
  type MedicineRule,
  type OrderTemplate,
} from '../../../core/care/medication/drug-rules.ts';
import { dueTimes, instructionOf } from '../../../core/care/medication/due-times.ts';
import { searchMedicines } from '../../../core/care/medication/find-medicine.ts';
import { factsOf } from '../../../core/care/medication/patient-facts.ts';
import { tallMan } from '../../../core/care/medication/tall-man.ts';
import { orderResource } from '../../../core/care/medication/write-order.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, RadioGroup, Segmented, Select } from '../../parts/choice-fields.part.tsx';
import { Combobox } from '../../parts/combobox.part.tsx';
import { Card, Stack } from '../../parts/layout.part.tsx';
import { DateTimeField, NumberField, TextArea, TextField } from '../../parts/text-fields.part.tsx';
import { formatDateTime, toFhirDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { lineTexts } from './line-texts.ts';
import { amountWords, cadenceWords, routeWords, unitWords, type LineSpeak } from './line-words.ts';
import styles from './medication.module.css';
import {
  DURATIONS,
  faultsOf,
  OFTEN,
  typedOf,
  WHENS,
  withTemplate,
  type FaultAt,
  type PrescribeForm,
} from './prescribe-form.ts';
import { prescribeTexts } from './prescribe-texts.ts';
import { orderSetsOf, rulesOf, useContent } from './use-content.ts';

export function PrescribeFields({
  form,
  faults,
  onChange,
  record,
  now,
}: {
  readonly form: PrescribeForm;
  readonly faults: readonly FaultAt[];
  readonly onChange: (next: PrescribeForm) => void;
  readonly record: readonly ResourceJson[];
  readonly now: Instant;
}): ReactElement {
  const t = useTexts(prescribeTexts);
  const line = useTexts(lineTexts);
  const content = useContent();
  const rules = rulesOf(content);
  const [typed, setTyped] = useState('');
  const facts = useMemo(() => factsOf(record, now), [record, now]);
  const medicine = rules?.medicines.find(({ key }) => key === form.medicine);
  const error = (field: keyof PrescribeForm): string | undefined => {
    const found = faults.find((one) => one.field === field);
    return found === undefined ? undefined : t(found.fault);
  };
  const set = (change: Partial<PrescribeForm>): void => onChange({ ...form, ...change });
  const isChild = facts.age !== undefined && facts.age < 16;
  const kg = facts.weight?.value;
  const take = (rule: MedicineRule, template?: OrderTemplate): void => {
    const next: PrescribeForm = {
      ...form,
      medicine: rule.key,
      freeName: '',
      unit: rule.unit,
      route: rule.route,
      urgent: form.urgent || rule.critical,
    };
    onChange(template === undefined ? next : withTemplate(next, template, kg));
  };
  const found =
    rules === undefined ? [] : searchMedicines(rules, typed === '' ? form.medicine.replaceAll('-', ' ') : typed);
  const choices = (medicine === undefined || found.includes(medicine) ? found : [medicine, ...found]).map((one) => ({
    value: one.key,
    label: `${tallMan(one.name, rules?.tallMan ?? new Map())} ${one.form}`,
    hint: [routeWords(line, one.route), ...one.brands].join(', '),
  }));
  const templates = (medicine?.templates ?? []).filter((one) => (one.children === true) === isChild);
  const sets = orderSetsOf(content);
  return (
    <Stack>
      <Card title={t('medicine')}>
        <Stack>
          <Combobox
            id="rx-medicine"
            label={t('medicine')}
            hint={t('medicineHint')}
            value={form.medicine === '' ? form.freeName : form.medicine}
            choices={choices}
            onSearch={setTyped}
            onFreeText={(name) => set({ medicine: '', freeName: name })}
            onChange={(key) => {
              const rule = rules?.medicines.find((one) => one.key === key);
              if (rule !== undefined) take(rule);
            }}
            nothingFound={t('nothingFound')}
            error={error('medicine')}
            required
          />
          {templates.length > 0 && medicine !== undefined && (
            <div role="group" aria-label={t('templates')}>
              <p className={styles['muted']}>{t('templates')}</p>
              <div className={styles['templates']}>
                {templates.map((one, n) => (
                  <Button key={`${n}`} size="small" onClick={() => take(medicine, one)}>
                    {templateWords(line, medicine, one, kg)}
                  </Button>
                ))}
              </div>
            </div>
          )}
          {medicine === undefined && sets.length > 0 && rules !== undefined && !isChild && (
            <details>
              <summary>{t('orderSets')}</summary>
              <Stack>
                {sets.map((one) => (
                  <div key={one.key} role="group" aria-label={one.name}>
                    <p>
                      <strong>{one.name}</strong>
                    </p>
                    <div className={styles['templates']}>
                      {one.lines.flatMap(({ medicine: key, template }) => {
                        const rule = rules.medicines.find((m) => m.key === key);
                        const chosen = rule?.templates[template];
                        return rule === undefined || chosen === undefined
                          ? []
                          : [
                              <Button key={`${key} ${template}`} size="small" onClick={() => take(rule, chosen)}>
                                {rule.name} {templateWords(line, rule, chosen, kg)}
                              </Button>,
                            ];
                      })}
                    </div>
                  </div>
                ))}
              </Stack>
            </details>
          )}
        </Stack>
      </Card>
      <Card title={t('dose')}>
        <Stack>
          <Segmented
            label={t('ways')}
            value={form.isFree ? 'free' : 'structured'}
            choices={[
              { value: 'structured', label: t('structured') },
              { value: 'free', label: t('free') },
            ]}
            onChange={(way) => set({ isFree: way === 'free' })}
          />
          {form.isFree ? (
            <TextArea
              id="rx-freeDosage"
              label={t('freeDosage')}
              hint={t('freeHint')}
              value={form.freeDosage}
              onChange={(freeDosage) => set({ freeDosage })}
              maxLength={500}
              error={error('freeDosage')}
              required
            />
          ) : (
            <Numbers form={form} medicine={medicine} set={set} error={error} />
          )}
        </Stack>
      </Card>
      <Card title={t('when')}>
        <Stack>
          <DateTimeField
            id="rx-start"
            label={t('start')}
            value={form.start}
            onChange={(start) => set({ start })}
            error={error('start')}
            required
          />
          <FirstDose form={form} />
          {form.when !== 'once' && (
            <Select
              id="rx-days"
              label={t('duration')}
              value={DURATIONS.find((days) => days === form.days) ?? ''}
              nothing={t('openEnded')}
              choices={DURATIONS.map((days) => ({ value: days, label: t('days', { n: days }) }))}
              onChange={(days) => set({ days })}
              width="16rem"
            />
          )}
          <TextField
            id="rx-indication"
            label={t('indication')}
            value={form.indication}
            onChange={(indication) => set({ indication })}
            maxLength={200}
          />
          <TextField
            id="rx-note"
            label={t('note')}
            value={form.note}
            onChange={(note) => set({ note })}
            maxLength={500}
          />
          <Checkbox label={t('urgent')} checked={form.urgent} onChange={(urgent) => set({ urgent })} />
        </Stack>
      </Card>
    </Stack>
  );
}

function Numbers({
  form,
  medicine,
  set,
  error,
}: {
  readonly form: PrescribeForm;
  readonly medicine: MedicineRule | undefined;
  readonly set: (change: Partial<PrescribeForm>) => void;
  readonly error: (field: keyof PrescribeForm) => string | undefined;
}): ReactElement {
  const t = useTexts(prescribeTexts);
  const line = useTexts(lineTexts);
  // A medicine is dosed in its own unit; between milligrams, micrograms and grams a prescriber may choose.
  const mass: readonly DoseUnit[] = ['mg', 'microgram', 'g'];
  const units = medicine === undefined ? DOSE_UNITS : mass.includes(medicine.unit) ? mass : [medicine.unit];
  return (
    <>
      <div className={styles['beside']}>
        <NumberField
          id="rx-dose"
          label={t('dose')}
          value={form.dose}
          onChange={(dose) => set({ dose })}
          error={error('dose')}
          width="8rem"
          required
        />
        <Select
          id="rx-unit"
          label={t('unit')}
          value={form.unit}
          choices={units.map((unit) => ({ value: unit, label: unitWords(line, unit) }))}
          onChange={(unit) => {
            if (unit !== '') set({ unit });
          }}
          width="10rem"
        />
        <Select
          id="rx-route"
          label={t('route')}
          value={form.route}
          nothing="—"
          choices={ROUTE_KEYS.map((route) => ({ value: route, label: routeWords(line, route) }))}
          onChange={(route) => set({ route })}
          error={error('route')}
          width="14rem"
          required
        />
      </div>
      <RadioGroup
        id="rx-when"
        label={t('when')}
        value={form.when}
        choices={WHENS.map((value) => ({ value, label: t(value) }))}
        onChange={(when) => set({ when })}
        across
      />
      {form.when === 'times' && (
        <>
          <div className={styles['templates']} role="group" aria-label={t('often')}>
            {(['od', 'bd', 'tds', 'qds', 'nocte'] as const).map((often) => (
              <Button key={often} size="small" onClick={() => set({ clocks: OFTEN[often] })}>
                {t(often)}
              </Button>
            ))}
          </div>
          <TextField
            id="rx-clocks"
            label={t('clocks')}
            hint={t('clocksHint')}
            value={form.clocks}
            onChange={(clocks) => set({ clocks })}
            error={error('clocks')}
            width="20rem"
            required
          />
        </>
      )}
      {(form.when === 'interval' || form.when === 'as-needed' || form.when === 'infusion') && (
        <NumberField
          id="rx-hours"
          label={t(form.when === 'as-needed' ? 'hoursApart' : form.when === 'infusion' ? 'hoursOver' : 'hours')}
          value={form.hours}
          onChange={(hours) => set({ hours })}
          error={error('hours')}
          width="8rem"
          required
        />
      )}
      {form.when === 'as-needed' && (
        <div className={styles['beside']}>
          <NumberField
            id="rx-most"
            label={t('most')}
            unit={unitWords(line, form.unit)}
            value={form.most}
            onChange={(most) => set({ most })}
            error={error('most')}
            width="8rem"
            required
          />
          <TextField
            id="rx-asNeededReason"
            label={t('asNeededReason')}
            value={form.asNeededReason}
            onChange={(asNeededReason) => set({ asNeededReason })}
            error={error('asNeededReason')}
            maxLength={200}
            required
          />
        </div>
      )}
    </>
  );
}

/** When the first dose will be due, by the same function as the chart of doses. */
function FirstDose({ form }: { readonly form: PrescribeForm }): ReactElement | null {
  const t = useTexts(prescribeTexts);
  const rules = rulesOf(useContent());
  if (form.isFree || faultsOf(form).length > 0) return null;
  const typed = typedOf(form, rules);
  const order = {
    ...orderResource(typed, {
      subject: '',
      stay: undefined,
      who: { reference: '', display: '' },
      now: typed.startAt,
      replaces: undefined,
      textOf: toFhirDateTime,
    }),
    resourceType: 'MedicationRequest',
  };
  const instruction = instructionOf(order);
  const until = typed.startAt + 8 * 86_400_000;
  const zone = (at: Instant): number => -new Date(at).getTimezoneOffset();
  const due = instruction === undefined ? [] : dueTimes(order, instruction, { from: typed.startAt, until }, zone);
  const [first] = due;
  return first === undefined ? null : <p data-part="first-dose">{t('firstDose', { time: formatDateTime(first) })}</p>;
}

function templateWords(t: LineSpeak, medicine: MedicineRule, template: OrderTemplate, kg: number | undefined): string {
  const { timing } = template;
  const amount = amountWords(t, { value: template.dose, unit: medicine.unit });
  const dose = template.perKg === undefined ? amount : `${amount}/kg${kg === undefined ? '' : ` (${kg} kg)`}`;
  const when = cadenceWords(
    t,
    timing.kind === 'times'
      ? { kind: 'times', times: timing.times, every: 1, days: [] }
      : timing.kind === 'as-needed'
        ? { kind: 'as-needed', minutesApart: timing.hours * 60 }
        : timing,
  );
  return `${dose} — ${when}`;
}
