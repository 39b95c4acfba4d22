// Something was changed by somebody else while a form over it stood open: what changed is shown before anything can be written.
//
//   CH25  The first press of "save" after such a change writes nothing; the second writes over the version that was looked at.
import { useRef, type ReactElement } from 'react';
import type { ResourceJson } from '../../../core/base/json-types.ts';
import type { ResourceKey } from '../../../core/record/store.ts';
import type { Shown } from '../../device/device.ts';
import { Notice } from '../../parts/notice.part.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import styles from './pages.module.css';
import { usePatientChart } from './use-patient-chart.ts';
import { changesBetween } from './version-changes.ts';
import { Lines } from './version-panel.part.tsx';
import { writeTexts } from './write-texts.ts';
import { useElementName } from '../conflicts/use-element-name.ts';

/** The version that a form was opened over: kept in its draft. */
export interface Opened {
  readonly versionId: string;
  readonly resource: ResourceJson;
}
export const openedOf = ({ versionId, resource }: Shown): Opened => ({ versionId, resource });
export function readOpened(kept: unknown): Opened | undefined {
  if (typeof kept !== 'object' || kept === null || !('versionId' in kept) || !('resource' in kept)) return undefined;
  const { versionId, resource } = kept;
  const isResource = typeof resource === 'object' && resource !== null && 'resourceType' in resource;
  return typeof versionId === 'string' && isResource ? { versionId, resource: resource as ResourceJson } : undefined;
}

export interface Meanwhile {
  /** What is there now. */
  readonly current: Shown | undefined;
  /** True where the person has not seen what is there now: then nothing may be written. They see it from then on. */
  readonly mustLook: () => boolean;
  readonly notice: ReactElement | null;
}
export function useMeanwhile(key: ResourceKey | undefined, opened: Opened | undefined): Meanwhile {
  const t = useTexts(writeTexts);
  const elementName = useElementName();
  const { all } = usePatientChart();
  const current = all.find((one) => key !== undefined && one.key.type === key.type && one.key.id === key.id);
  const drawn = current !== undefined && opened !== undefined && current.versionId !== opened.versionId;
  // The notice stood on the screen when the button was pressed last: then it was seen.
  const seen = useRef<string>(undefined);
  return {
    current,
    mustLook: () => {
      if (!drawn || seen.current === current.versionId) return false;
      seen.current = current.versionId;
      document.getElementById('meanwhile')?.focus();
      return true;
    },
    notice: drawn ? (
      <div id="meanwhile" tabIndex={-1}>
        <Notice tone="danger" title={t('notSaved')} told="now">
          <p>{t('stale')}</p>
          <dl className={styles['changes']}>
            {changesBetween(opened.resource, current.resource).map((change) => (
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
        </Notice>
      </div>
    ) : null,
  };
}
