// What of the scopes that a program asks for it may be granted. Pure. SMART App Launch 2.2, scopes and launch context.
//
//   SM11  What is unknown, misplaced or beyond what the client is registered for is left out; nothing is ever added or widened.
//   SM12  The scope is written as it was asked: v1 stays v1, v2 stays v2, a narrowing query stays word for word.
import { parseScope } from '../../../core/access/scopes.ts';

/** Scopes of OpenID Connect, which id tokens are about. */
export const OPENID_SCOPES = ['openid', 'fhirUser', 'profile'] as const;
export const LAUNCH_SCOPES = ['launch', 'launch/patient', 'launch/encounter'] as const;
export const ACCESS_SCOPES = ['offline_access', 'online_access'] as const;
const PLAIN = new Set<string>([...OPENID_SCOPES, ...LAUNCH_SCOPES, ...ACCESS_SCOPES]);

/** Only a launch brings these; no page asks for an encounter. */
const BY_LAUNCH = new Set(['launch', 'launch/encounter']);

/** Not about clinical data. */
export const isPlainScope = (scope: string): boolean => PLAIN.has(scope);

const wordsOf = (scope: string | undefined): readonly string[] => [
  ...new Set((scope ?? '').split(' ').filter((word) => word !== '')),
];

/** Sorts a list of scopes into those that SMART knows and the rest. */
export function parsedScopes(scope: string): {
  readonly known: readonly string[];
  readonly unknown: readonly string[];
} {
  const words = wordsOf(scope);
  const isKnown = (word: string): boolean => PLAIN.has(word) || parseScope(word) !== undefined;
  return { known: words.filter(isKnown), unknown: words.filter((word) => !isKnown(word)) };
}

export interface ScopeRequest {
  readonly asked: string | undefined;
  /** What the client is registered for; absent: anything (the node's own client). */
  readonly registered: string | undefined;
  /** `service`: client credentials, no person. */
  readonly for: 'person' | 'service';
  /** A launch context came with the request (EHR launch). */
  readonly launched: boolean;
}

/** In the order asked. */
export function narrowScopes(request: ScopeRequest): readonly string[] {
  const registered = request.registered === undefined ? undefined : wordsOf(request.registered);
  return parsedScopes(request.asked ?? '').known.filter((word) => {
    if (word.startsWith('system/') !== (request.for === 'service')) return false;
    if (BY_LAUNCH.has(word) && !request.launched) return false;
    if (registered === undefined) return true;
    return registered.some((allowed) => allowed === word || (!PLAIN.has(word) && covers(allowed, word)));
  });
}

const queryOf = (scope: string): string | undefined => {
  const mark = scope.indexOf('?');
  return mark < 0 ? undefined : scope.slice(mark);
};

/** Whether `allowed` takes in all of `asked`. A query covers itself alone: what two queries select is not compared. */
function covers(allowed: string, asked: string): boolean {
  const [wide, narrow] = [parseScope(allowed), parseScope(asked)];
  if (wide === undefined || narrow === undefined) return false;
  const query = queryOf(allowed);
  return (
    wide.context === narrow.context &&
    (wide.type === '*' || wide.type === narrow.type) &&
    [...narrow.permissions].every((permission) => wide.permissions.has(permission)) &&
    (query === undefined || query === queryOf(asked))
  );
}

/** Whether these scopes are about one patient, who must be known before they mean anything. */
export const needPatient = (scopes: readonly string[]): boolean =>
  scopes.some((scope) => scope === 'launch/patient' || scope.startsWith('patient/'));
