// Patient/[id]/$take-mar-custody and Patient/[id]/$mar-custody: who charts an inpatient's doses.
//
//   CW31  `where` is site, paper or a Device; the answer is the Task. Who has it is told in words, with who and since when.
import { err, ok } from '../../core/base/result.ts';
import type { Where } from '../../core/care/medication/mar-custody.ts';
import { marCustody, takeMarCustody, type CustodyRefusal } from '../../core/engine/mar-custody.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { givenIn, one, parameters } from './identity-operations.ts';
import { badParam, refusalOfChange, type Refusal } from './outcome.ts';
import { answerOf } from './write.ts';

const SPEC = 'http://hl7.org/fhir/R4/task.html';
const DEVICE = /^Device\/[A-Za-z0-9.-]{1,64}$/;
const STAY = /^Encounter\/[A-Za-z0-9.-]{1,64}$/;

const siteOf = (api: Api): string => api.identity?.node.siteCode ?? 'here';

/** `where`: site, paper or `Device/1`. `encounter`: where several stays go on. */
export async function takeCustodyOf(ask: Ask, api: Api): Promise<Answered> {
  const given = givenIn(ask, api);
  if (!given.ok) return given;
  const { where = '', encounter } = one(given.value);
  if (where !== 'site' && where !== 'paper' && !DEVICE.test(where))
    return err(badParam('where', 'where takes site, paper or a device, as Device/[id].', SPEC));
  if (encounter !== undefined && !STAY.test(encounter))
    return err(badParam('encounter', 'encounter takes a reference, as Encounter/[id].', SPEC));
  const place: Where =
    where === 'site' || where === 'paper' ? { on: where, site: siteOf(api) } : { on: 'device', device: where };
  const wish = { patient: ask.place.id ?? '', where: place, ...(encounter === undefined ? {} : { stay: encounter }) };
  const done = await takeMarCustody(wish, ask.actor, api);
  return done.ok ? ok(answerOf(done.value, ask)) : err(refusalOf(done.error));
}

function refusalOf(refused: CustodyRefusal): Refusal {
  switch (refused.kind) {
    case 'not-found':
      return { kind: 'not-found' };
    case 'may-not-administer':
      return { kind: 'forbidden', why: 'None of your roles may give this patient medication.', by: 'role' };
    case 'no-such-device':
      return badParam('where', 'There is no such device.', SPEC);
    case 'no-stay':
      return badParam('encounter', 'No such stay of this patient goes on.', SPEC);
    case 'several-stays':
      return badParam('encounter', 'Several stays of this patient go on: name one.', SPEC);
    default:
      return refusalOfChange(refused.why);
  }
}

/** Of each stay that goes on. */
export async function showCustodyOf(ask: Ask, api: Api): Promise<Answered> {
  const id = ask.place.id ?? '';
  const found = await marCustody(id, { on: 'site', site: siteOf(api) }, ask.actor.visible, api.store);
  if (found === undefined) return err({ kind: 'not-found' });
  for (const stored of found.shown) {
    ask.shown.add(stored);
    ask.shown.what.add(`${stored.key.type}/${stored.key.id}`);
  }
  return parameters(
    found.custodies.map(({ stay, holders, words }) => ({
      name: 'custody',
      part: [
        { name: 'encounter', valueReference: { reference: stay } },
        { name: 'text', valueString: words },
        ...holders.map(({ task, where, who, since }) => ({
          name: 'holder',
          part: [
            { name: 'task', valueReference: { reference: task } },
            { name: 'where', valueString: where },
            ...(who === '' ? [] : [{ name: 'who', valueReference: { reference: who } }]),
            ...(since === '' ? [] : [{ name: 'since', valueInstant: since }]),
          ],
        })),
      ],
    })),
  );
}
