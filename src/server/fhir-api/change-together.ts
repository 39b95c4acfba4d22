// The changes of a transaction as one commit: the engine's transaction, given what only the rim knows (how a query reads).
import { err, type Result } from '../../core/base/result.ts';
import type { Change, Outcome, Refused } from '../../core/engine/engine.ts';
import { runTransaction } from '../../core/engine/transaction.ts';
import type { Fault } from '../../core/fhir/fault.ts';
import type { Api, Ask } from './ask.ts';
import { refusedAs, type Refusal } from './outcome.ts';
import { parseCriteria } from './search-criteria.ts';

export interface ChangeEntry {
  readonly fullUrl?: string;
  readonly change: Change;
}

/** Outcomes in the order of `entries`; a refusal names the index. */
export const changeTogether = (
  entries: readonly ChangeEntry[],
  ask: Ask,
  api: Api,
): Promise<Result<readonly Outcome[], Refused>> =>
  runTransaction(
    {
      engine: api.engine,
      store: api.store,
      clock: api.clock,
      chance: api.chance,
      criteria: async (type, query) => {
        const parsed = await parseCriteria(type, query, ask, api);
        return parsed.ok ? parsed : err(faultsOf(parsed.error));
      },
      baseUrls: [ask.base],
    },
    entries,
    ask.actor,
  );

const faultsOf = (refusal: Refusal): readonly Fault[] =>
  refusedAs(refusal).issues.map((issue) => ({
    severity: issue.severity === 'fatal' ? 'error' : issue.severity,
    type: issue.code,
    path: issue.path ?? '',
    rule: 'conditional-reference',
    message: issue.text,
    spec: issue.spec ?? 'http://hl7.org/fhir/R4/http.html#trules',
  }));
