// The first time on a browser: signed in at the site, then one choice, then three steps: what this browser keeps, the site's code, one's
// own passphrase.
import { useCallback, useEffect, useState, type FormEvent, type ReactElement } from 'react';
import type { NewWay, SignedWho, StorageProbe } from '../../device/gate.ts';
import { codeIn } from '../../offline/ask-site.ts';
import { forgetEnrolCode } from '../../offline/enrol-code.ts';
import { Button } from '../../parts/button.part.tsx';
import { Card, Row, Stack } from '../../parts/layout.part.tsx';
import { ErrorSummary, Loading, Notice } from '../../parts/notice.part.tsx';
import { CameraScan, ScanListener } from '../../parts/scan.part.tsx';
import { TextField } from '../../parts/text-fields.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import styles from './door.module.css';
import { doorTexts } from './door.texts.ts';
import { NewWayForm } from './new-way.part.tsx';
import { sayAskRefusal, sayNotEnrolled, sayNotUnlocked } from './say-refusals.ts';
import { personIn, useDoor } from './use-gate.ts';

type AtSite =
  | { readonly kind: 'asking' | 'away' | 'nobody' }
  | { readonly kind: 'signed-in'; readonly signed: SignedWho; readonly name: string };
const STEPS = 3;

export function FirstUse(): ReactElement {
  const t = useTexts(doorTexts);
  const { site, enrolCode } = useDoor();
  const [at, set] = useState<AtSite>({ kind: 'asking' });
  const [isKeeping, keep] = useState(enrolCode !== undefined);
  const ask = useCallback(() => {
    set({ kind: 'asking' });
    void site.who().then((said) => {
      if (!said.ok) return set({ kind: said.error === 'nobody' ? 'nobody' : 'away' });
      const { text, signature } = said.value;
      const person = personIn(text);
      return set(
        person === undefined ? { kind: 'away' } : { kind: 'signed-in', signed: { text, signature }, name: person.name },
      );
    });
  }, [site]);
  useEffect(ask, [ask]);
  switch (at.kind) {
    case 'asking':
      return <Loading>{t('looking')}</Loading>;
    case 'away':
      return (
        <Notice tone="warn" title={t('siteAway')} told="polite" actions={<Button onClick={ask}>{t('again')}</Button>}>
          {t('siteAwayText')}
        </Notice>
      );
    case 'nobody':
      return (
        <Stack>
          <p>{t('signInText')}</p>
          <Row>
            <Button look="primary" size="large" icon="user" onClick={() => site.signIn()}>
              {t('signIn')}
            </Button>
          </Row>
        </Stack>
      );
    case 'signed-in':
      return (
        <Stack>
          <Row spread>
            <p>{t('signedInAs', { name: at.name })}</p>
            <Button look="quiet" onClick={() => void site.endSession().then(() => site.signIn())}>
              {t('notYou')}
            </Button>
          </Row>
          {isKeeping ? (
            <Keep signed={at.signed} onBack={() => keep(false)} />
          ) : (
            <Choice signed={at.signed} onKeep={() => keep(true)} />
          )}
        </Stack>
      );
  }
}

function Choice({ signed, onKeep }: { readonly signed: SignedWho; readonly onKeep: () => void }): ReactElement {
  const t = useTexts(doorTexts);
  const { gate, site } = useDoor();
  const [isBusy, busy] = useState(false);
  const [trouble, tell] = useState<string>();
  const beginThin = async (): Promise<void> => {
    busy(true);
    tell(undefined);
    const given = await site.thinCode('');
    if (given.ok) {
      const done = await gate.beginThin(signed, given.value.code);
      if (!done.ok) tell(sayNotEnrolled(t, done.error));
    } else tell(sayAskRefusal(t, given.error));
    busy(false);
  };
  return (
    <Stack>
      {trouble !== undefined && (
        <Notice tone="danger" told="now">
          {trouble}
        </Notice>
      )}
      <Card title={t('keepTitle')}>
        <Stack>
          <p>{t('keepText')}</p>
          <Row>
            <Button look="primary" icon="tablet" onClick={onKeep}>
              {t('keep')}
            </Button>
          </Row>
        </Stack>
      </Card>
      <Card title={t('thinTitle')}>
        <Stack>
          <p>{t('thinText')}</p>
          <Row>
            <Button busy={isBusy} onClick={() => void beginThin()}>
              {t('thin')}
            </Button>
          </Row>
        </Stack>
      </Card>
    </Stack>
  );
}

