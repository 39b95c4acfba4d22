// Where we stand, what does not work now, and what to do instead.
import type { ReactElement } from 'react';
import { Page } from '../../parts/layout.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { stateTexts } from './texts.ts';

export function StateScreen(): ReactElement {
  const t = useTexts(stateTexts);
  return <Page title={t('title')}>{null}</Page>;
}
