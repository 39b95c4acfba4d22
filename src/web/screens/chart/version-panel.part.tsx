// The changes of one resource: who, when, what, the newest first.
import { useCallback, type ReactElement } from 'react';
import type { ResourceKey } from '../../../core/record/store.ts';
import type { Device } from '../../device/device.ts';
import { SidePanel } from '../../parts/dialog.part.tsx';
import { Loading } from '../../parts/notice.part.tsx';
import { formatDateTime } from '../../texts/clinical-dates.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { useRead } from '../frame/use-device.ts';
import type { ValueLine } from '../conflicts/value-lines.ts';
import { changesBetween } from './version-changes.ts';
import { useStaffNames } from './use-staff-names.ts';
import { Who } from './who.part.tsx';
import styles from './pages.module.css';
import { writeTexts } from './write-texts.ts';
import { useElementName } from '../conflicts/use-element-name.ts';

interface PanelProps {
  readonly of: ResourceKey;
  readonly what: string;
  readonly onClose: () => void;
}
export function VersionPanel({ of, what, onClose }: PanelProps): ReactElement {
  const t = useTexts(writeTexts);
  return (
    <SidePanel open onClose={onClose} title={t('historyOf', { what })} about={<Who />} size="large">
      <Versions type={of.type} id={of.id} />
    </SidePanel>
  );
}

function Versions({ type, id }: ResourceKey): ReactElement {
  const t = useTexts(writeTexts);
  const read = useCallback((device: Device) => device.history({ type, id }), [type, id]);
  const versions = useRead(read, () => true);
  const elementName = useElementName();
  const nameOf = useStaffNames((versions ?? []).map(({ author }) => author?.practitioner));
  if (versions === undefined) return <Loading />;
  return (
    <ol className={styles['versions']}>
      {versions.map((version, n) => {
        const before = versions[n + 1]?.resource;
        const name = nameOf(version.author?.practitioner) || t('nobody');
        return (
          <li key={version.versionId}>
            <strong>{t('changedAt', { time: formatDateTime(version.lastUpdatedAt), name })}</strong>
            {before === undefined && <span> – {t('firstEntry')}</span>}
            <dl className={styles['changes']}>
              {changesBetween(before, version.resource).map((change) => (
                <div key={change.element}>
                  <dt>{elementName(change.element)}</dt>
                  <dd>
                    {change.before.length > 0 && (
                      <del>
                        <Lines of={change.before} />
                      </del>
                    )}
                    <ins>
                      <Lines of={change.after} />
                    </ins>
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        );
      })}
    </ol>
  );
}

/** A value, line by line. */
export function Lines({ of }: { readonly of: readonly ValueLine[] }): ReactElement {
  return (
    <span className={styles['valueLines']}>
      {of.map(({ path, words }, n) => (
        <span key={`${n} ${path}`}>
          {path !== '' && <span className={styles['path']}>{path} </span>}
          <bdi>{withClinicalTimes(words)}</bdi>
        </span>
      ))}
    </span>
  );
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::(\d\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)/g;
/** Times as clinicians read them (D+Ta); their seconds stay where there are any: two entries may differ in nothing else. */
const withClinicalTimes = (words: string): string =>
  words.replace(TIME, (time, seconds: string | undefined) =>
    seconds === undefined || seconds === '00' ? formatDateTime(time) : `${formatDateTime(time)}:${seconds}`,
  );
