// The keys that do something now, and the ways to help.
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { Dialog } from '../../parts/dialog.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { DefinitionList, KeyHint, Stack } from '../../parts/layout.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { frameTexts } from './frame.texts.ts';
import { RESCUE } from './rescue-address.ts';
import { useShortcutDesk } from './shortcuts.ts';

export function HelpDialog({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactElement {
  const t = useTexts(frameTexts);
  const desk = useShortcutDesk();
  const shown = open ? desk.all().filter((s) => !s.keys.endsWith(' -')) : [];
  return (
    <Dialog open={open} onClose={onClose} title={t('helpTitle')}>
      <Stack>
        <p>{t('keysIntro')}</p>
        <DefinitionList
          dense
          items={shown.map((s) => ({ key: s.keys, term: <KeyHint keys={s.keys} />, is: s.label }))}
        />
        <Link to="/state" onClick={onClose}>
          <Icon name="state" /> {t('helpState')}
        </Link>
        <a href={RESCUE}>
          <Icon name="shield" /> {t('helpRescue')}
        </a>
      </Stack>
    </Dialog>
  );
}
