// This device: who may use it, whose patients it keeps, another device for the ward, a declared downtime, the client's own version.
import { useEffect, useState, type FormEvent, type ReactElement } from 'react';
import type { SignedWho } from '../../device/gate.ts';
import type { EnrolCode } from '../../offline/ask-site.ts';
import { Button } from '../../parts/button.part.tsx';
import { Checkbox, Segmented } from '../../parts/choice-fields.part.tsx';
import { Card, DefinitionList, Grid, Page, Row, Stack } from '../../parts/layout.part.tsx';
import { Loading, Notice } from '../../parts/notice.part.tsx';
import { TextField } from '../../parts/text-fields.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useDevice, useSearch, useStatus } from '../frame/use-device.ts';
import styles from './door.module.css';
import { doorTexts } from './door.texts.ts';
import { chooseLockMinutes, LOCK_MINUTES, lockMinutes } from './lock-time.ts';
import { NewWayForm } from './new-way.part.tsx';
import { ownDeviceTexts } from './own-device.texts.ts';
import { sayAskRefusal, sayNotUnlocked } from './say-refusals.ts';
import { isWard, WARDS } from './own-wards.part.tsx';
import { personIn, useDoor, useGateState, useUpdates } from './use-gate.ts';

export function OwnDeviceScreen(): ReactElement {
  const t = useTexts(ownDeviceTexts);
  const { session } = useStatus();
  const leads = session.kind === 'open' && session.principal.duties.some(({ role }) => role === 'incident-lead');
  return (
    <Page title={t('deviceTitle')}>
      <Grid least="24rem">
        {leads && <Downtime />}
        <People />
        <Invite />
        <Client />
        <Wards />
      </Grid>
    </Page>
  );
}

function People(): ReactElement {
  const t = useTexts(ownDeviceTexts);
  const device = useDevice();
  const { gate } = useDoor();
  const { session } = useStatus();
  const { state, again } = useGateState();
  const [minutes, set] = useState(lockMinutes);
  const me = session.kind === 'open' ? session.principal.who : undefined;
  if (state === undefined) return <Loading />;
  return (
    <Card title={t('peopleTitle')}>
      <Stack>
        {state.people.length === 0 ? (
          <p>{t('peopleNobody')}</p>
        ) : (
          <ul>
            {state.people.map(({ who, name, ways }) => (
              <li key={who}>
                <bdi>{name}</bdi>: {ways.map((way) => t(way === 'passkey' ? 'wayPasskey' : 'wayPassphrase')).join(', ')}
              </li>
            ))}
          </ul>
        )}
        <LetIn people={state.people.map(({ who }) => who)} onDone={again} />
        <OnlyHere count={state.onlyHere} />
        {me !== undefined && state.people.some(({ who }) => who === me) && (
          <>
            <Row>
              <Button icon="lock" onClick={() => void device.lock('person')}>
                {t('switchUser')}
              </Button>
              <Button look="danger" onClick={() => void gate.signOut(me)}>
                {t('signOut')}
              </Button>
            </Row>
            <p>{t('signOutText')}</p>
          </>
        )}
        <Segmented
          label={t('lockAfter')}
          hint={t('lockAfterHint')}
          value={String(minutes)}
          choices={LOCK_MINUTES.map((one) => ({ value: String(one), label: t('minutes', { count: one }) }))}
          onChange={(chosen) => {
            chooseLockMinutes(Number(chosen));
            set(Number(chosen));
          }}
        />
      </Stack>
    </Card>
  );
}

function OnlyHere({ count }: { readonly count: number }): ReactElement | null {
  const t = useTexts(doorTexts);
  return count === 0 ? null : <Notice tone="warn">{t('onlyHere', { count })}</Notice>;
}

/** Who is signed in at the site in this browser, and is not yet one of this device's people. */
function LetIn({
  people,
  onDone,
}: {
  readonly people: readonly string[];
  readonly onDone: () => void;
}): ReactElement | null {
  const t = useTexts(ownDeviceTexts);
  const say = useTexts(doorTexts);
  const { gate, site } = useDoor();
  const { keeping } = useStatus();
  const [found, set] = useState<{ readonly signed: SignedWho; readonly who: string; readonly name: string }>();
  const [isBusy, busy] = useState(false);
  const [trouble, tell] = useState<string>();
  useEffect(() => {
    let isGone = false;
    void site.who().then((said) => {
      const person = said.ok ? personIn(said.value.text) : undefined;
      if (isGone || !said.ok || person === undefined) return;
      set({ signed: { text: said.value.text, signature: said.value.signature }, ...person });
    });
    return () => {
      isGone = true;
    };
  }, [site]);
  if (found === undefined || keeping === 'thin' || people.includes(found.who)) return null;
  return (
    <Card level={3} title={t('letIn', { name: found.name })}>
      <NewWayForm
        passkeys={false}
        busy={isBusy}
        trouble={trouble}
        submitLabel={t('letIn', { name: found.name })}
        onChoose={(way) => {
          busy(true);
          tell(undefined);
          void gate.addPerson(found.signed, way).then((added) => {
            busy(false);
            if (!added.ok) return tell(sayNotUnlocked(say, added.error));
            return onDone();
          });
        }}
      />
    </Card>
  );
}

