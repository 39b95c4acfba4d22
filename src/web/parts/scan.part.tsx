// Codes of wristbands, medicines and forms: from a scanner that types (ScanListener), or by the camera (CameraScan).
import { useEffect, useRef, useState, type ReactElement } from 'react';
import readerWasm from 'zxing-wasm/reader/zxing_reader.wasm?url';
import { useTexts } from '../texts/use-texts.ts';
import { Button } from './button.part.tsx';
import { Notice } from './notice.part.tsx';
import { partsTexts } from './parts.texts.ts';
import { readKey, SCANNERS, SILENCE, type ScanOptions } from './read-keystrokes.ts';
import styles from './scan.module.css';

/** Listens while it stands, wherever the focus is. `paused`: a window that is not about scans is open. */
export function ScanListener({
  onScan,
  paused = false,
  options = SCANNERS,
}: {
  readonly onScan: (code: string) => void;
  readonly paused?: boolean;
  readonly options?: ScanOptions;
}): null {
  const told = useRef(onScan);
  told.current = onScan;
  useEffect(() => {
    if (paused) return undefined;
    let burst = SILENCE;
    let before: { readonly field: HTMLInputElement | HTMLTextAreaElement; readonly value: string } | undefined;
    const hear = (event: KeyboardEvent): void => {
      if (event.isComposing || event.altKey || event.metaKey || (event.ctrlKey && event.key !== ']')) return;
      const key = event.ctrlKey ? '\u001d' : event.key;
      const isFirst = event.timeStamp - burst.lastAtMs > options.betweenKeysMsMax;
      if (isFirst) before = fieldWithFocus();
      const read = readKey(burst, key, event.timeStamp, options);
      burst = read.burst;
      if (read.code === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (before !== undefined) putBack(before.field, before.value);
      before = undefined;
      told.current(read.code);
    };
    window.addEventListener('keydown', hear, true);
    return () => window.removeEventListener('keydown', hear, true);
  }, [paused, options]);
  return null;
}

function fieldWithFocus():
  | { readonly field: HTMLInputElement | HTMLTextAreaElement; readonly value: string }
  | undefined {
  const field = document.activeElement;
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement
    ? { field, value: field.value }
    : undefined;
}
/** As if the keys had never been typed; React hears of it as of any change. */
function putBack(field: HTMLInputElement | HTMLTextAreaElement, value: string): void {
  const kind = field instanceof HTMLInputElement ? HTMLInputElement.prototype : HTMLTextAreaElement.prototype;
  Object.getOwnPropertyDescriptor(kind, 'value')?.set?.call(field, value);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

/** Looks through the camera until a code was read. Nothing leaves the device; the reader is part of the client. */
export function CameraScan({
  onScan,
  onStop,
}: {
  readonly onScan: (code: string) => void;
  readonly onStop: () => void;
}): ReactElement {
  const t = useTexts(partsTexts);
  const video = useRef<HTMLVideoElement>(null);
  const [isBlind, goBlind] = useState(false);
  const told = useRef(onScan);
  told.current = onScan;
  useEffect(() => {
    let isOver = false;
    let stream: MediaStream | undefined;
    const look = async (): Promise<void> => {
      const { prepareZXingModule, readBarcodes } = await import('zxing-wasm/reader');
      // Its own default fetches from a stranger's server.
      prepareZXingModule({ overrides: { locateFile: (path: string) => (path.endsWith('.wasm') ? readerWasm : path) } });
      const screen = video.current;
      if (isOver || screen === null) return;
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
      screen.srcObject = stream;
      await screen.play();
      const canvas = document.createElement('canvas');
      const pen = canvas.getContext('2d', { willReadFrequently: true });
      if (pen === null) return;
      while (!isOver) {
        if (screen.videoWidth > 0) {
          canvas.width = screen.videoWidth;
          canvas.height = screen.videoHeight;
          pen.drawImage(screen, 0, 0);
          const [found] = await readBarcodes(pen.getImageData(0, 0, canvas.width, canvas.height), {
            maxNumberOfSymbols: 1,
          });
          if (found !== undefined && found.text !== '' && !isOver) {
            isOver = true;
            told.current(found.text);
          }
        }
        await new Promise((next) => setTimeout(next, 120));
      }
    };
    look().catch((error: unknown) => {
      // No camera, no permission: there is the scanner, and there is typing.
      if (isOver) return;
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      goBlind(true);
    });
    return () => {
      isOver = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
  }, []);
  if (isBlind) {
    return (
      <Notice tone="warn" told="now" actions={<Button onClick={onStop}>{t('close')}</Button>}>
        {t('noCamera')}
      </Notice>
    );
  }
  return (
    <div className={styles['camera']}>
      <video ref={video} muted playsInline className={styles['video']} aria-label={t('scanning')} />
      <p>{t('scanning')}</p>
      <Button icon="cross" onClick={onStop}>
        {t('stopCamera')}
      </Button>
    </div>
  );
}
