// Scanning: a scanner that types, the camera, or the code typed by hand. It says what matched and what is blocked, in words.
import { useState, type ReactElement } from 'react';
import { Button } from '../../parts/button.part.tsx';
import { Card, Stack } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { CameraScan } from '../../parts/scan.part.tsx';
import { TextField } from '../../parts/text-fields.part.tsx';
import { formatDate } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { doseTexts } from './dose-texts.ts';
import styles from './mar.module.css';
import { hasBand, type ScanState } from './scan-state.ts';

export function ScanPanel({
  scan,
  matchedName,
  now,
  onScan,
}: {
  readonly scan: ScanState;
  /** Of the medicine that matched; '' for none. */
  readonly matchedName: string;
  readonly now: number;
  readonly onScan: (code: string) => void;
}): ReactElement {
  const t = useTexts(doseTexts);
  const [typed, setTyped] = useState('');
  const [isLooking, setLooking] = useState(false);
  const use = (): void => {
    if (typed.trim() === '') return;
    onScan(typed);
    setTyped('');
  };
  return (
    <Card title={t('scan')}>
      <Stack gap={2}>
        <p className={styles['about']}>{t('scanHint')}</p>
        <ScanOutcome scan={scan} matchedName={matchedName} now={now} />
        <div className={styles['beside']}>
          <TextField
            label={t('typeCode')}
            value={typed}
            onChange={setTyped}
            onKeyDown={(event) => {
              if (event.key === 'Enter') {
                event.preventDefault();
                use();
              }
            }}
            maxLength={200}
            width="16rem"
          />
          <Button onClick={use}>{t('use')}</Button>
          <Button icon="camera" aria-pressed={isLooking} onClick={() => setLooking(!isLooking)}>
            {t('camera')}
          </Button>
        </div>
        {isLooking && (
          <CameraScan
            onScan={(code) => {
              setLooking(false);
              onScan(code);
            }}
            onStop={() => setLooking(false)}
          />
        )}
      </Stack>
    </Card>
  );
}

export function ScanOutcome({
  scan,
  matchedName,
  now,
}: {
  readonly scan: ScanState;
  readonly matchedName: string;
  readonly now: number;
}): ReactElement {
  const t = useTexts(doseTexts);
  const { block } = scan;
  return (
    <div aria-live="assertive" data-part="scan-outcome">
      {block !== undefined && (
        <Notice tone="danger" title={t('blocked')}>
          {block.why === 'no-rules'
            ? t('noRules')
            : block.why === 'no-order'
              ? t('noOrder', { name: block.name })
              : t(block.why, { name: block.name, date: block.expiresOn === '' ? '' : formatDate(block.expiresOn) })}
        </Notice>
      )}
      {block === undefined && hasBand(scan, now) && <Notice tone="ok">{t('bandOk')}</Notice>}
      {block === undefined && matchedName !== '' && <Notice tone="ok">{t('medicineOk', { name: matchedName })}</Notice>}
    </div>
  );
}
