// A form that is filled in or amended: every step a draft, what is wrong said at its field and in a summary, then one QuestionnaireResponse.
import { useState, type ReactElement } from 'react';
import type { JsonObject } from '../../../core/base/json-types.ts';
import { at, textOf } from '../../../core/care/merge/clinical-words.ts';
import { resume } from '../../../core/care/questionnaire/filled.ts';
import { wordsIn, type Form } from '../../../core/care/questionnaire/form-items.ts';
import { judgeAnswers, type AnswerFault } from '../../../core/care/questionnaire/judge-answers.ts';
import { respond } from '../../../core/care/questionnaire/respond.ts';
import { elementPatch } from '../../../core/care/summary/element-patch.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Page } from '../../parts/layout.part.tsx';
import { ErrorSummary, Loading, Notice, type FormError } from '../../parts/notice.part.tsx';
import { useToast } from '../../parts/toast.part.tsx';
import { useLanguage, useTexts } from '../../texts/use-texts.ts';
import { DraftLine, useSafety, WriteOutcome } from '../chart/outcome.part.tsx';
import { openedOf, useMeanwhile } from '../chart/meanwhile.part.tsx';
import { createOf, patchOf, useRecording } from '../chart/record-item.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useWrite } from '../chart/use-write.ts';
import { bodyOf } from '../conflicts/compare-sides.ts';
import { fieldId, FormContext, itemWords } from './form-context.ts';
import { FormItems } from './form-items.part.tsx';
import { blankForm, formDraftName, useFilling } from './form-state.ts';
import styles from './forms.module.css';
import { formTexts } from './texts.ts';

interface FillerProps {
  readonly form: Form;
  /** A response that is amended. */
  readonly response?: Shown;
  readonly onClose: () => void;
}

export function FormFiller({ form, response, onClose }: FillerProps): ReactElement {
  const t = useTexts(formTexts);
  const language = useLanguage();
  const title = wordsIn(form.source, 'title', language);
  const back = <Button onClick={onClose}>{t('close')}</Button>;
  if (form.unsupported.length > 0) {
    return (
      <Page title={title} actions={back}>
        <Notice tone="warn" title={t('unsupported')}>
          <p>{t('unsupportedWhat')}</p>
          <ul>
            {form.unsupported.map((what) => (
              <li key={what}>
                <code>{what}</code>
              </li>
            ))}
          </ul>
        </Notice>
      </Page>
    );
  }
  return (
    <Page title={title} actions={back}>
      <Fields form={form} {...(response === undefined ? {} : { response })} onClose={onClose} />
    </Page>
  );
}

function Fields({ form, response, onClose }: FillerProps): ReactElement {
  const t = useTexts(formTexts);
  const language = useLanguage();
  const { subject, now } = usePatientChart();
  const recording = useRecording();
  const writing = useWrite();
  const toast = useToast();
  const safety = useSafety();
  const said = response === undefined ? undefined : resume(form, bodyOf(response.text) ?? {});
  const filling = useFilling(
    formDraftName(subject, form, response?.key.id ?? 'new'),
    form,
    () =>
      said === undefined
        ? blankForm(form)
        : {
            id: response?.key.id ?? '',
            filled: said.filled,
            ...(response === undefined ? {} : { opened: openedOf(response) }),
          },
    now,
  );
  // As of the last press: a summary that changed with every key would take the focus out of the field.
  const [told, setTold] = useState<readonly FormError[]>();
  const isTried = told !== undefined;
  const meanwhile = useMeanwhile(response?.key, filling?.typed.opened);
  if (filling === undefined) return <Loading />;
  const { typed, settled, step, undo, draft } = filling;
  const faults = judgeAnswers(form, settled.filled, settled.disabled);
  const words = (fault: AnswerFault): string =>
    t(fault.kind, { what: itemWords(fault.item, language) || fault.item.linkId, limit: fault.limit ?? '' });
  const shownFaults = isTried ? faults : faults.filter(({ kind }) => kind !== 'required' && kind !== 'too-few');

  const save = async (): Promise<void> => {
    setTold(faults.map((fault) => ({ field: fieldId(fault.spot), text: words(fault) })));
    if (faults.length > 0 || meanwhile.mustLook()) return;
    const of = recording();
    const body = respond(form, settled.filled, settled.disabled, {
      status: response === undefined ? 'completed' : 'amended',
      subject,
      ...(of.encounter === undefined ? {} : { encounter: of.encounter }),
      author: of.recorder,
      authored: of.at,
      language,
    });
    const patch: readonly JsonObject[] =
      response === undefined
        ? []
        : elementPatch((meanwhile.current ?? response).resource, {
            status: body['status'],
            authored: body['authored'],
            author: body['author'],
            item: body['item'],
          });
    const saved = await writing.write(
      response === undefined
        ? [createOf('QuestionnaireResponse', typed.id, body)]
        : [patchOf(meanwhile.current ?? response, patch)],
    );
    if (saved === undefined) return;
    await draft.forget();
    toast({
      text: `${t(response === undefined ? 'saved' : 'changed')}. ${safety(saved.safe)}`,
      tone: saved.safe === 'D0' ? 'warn' : 'ok',
    });
    onClose();
  };

  return (
    <FormContext
      value={{
        language,
        disabled: settled.disabled,
        faults: new Map(shownFaults.map((fault) => [fault.spot, fault])),
        words,
        step,
      }}
    >
      <form
        className={styles['form']}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <ErrorSummary errors={told ?? []} />
        {meanwhile.notice}
        <WriteOutcome writing={writing} />
        {response !== undefined && said !== undefined && said.strangers.length > 0 && (
          <Notice tone="warn">{t('strangers', { what: said.strangers.join(', ') })}</Notice>
        )}
        <FormItems items={form.items} filled={settled.filled} within="" above={[]} />
        <div className={styles['foot']}>
          <Button type="submit" look="primary" icon="check" busy={writing.isBusy}>
            {t('save')}
          </Button>
          {undo !== undefined && (
            <Button icon="undo" onClick={undo}>
              {t('undo')}
            </Button>
          )}
          <DraftLine
            draft={draft}
            onDiscard={() => {
              void draft.forget();
              onClose();
            }}
          />
        </div>
      </form>
    </FormContext>
  );
}

/** Who filled it in: the display of the author, else the reference. */
export const authorOf = (response: Shown): string =>
  textOf(at(response.resource, 'author.display')) || textOf(at(response.resource, 'author.reference'));
