// Handing one patient over: Situation, Background, Assessment, Recommendation.
//
//   WB46  The form is filled from the record, every line with its time; what is signed is what stands in the form. What was typed is kept until then.
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { printJson } from '../../../core/base/json.ts';
import {
  handoverNote,
  latestHandover,
  type Handover,
  type HandoverText,
} from '../../../core/care/handover/handover-note.ts';
import { partTexts } from '../../../core/care/handover/line-words.ts';
import { PARTS, prefillHandover, type Part } from '../../../core/care/handover/prefill-handover.ts';
import { currentStay, staysOf } from '../../../core/care/ward/stays.ts';
import { Button } from '../../parts/button.part.tsx';
import { Card, Page, Row, Stack } from '../../parts/layout.part.tsx';
import { EmptyState, ErrorSummary, Notice } from '../../parts/notice.part.tsx';
import { TextArea } from '../../parts/text-fields.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { usePatientChart } from '../chart/use-patient-chart.ts';
import { useDevice } from '../frame/use-device.ts';
import { useWrite } from '../movement/use-write.ts';
import { NotSavedNotice } from '../patients/save-line.part.tsx';
import { useDraft } from '../patients/use-draft.ts';
import { useMe } from '../ward/use-me.ts';
import { taskTexts } from './texts.ts';
import { useLineSpeech } from './use-speech.ts';
import styles from './tasks.module.css';

type Typed = Readonly<Record<Part, string>> & { readonly isBegun: boolean };
const EMPTY: Typed = { situation: '', background: '', assessment: '', recommendation: '', isBegun: false };

export function HandoverScreen(): ReactElement {
  const t = useTexts(taskTexts);
  const chart = usePatientChart();
  const { patientId, resources, all, now, whole, stale } = chart;
  const device = useDevice();
  const me = useMe();
  const speech = useLineSpeech();
  const last = useMemo(() => latestHandover(resources), [resources]);
  const filled = useMemo(() => partTexts(prefillHandover(all, now), speech), [all, now, speech]);
  const [typed, setTyped, forget] = useDraft<Typed>(`handover/Patient/${patientId}`, EMPTY);
  const { isSaving, failure, write } = useWrite();
  const [isEmpty, empty] = useState(false);
  // Once signed the form goes away: a second press signs nothing.
  const [isSigned, signed] = useState(false);
  const id = useRef(crypto.randomUUID());
  const stay = currentStay(staysOf(resources));
  // Until somebody types, the form follows the record.
  const shown = typed.isBegun ? typed : { ...fromFilled(filled), isBegun: false };
  useEffect(() => empty(false), [typed]);
  const sign = async (): Promise<void> => {
    if (me === undefined) return;
    if (PARTS.every((part) => shown[part].trim() === '')) {
      empty(true);
      return;
    }
    const part = (name: Part): HandoverText => ({
      words: withoutIsolates(shown[name]),
      sources: quotedIn(shown[name], filled[name]),
    });
    const note = handoverNote(
      {
        patient: patientId,
        parts: {
          situation: part('situation'),
          background: part('background'),
          assessment: part('assessment'),
          recommendation: part('recommendation'),
        },
        author: me,
        ...(stay === undefined ? {} : { encounter: stay.id }),
        ...(last === undefined ? {} : { replaces: last.id }),
      },
      device.status().now,
    );
    const isSaved = await write(
      [{ kind: 'create', type: 'Composition', id: id.current, text: printJson(note) }],
      t('signed'),
    );
    if (!isSaved) return;
    signed(true);
    id.current = crypto.randomUUID();
    await forget();
  };
  const may = me?.may('Composition', 'create') === true;
  return (
    <Page title={t('handover')}>
      <Stack gap={4}>
        {last === undefined ? <EmptyState title={t('handoverNone')} icon="handover" /> : <Signed handover={last} />}
        {!may && <Notice>{t('refused')}</Notice>}
        {may && isSigned && (
          <div>
            <Button icon="handover" onClick={() => signed(false)}>
              {t('again')}
            </Button>
          </div>
        )}
        {may && !isSigned && (
          <Card title={t('sign')}>
            <form
              noValidate
              className={styles['sbar']}
              onSubmit={(event) => {
                event.preventDefault();
                void sign();
              }}
            >
              {isEmpty && <ErrorSummary errors={[{ field: 'sbar-situation', text: t('nothing') }]} />}
              {(!whole || stale) && <Notice tone="warn">{t('incomplete')}</Notice>}
              <p className={styles['foot']}>{t('language')}</p>
              {PARTS.map((part) => (
                <TextArea
                  key={part}
                  id={`sbar-${part}`}
                  label={t(part)}
                  rows={Math.min(14, Math.max(3, shown[part].split('\n').length + 1))}
                  value={shown[part]}
                  maxLength={8_000}
                  onChange={(words) => setTyped({ ...shown, [part]: words, isBegun: true })}
                />
              ))}
              <NotSavedNotice text={failure} />
              <Row>
                <Button type="submit" look="primary" icon="handover" busy={isSaving}>
                  {t('sign')}
                </Button>
                {typed.isBegun && (
                  <Button icon="sync" onClick={() => setTyped({ ...fromFilled(filled), isBegun: false })}>
                    {t('refill')}
                  </Button>
                )}
                {typed.isBegun && <span className={styles['foot']}>{t('draftKept')}</span>}
              </Row>
            </form>
          </Card>
        )}
      </Stack>
    </Page>
  );
}

const fromFilled = (filled: Readonly<Record<Part, HandoverText>>): Readonly<Record<Part, string>> => ({
  situation: filled.situation.words,
  background: filled.background.words,
  assessment: filled.assessment.words,
  recommendation: filled.recommendation.words,
});

/** Marks that keep dates in order on an Arabic screen are not part of what was said. */
const withoutIsolates = (words: string): string => words.replace(/[\u2066-\u2069]/g, '');

/** Sources count as quoted while any of the filled lines still stands there. */
const quotedIn = (words: string, filled: HandoverText): readonly string[] => {
  const lines = new Set(words.split('\n').map((line) => line.trim()));
  const kept = filled.words.split('\n').map((line) => lines.has(line.trim()));
  return filled.sources.filter((_, i) => kept[i] ?? false);
};

export function Signed({ handover }: { readonly handover: Handover }): ReactElement {
  const t = useTexts(taskTexts);
  return (
    <Card title={t('lastSigned', { when: formatDateTime(handover.at), name: handover.by || '?' })}>
      <div className={styles['parts']}>
        {PARTS.filter((part) => handover.parts[part] !== '').map((part) => (
          <div key={part}>
            <h3>{t(part)}</h3>
            <p dir="auto">{handover.parts[part]}</p>
          </div>
        ))}
      </div>
    </Card>
  );
}
