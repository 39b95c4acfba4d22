// Where we stand, what does not work now and what to do instead, where what was written here is, and how this device is.
import { useState, type ReactElement } from 'react';
import { Link } from 'react-router';
import { Button } from '../../parts/button.part.tsx';
import { Icon } from '../../parts/icon.part.tsx';
import { Card, DefinitionList, Grid, Page, Stack } from '../../parts/layout.part.tsx';
import { Notice } from '../../parts/notice.part.tsx';
import { Table } from '../../parts/table.part.tsx';
import { useAgo } from '../../texts/ago.ts';
import { formatDateTime, formatMoment, formatTime } from '../../texts/clinical-dates.ts';
import { formatNumber } from '../../texts/clinical-numbers.ts';
import { useTexts } from '../../texts/use-texts.ts';
import type { Status, Trouble } from '../../device/device.ts';
import { useUpdates } from '../door/use-gate.ts';
import { frameTexts } from '../frame/frame.texts.ts';
import { RESCUE } from '../frame/rescue-address.ts';
import { isStale, STAND_ICON, standOf } from '../frame/state-words.ts';
import { useDevice, useStatus } from '../frame/use-device.ts';
import { failingTexts } from './failing-texts.ts';
import styles from './state.module.css';
import { stateTexts } from './texts.ts';
import { byUrgency, GRAVE, whatFails } from './what-fails.ts';
import { WardNames } from './ward-names.part.tsx';

export function StateScreen(): ReactElement {
  const t = useTexts(stateTexts);
  const say = useTexts(failingTexts);
  const status = useStatus();
  const failing = whatFails(status);
  const { waiting, rolledBack } = useUpdates();
  const troubles = byUrgency([
    ...status.troubles,
    ...(rolledBack.length > 0 ? (['update-rolled-back'] as const) : []),
    ...(waiting ? (['update-waiting'] as const) : []),
  ]);
  return (
    <Page title={t('title')} actions={<AskSite />}>
      <Stand status={status} />
      {troubles.length > 0 && (
        <Card title={t('troubles')}>
          <Stack gap={2}>
            {troubles.map((trouble) => (
              <OneTrouble key={trouble} trouble={trouble} />
            ))}
          </Stack>
        </Card>
      )}
      {failing.length > 0 && (
        <Card title={t('fails')} flush>
          <dl className={styles['fails']}>
            {failing.map((name) => (
              <div key={name}>
                <dt>{say(name)}</dt>
                <dd>
                  <span className={styles['instead']}>{t('instead')}</span> {say(`${name}Do`)}
                </dd>
              </div>
            ))}
          </dl>
        </Card>
      )}
      <Grid least="24rem">
        <Own status={status} />
        <ThisDevice status={status} />
      </Grid>
    </Page>
  );
}

function AskSite(): ReactElement {
  const t = useTexts(stateTexts);
  const device = useDevice();
  const [isAsking, ask] = useState(false);
  const [failure, fail] = useState<unknown>();
  if (failure !== undefined) throw failure;
  return (
    <Button
      icon="sync"
      busy={isAsking}
      onClick={() => {
        ask(true);
        device.syncNow().then(() => ask(false), fail);
      }}
    >
      {isAsking ? t('asking') : t('syncNow')}
    </Button>
  );
}

const WORKS = { live: 'worksLive', site: 'worksSite', device: 'worksDevice' } as const;

