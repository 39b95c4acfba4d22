// A passphrase of one's own, or a passkey: what opens this device with no server in reach.
import { useState, type FormEvent, type ReactElement } from 'react';
import type { NewWay } from '../../device/gate.ts';
import { Button } from '../../parts/button.part.tsx';
import { Row, Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary } from '../../parts/notice.part.tsx';
import { PasswordField } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { doorTexts } from './door.texts.ts';
import { judgePassphrase, type Judged } from './judge-passphrase.ts';

export interface NewWayProps {
  /** This browser can unlock by a passkey. */
  readonly passkeys: boolean;
  readonly busy: boolean;
  /** What came of the last try. */
  readonly trouble: string | undefined;
  readonly submitLabel: string;
  readonly onChoose: (way: NewWay) => void;
}

const FIELD = 'door-passphrase';
const AGAIN = 'door-passphrase-again';

export function NewWayForm({ passkeys, busy, trouble, submitLabel, onChoose }: NewWayProps): ReactElement {
  const t = useTexts(doorTexts);
  const strength = useStrength();
  const [typed, type] = useState('');
  const [again, typeAgain] = useState('');
  const [isTried, tried] = useState(false);
  const judged = judgePassphrase(typed);
  const errors = [
    ...(judged.kind === 'good' ? [] : [{ field: FIELD, text: strength(judged) }]),
    ...(judged.kind === 'good' && typed !== again ? [{ field: AGAIN, text: t('different') }] : []),
  ];
  const shown = isTried ? errors : [];
  const errorOf = (field: string): string | undefined => shown.find((one) => one.field === field)?.text;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    tried(true);
    if (errors.length === 0 && !busy) onChoose({ kind: 'passphrase', passphrase: typed });
  };
  const told = errorOf(FIELD);
  const toldAgain = errorOf(AGAIN);
  return (
    <form onSubmit={submit}>
      <Stack>
        <p>{t('wayText')}</p>
        <ErrorSummary errors={trouble === undefined ? shown : [{ field: FIELD, text: trouble }]} />
        <PasswordField
          id={FIELD}
          label={t('passphrase')}
          hint={strength(judged)}
          value={typed}
          onChange={type}
          autoComplete="off"
          showLabel={t('show')}
          concealLabel={t('conceal')}
          {...(told === undefined ? {} : { error: told })}
        />
        <PasswordField
          id={AGAIN}
          label={t('passphraseAgain')}
          value={again}
          onChange={typeAgain}
          autoComplete="off"
          showLabel={t('show')}
          concealLabel={t('conceal')}
          {...(toldAgain === undefined ? {} : { error: toldAgain })}
        />
        <Row>
          <Button type="submit" look="primary" busy={busy}>
            {submitLabel}
          </Button>
          {passkeys && (
            <Button icon="key" busy={busy} onClick={() => onChoose({ kind: 'passkey' })}>
              {t('passkey')}
            </Button>
          )}
        </Row>
      </Stack>
    </form>
  );
}

function useStrength(): (judged: Judged) => string {
  const t = useTexts(doorTexts);
  return (judged) => {
    switch (judged.kind) {
      case 'empty':
        return t('strengthEmpty');
      case 'pin':
        return t('strengthPin');
      case 'short':
        return t('strengthShort', { count: judged.words });
      case 'good':
        return t(judged.by === 'words' ? 'strengthWords' : 'strengthCharacters', { count: judged.count });
    }
  };
}
