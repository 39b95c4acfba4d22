// Patient/[id]/$fetch-record: asks the node above for a record that is not kept here (specs/scopes.md).
//
//   SC15 A reason is needed; it is told to the audit as a look at the record; the answer says plainly what is here.
import { err, ok } from '../../core/base/result.ts';
import type { Completeness } from '../../core/record/holding.ts';
import { instantText } from '../../core/record/body.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { textOf } from './completeness.ts';
import { badParam } from './outcome.ts';
import { bodyObject, pairsIn } from './parameters.ts';

const SPEC = 'http://hl7.org/fhir/R4/security.html#break-the-glass';
const REASON_MAX = 500;

export async function fetchRecord(ask: Ask, api: Api): Promise<Answered> {
  const id = ask.place.id ?? '';
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  const given = Object.fromEntries(body.value === undefined ? [] : pairsIn(body.value));
  const reason = given['reason']?.trim() ?? '';
  if (reason === '' || reason.length > REASON_MAX)
    return err(badParam('reason', 'Say in words why you need this record here.', SPEC));
  const [patient] = await api.store.read([{ type: 'Patient', id }], ask.actor.visible);
  if (patient === undefined) return err({ kind: 'not-found' });
  if (patient.deleted) return err({ kind: 'gone' });
  const { principal } = ask.access;
  await api.audit.record({
    at: api.clock.now(),
    act: 'operation',
    interaction: '$fetch-record',
    ok: true,
    who: principal.who,
    name: principal.name,
    client: principal.client,
    session: principal.session,
    device: principal.device,
    patients: [`Patient/${id}`],
    what: [`Patient/${id}`],
    reason,
  });
  const now = await api.holdings?.ask(id);
  return ok({
    status: now?.holding === 'coming' ? 202 : 200,
    resource: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        { name: 'record', valueCode: now?.holding ?? 'whole' },
        ...(now?.asOf === undefined ? [] : [{ name: 'asOf', valueInstant: instantText(now.asOf) }]),
        { name: 'text', valueString: inWords(now) },
      ],
    }),
    ...(now === undefined ? {} : { completeness: now }),
  });
}

function inWords(now: Completeness | undefined): string {
  if (now === undefined) return 'The whole record is kept here.';
  if (now.holding === 'whole') return `The record is here, as of ${textOf(now.asOf)}.`;
  return `The record was asked for. Until it is here it is held elsewhere; last contact: ${textOf(now.asOf)}.`;
}
