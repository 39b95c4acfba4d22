// What the parts need around them: the behaviour of the library of controls without its looks, so that no style is ever written into the
// page (a strict content security policy forbids that), and the place where toasts appear.
import { DirectionProvider, HeadlessMantineProvider } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { isRightToLeft } from '../texts/define-texts.ts';
import { useLanguage } from '../texts/use-texts.ts';
import { ToastPlace } from './toast.part.tsx';
import './tokens.css';

export function PartsProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const direction = isRightToLeft(useLanguage()) ? 'rtl' : 'ltr';
  return (
    <DirectionProvider key={direction} initialDirection={direction} detectDirection={false}>
      <HeadlessMantineProvider>
        <ToastPlace>{children}</ToastPlace>
      </HeadlessMantineProvider>
    </DirectionProvider>
  );
}
