// Windows over the screen. Both keep the focus inside, give it back when they close, and close with Escape.
// A Dialog asks or tells one thing; a SidePanel stands beside what it is about and leaves it visible.
import { Modal } from '@mantine/core';
import { type ReactElement, type ReactNode } from 'react';
import { useTexts } from '../texts/use-texts.ts';
import { IconButton } from './button.part.tsx';
import { classNames } from './class-names.ts';
import { partsTexts } from './parts.texts.ts';
import styles from './dialog.module.css';

export interface DialogProps {
  readonly open: boolean;
  /** Escape, the cross, and a click beside it. */
  readonly onClose: () => void;
  readonly title: ReactNode;
  readonly children: ReactNode;
  /** Stands at the foot, the chief one first. */
  readonly actions?: ReactNode;
  readonly size?: 'small' | 'normal' | 'large';
  /** Nothing but its own buttons closes it. */
  readonly mustAnswer?: boolean;
  /** Who it is about: stands above everything that is scrolled. */
  readonly about?: ReactNode;
}

export function Dialog(props: DialogProps): ReactElement {
  return <Window {...props} kind="dialog" />;
}
export function SidePanel(props: DialogProps): ReactElement {
  return <Window {...props} kind="panel" />;
}

function Window({
  open,
  onClose,
  title,
  children,
  actions,
  size = 'normal',
  mustAnswer = false,
  about,
  kind,
}: DialogProps & { readonly kind: 'dialog' | 'panel' }): ReactElement {
  const t = useTexts(partsTexts);
  return (
    <Modal.Root
      opened={open}
      onClose={onClose}
      lockScroll={false}
      closeOnEscape={!mustAnswer}
      closeOnClickOutside={!mustAnswer}
      transitionProps={{ duration: 0 }}
      classNames={{
        inner: styles[kind === 'panel' ? 'sideInner' : 'inner'] ?? '',
        content: classNames(styles['content'], styles[kind], styles[size]),
        overlay: styles['overlay'] ?? '',
      }}
    >
      <Modal.Overlay />
      <Modal.Content>
        {/* No <header>: it would be a second banner of the page. */}
        <div className={styles['head']}>
          {/* Its own title part: by that alone the window gets its name. */}
          <Modal.Title className={styles['title'] ?? ''}>{title}</Modal.Title>
          {!mustAnswer && <IconButton icon="cross" label={t('close')} onClick={onClose} />}
        </div>
        {about !== undefined && <div className={styles['about']}>{about}</div>}
        <div className={styles['body']}>{children}</div>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </Modal.Content>
    </Modal.Root>
  );
}
