// Forms of a patient: those that can be filled in (our own and loaded ones), those that were begun, those that were filled in.
import { useCallback, useState, type ReactElement } from 'react';
import { textOf } from '../../../core/care/merge/clinical-words.ts';
import { readForm, wordsIn, type Form } from '../../../core/care/questionnaire/form-items.ts';
import { dateRange } from '../../../core/fhir/instant.ts';
import type { Device, Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { Card, Page, Stack } from '../../parts/layout.part.tsx';
import { Menu } from '../../parts/menu.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useLanguage, useTexts } from '../../texts/use-texts.ts';
import { NothingHere, PartCopyNote } from '../chart/outcome.part.tsx';
import pages from '../chart/pages.module.css';
import { ErrorDialog } from '../chart/record-item.part.tsx';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { VersionPanel } from '../chart/version-panel.part.tsx';
import { Who } from '../chart/who.part.tsx';
import { writeTexts } from '../chart/write-texts.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { useRead } from '../frame/use-device.ts';
import { authorOf, FormFiller } from './form-filler.part.tsx';
import { formDraftName } from './form-state.ts';
import { OWN_FORMS } from './own-forms.ts';
import { ResponseView } from './response-view.part.tsx';
import { formTexts } from './texts.ts';

type Open =
  | { readonly kind: 'fill'; readonly form: Form; readonly response?: Shown }
  | { readonly kind: 'view' | 'versions' | 'error'; readonly response: Shown };

interface Here {
  readonly loaded: readonly Form[];
  readonly begun: ReadonlySet<string>;
}
async function readHere(device: Device): Promise<Here> {
  const [found, drafts] = await Promise.all([device.search('Questionnaire?status=active&_count=200'), device.drafts()]);
  const questionnaires = found.ok ? found.value.found.filter(({ mode }) => mode === 'match') : [];
  return {
    loaded: questionnaires.map(({ resource }) => readForm(resource)),
    begun: new Set(drafts.map(({ name }) => name)),
  };
}
const OWN: readonly Form[] = OWN_FORMS.map(readForm);
const canonical = (form: Form): string => (form.version === '' ? form.url : `${form.url}|${form.version}`);
const isOf = (form: Form, response: Shown): boolean => {
  const asked = textOf(response.resource['questionnaire']);
  return form.url !== '' && (asked === form.url || asked === canonical(form));
};

export function FormsScreen(): ReactElement {
  const t = useTexts(formTexts);
  const w = useTexts(writeTexts);
  const language = useLanguage();
  const { ofType, subject, mayRead, mayWrite } = usePatientChart();
  const [open, setOpen] = useState<Open>();
  // Read again when a form closed: it may have left a draft or forgotten one.
  const isFilling = open?.kind === 'fill';
  const read = useCallback(
    (device: Device) => (isFilling ? Promise.resolve({ loaded: [], begun: new Set<string>() }) : readHere(device)),
    [isFilling],
  );
  const here = useRead(read, () => false);
  if (!mayRead('QuestionnaireResponse')) return <Page title={t('title')}>{w('notForYou')}</Page>;
  const close = (): void => setOpen(undefined);
  if (open?.kind === 'fill') {
    return (
      <FormFiller
        form={open.form}
        {...(open.response === undefined ? {} : { response: open.response })}
        onClose={close}
      />
    );
  }
  // A loaded form of the same address takes the place of ours: the site decided.
  const loaded = here?.loaded ?? [];
  const forms = [...loaded, ...OWN.filter((own) => !loaded.some(({ url }) => url === own.url))];
  const responses = ofType('QuestionnaireResponse').toSorted(
    (a, b) => momentOf(b.resource['authored']) - momentOf(a.resource['authored']),
  );
  const formOf = (response: Shown): Form | undefined => forms.find((form) => isOf(form, response));
  const titleOf = (response: Shown): string => {
    const form = formOf(response);
    return form === undefined
      ? textOf(response.resource['questionnaire']) || t('title')
      : wordsIn(form.source, 'title', language);
  };
  return (
    <Page title={t('title')}>
      <Stack>
        {mayWrite('QuestionnaireResponse') && (
          <Card title={t('toFill')} flush>
            <ul className={pages['list']}>
              {forms.map((form) => (
                <li key={canonical(form)}>
                  <strong>{wordsIn(form.source, 'title', language) || form.url}</strong>
                  <div className={pages['actions']}>
                    {form.unsupported.length > 0 && <Tag tone="warn">{t('unsupported')}</Tag>}
                    <Button
                      size="small"
                      icon="form"
                      aria-label={`${t('fill')}: ${wordsIn(form.source, 'title', language)}`}
                      onClick={() => setOpen({ kind: 'fill', form })}
                    >
                      {t(here?.begun.has(formDraftName(subject, form, 'new')) === true ? 'goOn' : 'fill')}
                    </Button>
                  </div>
                </li>
              ))}
            </ul>
          </Card>
        )}
        <Card title={t('filledIn')} flush>
          {responses.length === 0 ? (
            <NothingHere whole={t('noForms')} />
          ) : (
            <ul className={pages['list']}>
              {responses.map((response) => (
                <ResponseItem
                  key={response.key.id}
                  response={response}
                  title={titleOf(response)}
                  form={formOf(response)}
                  onOpen={setOpen}
                />
              ))}
            </ul>
          )}
        </Card>
        {responses.length > 0 && <PartCopyNote />}
      </Stack>
      {open?.kind === 'view' && (
        <SidePanel open size="large" title={titleOf(open.response)} about={<Who />} onClose={close}>
          <ResponseView response={open.response} form={formOf(open.response)} />
        </SidePanel>
      )}
      {open?.kind === 'versions' && (
        <VersionPanel of={open.response.key} what={titleOf(open.response)} onClose={close} />
      )}
      {open?.kind === 'error' && <ErrorDialog shown={open.response} what={titleOf(open.response)} onClose={close} />}
    </Page>
  );
}
const momentOf = (value: Parameters<typeof textOf>[0]): number => dateRange(textOf(value))?.lo ?? 0;

function ResponseItem(props: {
  readonly response: Shown;
  readonly title: string;
  readonly form: Form | undefined;
  readonly onOpen: (open: Open) => void;
}): ReactElement {
  const { response, title, form, onOpen } = props;
  const t = useTexts(formTexts);
  const w = useTexts(writeTexts);
  const { mayWrite } = usePatientChart();
  const status = textOf(response.resource['status']);
  const isInError = status === 'entered-in-error';
  const time = formatDateTime(textOf(response.resource['authored']));
  return (
    <li>
      <div className={pages['head']}>
        <strong className={isInError ? pages['withdrawn'] : undefined}>{title}</strong>
        <span className={pages['quiet']}>{t('by', { name: authorOf(response), time })}</span>
        {status === 'amended' && <Tag>{t('amended')}</Tag>}
        {status === 'in-progress' && <Tag tone="warn">{t('unfinished')}</Tag>}
        {isInError && <Tag tone="danger">{t('inError')}</Tag>}
        <ConflictMark shown={response} />
      </div>
      <div className={pages['actions']}>
        <Button
          size="small"
          icon="eye"
          aria-label={`${t('view')}: ${title} ${time}`}
          onClick={() => onOpen({ kind: 'view', response })}
        >
          {t('view')}
        </Button>
        <Menu
          label={title}
          button={
            <Button size="small" icon="more" aria-label={`${w('more')}: ${title} ${time}`}>
              {w('more')}
            </Button>
          }
          items={[
            ...(mayWrite('QuestionnaireResponse') && !isInError && form !== undefined
              ? [
                  {
                    key: 'amend',
                    label: t('amend'),
                    icon: 'edit' as const,
                    onChoose: () => onOpen({ kind: 'fill', form, response }),
                  },
                ]
              : []),
            ...(mayWrite('QuestionnaireResponse') && !isInError
              ? [
                  {
                    key: 'error',
                    label: w('markError'),
                    icon: 'delete' as const,
                    danger: true,
                    onChoose: () => onOpen({ kind: 'error', response }),
                  },
                ]
              : []),
            {
              key: 'versions',
              label: w('history'),
              icon: 'history' as const,
              onChoose: () => onOpen({ kind: 'versions', response }),
            },
          ]}
        />
      </div>
    </li>
  );
}
