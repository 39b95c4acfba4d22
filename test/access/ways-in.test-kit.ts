// Every way in that a request has to what its sender may not see, tried on each hidden resource and on the patients as such.
import type { ResourceKey } from '../../src/core/record/store.ts';
import { MARK } from './hidden-data.test-kit.ts';
import type { Twins } from './twin-servers.test-kit.ts';

const jsonPatch = { 'content-type': 'application/json-patch+json' };
const parameters = (...parameter: object[]): object => ({ resourceType: 'Parameters', parameter });
const bundle = (type: 'batch' | 'transaction', ...entry: object[]): object => ({ resourceType: 'Bundle', type, entry });
const get = (url: string): object => ({ request: { method: 'GET', url } });
const put = (url: string, resource: object, more: object = {}): object => ({
  resource,
  request: { method: 'PUT', url, ...more },
});

/** The shortest ways. */
export async function glanceAt({ type, id }: ResourceKey, twins: Twins): Promise<void> {
  await twins.ask('GET', `/${type}/${id}`);
  await twins.ask('GET', `/${type}/${id}/_history`);
  await twins.ask('GET', `/${type}?_id=${id}&_total=accurate`);
}

/** Reads, versions, history, operations and searches that name a hidden resource. They change nothing. */
export async function lookAt({ type, id }: ResourceKey, twins: Twins): Promise<void> {
  const path = `/${type}/${id}`;
  const versions = twins.versions.get(`${type}/${id}`) ?? [];
  const [version = 'none'] = versions;
  await twins.ask('GET', path);
  await twins.ask('HEAD', path);
  await twins.ask('GET', `${path}?_elements=id`);
  await twins.ask('GET', `${path}?_summary=true`);
  await twins.ask('GET', `${path}?_summary=count`);
  await twins.ask('GET', path, undefined, { 'if-none-match': `W/"${version}"` });
  await twins.ask('GET', path, undefined, { 'if-modified-since': new Date(Date.now() + 1e6).toUTCString() });
  if (type === 'Binary') await twins.ask('GET', path, undefined, { accept: 'text/plain' });
  for (const each of versions) {
    await twins.ask('GET', `${path}/_history/${each}`);
    await twins.ask('GET', `${path}/_history/${each}/$meta`);
  }
  for (const query of ['', '?_count=0', '?_summary=count', '?_since=2020', '?_at=2026', '?_elements=id', '?_count=1']) {
    await twins.ask('GET', `${path}/_history${query}`);
  }
  await twins.ask('GET', `${path}/$meta`);
  await twins.ask('GET', `${path}/$validate`);
  await twins.ask('POST', `${path}/$validate`, parameters({ name: 'mode', valueCode: 'delete' }));
  await twins.ask('GET', `${path}/$everything`);
  for (const query of [
    `_id=${id}`,
    `_id=${id}&_summary=count`,
    `_id=${id}&_total=accurate&_count=1`,
    `_id=${id}&_elements=id`,
    `_id:not=${id}&_summary=count`,
    `identifier=${MARK}-${id}`,
  ]) {
    await twins.ask('GET', `/${type}?${query}`);
  }
  await twins.ask('POST', `/${type}/_search`, `_id=${id}`, { 'content-type': 'application/x-www-form-urlencoded' });
  await twins.ask('GET', `/?_type=${type}&_id=${id}`);
  await twins.ask('GET', `/?_type=Patient,${type}&_content=${MARK}&_total=accurate`);
  // Who refers to it, and what it refers to.
  for (const other of ['Provenance?target=', 'List?item=', 'Task?focus='])
    await twins.ask('GET', `/${other}${type}/${id}`);
  await twins.ask(
    'POST',
    '',
    bundle('batch', get(`${type}/${id}`), get(`${type}/${id}/_history`), get(`${type}?_id=${id}`)),
  );
  await twins.ask('POST', '', bundle('transaction', get(`${type}/${id}`)));
  await twins.ask('POST', '', bundle('transaction', get(`${type}?_id=${id}&_summary=count`)));
  for (const compartment of ['Encounter', 'Practitioner', 'Device', 'RelatedPerson']) {
    if (type === compartment) await twins.ask('GET', `/${type}/${id}/Observation`);
  }
}

