// The CapabilityStatement, made from the tables that the server runs by (http://hl7.org/fhir/R4/capabilitystatement.html):
// interactions from INTERACTIONS, operations from OPERATIONS, search parameters from what parses and is indexed.
// Nothing is listed by hand that a table knows; `capability.test.ts` tries all of it.
import { err, ok } from '../../core/base/result.ts';
import { definitions } from '../../core/fhir/definitions/r4.ts';
import { paramInfos } from '../../core/fhir/search/param-info.ts';
import type { Answered, Api, Ask, Interaction, PlaceKind } from './ask.ts';
import { OPERATIONS } from './operations.ts';
import { badParam } from './outcome.ts';
import { pairsOf, takeView } from './query-text.ts';
import { viewed } from './summary.ts';
import { instantText } from '../../core/record/body.ts';

/** Search parameters that every type has and that are no elements of it. */
const COMMON = [
  { name: '_id', definition: 'http://hl7.org/fhir/SearchParameter/Resource-id', type: 'token' },
  { name: '_lastUpdated', definition: 'http://hl7.org/fhir/SearchParameter/Resource-lastUpdated', type: 'date' },
] as const;

const startedAt = new WeakMap<Api, string>();
const made = new Map<string, string>();

export function capabilities(ask: Ask, api: Api): Answered {
  const date = startedAt.get(api) ?? instantText(api.clock.now());
  startedAt.set(api, date);
  const key = `${api.version} ${date} ${ask.base}`;
  let text = made.get(key);
  if (text === undefined) {
    text = JSON.stringify(statement(ask.base, date, api));
    // One node has few names; the cap keeps strangers from filling memory.
    if (made.size >= 4) made.clear();
    made.set(key, text);
  }
  if (ask.query === '') return ok({ status: 200, resource: text });
  const taken = takeView(pairsOf(ask.query));
  if (!taken.ok) return taken;
  const { view } = taken.value;
  if (view.summary === 'count') return err(badParam('_summary', 'There is nothing to count.'));
  return ok({ status: 200, resource: viewed(text, view) });
}

function statement(base: string, date: string, api: Api): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'Holdfast', version: api.version },
    implementation: { description: 'Holdfast record server', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: securityOf(base, api),
        resource: definitions.resourceTypes.map((type) => resourceOf(type, api)),
        interaction: namesAt(api.interactions, ['system', 'system search', 'system history']),
        searchParam: COMMON,
        operation: operationsOf(undefined),
        compartment: ['Patient', 'Encounter', 'Practitioner', 'RelatedPerson', 'Device'].map(
          (type) => `http://hl7.org/fhir/CompartmentDefinition/${type.toLowerCase()}`,
        ),
      },
    ].map(withoutEmpty),
  };
}

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';

/** http://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#declaring-support-for-oauth2-endpoints */
function securityOf(base: string, { oauthAddresses }: Api): object {
  const uris = oauthAddresses === undefined ? [] : Object.entries(oauthAddresses(base));
  return {
    ...(uris.length === 0
      ? {}
      : {
          extension: [
            { url: OAUTH_URIS, extension: uris.map(([url, valueUri]: [string, string]) => ({ url, valueUri })) },
          ],
          cors: true,
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
            },
          ],
        }),
    description:
      'Every request but this one needs a token of this server (Authorization: Bearer). What is seen and written follows from the roles of the person and the scopes of the program; what may not be seen is answered as if it were not there. Every look is audited.',
  };
}

const TYPE_PLACES: readonly PlaceKind[] = [
  'instance',
  'version',
  'type',
  'type search',
  'instance history',
  'type history',
];

const namesAt = (interactions: readonly Interaction[], places: readonly PlaceKind[]): readonly { code: string }[] =>
  [
    ...new Set(interactions.filter(({ place, name }) => name !== '' && places.includes(place)).map(({ name }) => name)),
  ].map((code) => ({ code }));

function resourceOf(type: string, api: Api): object {
  const references = [...paramInfos(type).values()].filter((info) => info.type === 'reference');
  return withoutEmpty({
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    interaction: namesAt(api.interactions, TYPE_PLACES),
    versioning: api.settings.requireIfMatch === true ? 'versioned-update' : 'versioned',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'full-support',
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: ['literal', 'logical', 'local'],
    searchInclude: references.length === 0 ? [] : ['*', ...references.map(({ code }) => `${type}:${code}`)],
    searchRevInclude: referrersOf(type),
    searchParam: searchParamsOf(type),
    operation: operationsOf(type),
  });
}

function searchParamsOf(type: string): readonly object[] {
  const defs = definitions.searchParams(type);
  const own = [...paramInfos(type).values()].map(({ code, type: kind }) => ({
    name: code,
    ...(defs.get(code)?.url === undefined || defs.get(code)?.url === '' ? {} : { definition: defs.get(code)?.url }),
    // `_text` and `_content` are strings to the standard's list of types.
    type: kind === 'text' ? 'string' : kind,
  }));
  return [...COMMON, ...own];
}

let referrers: ReadonlyMap<string, readonly string[]> | undefined;

/** `Observation:subject` and so on: the parameters that can point at `type`. Those that can point at anything are left out. */
function referrersOf(type: string): readonly string[] {
  if (referrers === undefined) {
    const found = new Map<string, string[]>();
    for (const source of definitions.resourceTypes) {
      for (const { code, type: kind, targets } of paramInfos(source).values()) {
        if (kind !== 'reference' || targets.length === definitions.resourceTypes.length) continue;
        for (const target of targets) {
          const list = found.get(target) ?? [];
          list.push(`${source}:${code}`);
          found.set(target, list);
        }
      }
    }
    referrers = found;
  }
  return referrers.get(type) ?? [];
}

/** Operations of one type's instances and type; `undefined`: those of the system. */
const operationsOf = (type: string | undefined): readonly object[] =>
  OPERATIONS.filter(
    (one) =>
      (one.type === undefined || one.type === type) &&
      one.places.some((place) => (place === 'system operation') === (type === undefined)),
  ).map(({ name, definition }) => ({ name: name.slice(1), definition }));

const withoutEmpty = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => !Array.isArray(member) || member.length > 0));
