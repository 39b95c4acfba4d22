// The lock: who are you, and your passphrase. No server is asked.
//
//   WU52  People of this device by name, who was here last first; a wrong passphrase and a slow-down are said in words.
import { useEffect, useState, type FormEvent, type ReactElement } from 'react';
import type { LocalPerson } from '../../device/device.ts';
import type { Way } from '../../device/gate.ts';
import { Button } from '../../parts/button.part.tsx';
import { Card, Row, Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, Notice } from '../../parts/notice.part.tsx';
import { PasswordField } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import styles from './door.module.css';
import { doorTexts } from './door.texts.ts';
import { sayNotUnlocked } from './say-refusals.ts';
import { personIn, useDoor } from './use-gate.ts';

const FIELD = 'door-unlock';

export function Unlock({
  people,
  why,
  onlyHere,
}: {
  readonly people: readonly LocalPerson[];
  readonly why: 'start' | 'idle' | 'person';
  readonly onlyHere: number;
}): ReactElement {
  const t = useTexts(doorTexts);
  const { site } = useDoor();
  const [chosen, choose] = useState<LocalPerson | undefined>(people.length === 1 ? people[0] : undefined);
  const stranger = useStrangerAtSite(people);
  return (
    <Stack>
      {why === 'idle' && <p>{t('lockedIdle')}</p>}
      {onlyHere > 0 && <Notice tone="warn">{t('onlyHere', { count: onlyHere })}</Notice>}
      {stranger !== undefined && <Notice tone="info">{t('letInFirst', { name: stranger })}</Notice>}
      {chosen === undefined ? (
        <Card title={t('lockedText')}>
          <ul className={styles['people']}>
            {people.map((one) => (
              <li key={one.who}>
                <Button size="large" wide icon="user" onClick={() => choose(one)}>
                  <bdi>{one.name}</bdi>
                </Button>
              </li>
            ))}
          </ul>
        </Card>
      ) : (
        <UnlockForm
          key={chosen.who}
          person={chosen}
          {...(people.length > 1 ? { onBack: () => choose(undefined) } : {})}
        />
      )}
      {stranger === undefined && (
        <details>
          <summary>{t('someoneElse')}</summary>
          <Stack>
            <p>{t('someoneElseText')}</p>
            <Row>
              <Button onClick={() => site.signIn()}>{t('signIn')}</Button>
            </Row>
          </Stack>
        </details>
      )}
    </Stack>
  );
}

/** Who is signed in at the site in this browser and is none of this device's people. */
function useStrangerAtSite(people: readonly LocalPerson[]): string | undefined {
  const { site } = useDoor();
  const [name, set] = useState<string>();
  useEffect(() => {
    let isGone = false;
    void site.who().then((said) => {
      const person = said.ok ? personIn(said.value.text) : undefined;
      if (!isGone) set(people.some(({ who }) => who === person?.who) ? undefined : person?.name);
    });
    return () => {
      isGone = true;
    };
  }, [site, people]);
  return name;
}

function UnlockForm({ person, onBack }: { readonly person: LocalPerson; readonly onBack?: () => void }): ReactElement {
  const t = useTexts(doorTexts);
  const { gate } = useDoor();
  const [typed, type] = useState('');
  const [isBusy, busy] = useState(false);
  const [trouble, tell] = useState<string>();
  const unlock = async (way: Way): Promise<void> => {
    if (isBusy) return;
    busy(true);
    tell(undefined);
    const done = await gate.unlock(person.who, way);
    busy(false);
    if (done.ok) return;
    type('');
    tell(sayNotUnlocked(t, done.error));
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void unlock({ kind: 'passphrase', passphrase: typed });
  };
  return (
    <Card title={t('hello', { name: person.name })}>
      <form onSubmit={submit}>
        <Stack>
          <ErrorSummary errors={trouble === undefined ? [] : [{ field: FIELD, text: trouble }]} />
          {person.ways.includes('passphrase') && (
            <PasswordField
              id={FIELD}
              label={t('passphrase')}
              value={typed}
              onChange={type}
              autoComplete="off"
              showLabel={t('show')}
              concealLabel={t('conceal')}
              {...(trouble === undefined ? {} : { error: trouble })}
            />
          )}
          <Row>
            {person.ways.includes('passphrase') && (
              <Button type="submit" look="primary" icon="unlock" busy={isBusy}>
                {t('unlock')}
              </Button>
            )}
            {person.ways.includes('passkey') && (
              <Button icon="key" busy={isBusy} onClick={() => void unlock({ kind: 'passkey' })}>
                {t('unlockPasskey')}
              </Button>
            )}
            {onBack !== undefined && <Button onClick={onBack}>{t('back')}</Button>}
          </Row>
        </Stack>
      </form>
    </Card>
  );
}