function Keep({ signed, onBack }: { readonly signed: SignedWho; readonly onBack: () => void }): ReactElement {
  const t = useTexts(doorTexts);
  const { gate } = useDoor();
  const [step, go] = useState<1 | 2 | 3>(1);
  const [probe, found] = useState<StorageProbe>();
  const [isBusy, busy] = useState(false);
  const [trouble, tell] = useState<string>();
  useEffect(() => {
    void gate.probe().then(found);
  }, [gate]);
  const choose = async (way: NewWay): Promise<void> => {
    busy(true);
    tell(undefined);
    // Open from then on: the frame takes this one's place.
    const added = await gate.addPerson(signed, way);
    if (!added.ok) tell(sayNotUnlocked(t, added.error));
    busy(false);
  };
  const title = step === 1 ? t('probeTitle') : step === 2 ? t('codeTitle') : t('wayTitle');
  return (
    <Card title={title}>
      <Stack>
        <p className={styles['step']}>{t('step', { n: step, of: STEPS })}</p>
        {step === 1 && <Probed probe={probe} onBack={onBack} onNext={() => go(2)} />}
        {step === 2 && <EnrolForm onBack={onBack} onDone={() => go(3)} />}
        {step === 3 && (
          <NewWayForm
            passkeys={probe?.passkeys === true}
            busy={isBusy}
            trouble={trouble}
            submitLabel={t('open')}
            onChoose={(way) => void choose(way)}
          />
        )}
      </Stack>
    </Card>
  );
}

function Probed({
  probe,
  onBack,
  onNext,
}: {
  readonly probe: StorageProbe | undefined;
  readonly onBack: () => void;
  readonly onNext: () => void;
}): ReactElement {
  const t = useTexts(doorTexts);
  if (probe === undefined) return <Loading>{t('probing')}</Loading>;
  const { keeping, canary } = probe;
  return (
    <Stack>
      <Notice tone={keeping === 'kept' ? 'ok' : keeping === 'thin' ? 'danger' : 'warn'} told="polite">
        {keeping === 'kept' ? t('probeKept') : keeping === 'thin' ? t('probeThin') : t('probeUnprotected')}
      </Notice>
      {canary === 'first' && keeping !== 'thin' && <p>{t('probeFirst')}</p>}
      <Row>
        {keeping !== 'thin' && (
          <Button look="primary" onClick={onNext}>
            {t('next')}
          </Button>
        )}
        <Button onClick={onBack}>{t('back')}</Button>
      </Row>
    </Stack>
  );
}

const CODE = 'door-code';
const NAME = 'door-device-name';

function EnrolForm({ onBack, onDone }: { readonly onBack: () => void; readonly onDone: () => void }): ReactElement {
  const t = useTexts(doorTexts);
  const { gate, site, enrolCode } = useDoor();
  const [code, type] = useState(enrolCode ?? '');
  const [name, call] = useState('');
  const [isBusy, busy] = useState(false);
  const [isScanning, scan] = useState(false);
  const [errors, tell] = useState<readonly { readonly field: string; readonly text: string }[]>([]);
  const read = (text: string): void => {
    scan(false);
    const found = codeIn(text);
    if (found === undefined) tell([{ field: CODE, text: t('codeMistyped') }]);
    else type(found);
  };
  const getCode = async (): Promise<void> => {
    busy(true);
    const given = await site.enrolCode(name, '');
    busy(false);
    if (given.ok) {
      type(given.value.code);
      tell([]);
    } else tell([{ field: NAME, text: given.error === 'name' ? t('deviceNameHint') : sayAskRefusal(t, given.error) }]);
  };
  const enrol = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isBusy) return;
    busy(true);
    const done = await gate.enrol(code);
    busy(false);
    if (done.ok) {
      forgetEnrolCode();
      return onDone();
    }
    return tell([{ field: CODE, text: sayNotEnrolled(t, done.error) }]);
  };
  const errorOf = (field: string): { readonly error?: string } => {
    const found = errors.find((one) => one.field === field);
    return found === undefined ? {} : { error: found.text };
  };
  return (
    <form onSubmit={(event) => void enrol(event)}>
      <Stack>
        <p>{t('codeText')}</p>
        <ErrorSummary errors={errors} />
        {isScanning ? (
          <CameraScan onScan={read} onStop={() => scan(false)} />
        ) : (
          <Row>
            <Button icon="camera" onClick={() => scan(true)}>
              {t('scan')}
            </Button>
          </Row>
        )}
        <ScanListener onScan={read} />
        <TextField
          id={CODE}
          label={t('code')}
          hint={t('codeHint')}
          value={code}
          onChange={type}
          maxLength={80}
          {...errorOf(CODE)}
        />
        <TextField
          id={NAME}
          label={t('deviceName')}
          hint={t('deviceNameHint')}
          value={name}
          onChange={call}
          maxLength={120}
          {...errorOf(NAME)}
        />
        <Row>
          <Button icon="key" busy={isBusy} onClick={() => void getCode()}>
            {t('getCode')}
          </Button>
        </Row>
        <Row>
          <Button type="submit" look="primary" busy={isBusy} disabled={code.trim() === ''}>
            {t('enrol')}
          </Button>
          <Button onClick={onBack}>{t('back')}</Button>
        </Row>
      </Stack>
    </form>
  );
}