function Stand({ status }: { readonly status: Status }): ReactElement {
  const t = useTexts(stateTexts);
  const frame = useTexts(frameTexts);
  const { ago } = useAgo();
  const { asOf, now, place } = status;
  const stand = standOf(status);
  const stale = isStale(asOf, now);
  return (
    <Stack gap={2}>
      <Notice tone={stand} icon={STAND_ICON[stand]} title={`${frame(stand)}. ${frame(`${stand}Is`)}`}>
        {status.downtime && (
          <p>
            {frame(place)}: {frame(`${place}Is`)}
          </p>
        )}
        <p>
          <strong>{t('works')}:</strong> {t(WORKS[place])}
        </p>
      </Notice>
      <Notice
        tone={stale ? 'warn' : 'ok'}
        icon={stale ? 'triangle' : 'clock'}
        title={`${t('lastConfirmed')}: ${asOf === undefined ? t('never') : `${formatMoment(asOf, now)} (${ago(asOf, now)})`}`}
      >
        {stale ? t('stale') : t('fresh')}
      </Notice>
    </Stack>
  );
}

function OneTrouble({ trouble }: { readonly trouble: Trouble }): ReactElement {
  const t = useTexts(failingTexts);
  return (
    <Notice tone={GRAVE.has(trouble) ? 'danger' : 'warn'} title={t(`trouble-${trouble}`)}>
      {t(`trouble-${trouble}-do`)}
    </Notice>
  );
}

function Own({ status }: { readonly status: Status }): ReactElement {
  const t = useTexts(stateTexts);
  const { ago } = useAgo();
  const { own, oldestUnsentAt, now } = status;
  return (
    <Card title={t('own')}>
      <Stack gap={2}>
        {own.D0 === 0 ? (
          <p>
            <Icon name="check" /> {t('allSent')}
          </p>
        ) : (
          <Notice tone="device" icon="tablet">
            {oldestUnsentAt !== undefined && (
              <p>{t('oldest', { at: formatMoment(oldestUnsentAt, now), ago: ago(oldestUnsentAt, now) })}</p>
            )}
            <p>{t('keepOn')}</p>
            <p>
              <a href={RESCUE}>{t('rescue')}</a>
            </p>
          </Notice>
        )}
        <Table
          caption={t('own')}
          dense
          columns={[
            { key: 'where', head: t('ownWhere'), cell: (level) => t(level), isRowHead: true },
            { key: 'count', head: t('ownCount'), cell: (level) => formatNumber(own[level]), align: 'end' },
          ]}
          rows={['D0', 'D1', 'D1m', 'D2'] as const}
          rowKey={(level) => level}
          empty={null}
        />
        <p>{t('ownBackup')}</p>
      </Stack>
    </Card>
  );
}

function ThisDevice({ status }: { readonly status: Status }): ReactElement {
  const t = useTexts(stateTexts);
  const { lasting } = useAgo();
  const { clock, now, keeping, wards, filling, elsewhere, build, conflicts } = status;
  const time = formatTime(now);
  const clockWords = clock.suspect
    ? t('clockSuspect', { now: formatDateTime(now) })
    : clock.skewMs === null
      ? t('clockUnknown', { now: time })
      : t('clockGood', { now: time, skew: lasting(Math.abs(clock.skewMs) + 59_999) });
  return (
    <Card title={t('thisDevice')}>
      <DefinitionList
        dense
        items={[
          { key: 'storage', term: t('storage'), is: t(keeping) },
          { key: 'clock', term: t('clock'), is: clockWords },
          { key: 'wards', term: t('wards'), is: wards.length === 0 ? t('noWards') : <WardNames wards={wards} /> },
          ...(filling === undefined
            ? []
            : [
                {
                  key: 'filling',
                  term: t('fillingNow'),
                  is: t('fillingOf', { done: formatNumber(filling.done), of: formatNumber(filling.of) }),
                },
              ]),
          {
            key: 'conflicts',
            term: t('conflicts'),
            is:
              conflicts.S1 + conflicts.S2 === 0 ? (
                t('noTroubles')
              ) : (
                <Link to="/conflicts">{t('conflictsOf', { grave: conflicts.S1, other: conflicts.S2 })}</Link>
              ),
          },
          { key: 'tab', term: t('tab'), is: elsewhere ? t('elsewhere') : t('here') },
          { key: 'build', term: t('build'), is: <code dir="ltr">{build}</code> },
        ]}
      />
    </Card>
  );
}
