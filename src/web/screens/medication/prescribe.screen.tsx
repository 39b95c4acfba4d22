// Writing an order: medicine, dose and times, checks as one types, a review with the patient confirmed again, and the signature.
//
//   MD39  Checks run over what is typed as soon as a medicine is chosen; severe findings and what was not checked want a reason before
//         the order is signed, and stand in it.
//   MD40  Signing shows the whole order and asks for the patient once more (DT30); a second click writes nothing twice.
import { useMemo, useState, type ReactElement } from 'react';
import { Link, useSearchParams } from 'react-router';
import { printJson } from '../../../core/base/json.ts';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import { needsReason } from '../../../core/care/medication/check-order.ts';
import { medicineName } from '../../../core/care/medication/find-medicine.ts';
import type { Checked } from '../../../core/care/medication/finding.ts';
import { orderResource, stepPatch, withChecks } from '../../../core/care/medication/write-order.ts';
import type { Change } from '../../../core/engine/engine.ts';
import { speakIn, useTexts } from '../../texts/use-texts.ts';
import { toFhirDateTime } from '../../texts/clinical-dates.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox } from '../../parts/choice-fields.part.tsx';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Card, Row, Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, Notice } from '../../parts/notice.part.tsx';
import { TextArea } from '../../parts/text-fields.part.tsx';
import { DraftLine, WriteOutcome } from '../chart/outcome.part.tsx';
import { useDraft } from '../chart/use-draft.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { useDevice } from '../frame/use-device.ts';
import { checkTexts } from './check-texts.ts';
import { Checks, findingWords } from './checks.part.tsx';
import { ContentNote } from './content-note.part.tsx';
import { lineTexts } from './line-texts.ts';
import { MedicationLineText } from './medication-line.part.tsx';
import styles from './medication.module.css';
import { partsOf } from '../../../core/care/medication/medication-lines.ts';
import { PatientWords } from './patient-words.part.tsx';
import { emptyForm, faultsOf, formOf, readForm, typedOf, type PrescribeForm } from './prescribe-form.ts';
import { PrescribeFields } from './prescribe-fields.part.tsx';
import { prescribeTexts } from './prescribe-texts.ts';
import { SafetyFacts } from './safety-facts.part.tsx';
import { medicationTexts } from './texts.ts';
import { checkHere, rulesInForce, rulesOf, useContent } from './use-content.ts';

export function PrescribeScreen(): ReactElement {
  const t = useTexts(prescribeTexts);
  const { mayWrite, ofType } = usePatientChart();
  const [search] = useSearchParams();
  const content = useContent();
  const replaces = search.get('replaces') ?? '';
  const [turn, setTurn] = useState(0);
  if (!mayWrite('MedicationRequest'))
    return (
      <Only title={t('title')}>
        <Notice>{t('mayNot')}</Notice>
      </Only>
    );
  const old = ofType('MedicationRequest').find(({ key }) => key.id === replaces);
  if (replaces !== '' && old === undefined)
    return (
      <Only title={t('title')}>
        <Notice tone="danger">{t('notFound')}</Notice>
      </Only>
    );
  // The fields of an order that is changed need the rules to say which medicine it is.
  if (content.state === 'opening')
    return (
      <Only title={t('title')}>
        <ContentNote />
      </Only>
    );
  return <Prescribe key={`${replaces} ${turn}`} replaces={replaces} onAnother={() => setTurn(turn + 1)} />;
}

/** The page's heading, and why there is no more of it. */
const Only = ({ title, children }: { readonly title: string; readonly children: ReactElement }): ReactElement => (
  <Stack>
    <h1>{title}</h1>
    {children}
  </Stack>
);

