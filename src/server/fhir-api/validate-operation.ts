// $validate (http://hl7.org/fhir/R4/resource-operation-validate.html): judges and stores nothing.
import { assert } from '../../core/base/assert.ts';
import { parseJson } from '../../core/base/json.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { JsonObject } from '../../core/base/json-types.ts';
import { renderStored } from '../../core/record/body.ts';
import { validateResource } from '../../core/fhir/validate/validate.ts';
import type { Answered, Api, Ask } from './ask.ts';
import { findStored } from './find-stored.ts';
import { ALL_OK, badParam, issueOfFault, outcomeText, type Issue, type Refusal } from './outcome.ts';
import { bodyObject, isObject, pairsIn, parametersIn } from './parameters.ts';
import { pairsOf } from './query-text.ts';

const SPEC = 'http://hl7.org/fhir/R4/resource-operation-validate.html';
const MODES: ReadonlySet<string> = new Set(['create', 'update', 'delete', 'profile']);

export async function validate(ask: Ask, api: Api): Promise<Answered> {
  const body = bodyObject(ask, api);
  if (!body.ok) return body;
  const given = inputOf(body.value, ask);
  const mode = given.options.get('mode');
  if (mode !== undefined && !MODES.has(mode))
    return err(badParam('mode', 'mode takes create, update, delete or profile.', SPEC));
  const issues: Issue[] = [];
  if (mode === 'delete') {
    const { type = '', id } = ask.place;
    if (id === undefined) return err(badParam('mode', 'mode=delete is for one resource: [type]/[id]/$validate.', SPEC));
    const stored = await findStored({ type, id }, ask, api);
    if (stored === undefined || stored.deleted) return err({ kind: 'not-found' });
    ask.shown.add(stored);
  } else {
    let { resource } = given;
    if (resource === undefined) {
      const stored = await storedResource(ask, api);
      if (!stored.ok) return stored;
      resource = stored.value;
    }
    issues.push(...mismatches(resource, mode, ask));
    issues.push(...validateResource(resource).map(issueOfFault));
  }
  const profile = given.options.get('profile');
  // The type's own definition is what every resource is judged by.
  const isBase = profile === `http://hl7.org/fhir/StructureDefinition/${ask.place.type}`;
  if (!isBase && (profile !== undefined || mode === 'profile')) {
    issues.push({
      severity: 'warning',
      code: 'not-supported',
      text: 'Profiles are not looked at: the resource was judged by the base standard only.',
      remedy: 'Use a validator that has the profile loaded.',
      spec: SPEC,
    });
  }
  if (issues.length === 0) issues.push(ALL_OK);
  return ok({ status: 200, resource: outcomeText(issues) });
}

/** Of one resource's address without a body: what is stored there is what is judged. */
async function storedResource(ask: Ask, api: Api): Promise<Result<JsonObject, Refusal>> {
  const { type = '', id } = ask.place;
  if (id === undefined) return err({ kind: 'no-body' });
  const stored = await findStored({ type, id }, ask, api);
  if (stored === undefined) return err({ kind: 'not-found' });
  if (stored.deleted) return err({ kind: 'gone' });
  ask.shown.add(stored);
  const parsed = parseJson(renderStored(stored), { depthMax: 1_000 });
  assert(parsed.ok && isObject(parsed.value.value), 'a stored resource is no JSON object');
  return ok(parsed.value.value);
}

interface Given {
  readonly resource: JsonObject | undefined;
  readonly options: ReadonlyMap<string, string>;
}

/** A Parameters body is input unless it is what is to be judged (`Parameters/$validate` of one without `resource`). */
function inputOf(body: JsonObject | undefined, ask: Ask): Given {
  const options = new Map(pairsOf(ask.query));
  if (body === undefined || body['resourceType'] !== 'Parameters') return { resource: body, options };
  const wrapped = parametersIn(body).find((parameter) => parameter['name'] === 'resource')?.['resource'];
  for (const [name, value] of pairsIn(body)) options.set(name, value);
  if (isObject(wrapped)) return { resource: wrapped, options };
  return { resource: ask.place.type === 'Parameters' ? body : undefined, options };
}

function mismatches(resource: JsonObject, mode: string | undefined, ask: Ask): readonly Issue[] {
  const { type, id } = ask.place;
  const issues: Issue[] = [];
  const wrong = (path: string, text: string): void => {
    issues.push({ severity: 'error', code: 'invalid', text, remedy: 'Make body and address agree.', spec: SPEC, path });
  };
  if (typeof resource['resourceType'] === 'string' && resource['resourceType'] !== type) {
    wrong('resourceType', 'The resource is of another type than the address.');
  }
  if (id !== undefined && resource['id'] !== undefined && resource['id'] !== id)
    wrong(`${type}.id`, 'The resource has another id than the address.');
  if (mode === 'update' && resource['id'] === undefined) wrong(`${type}.id`, 'An update needs the id in the resource.');
  return issues;
}
