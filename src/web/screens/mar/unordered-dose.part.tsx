// A dose that was given on somebody's word, before anybody could write an order: an emergency. It is charted, and orders nothing.
//
//   MD45  Its medicine is checked as an order's would be, and its doses of the last 24 hours are shown, before it is charted.
import { useMemo, useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { entryOf, wentIn } from '../../../core/care/medication/dose-entry.ts';
import { DOSE_UNITS, ROUTE_KEYS, type DoseUnit, type RouteKey } from '../../../core/care/medication/drug-rules.ts';
import { medicineName, searchMedicines } from '../../../core/care/medication/find-medicine.ts';
import { doseResource, quantityOf } from '../../../core/care/medication/write-dose.ts';
import { orderResource } from '../../../core/care/medication/write-order.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, Select } from '../../parts/choice-fields.part.tsx';
import { Combobox } from '../../parts/combobox.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, Notice } from '../../parts/notice.part.tsx';
import { DateTimeField, NumberField, TextField } from '../../parts/text-fields.part.tsx';
import { toFhirDateTime, toInputDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { WriteOutcome } from '../chart/outcome.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { useDevice } from '../frame/use-device.ts';
import { Checks } from '../medication/checks.part.tsx';
import { lineTexts } from '../medication/line-texts.ts';
import { routeWords, unitWords } from '../medication/line-words.ts';
import { PatientWords } from '../medication/patient-words.part.tsx';
import { checkHere, rulesInForce, rulesOf, useContent } from '../medication/use-content.ts';
import { momentIn } from './dose-form.ts';
import { doseTexts } from './dose-texts.ts';
import { entryWords } from './entry-item.part.tsx';
import styles from './mar.module.css';
import { unorderedTexts } from './unordered-texts.ts';

const DAY_MS = 86_400_000;

export function UnorderedDose({
  onClose,
  onSaved,
}: {
  readonly onClose: () => void;
  readonly onSaved: (name: string) => void;
}): ReactElement {
  const t = useTexts(doseTexts);
  const u = useTexts(unorderedTexts);
  const line = useTexts(lineTexts);
  const device = useDevice();
  const { subject, stay, me, now, resources, stale, asOf, whole } = usePatientChart();
  const content = useContent();
  const rules = rulesOf(content);
  const writing = useWrite();
  const [id] = useState(() => crypto.randomUUID());
  const [typed, setTyped] = useState('');
  const [key, setKey] = useState('');
  const [name, setName] = useState('');
  const [dose, setDose] = useState('');
  const [unit, setUnit] = useState<DoseUnit>('mg');
  const [route, setRoute] = useState<RouteKey | ''>('');
  const [time, setTime] = useState(() => toInputDateTime(now));
  const [site, setSite] = useState('');
  const [saidBy, setSaidBy] = useState('');
  const [isRight, setRight] = useState(false);
  const [isTried, setTried] = useState(false);
  const medicine = rules?.medicines.find((one) => one.key === key);
  const amount = /^\d+(\.\d+)?$/.test(dose) && Number(dose) > 0 ? { value: Number(dose), unit } : undefined;
  const at = momentIn(time);
  const inFuture = at !== undefined && at > now + 120_000;
  /** As an order would be: for the checks, and for what the dose says of its medicine. It is never written. */
  const asOrder = useMemo<ResourceJson | undefined>(() => {
    if (medicine === undefined && name === '') return undefined;
    const startAt = at ?? now;
    const body = orderResource(
      {
        medicine,
        freeName: name,
        dose: amount,
        route: route === '' ? undefined : route,
        timing: { kind: 'once' },
        freeDosage: amount === undefined ? '—' : '',
        startAt,
        endAt: undefined,
        indication: '',
        note: '',
        urgent: true,
      },
      {
        subject,
        stay: stay === undefined ? undefined : `Encounter/${stay.key.id}`,
        who: { reference: me?.who ?? '', display: me?.name ?? '' },
        now: startAt,
        replaces: undefined,
        textOf: toFhirDateTime,
      },
    );
    return { ...body, resourceType: 'MedicationRequest' };
    // oxlint-disable-next-line exhaustive-deps
  }, [medicine, name, dose, unit, route, time, subject, stay, me]);
  const inForce = rulesInForce(content);
  const checked =
    asOrder === undefined || inForce === undefined
      ? undefined
      : checkHere(
          { order: asOrder, record: resources, now, stale: stale || !whole, ...(asOf === undefined ? {} : { asOf }) },
          inForce,
        );
  const wanted = asOrder === undefined ? '' : medicineName(asOrder).toLowerCase();
  const recent = resources
    .flatMap((one) => entryOf(one) ?? [])
    .filter((one) => wentIn(one) && now - one.at < DAY_MS && one.medicine.toLowerCase() === wanted && wanted !== '');
  const errors = [
    ...(asOrder === undefined ? [{ field: 'adhoc-medicine', text: u('medicineMissing') }] : []),
    ...(amount === undefined ? [{ field: 'adhoc-dose', text: t('doseMissing') }] : []),
    ...(at === undefined ? [{ field: 'adhoc-time', text: t('timeMissing') }] : []),
    ...(inFuture ? [{ field: 'adhoc-time', text: t('future') }] : []),
    ...(saidBy.trim() === '' ? [{ field: 'adhoc-said', text: u('saidByMissing') }] : []),
    ...(isRight ? [] : [{ field: 'adhoc-right', text: u('rightMissing') }]),
  ];
  const error = (field: string): string | undefined =>
    isTried ? errors.find((one) => one.field === `adhoc-${field}`)?.text : undefined;
  const save = async (): Promise<void> => {
    setTried(true);
    if (errors.length > 0 || asOrder === undefined || amount === undefined || at === undefined || me === undefined)
      return;
    const body = doseResource({
      request: asOrder,
      at,
      now: device.status().now,
      done: {
        what: 'given',
        amount,
        amountWord: String(quantityOf(amount)['unit']),
        site: site.trim(),
        running: false,
      },
      who: { reference: me.who, display: me.name },
      fromPaper: false,
      override: '',
      scanned: false,
      note: `Given without an order, on the word of ${saidBy.trim()}`,
      textOf: toFhirDateTime,
    });
    const done = await writing.write([{ kind: 'create', type: 'MedicationAdministration', id, text: printJson(body) }]);
    if (done !== undefined) onSaved(medicineName(asOrder));
  };
  const found = rules === undefined ? [] : searchMedicines(rules, typed === '' ? key.replaceAll('-', ' ') : typed);
  const choices = medicine === undefined || found.includes(medicine) ? found : [medicine, ...found];
  return (
    <SidePanel
      open
      onClose={onClose}
      title={u('unordered')}
      about={<PatientWords />}
      actions={
        <>
          <Button look="primary" busy={writing.isBusy} onClick={() => void save()}>
            {t('save')}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </>
      }
    >
      <Stack>
        <p>{u('what')}</p>
        {isTried && errors.length > 0 && <ErrorSummary errors={errors} />}
        <Combobox
          id="adhoc-medicine"
          label={u('medicine')}
          value={key === '' ? name : key}
          choices={choices.map((one) => ({
            value: one.key,
            label: `${one.name} ${one.form}`,
            hint: routeWords(line, one.route),
          }))}
          onSearch={setTyped}
          onFreeText={(free) => {
            setKey('');
            setName(free);
          }}
          onChange={(chosen) => {
            const rule = rules?.medicines.find((one) => one.key === chosen);
            if (rule === undefined) return;
            setKey(rule.key);
            setName('');
            setUnit(rule.unit);
            setRoute(rule.route);
          }}
          nothingFound={u('nothingFound')}
          error={error('medicine')}
          required
        />
        <div className={styles['beside']}>
          <NumberField
            id="adhoc-dose"
            label={t('dose')}
            value={dose}
            onChange={setDose}
            error={error('dose')}
            width="8rem"
            required
          />
          <Select
            label={u('unit')}
            value={unit}
            choices={DOSE_UNITS.map((one) => ({ value: one, label: unitWords(line, one) }))}
            onChange={(one) => {
              if (one !== '') setUnit(one);
            }}
            width="10rem"
          />
          <Select
            label={u('route')}
            value={route}
            nothing="—"
            choices={ROUTE_KEYS.map((one) => ({ value: one, label: routeWords(line, one) }))}
            onChange={setRoute}
            width="14rem"
          />
        </div>
        <DateTimeField
          id="adhoc-time"
          label={t('time')}
          value={time}
          onChange={setTime}
          error={error('time')}
          required
        />
        <TextField label={t('site')} value={site} onChange={setSite} maxLength={120} />
        <TextField
          id="adhoc-said"
          label={u('saidBy')}
          value={saidBy}
          onChange={setSaidBy}
          error={error('said')}
          maxLength={120}
          required
        />
        {asOrder !== undefined && <Checks checked={checked} isDemonstration={isDemonstration(content)} />}
        {recent.length > 0 && (
          <Notice tone="danger" title={u('recent')} told="polite">
            {recent.map((one) => (
              <p key={one.from}>{entryWords(t, line, one, now)}</p>
            ))}
          </Notice>
        )}
        <Checkbox id="adhoc-right" label={u('rightPatient')} checked={isRight} onChange={setRight} />
        <WriteOutcome writing={writing} />
      </Stack>
    </SidePanel>
  );
}
const isDemonstration = (content: ReturnType<typeof useContent>): boolean =>
  content.state === 'active' && content.open.manifest.purpose === 'demonstration';
