// Scopes in a person's words. What is not understood is shown as it was asked for: nothing is granted unseen.
import type { Say } from './language.ts';

const SMART = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]*)\.(read|write|\*|c?r?u?d?s?)(?:\?(.+))?$/;

/** One line each, in the order asked, each once. */
export function scopeWords(t: Say, scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes.map((scope) => wordsOf(t, scope)).filter((line) => line !== ''))];
}

function wordsOf(t: Say, scope: string): string {
  if (scope === 'openid' || scope === 'fhirUser' || scope === 'profile') return t('scope.who');
  if (scope === 'offline_access') return t('scope.offline');
  // Only says what becomes of a grant that the person sees anyway.
  if (scope === 'online_access') return '';
  if (scope === 'launch' || scope.startsWith('launch/')) return t('scope.launch');
  const [, level, type, rights = '', query] = SMART.exec(scope) ?? [];
  if (level === undefined || type === undefined || rights === '') return scope;
  const reads = rights === 'read' || rights === '*' || /[rs]/.test(v2(rights));
  const writes = rights === 'write' || rights === '*' || /[cud]/.test(v2(rights));
  const what = type === '*' ? t('scope.everything') : type;
  const right = t(reads && writes ? 'scope.both' : writes ? 'scope.write' : 'scope.read', { what });
  const whose = level === 'patient' ? t('scope.ofPatient', { right }) : t('scope.ofUser', { right });
  return query === undefined ? whose : `${whose}; ${t('scope.where', { query })}`;
}
const v2 = (rights: string): string => (rights === 'read' || rights === 'write' ? '' : rights);
