// Allergies: what the banner's section says, in full, and where it is put down, changed and ended. CR1, CR2, CR3.
import { useState, type ReactElement } from 'react';
import { allergyLine, allergySection, conceptWords, isLiveAllergy } from '../../../core/care/banner/allergy-section.ts';
import { denialResource, endPatch, liveDenials, standingAllergies } from '../../../core/care/banner/write-allergy.ts';
import { codesOf, deniesAllergy, itemsOf, textOf, at } from '../../../core/care/merge/clinical-words.ts';
import type { Shown } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { Card, Page, Row, Stack } from '../../parts/layout.part.tsx';
import { Menu, type MenuItem } from '../../parts/menu.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDate } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { ConflictMark } from '../conflicts/conflict-mark.part.tsx';
import { AllergyPanel } from './allergy-panel.part.tsx';
import { allergyTexts } from './allergy-texts.ts';
import { bannerTexts } from './banner-texts.ts';
import { caveatWords } from './banner-words.ts';
import { NothingHere, PartCopyNote, WriteOutcome } from './outcome.part.tsx';
import styles from './pages.module.css';
import { createOf, ErrorDialog, ReasonDialog, useQuickChange, useRecording } from './record-item.part.tsx';
import { usePatientChart } from './use-patient-chart.ts';
import { useWrite } from './use-write.ts';
import { VersionPanel } from './version-panel.part.tsx';
import { writeTexts } from './write-texts.ts';

type Open =
  | { readonly kind: 'add' }
  | { readonly kind: 'edit' | 'versions' | 'error' | 'refute'; readonly shown: Shown };

