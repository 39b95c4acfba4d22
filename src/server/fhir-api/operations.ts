// The operations, in one table (http://hl7.org/fhir/R4/operations.html). The CapabilityStatement reads it.
import { err } from '../../core/base/result.ts';
import type { Act, Answered, Api, Ask, PlaceKind, Verb } from './ask.ts';
import { book, confirm, share } from './booking-operations.ts';
import { breakTheGlass, reviewTheGlass } from './break-glass-operation.ts';
import { listConflicts, resolve, showConflict } from './conflict-operations.ts';
import { showCustodyOf, takeCustodyOf } from './custody-operations.ts';
import { everything } from './everything.ts';
import { fetchRecord } from './fetch-record-operation.ts';
import { issueNumber, matchPatients, mergeRecords, temporaryIdentity, unmergeRecords } from './identity-operations.ts';
import { addMeta, deleteMeta, showMeta } from './meta.ts';
import { validate } from './validate-operation.ts';

export interface Operation {
  /** With the `$`. */
  readonly name: string;
  /** Its OperationDefinition. */
  readonly definition: string;
  /** The one type it is for; absent: every type. */
  readonly type?: string;
  readonly places: readonly PlaceKind[];
  readonly verbs: readonly Verb[];
  readonly act: Act;
}

const POST: readonly Verb[] = ['POST'];
const BOTH: readonly Verb[] = ['GET', 'HEAD', 'POST'];
const EVERYWHERE: readonly PlaceKind[] = [
  'system operation',
  'type operation',
  'instance operation',
  'version operation',
];
const HL7 = 'http://hl7.org/fhir/OperationDefinition';

/** Of its own: http://hl7.org/fhir/R4/operations.html has none for it. */
const OURS = 'https://holdfast.example/fhir/OperationDefinition';

const operation = (
  name: string,
  definition: string,
  type: string | undefined,
  places: readonly PlaceKind[],
  verbs: readonly Verb[],
  act: Act,
): Operation => ({
  name,
  definition: definition.startsWith('http') ? definition : `${HL7}/${definition}`,
  ...(type === undefined ? {} : { type }),
  places,
  verbs,
  act,
});

// prettier-ignore
// oxfmt-ignore
export const OPERATIONS: readonly Operation[] = [
  operation('$everything',  'Patient-everything',   'Patient',  ['type operation', 'instance operation'],     BOTH, everything),
  operation('$validate',    'Resource-validate',    undefined,  ['type operation', 'instance operation'],     BOTH, validate),
  operation('$meta',        'Resource-meta',        undefined,  EVERYWHERE,                                   BOTH, showMeta),
  operation('$meta-add',    'Resource-meta-add',    undefined,  ['instance operation'],                       POST, addMeta),
  operation('$fetch-record',       `${OURS}/fetch-record`,       'Patient', ['instance operation'],                POST, fetchRecord),
  operation('$break-glass',        `${OURS}/break-glass`,        'Patient', ['instance operation'],                POST, breakTheGlass),
  operation('$break-glass-review', `${OURS}/break-glass-review`, 'Task',    ['instance operation'],                POST, reviewTheGlass),
  operation('$conflicts',          `${OURS}/conflicts`,          undefined, ['system operation', 'type operation'], BOTH, listConflicts),
  operation('$conflict',           `${OURS}/conflict`,           undefined, ['instance operation'],                BOTH, showConflict),
  operation('$resolve',            `${OURS}/resolve`,            undefined, ['instance operation'],                POST, resolve),
  operation('$take-mar-custody',   `${OURS}/take-mar-custody`,   'Patient', ['instance operation'],                POST, takeCustodyOf),
  operation('$mar-custody',        `${OURS}/mar-custody`,        'Patient', ['instance operation'],                BOTH, showCustodyOf),
  operation('$meta-delete', 'Resource-meta-delete', undefined,  ['instance operation'],                       POST, deleteMeta),
  operation('$match',              'Patient-match',                 'Patient', ['type operation'],                    POST, matchPatients),
  operation('$issue-number',       `${OURS}/issue-number`,          undefined, ['system operation'],                  POST, issueNumber),
  operation('$temporary-identity', `${OURS}/temporary-identity`,    'Patient', ['type operation'],                    POST, temporaryIdentity),
  operation('$merge',              `${OURS}/patient-merge`,         'Patient', ['type operation'],                    POST, mergeRecords),
  operation('$unmerge',            `${OURS}/patient-unmerge`,       'Patient', ['type operation'],                    POST, unmergeRecords),
  operation('$book',               `${OURS}/appointment-book`,      'Appointment', ['type operation'],                POST, book),
  operation('$confirm',            `${OURS}/appointment-confirm`,   'Appointment', ['instance operation'],            POST, confirm),
  operation('$share',              `${OURS}/schedule-share`,        'Schedule', ['instance operation'],               POST, share),
];

/** The act of the operations' rows in the table of interactions. */
export function operate(ask: Ask, api: Api): Answered | Promise<Answered> {
  const name = ask.place.operation ?? '';
  const found = OPERATIONS.find((one) => one.name === name);
  const here =
    found !== undefined &&
    found.places.includes(ask.place.kind) &&
    (found.type === undefined || found.type === ask.place.type);
  if (!here) return err({ kind: 'unknown-operation', name: /^\$[A-Za-z-]{1,40}$/.test(name) ? name : 'of this name' });
  if (!found.verbs.includes(ask.verb)) return err({ kind: 'method', allow: [...found.verbs, 'OPTIONS'] });
  return found.act(ask, api);
}