function Prescribe({
  replaces,
  onAnother,
}: {
  readonly replaces: string;
  readonly onAnother: () => void;
}): ReactElement {
  const t = useTexts(prescribeTexts);
  const m = useTexts(medicationTexts);
  const device = useDevice();
  const { patientId, subject, stay, ofType, resources, all, stale, whole, asOf, me, now } = usePatientChart();
  const content = useContent();
  const rules = rulesOf(content);
  const old = ofType('MedicationRequest').find(({ key }) => key.id === replaces);
  const draft = useDraft<PrescribeForm>(
    `prescribe/Patient/${patientId}/${replaces}`,
    () => {
      const id = crypto.randomUUID();
      const at = device.status().now;
      return old === undefined ? emptyForm(id, at) : formOf(old.resource, rules, id, at);
    },
    readForm,
  );
  const writing = useWrite();
  const [isTried, setTried] = useState(false);
  const [isReviewed, setReviewed] = useState(false);
  const [signed, setSigned] = useState<string>();
  const form = draft.value;
  const conflicts = useMemo(
    () => new Set(all.filter(({ conflict }) => conflict).map(({ key }) => `${key.type}/${key.id}`)),
    [all],
  );
  const faults = form === undefined ? [] : faultsOf(form);
  const order = useMemo(() => {
    if (form === undefined || me === undefined || (form.medicine === '' && form.freeName.trim() === ''))
      return undefined;
    const body = orderResource(typedOf(form, rules), {
      subject,
      stay: stay === undefined ? undefined : `Encounter/${stay.key.id}`,
      who: { reference: me.who, display: me.name },
      now: device.status().now,
      replaces: replaces === '' ? undefined : `MedicationRequest/${replaces}`,
      textOf: toFhirDateTime,
    });
    return { ...body, resourceType: 'MedicationRequest', id: form.id } satisfies ResourceJson;
  }, [form, rules, subject, stay, me, device, replaces]);
  const inForce = rulesInForce(content);
  const checked = useMemo<Checked | undefined>(() => {
    if (order === undefined || inForce === undefined) return undefined;
    return checkHere(
      {
        order,
        record: resources,
        now,
        stale: stale || !whole,
        conflicts,
        ...(replaces === '' ? {} : { replaces: `MedicationRequest/${replaces}` }),
        ...(asOf === undefined ? {} : { asOf }),
      },
      inForce,
    );
    // `inForce` is made anew at every draw of the same content.
    // oxlint-disable-next-line exhaustive-deps
  }, [order, content, resources, now, stale, whole, conflicts, replaces, asOf]);
  if (form === undefined)
    return (
      <Only title={t('title')}>
        <ContentNote />
      </Only>
    );

  if (signed !== undefined) {
    return (
      <Stack>
        <h1>{t('signed', { name: signed })}</h1>
        <WriteOutcome writing={writing} />
        <Row wrap>
          <Button look="primary" icon="plus" onClick={onAnother}>
            {t('another')}
          </Button>
          <Link to={`/patient/${patientId}/medication`}>{t('toList')}</Link>
          <Link to={`/patient/${patientId}/mar`}>{m('toMar')}</Link>
        </Row>
      </Stack>
    );
  }
  return (
    <Stack>
      <h1>{old === undefined ? t('title') : t('changeTitle', { name: medicineName(old.resource) })}</h1>
      {old !== undefined && <Notice>{t('changeWhat')}</Notice>}
      <SafetyFacts />
      {isTried && faults.length > 0 && (
        <ErrorSummary errors={faults.map(({ field, fault }) => ({ field: `rx-${field}`, text: t(fault) }))} />
      )}
      <div className={styles['columns']}>
        <PrescribeFields
          form={form}
          faults={isTried ? faults : []}
          onChange={draft.change}
          record={resources}
          now={now}
        />
        <Stack>
          <Card title={t('line')}>
            <div className={styles['reads']} data-part="order-line">
              {order === undefined ? (
                '—'
              ) : (
                <MedicationLineText line={{ name: medicineName(order), parts: partsOf(order) }} />
              )}
            </div>
          </Card>
          {order !== undefined && (
            <Card title={<ChecksTitle />}>
              <Checks checked={checked} isDemonstration={isDemonstration(content)} />
            </Card>
          )}
        </Stack>
      </div>
      <Row wrap>
        <Button
          look="primary"
          size="large"
          onClick={() => {
            setTried(true);
            if (faults.length === 0 && checked !== undefined) setReviewed(true);
          }}
        >
          {t('review')}
        </Button>
        <Link to={`/patient/${patientId}/medication`}>{t('toList')}</Link>
      </Row>
      {/* Below the button: a line that comes by itself must not move what is about to be pressed. */}
      <DraftLine draft={draft} onDiscard={() => void draft.forget().then(onAnother)} />
      {isReviewed && order !== undefined && checked !== undefined && (
        <SignDialog
          order={order}
          checked={checked}
          isDemonstration={isDemonstration(content)}
          isBusy={writing.isBusy}
          outcome={<WriteOutcome writing={writing} />}
          onClose={() => setReviewed(false)}
          onSign={(reason) => {
            const body = signedBody(order, checked, reason);
            const { id: _, ...create } = body;
            const at = toFhirDateTime(device.status().now);
            const changes: readonly Change[] = [
              { kind: 'create', type: 'MedicationRequest', id: form.id, text: printJson(create) },
              ...(old === undefined
                ? []
                : [
                    {
                      kind: 'patch' as const,
                      type: 'MedicationRequest',
                      id: old.key.id,
                      ifMatch: old.versionId,
                      patch: {
                        form: 'json-patch' as const,
                        text: stepPatch(old.resource, 'stop', 'Replaced by a changed order', at),
                      },
                    },
                  ]),
            ];
            void writing.write(changes).then(async (saved) => {
              if (saved === undefined) return;
              await draft.forget();
              setSigned(medicineName(order));
            });
          }}
        />
      )}
    </Stack>
  );
}
const isDemonstration = (content: ReturnType<typeof useContent>): boolean =>
  (content.state === 'active' || content.state === 'halted') && content.open.manifest.purpose === 'demonstration';