function Wards(): ReactElement {
  const t = useTexts(ownDeviceTexts);
  const device = useDevice();
  const { wards } = useStatus();
  const found = useSearch(WARDS);
  const [chosen, choose] = useState<readonly string[]>();
  const [isKept, kept] = useState(false);
  const places =
    found?.ok === true
      ? found.value.found
          .filter(isWard)
          .map(({ resource, key }) => ({ name: String(resource['name'] ?? key.id), who: `Location/${key.id}` }))
      : [];
  const ticked = chosen ?? wards;
  return (
    <Card title={t('wardsTitle')}>
      <Stack>
        {places.length === 0 && <p>{t('wardsNone')}</p>}
        {places.map(({ name, who }) => (
          <Checkbox
            key={who}
            label={<bdi>{name}</bdi>}
            checked={ticked.includes(who)}
            onChange={(on) => {
              kept(false);
              choose(on ? [...ticked, who] : ticked.filter((one) => one !== who));
            }}
          />
        ))}
        {places.length > 0 && (
          <Row>
            <Button
              disabled={chosen === undefined}
              onClick={() => {
                void device.keepWards(ticked).then(() => {
                  choose(undefined);
                  kept(true);
                });
              }}
            >
              {t('wardsKeep')}
            </Button>
          </Row>
        )}
        {isKept && (
          <Notice tone="ok" told="polite">
            {t('wardsKept')}
          </Notice>
        )}
      </Stack>
    </Card>
  );
}
function Invite(): ReactElement {
  const t = useTexts(ownDeviceTexts);
  const say = useTexts(doorTexts);
  const { site } = useDoor();
  const [name, call] = useState('');
  const [isBusy, busy] = useState(false);
  const [trouble, tell] = useState<string>();
  const [given, give] = useState<EnrolCode & { readonly name: string }>();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    if (name.trim() === '') return tell(t('nameMissing'));
    busy(true);
    const said = await site.enrolCode(name.trim(), '');
    busy(false);
    tell(said.ok ? undefined : sayAskRefusal(say, said.error));
    return give(said.ok ? { ...said.value, name: name.trim() } : undefined);
  };
  return (
    <Card title={t('inviteTitle')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <p>{t('inviteText')}</p>
          <TextField
            id="invite-name"
            label={say('deviceName')}
            hint={say('deviceNameHint')}
            value={name}
            onChange={call}
            maxLength={120}
            {...(trouble === undefined ? {} : { error: trouble })}
          />
          <Row>
            <Button type="submit" busy={isBusy} icon="tablet">
              {t('invite')}
            </Button>
          </Row>
          {given !== undefined && (
            <Stack>
              <p>{t('inviteCode', { name: given.name })}</p>
              <p className={styles['code']}>{given.code}</p>
              <p>{t('inviteUntil', { at: formatDateTime(given.expiresAt) })}</p>
              <p>{t('inviteScan')}</p>
              <img
                className={styles['picture']}
                alt={t('inviteCode', { name: given.name })}
                src={`data:image/svg+xml,${encodeURIComponent(given.qrSvg)}`}
              />
              <p className={styles['code']}>{given.link}</p>
            </Stack>
          )}
        </Stack>
      </form>
    </Card>
  );
}

function Downtime(): ReactElement {
  const t = useTexts(ownDeviceTexts);
  const say = useTexts(doorTexts);
  const { site } = useDoor();
  const { downtime } = useStatus();
  const [answered, answer] = useState<boolean>();
  const [reason, type] = useState('');
  const [isBusy, busy] = useState(false);
  const [trouble, tell] = useState<string>();
  const isDeclared = answered ?? downtime;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    busy(true);
    const said = await site.downtime(isDeclared ? 'end' : 'declare', reason);
    busy(false);
    if (!said.ok) return tell(/reason/.test(said.error) ? t('reasonMissing') : sayAskRefusal(say, said.error));
    tell(undefined);
    type('');
    return answer(said.value.downtime);
  };
  return (
    <Card title={t('downtimeTitle')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <Notice tone={isDeclared ? 'downtime' : 'neutral'} told="polite">
            {isDeclared ? t('downtimeIs') : t('downtimeNot')}
          </Notice>
          <p>{t('downtimeText')}</p>
          <TextField
            id="downtime-reason"
            label={t('reason')}
            value={reason}
            onChange={type}
            maxLength={500}
            {...(trouble === undefined ? {} : { error: trouble })}
          />
          <Row>
            <Button type="submit" look={isDeclared ? 'primary' : 'danger'} busy={isBusy}>
              {isDeclared ? t('end') : t('declare')}
            </Button>
          </Row>
        </Stack>
      </form>
    </Card>
  );
}

function Client(): ReactElement {
  const t = useTexts(ownDeviceTexts);
  const say = useTexts(doorTexts);
  const { updates } = useDoor();
  const { build, offline, waiting, rolledBack } = useUpdates();
  const [told, tell] = useState<string>();
  const start = async (): Promise<void> => {
    const came = await updates.switchNow('person');
    if (came === 'not-safe') tell(t('updateNotSafe'));
    if (came === 'downtime') tell(t('updateDowntime'));
  };
  const words = { ready: t('offlineReady'), 'not-yet': t('offlineNotYet'), never: t('offlineNever') };
  return (
    <Card title={t('clientTitle')}>
      <Stack>
        <DefinitionList
          dense
          items={[
            {
              key: 'build',
              term: t('build'),
              is: <span className={styles['code']}>{build === '' ? '…' : build}</span>,
            },
            { key: 'offline', term: t('offline'), is: words[offline] },
          ]}
        />
        {rolledBack.length > 0 && <Notice tone="warn">{say('rolledBack')}</Notice>}
        {waiting && (
          <Notice
            tone="info"
            title={t('updateReady')}
            actions={<Button onClick={() => void start()}>{t('updateNow')}</Button>}
          >
            {t('updateText')}
          </Notice>
        )}
        {told !== undefined && (
          <Notice tone="warn" told="now">
            {told}
          </Notice>
        )}
      </Stack>
    </Card>
  );
}
