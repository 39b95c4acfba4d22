// The door to a record that is beyond the person's reach: says what it does before it is opened, and asks why.
//
//   CH17  Without a reason in words nothing is opened (AC20); what was typed stays where the opening fails.
import { useId, useState, type ReactElement } from 'react';
import { BREAK_GLASS_HOURS } from '../../../core/access/break-glass.ts';
import { Button } from '../../parts/button.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { TextArea } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice } from '../frame/use-device.ts';
import { bannerTexts } from './banner-texts.ts';
import styles from './break-glass.module.css';

export function BreakGlassPanel({ patient }: { readonly patient: string }): ReactElement {
  const t = useTexts(bannerTexts);
  const device = useDevice();
  const heading = useId();
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const open = async (): Promise<void> => {
    if (!/\p{L}/u.test(reason)) {
      setError(t('reasonMissing'));
      return;
    }
    setBusy(true);
    const done = await device.breakGlass(patient, reason);
    setBusy(false);
    setError(done.ok ? undefined : t('breakGlassNot', { why: done.error.text }));
  };
  return (
    <section className={styles['panel']} aria-labelledby={heading}>
      <h2 id={heading}>
        <Icon name="lock" /> {t('beyondReach')}
      </h2>
      <p>{t('beyondReachWhat', { hours: BREAK_GLASS_HOURS })}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void open();
        }}
        noValidate
      >
        <TextArea
          label={t('reason')}
          hint={t('reasonHint')}
          required
          maxLength={1000}
          rows={2}
          value={reason}
          onChange={setReason}
          error={error}
        />
        <Button type="submit" look="danger" icon="unlock" busy={isBusy}>
          {t('breakGlass')}
        </Button>
      </form>
    </section>
  );
}