function ChecksTitle(): ReactElement {
  return <>{useTexts(checkTexts)('title')}</>;
}

/** The record keeps what was told in English, whatever the reader's language. */
function signedBody(order: ResourceJson, checked: Checked, reason: string): ReturnType<typeof withChecks> {
  const t = speakIn('en', checkTexts);
  const line = speakIn('en', lineTexts);
  const severe = checked.state === 'checked' ? checked.findings.filter(({ weight }) => weight === 'severe') : [];
  const isBlind = checked.state === 'no-checks' || checked.notChecked.some(({ what }) => what === 'medicine');
  return withChecks(
    order,
    checked,
    severe.map((finding) => ({ finding, words: findingWords(t, line, finding), reason })),
    isBlind ? reason : '',
  );
}

function SignDialog({
  order,
  checked,
  isDemonstration,
  isBusy,
  outcome,
  onClose,
  onSign,
}: {
  readonly order: ResourceJson;
  readonly checked: Checked;
  readonly isDemonstration: boolean;
  readonly isBusy: boolean;
  readonly outcome: ReactElement;
  readonly onClose: () => void;
  readonly onSign: (reason: string) => void;
}): ReactElement {
  const t = useTexts(prescribeTexts);
  const m = useTexts(medicationTexts);
  const c = useTexts(checkTexts);
  const [reason, setReason] = useState('');
  const [isRight, setRight] = useState(false);
  const [isTried, setTried] = useState(false);
  const wants = needsReason(checked);
  const errors = [
    ...(wants && reason.trim() === '' ? [{ field: 'rx-reason', text: c('reasonMissing') }] : []),
    ...(isRight ? [] : [{ field: 'rx-right', text: m('confirmMissing') }]),
  ];
  return (
    <Dialog
      open
      onClose={onClose}
      size="large"
      title={t('signTitle')}
      about={<PatientWords />}
      actions={
        <>
          <Button
            look="primary"
            busy={isBusy}
            onClick={() => {
              setTried(true);
              if (errors.length === 0) onSign(reason.trim());
            }}
          >
            {t('sign')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </>
      }
    >
      <Stack>
        {isTried && errors.length > 0 && <ErrorSummary errors={errors} />}
        <div className={styles['reads']}>
          <MedicationLineText line={{ name: medicineName(order), parts: partsOf(order) }} />
        </div>
        <Checks checked={checked} isDemonstration={isDemonstration} />
        {wants && (
          <TextArea
            id="rx-reason"
            label={c('reasonLabel')}
            value={reason}
            onChange={setReason}
            rows={2}
            maxLength={500}
            required
            error={isTried && reason.trim() === '' ? c('reasonMissing') : undefined}
          />
        )}
        <Checkbox id="rx-right" label={m('confirmPatient')} checked={isRight} onChange={setRight} />
        {outcome}
      </Stack>
    </Dialog>
  );
}
