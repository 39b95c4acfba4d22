// How this device speaks and looks. Every choice holds at once.
import type { ReactElement } from 'react';
import { Link } from 'react-router';
import { Checkbox, RadioGroup, Segmented } from '../../parts/choice-fields.part.tsx';
import { Card, Grid, Page, Stack } from '../../parts/layout.part.tsx';
import { LANGUAGES } from '../../texts/define-texts.ts';
import { chooseLanguage, LANGUAGE_NAMES } from '../../texts/language.ts';
import { useLanguage, useTexts } from '../../texts/use-texts.ts';
import { choosePreferences, usePreferences } from '../frame/preferences.ts';
import { settingsTexts } from './texts.ts';

export function SettingsScreen(): ReactElement {
  const t = useTexts(settingsTexts);
  const language = useLanguage();
  const { textSize, scheme, shortcuts, wall } = usePreferences();
  return (
    <Page title={t('title')}>
      <p>{t('intro')}</p>
      <Grid least="22rem">
        <Card title={t('language')}>
          <RadioGroup
            label={t('language')}
            hideLabel
            hint={t('languageHint')}
            value={language}
            choices={LANGUAGES.map((l) => ({ value: l, label: LANGUAGE_NAMES[l] }))}
            onChange={chooseLanguage}
          />
        </Card>
        <Card title={t('reading')}>
          <Stack>
            <Segmented
              label={t('textSize')}
              value={textSize}
              choices={(['normal', 'large', 'largest'] as const).map((value) => ({ value, label: t(value) }))}
              onChange={(chosen) => choosePreferences({ textSize: chosen })}
            />
            <Segmented
              label={t('scheme')}
              value={scheme}
              choices={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t(value) }))}
              onChange={(chosen) => choosePreferences({ scheme: chosen })}
            />
          </Stack>
        </Card>
        <Card title={t('keys')}>
          <Checkbox
            label={t('shortcuts')}
            checked={shortcuts}
            onChange={(on) => choosePreferences({ shortcuts: on })}
          />
        </Card>
        <Card title={t('wall')}>
          <Stack gap={2}>
            <Checkbox label={t('wallOn')} checked={wall} onChange={(on) => choosePreferences({ wall: on })} />
            <p>{t('wallHint')}</p>
            {wall && <Link to="/whiteboard">{t('toWhiteboard')}</Link>}
          </Stack>
        </Card>
      </Grid>
    </Page>
  );
}
