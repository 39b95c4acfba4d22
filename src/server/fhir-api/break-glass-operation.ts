// Patient/[id]/$break-glass and Task/[id]/$break-glass-review: emergency access and its review, by HTTP.
//
//   FR59  They answer and refuse as `core/engine/break-glass.ts` decides; nothing of the record is shown.
import type { GlassRefusal } from '../../core/engine/break-glass.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import { instantText } from '../../core/record/body.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { badParam, type Refusal } from './outcome.ts';
import { bodyObject, pairsIn } from './parameters.ts';
import { WHOLE } from './query-text.ts';
import { resourceText } from './render.ts';

const SPEC = 'http://hl7.org/fhir/R4/security.html#break-the-glass';

export async function breakTheGlass(ask: Ask, api: Api): Promise<Answered> {
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const { reason, minutes } = given.value;
  if (reason === undefined) return err(badParam('reason', 'Say in words why you need this record now.', SPEC));
  if (minutes !== undefined && !/^\d{1,4}$/.test(minutes)) {
    return err(badParam('minutes', 'minutes takes a whole number.', SPEC));
  }
  const { principal } = ask.access;
  const patient = `Patient/${ask.place.id ?? ''}`;
  const opened = await api.glass.open(principal, patient, reason, minutes === undefined ? undefined : Number(minutes));
  if (!opened.ok) return err(refusalOf(opened.error, 'reason'));
  const { id, until } = opened.value;
  return ok({
    status: 200,
    resource: JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        { name: 'until', valueInstant: instantText(until) },
        { name: 'task', valueReference: { reference: `Task/${id}` } },
      ],
    }),
  });
}

/** `verdict`: accepted or rejected. `comment`: in words. Answers the Task. */
export async function reviewTheGlass(ask: Ask, api: Api): Promise<Answered> {
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const { verdict, comment = '' } = given.value;
  if (verdict !== 'accepted' && verdict !== 'rejected') {
    return err(badParam('verdict', 'verdict takes accepted or rejected.', SPEC));
  }
  const done = await api.glass.review(ask.access.principal, ask.place.id ?? '', verdict === 'accepted', comment);
  if (!done.ok) return err(refusalOf(done.error, 'comment'));
  const { versionId, lastUpdatedAt, key } = done.value;
  return ok({ status: 200, resource: resourceText(done.value, WHOLE, ask.shown), versionId, lastUpdatedAt, key });
}

type Given = Readonly<Partial<Record<string, string>>>;

function givenIn(ask: Ask, api: Api): Result<Given, Refusal> {
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  return ok(Object.fromEntries(body.value === undefined ? [] : pairsIn(body.value)));
}

function refusalOf({ kind, message }: GlassRefusal, param: string): Refusal {
  switch (kind) {
    case 'not-found':
      return { kind };
    case 'forbidden':
    case 'own':
      return { kind: 'forbidden', why: message, by: 'role' };
    case 'contended':
      return { kind };
    case 'reviewed':
      return {
        kind: 'invalid',
        faults: [
          { severity: 'error', type: 'business-rule', path: 'Task.status', rule: 'reviewed', message, spec: SPEC },
        ],
      };
    default:
      return badParam(kind === 'not-a-time' ? 'minutes' : param, message, SPEC);
  }
}