export function AllergiesScreen(): ReactElement {
  const t = useTexts(allergyTexts);
  const w = useTexts(writeTexts);
  const b = useTexts(bannerTexts);
  const { ofType, chart, asOf, stale, now, mayRead, mayWrite } = usePatientChart();
  const [open, setOpen] = useState<Open>();
  const recording = useRecording();
  const writing = useWrite();
  const [denialId] = useState(() => crypto.randomUUID());
  if (!mayRead('AllergyIntolerance')) return <Page title={t('title')}>{w('notForYou')}</Page>;
  const all = ofType('AllergyIntolerance');
  const section = allergySection(all, { held: chart.held, isStale: stale, ...(asOf === undefined ? {} : { asOf }) });
  const standing = standingAllergies(all);
  const denials = standing.length > 0 ? [] : liveDenials(all);
  const rest = all.filter((shown) => !standing.includes(shown) && !denials.includes(shown));
  const mayAdd = mayWrite('AllergyIntolerance');
  const deny = (): void => void writing.write([createOf('AllergyIntolerance', denialId, denialResource(recording()))]);
  return (
    <Page
      title={t('title')}
      actions={
        mayAdd && (
          <Row>
            <Button look="primary" icon="plus" onClick={() => setOpen({ kind: 'add' })}>
              {t('add')}
            </Button>
            {standing.length === 0 && denials.length === 0 && (
              <Button icon="check-circle" busy={writing.isBusy} onClick={deny}>
                {t('deny')}
              </Button>
            )}
          </Row>
        )
      }
    >
      <Stack>
        <WriteOutcome writing={writing} done={t('denied')} />
        {section.caveat !== undefined && (
          <Notice tone="warn" title={b(section.title)}>
            {caveatWords(section, now, b)}
          </Notice>
        )}
        <Card title={b(section.title)} flush>
          {standing.length + denials.length === 0 ? (
            <NothingHere whole={b('not-recorded')} />
          ) : (
            <ul className={styles['list']}>
              {[...standing, ...denials].map((shown) => (
                <AllergyItem key={shown.key.id} shown={shown} onOpen={setOpen} mayWrite={mayAdd} />
              ))}
            </ul>
          )}
        </Card>
        {rest.length > 0 && (
          <details>
            <summary>
              {t('ended')} ({rest.length})
            </summary>
            <ul className={styles['list']}>
              {rest.map((shown) => (
                <AllergyItem key={shown.key.id} shown={shown} onOpen={setOpen} mayWrite={mayAdd} />
              ))}
            </ul>
          </details>
        )}
        {all.length > 0 && <PartCopyNote />}
      </Stack>
      {open?.kind === 'add' && <AllergyPanel onClose={() => setOpen(undefined)} />}
      {open?.kind === 'edit' && <AllergyPanel shown={open.shown} onClose={() => setOpen(undefined)} />}
      {open?.kind === 'versions' && (
        <VersionPanel
          of={open.shown.key}
          what={conceptWords(open.shown.resource['code'])}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open?.kind === 'error' && (
        <ErrorDialog
          shown={open.shown}
          what={conceptWords(open.shown.resource['code'])}
          onClose={() => setOpen(undefined)}
        />
      )}
      {open?.kind === 'refute' && (
        <ReasonDialog
          shown={open.shown}
          title={`${t('refute')}: ${conceptWords(open.shown.resource['code'])}`}
          patch={(reason) => endPatch(open.shown.resource, 'refuted', reason, recording())}
          missing={t('reasonMissing')}
          action={t('refute')}
          onClose={() => setOpen(undefined)}
        />
      )}
    </Page>
  );
}

function AllergyItem(props: {
  readonly shown: Shown;
  readonly onOpen: (open: Open) => void;
  readonly mayWrite: boolean;
}): ReactElement {
  const { shown, onOpen } = props;
  const t = useTexts(allergyTexts);
  const w = useTexts(writeTexts);
  const recording = useRecording();
  const change = useQuickChange();
  const line = allergyLine(shown);
  const body = shown.resource;
  const verification = codesOf(body['verificationStatus']);
  const isInError = verification.includes('entered-in-error');
  const isLive = isLiveAllergy(body);
  const isDenial = deniesAllergy(body);
  const items: readonly MenuItem[] = [
    ...(isLive && !isDenial && props.mayWrite
      ? [
          { key: 'edit', label: w('edit'), icon: 'edit' as const, onChoose: () => onOpen({ kind: 'edit', shown }) },
          {
            key: 'refute',
            label: t('refute'),
            icon: 'cross' as const,
            onChoose: () => onOpen({ kind: 'refute', shown }),
          },
          {
            key: 'resolve',
            label: t('resolve'),
            icon: 'check' as const,
            onChoose: () =>
              void change(shown, endPatch(body, 'resolved', '', recording()), t('resolvedDone'), (now) =>
                endPatch(now.resource, 'reactivated', '', recording()),
              ),
          },
        ]
      : []),
    ...(!isLive && !isInError && !isDenial && props.mayWrite
      ? [
          {
            key: 'back',
            label: t('reactivate'),
            icon: 'undo' as const,
            onChoose: () => void change(shown, endPatch(body, 'reactivated', '', recording()), t('reactivated')),
          },
        ]
      : []),
    ...(!isInError && props.mayWrite
      ? [
          {
            key: 'error',
            label: w('markError'),
            icon: 'delete' as const,
            danger: true,
            onChoose: () => onOpen({ kind: 'error', shown }),
          },
        ]
      : []),
    {
      key: 'versions',
      label: w('history'),
      icon: 'history' as const,
      onChoose: () => onOpen({ kind: 'versions', shown }),
    },
  ];
  const notes = itemsOf(body['note'])
    .map((one) => textOf(at(one, 'text')))
    .filter((text) => text !== '');
  return (
    <li>
      <div>
        <div className={styles['head']}>
          <strong className={isInError ? styles['withdrawn'] : undefined}>{line.substance}</strong>
          {line.reactions.length > 0 && <span>{line.reactions.join(', ')}</span>}
          {line.severity !== undefined && <span>({t(line.severity).toLowerCase()})</span>}
          {line.criticality === 'high' && isLive && <Tag tone="danger">{`${t('criticality')}: ${t('high')}`}</Tag>}
          {line.isIntolerance && <Tag>{t('intolerance')}</Tag>}
          {!isDenial && isLive && line.isUnverified && <Tag tone="warn">{t('unconfirmed')}</Tag>}
          {verification.includes('refuted') && <Tag>{t('refuted')}</Tag>}
          {isInError && <Tag tone="warn">{t('inError')}</Tag>}
          <ConflictMark shown={shown} />
        </div>
        <div className={styles['quiet']}>
          {textOf(body['onsetDateTime']) !== '' && (
            <span>{w('since', { date: formatDate(textOf(body['onsetDateTime'])) })}</span>
          )}
          {textOf(body['recordedDate']) !== '' && (
            <span>{w('recorded', { date: formatDate(textOf(body['recordedDate'])) })}</span>
          )}
          {textOf(at(body, 'recorder.display')) !== '' && (
            <span>{w('by', { name: textOf(at(body, 'recorder.display')) })}</span>
          )}
        </div>
        {notes.map((text) => (
          <p key={text} className={styles['text']} dir="auto">
            {text}
          </p>
        ))}
      </div>
      <div className={styles['actions']}>
        <Menu
          label={line.substance}
          button={
            <Button size="small" icon="more" aria-label={`${w('more')}: ${line.substance}`}>
              {w('more')}
            </Button>
          }
          items={items}
        />
      </div>
    </li>
  );
}
