// Documents, reports of imaging and pictures: what they say, and where their content is. CR18.
import { useCallback, useState, type ReactElement } from 'react';
import { documentLines, type Content, type DocumentLine } from '../../../core/care/summary/document-lines.ts';
import { textFromBase64 } from '../../../core/care/notes/base64-text.ts';
import { textOf } from '../../../core/care/merge/clinical-words.ts';
import type { Device } from '../../device/device.ts';
import { Button } from '../../parts/button.part.tsx';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { Card, Page, Stack } from '../../parts/layout.part.tsx';
import { Loading, Notice } from '../../parts/notice.part.tsx';
import { Tag } from '../../parts/tag.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useRead } from '../frame/use-device.ts';
import { allergyTexts } from './allergy-texts.ts';
import { NothingHere, PartCopyNote } from './outcome.part.tsx';
import { pageTexts } from './page-texts.ts';
import styles from './pages.module.css';
import { usePatientChart } from './use-patient-chart.ts';
import { Who } from './who.part.tsx';
import { writeTexts } from './write-texts.ts';

const KIND = { imaging: 'image', report: 'report', document: 'document', media: 'media' } as const;

export function DocumentsScreen(): ReactElement {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  const { all, mayRead } = usePatientChart();
  const [open, setOpen] = useState<{ readonly line: DocumentLine; readonly content: Content }>();
  if (!mayRead('DocumentReference') && !mayRead('DiagnosticReport')) {
    return <Page title={t('documents')}>{w('notForYou')}</Page>;
  }
  const lines = documentLines(all);
  return (
    <Page title={t('documents')}>
      <Stack>
        <Card flush>
          {lines.length === 0 ? (
            <NothingHere whole={t('noDocuments')} />
          ) : (
            <ol className={styles['timeline']}>
              {lines.map((line) => (
                <DocumentItem key={line.name} line={line} onOpen={(content) => setOpen({ line, content })} />
              ))}
            </ol>
          )}
        </Card>
        {lines.length > 0 && <PartCopyNote />}
      </Stack>
      {open !== undefined && (
        <SidePanel open size="large" title={open.line.words} about={<Who />} onClose={() => setOpen(undefined)}>
          <ContentView content={open.content} />
        </SidePanel>
      )}
    </Page>
  );
}

function DocumentItem({
  line,
  onOpen,
}: {
  readonly line: DocumentLine;
  readonly onOpen: (content: Content) => void;
}): ReactElement {
  const t = useTexts(pageTexts);
  const w = useTexts(writeTexts);
  const a = useTexts(allergyTexts);
  const isHere = (content: Content): boolean => content.data !== undefined || content.binary !== undefined;
  return (
    <li>
      <div>
        <bdi dir="ltr">{line.at === '' ? t('noTime') : formatDateTime(line.at)}</bdi>
        <div className={styles['quiet']}>{t(KIND[line.kind])}</div>
      </div>
      <div>
        <div className={styles['head']}>
          <strong className={line.isInError ? styles['withdrawn'] : undefined}>{line.words}</strong>
          {line.isInError && <Tag tone="warn">{a('inError')}</Tag>}
          {line.isDisputed && <Tag tone="danger">{w('disputed')}</Tag>}
          {line.by !== '' && <span className={styles['quiet']}>{line.by}</span>}
        </div>
        {line.says.map((text) => (
          <p key={text} dir="auto">
            {text}
          </p>
        ))}
        {line.kind === 'report' && line.says.length === 0 && line.contents.length === 0 && <p>{t('noReport')}</p>}
        {line.instances !== undefined && <p>{t('images', { count: line.instances })}</p>}
        {line.isElsewhere && <p className={styles['quiet']}>{t('picturesElsewhere')}</p>}
        {line.contents.map((content, n) =>
          isHere(content) ? (
            <Button key={`${n} ${content.title}`} size="small" icon="document" onClick={() => onOpen(content)}>
              {t('openIt', { what: content.title || line.words })}
            </Button>
          ) : (
            <p key={`${n} ${content.title}`} className={styles['quiet']}>
              {t('notHere')}
            </p>
          ),
        )}
      </div>
    </li>
  );
}

/** Text and pictures are shown; other kinds are handed to the browser as a file to keep. */
function ContentView({ content }: { readonly content: Content }): ReactElement {
  const { binary } = content;
  if (content.data !== undefined) return <Shown contentType={content.contentType} data={content.data} />;
  return binary === undefined ? <NotHere /> : <FromBinary id={binary.slice('Binary/'.length)} />;
}
function FromBinary({ id }: { readonly id: string }): ReactElement {
  const read = useCallback((device: Device) => device.read([{ type: 'Binary', id }]), [id]);
  const found = useRead(read, () => true);
  if (found === undefined) return <Loading />;
  const data = textOf(found[0]?.resource['data']);
  if (data === '') return <NotHere />;
  return <Shown contentType={textOf(found[0]?.resource['contentType'])} data={data} />;
}
function NotHere(): ReactElement {
  const t = useTexts(pageTexts);
  return <Notice tone="warn">{t('notHere')}</Notice>;
}

const PICTURE = /^image\/(?:png|jpeg|gif|webp)$/;
function Shown({ contentType, data }: { readonly contentType: string; readonly data: string }): ReactElement {
  const t = useTexts(pageTexts);
  const [type = ''] = contentType.split(';');
  if (type.startsWith('text/plain')) return <pre className={styles['text']}>{textFromBase64(data)}</pre>;
  if (PICTURE.test(type)) return <img className={styles['picture']} src={`data:${type};base64,${data}`} alt={type} />;
  return <Notice tone="warn">{t('tooBig', { type })}</Notice>;
}