/** Searches of a type that has hidden resources, none of which is named. */
export async function searchOf(type: string, twins: Twins): Promise<void> {
  for (const query of [
    `identifier=${MARK}`,
    'identifier:missing=false&_summary=count',
    `_tag=${MARK}`,
    '_security:missing=false&_summary=count',
    `_content=${MARK}`,
    `_content=${MARK}&_summary=count`,
    '_lastUpdated=ge2020&_total=accurate',
    '_sort=-_lastUpdated&_count=1',
  ]) {
    await twins.ask('GET', `/${type}?${query}`);
    while (await twins.follow('next'));
  }
  for (const query of ['', '?_count=2', '?_summary=count', '?_since=2020', '?_at=2026']) {
    await twins.ask('GET', `/${type}/_history${query}`);
    while (await twins.follow('next'));
  }
  await twins.ask('GET', `/${type}/$meta`);
}

/** Searches through other resources, whose answers depend on what is hidden unless the store looks away. */
export async function searchAround(twins: Twins): Promise<void> {
  const searches = [
    // chains
    'Observation?patient.name=Outer',
    `Observation?patient.identifier=${MARK}`,
    `Observation?encounter.identifier=${MARK}`,
    `Observation?encounter.reason-code=${MARK}`,
    `Observation?based-on:ServiceRequest.identifier=${MARK}`,
    `Observation?performer:Practitioner.name=Outer`,
    `MedicationRequest?encounter.identifier=${MARK}&_summary=count`,
    `Encounter?diagnosis:Condition.code:text=${MARK}`,
    `DiagnosticReport?result.identifier=${MARK}`,
    `DiagnosticReport?result.code:text=${MARK}`,
    // reverse chains
    `Patient?_has:Observation:patient:identifier=${MARK}`,
    `Patient?_has:Observation:patient:code:text=${MARK}`,
    `Patient?_has:Condition:patient:code:text=${MARK}&_summary=count`,
    'Patient?_has:MedicationRequest:patient:status=active',
    'Patient?_has:Encounter:patient:status=in-progress&_total=accurate',
    `Patient?_has:Observation:patient:_has:Provenance:target:agent=Device/d`,
    `Encounter?_has:Observation:encounter:identifier=${MARK}`,
    `Practitioner?_has:Observation:performer:identifier=${MARK}`,
    `Location?_has:Encounter:location:status=in-progress&_summary=count`,
    // includes
    'Patient?_revinclude=Observation:patient',
    'Patient?_revinclude=*:*'.replace('*:*', 'Condition:patient'),
    'Patient?_revinclude=Encounter:patient&_revinclude:iterate=Observation:encounter',
    'Patient?_id=bela&_revinclude=Observation:subject&_revinclude=Condition:subject&_revinclude=Encounter:subject&_revinclude=Flag:subject',
    'Observation?_include=*&_include:iterate=*',
    'Observation?_include=Observation:encounter&_include:iterate=Encounter:diagnosis',
    'DiagnosticReport?_include=DiagnosticReport:result&_include:iterate=Observation:has-member',
    'Flag?_include=Flag:encounter',
    'AllergyIntolerance?_include=*',
    'Practitioner?_revinclude=Observation:performer',
    'Location?_revinclude=Encounter:location',
    'Questionnaire?_revinclude=QuestionnaireResponse:questionnaire',
    'QuestionnaireResponse?questionnaire.title=Falls',
    'QuestionnaireResponse?_include=QuestionnaireResponse:questionnaire',
    // order and counts
    'Patient?_sort=name&_count=1',
    'Observation?_sort=code&_count=1&_total=accurate',
    'Observation?_sort=-date,patient&_count=1',
    'Encounter?_sort=-date&_count=1&_total=accurate',
    'Condition?_summary=count',
    'Observation?_count=0',
    // negations and missing ones
    'Observation?code:not=nothing&_summary=count',
    'Encounter?status:not=finished&_summary=count',
    'Patient?general-practitioner:missing=true&_summary=count',
    'Observation?subject:missing=true&_summary=count',
    'Observation?patient=Patient/bela',
    'Observation?patient=bela&_summary=count',
    'Observation?patient=Patient/nobody',
    `Observation?patient:identifier=${MARK}`,
    'Encounter?patient.name=Outer&_summary=count',
    'AuditEvent?patient=Patient/bela',
    'AuditEvent?entity=Observation/hidden',
    'Provenance?patient=Patient/bela',
    `Observation?code:in=http://example.org/vs/${MARK}`,
    'Basic?code=anything',
  ];
  for (const search of searches) {
    await twins.ask('GET', `/${search}`);
    while (await twins.follow('next'));
  }
  for (const patient of ['bela', 'cora', 'nobody']) {
    for (const query of [
      '',
      '?_count=2',
      '?_since=2020',
      '?start=2020&end=2030',
      '?_type=Observation,Condition',
      '?_summary=count',
    ]) {
      await twins.ask('GET', `/Patient/${patient}/$everything${query}`);
      while (await twins.follow('next'));
    }
    for (const member of ['*', 'Observation', 'Condition', 'Encounter', 'Flag', 'MedicationRequest', 'AuditEvent']) {
      await twins.ask('GET', `/Patient/${patient}/${member}?_total=accurate`);
      await twins.ask('GET', `/Patient/${patient}/${member}?_summary=count`);
    }
    await twins.ask('GET', `/Patient/${patient}/_history?_summary=count`);
  }
  await twins.ask('GET', '/Patient/anna/$everything');
  await twins.ask('GET', '/Patient/$everything?_count=20');
  while (await twins.follow('next'));
  await twins.ask('GET', '/_history?_count=20');
  while (await twins.follow('next'));
  await twins.ask('GET', '/_history?_summary=count');
  await twins.ask('GET', '/$meta');
  await twins.ask('GET', '/Practitioner/doc/Observation');
  await twins.ask('GET', '/Practitioner/doc/*?_summary=count');
  await twins.ask('GET', '/Device/d/*?_summary=count');
}

