// A line that tells what was just done, with a way back where there is one. It goes by itself, but not while it is looked at: with the
// pointer on it or the focus in it, it stays. What must not be missed is a Notice, never a toast.
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactElement,
  type ReactNode,
} from 'react';
import { assert } from '../../core/base/assert.ts';
import { useTexts } from '../texts/use-texts.ts';
import { Button, IconButton } from './button.part.tsx';
import { classNames } from './class-names.ts';
import { Icon } from './icon.part.tsx';
import { partsTexts } from './parts.texts.ts';
import { TONE_ICON, type Tone } from './tones.ts';
import styles from './message.module.css';

export interface Toast {
  readonly text: string;
  readonly tone?: Tone;
  /** Takes back what was done. */
  readonly undo?: () => void;
  readonly forMs?: number;
}
type Tell = (toast: Toast) => void;

const ToastContext = createContext<Tell | undefined>(undefined);
/** Long enough to read twice and to reach the button. */
const SHOWN_MS = 8000;
const SHOWN_MAX = 3;

export function useToast(): Tell {
  const tell = useContext(ToastContext);
  assert(tell !== undefined, 'toasts need a PartsProvider around them');
  return tell;
}

export function ToastPlace({ children }: { readonly children: ReactNode }): ReactElement {
  const t = useTexts(partsTexts);
  const [toasts, setToasts] = useState<readonly (Toast & { readonly id: number })[]>([]);
  const last = useRef(0);
  const tell = useCallback<Tell>((toast) => {
    last.current += 1;
    const id = last.current;
    setToasts((before) => [...before.slice(1 - SHOWN_MAX), { ...toast, id }]);
  }, []);
  const dismiss = useMemo(() => (id: number) => setToasts((before) => before.filter((toast) => toast.id !== id)), []);
  return (
    <ToastContext value={tell}>
      {children}
      <section className={styles['toasts']} aria-label={t('notifications')} aria-live="polite">
        {toasts.map((toast) => (
          <OneToast key={toast.id} toast={toast} onGone={() => dismiss(toast.id)} />
        ))}
      </section>
    </ToastContext>
  );
}

function OneToast({ toast, onGone }: { readonly toast: Toast; readonly onGone: () => void }): ReactElement {
  const t = useTexts(partsTexts);
  const [isHeld, hold] = useState(false);
  const gone = useRef(onGone);
  gone.current = onGone;
  useEffect(() => {
    if (isHeld) return undefined;
    const timer = setTimeout(() => gone.current(), toast.forMs ?? SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isHeld, toast.forMs]);
  const tone = toast.tone ?? 'ok';
  return (
    <div
      className={classNames(styles['toast'], styles[tone])}
      onMouseEnter={() => hold(true)}
      onMouseLeave={() => hold(false)}
      onFocus={() => hold(true)}
      onBlur={() => hold(false)}
    >
      <Icon name={TONE_ICON[tone]} />
      <span>{toast.text}</span>
      {toast.undo !== undefined && (
        <Button
          size="small"
          icon="undo"
          onClick={() => {
            toast.undo?.();
            onGone();
          }}
        >
          {t('undo')}
        </Button>
      )}
      <IconButton icon="cross" label={t('close')} size="small" onClick={onGone} />
    </div>
  );
}
