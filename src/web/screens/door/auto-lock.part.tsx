// Nobody has touched this device: the screen is covered, then it locks. Stands inside the frame while somebody is in.
//
//   WU53  A cover hides everything from eyes, keyboard and screen reader alike, and a touch takes it away.
//   WU54  The period is the device's own; in a declared downtime it is long, and the device stays unlockable.
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice, useStatus } from '../frame/use-device.ts';
import { useIdle } from '../frame/use-idle.ts';
import { useIsWallBoard } from '../frame/wall-board.ts';
import styles from './door.module.css';
import { doorTexts } from './door.texts.ts';
import { LOCK_TIME_CHOSEN, lockMinutes, lockTimes } from './lock-time.ts';
import { useNoteOpen } from './site-session.ts';

export function AutoLock(): ReactElement | null {
  const t = useTexts(doorTexts);
  const device = useDevice();
  const { session, downtime, keeping, own } = useStatus();
  const isWallBoard = useIsWallBoard();
  const [minutes, set] = useState(lockMinutes);
  useEffect(() => {
    const heard = (): void => set(lockMinutes());
    addEventListener(LOCK_TIME_CHOSEN, heard);
    return () => removeEventListener(LOCK_TIME_CHOSEN, heard);
  }, []);
  const isOpen = session.kind === 'open';
  useNoteOpen(isOpen);
  const [isDue, due] = useState(false);
  const isCovered = useIdle({ ...lockTimes(minutes, downtime), paused: isWallBoard || !isOpen }, () => due(true));
  // A session that keeps nothing ends for good: not before the site has what was written in it. Until then it is covered.
  const mayLock = isDue && isOpen && (keeping !== 'thin' || own.D0 === 0);
  useEffect(() => {
    if (!isCovered) due(false);
    else if (mayLock) void device.lock('idle');
  }, [device, isCovered, mayLock]);
  const cover = useRef<HTMLDialogElement>(null);
  const isShown = isCovered && isOpen;
  useEffect(() => {
    // Modal: the browser itself takes all else from the eyes, the keyboard and screen readers.
    if (isShown) cover.current?.showModal();
  }, [isShown]);
  if (!isShown) return null;
  return (
    <dialog
      ref={cover}
      className={styles['cover']}
      aria-label={t('covered')}
      onCancel={(event) => event.preventDefault()}
    >
      <button type="button" className={styles['touch']}>
        {t('covered')}
      </button>
    </dialog>
  );
}