/** Changes aimed at a hidden resource. What they make is made on both sides; nothing of it may tell. */
export async function writeAt({ type, id }: ResourceKey, twins: Twins, made: object): Promise<void> {
  const path = `/${type}/${id}`;
  const [version = 'none'] = twins.versions.get(`${type}/${id}`) ?? [];
  const etag = { 'if-match': `W/"${version}"` };
  const resource = { ...made, id };
  const replace = [{ op: 'add', path: '/language', value: 'en' }];
  const test = [{ op: 'test', path: '/id', value: id }, ...replace];
  const fhirPatch = parameters({
    name: 'operation',
    part: [
      { name: 'type', valueCode: 'add' },
      { name: 'path', valueString: type },
      { name: 'name', valueString: 'language' },
      { name: 'value', valueCode: 'en' },
    ],
  });
  for (const headers of [{}, etag, { 'if-match': '*' }, { 'if-none-match': '*' }, { 'if-match': 'W/"other"' }]) {
    await twins.ask('PUT', path, resource, headers);
    await twins.ask('PATCH', path, JSON.stringify(replace), { ...jsonPatch, ...headers });
    await twins.ask('DELETE', path, undefined, headers);
  }
  await twins.ask('PUT', path, { ...resource, id: 'another' });
  await twins.ask('PUT', path, { ...resource, nonsense: true });
  await twins.ask('PATCH', path, JSON.stringify(test), jsonPatch);
  await twins.ask('PATCH', path, fhirPatch);
  await twins.ask('POST', `${path}/$meta-add`, parameters({ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }));
  await twins.ask('POST', `${path}/$meta-delete`, parameters({ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }));
  const criteria = `identifier=${MARK}-${id}`;
  await twins.ask('PUT', `/${type}?${criteria}`, resource);
  await twins.ask('PATCH', `/${type}?${criteria}`, JSON.stringify(replace), jsonPatch);
  await twins.ask('DELETE', `/${type}?${criteria}`);
  await twins.ask('DELETE', `/${type}?_id=${id}`);
  // Conditional references and creates, each as a whole and by themselves.
  const flagged = {
    resourceType: 'Flag',
    status: 'active',
    code: { text: 'x' },
    subject: { reference: `${type}?${criteria}` },
  };
  await twins.ask('POST', '', bundle('transaction', { resource: flagged, request: { method: 'POST', url: 'Flag' } }));
  await twins.ask(
    'POST',
    '',
    bundle('batch', put(`${type}/${id}`, resource), put(`${type}/${id}`, resource, { ifMatch: etag['if-match'] })),
  );
  await twins.ask('POST', '', bundle('transaction', put(`${type}/${id}`, resource)));
  await twins.ask('POST', '', bundle('transaction', { request: { method: 'DELETE', url: `${type}/${id}` } }));
  const { id: _id, ...fresh } = resource as { id: string };
  await twins.ask('POST', `/${type}`, fresh, { 'if-none-exist': criteria });
  await twins.ask('POST', `/${type}`, fresh, { 'if-none-exist': criteria });
  await twins.ask('PUT', `/${type}?identifier=${MARK}-${id}-none`, fresh);
}
