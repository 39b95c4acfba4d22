// The drug content of this device: what is in force, what waits, what was before; activating, rolling back and halting, all without a
// network (CR16). Anybody on the staff may roll back or halt: what a wrong rule does cannot wait for an administrator.
import { useId, useState, type ReactElement } from 'react';
import { readPackageFile } from '../../../core/content/content-package.ts';
import type { Wish } from '../../../core/content/load-content.ts';
import { Button } from '../../parts/button.part.tsx';
import { Card, DefinitionList, Page, Row, Stack } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { TextField } from '../../parts/text-fields.part.tsx';
import { formatDate, formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useStatus } from '../frame/use-device.ts';
import { contentTexts } from './content-texts.ts';
import { rulesOf, useContent, wishContent } from './use-content.ts';

export function ContentScreen(): ReactElement {
  const t = useTexts(contentTexts);
  const content = useContent();
  const status = useStatus();
  const file = useId();
  const [why, setWhy] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string>();
  const [isTried, setTried] = useState(false);
  const shelf = content.state === 'opening' || content.state === 'failed' ? undefined : content.shelf;
  const open = content.state === 'active' || content.state === 'halted' ? content.open : undefined;
  const ask = async (wish: Wish): Promise<void> => {
    setTried(true);
    if (why.trim() === '') return;
    setBusy(true);
    try {
      const by = status.session.kind === 'open' ? status.session.principal.who : '';
      const done = await wishContent(wish, { at: status.now, by, why: why.trim() });
      setRefused(done.ok ? undefined : reasonOf(done.error));
      if (done.ok) {
        setWhy('');
        setTried(false);
      }
    } finally {
      setBusy(false);
    }
  };
  const bring = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    const given = readPackageFile(await chosen.text());
    if (given === undefined) setRefused('not-a-package');
    else await ask({ kind: 'bring', given });
  };
  return (
    <Page title={t('title')}>
      <Stack>
        <p>{t('what')}</p>
        {content.state === 'opening' && <p role="status">{t('opening')}</p>}
        {(content.state === 'none' || content.state === 'failed') && (
          <Notice tone="danger" title={t('none')}>
            {content.state === 'none' && content.refusal !== undefined ? reasonOf(content.refusal) : undefined}
          </Notice>
        )}
        {content.state === 'halted' && <Notice tone="danger" title={t('halted')} />}
        {open?.manifest.purpose === 'demonstration' && <Notice tone="warn">{t('demo')}</Notice>}
        {open !== undefined && (
          <Card title={t('inForce')}>
            <DefinitionList
              items={[
                {
                  key: 'version',
                  term: t('version'),
                  is: `${open.manifest.id} ${open.manifest.label} (${open.manifest.version})`,
                },
                { key: 'madeOn', term: t('madeOn'), is: formatDate(open.manifest.madeOn) },
                { key: 'since', term: t('since'), is: formatDateTime(shelf?.active?.since ?? 0) },
                { key: 'publisher', term: t('publisher'), is: <code>{open.manifest.publisher.slice(0, 16)}…</code> },
                { key: 'medicines', term: t('medicines'), is: rulesOf(content)?.medicines.length ?? 0 },
                { key: 'tests', term: t('tests'), is: open.testsRun },
                {
                  key: 'skipped',
                  term: t('skipped'),
                  is: open.skipped.length === 0 ? t('noneSkipped') : open.skipped.join('; '),
                },
                { key: 'staged', term: t('staged'), is: shelf?.staged?.label ?? t('nothing') },
                { key: 'previous', term: t('previous'), is: shelf?.previous?.label ?? t('nothing') },
              ]}
            />
          </Card>
        )}
        {shelf !== undefined && (
          <Card title={t('why')}>
            <Stack>
              <TextField
                label={t('why')}
                value={why}
                onChange={setWhy}
                maxLength={300}
                required
                error={isTried && why.trim() === '' ? t('whyMissing') : undefined}
              />
              {refused !== undefined && (
                <Notice tone="danger" told="now">
                  {t('refused', { why: refused })}
                </Notice>
              )}
              <Row wrap>
                {shelf.staged !== undefined && (
                  <Button busy={isBusy} look="primary" onClick={() => void ask({ kind: 'activate' })}>
                    {t('activate', { label: shelf.staged.label })}
                  </Button>
                )}
                {shelf.previous !== undefined && (
                  <Button busy={isBusy} icon="undo" onClick={() => void ask({ kind: 'roll-back' })}>
                    {t('rollBack', { label: shelf.previous.label })}
                  </Button>
                )}
                {shelf.active !== undefined && !shelf.halted && (
                  <Button busy={isBusy} look="danger" onClick={() => void ask({ kind: 'halt' })}>
                    {t('halt')}
                  </Button>
                )}
                {shelf.halted && (
                  <Button busy={isBusy} look="primary" onClick={() => void ask({ kind: 'resume' })}>
                    {t('resume')}
                  </Button>
                )}
              </Row>
              <div>
                <label htmlFor={file}>{t('bring')}</label>{' '}
                <input
                  id={file}
                  type="file"
                  accept=".json,application/json"
                  onChange={(event) => {
                    const input = event.currentTarget;
                    void bring(input.files?.[0]).then(() => {
                      input.value = '';
                    });
                  }}
                />
              </div>
            </Stack>
          </Card>
        )}
        {shelf !== undefined && shelf.steps.length > 0 && (
          <Card title={t('history')}>
            <ul>
              {shelf.steps.toReversed().map((step) => (
                <li key={`${step.at} ${step.what} ${step.label}`}>
                  {formatDateTime(step.at)} — {t(`did-${step.what}`)} {step.label} —{' '}
                  {step.by === '' ? t('onDevice') : step.by}
                  {step.why === '' ? '' : ` — ${step.why}`}
                </li>
              ))}
            </ul>
          </Card>
        )}
      </Stack>
    </Page>
  );
}
/** For whoever must find out: the rule's own word and what it is about. */
function reasonOf(refusal: { readonly kind: string } & Readonly<Record<string, unknown>>): string {
  const { kind, ...more } = refusal;
  const about = Object.values(more).flat().join(', ');
  return about === '' ? kind : `${kind} (${about})`;
}
