// What one person sees and another does not: by reach, by label, by kind, by version, and what was deleted.
import { CONFIDENTIALITY_SYSTEM, CREDENTIAL_LABEL } from '../../src/core/access/names.ts';
import { encounterAt, idOf, KINDS, PLACES, resourceOf, type Resource } from './hospital.test-kit.ts';
import type { Step } from './twin-servers.test-kit.ts';

/** A word that stands in hidden resources alone. */
export const MARK = 'unsayable';

const restricted = { meta: { security: [{ system: CONFIDENTIALITY_SYSTEM, code: 'R' }], tag: [{ code: MARK }] } };
const [credentialSystem = '', credentialCode = ''] = CREDENTIAL_LABEL.split('|');

const to = (reference: string): object => ({ reference });
const marked = (id: string): object => ({ identifier: [{ value: MARK }, { value: `${MARK}-${id}` }] });
const observation = (id: string, patient: string, more: object = {}): Resource => ({
  resourceType: 'Observation',
  id,
  ...marked(id),
  status: 'final',
  code: { text: `${MARK} ${id}` },
  subject: to(`Patient/${patient}`),
  effectiveDateTime: '2026-01-02',
  ...more,
});

/** Of these, `marked` ones are hidden from somebody. Patient anna is inside, bela outside, cora inside and nobody's but her team's. */
export const STEPS: readonly Step[] = [
  ...PLACES,
  { resourceType: 'Device', id: 'd' },
  { resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Outer' }] },
  ...KINDS.flatMap((kind) => (kind.common === true ? [resourceOf(kind, 'inside')] : [])),
  // Both patients have one of everything; those of bela carry the mark.
  ...KINDS.flatMap((kind) => {
    if (kind.common === true || kind.type === 'Consent') return [];
    const outer = resourceOf(kind, 'outside');
    const repeats = !['Binary', 'Patient', 'Provenance', 'AuditEvent', 'QuestionnaireResponse', 'Device'].includes(
      kind.type,
    );
    return [resourceOf(kind, 'inside'), { ...outer, ...(repeats ? marked(idOf(kind, 'outside')) : {}) }];
  }),
  observation('old', 'bela', { status: 'preliminary' }),
  observation('old', 'bela', {
    encounter: to('Encounter/outside'),
    performer: [to('Practitioner/doc')],
    basedOn: [to('ServiceRequest/outside-laboratory')],
  }),
  observation('taken-back', 'bela'),
  { delete: 'Observation/taken-back' },
  observation('moved-away', 'anna', { identifier: [{ value: 'plain' }], code: { text: 'plain' } }),
  // Of anna, but labelled.
  observation('labelled', 'anna', {
    ...restricted,
    encounter: to('Encounter/inside'),
    performer: [to('Practitioner/doc')],
  }),
  {
    resourceType: 'Condition',
    id: 'labelled',
    ...restricted,
    ...marked('labelled'),
    subject: to('Patient/anna'),
    code: { text: MARK },
  },
  {
    resourceType: 'Condition',
    id: 'labelled-gone',
    ...restricted,
    ...marked('labelled-gone'),
    subject: to('Patient/anna'),
    code: { text: MARK },
  },
  { delete: 'Condition/labelled-gone' },
  // Visible ones that refer to hidden ones.
  {
    resourceType: 'DiagnosticReport',
    id: 'pointing',
    status: 'final',
    code: { text: 'x' },
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'LAB' }] }],
    subject: to('Patient/anna'),
    result: [to('Observation/labelled'), to('Observation/outside-laboratory')],
  },
  {
    resourceType: 'Encounter',
    id: 'pointing',
    ...encounterAt('inside', 'anna'),
    diagnosis: [{ condition: to('Condition/labelled') }],
  },
  {
    resourceType: 'Flag',
    id: 'pointing',
    status: 'active',
    code: { text: 'x' },
    subject: to('Patient/bela'),
    encounter: to('Encounter/outside'),
  },
  // A patient under protection.
  { resourceType: 'Patient', id: 'cora', ...restricted, name: [{ family: 'Covered' }] },
  { resourceType: 'Encounter', id: 'cora', ...encounterAt('inside', 'cora'), ...marked('cora') },
  observation('cora', 'cora'),
  // What nobody sees, the one named by what is seen.
  {
    resourceType: 'Organization',
    id: 'nameless',
    meta: { security: [{ system: credentialSystem, code: credentialCode }] },
    name: MARK,
  },
  observation('performed', 'anna', {
    identifier: [{ value: 'plain' }],
    code: { text: 'plain' },
    performer: [to('Organization/nameless')],
  }),
  {
    resourceType: 'Basic',
    id: 'account',
    meta: { security: [{ system: credentialSystem, code: credentialCode }] },
    ...marked('account'),
    code: { text: MARK },
    subject: to('Practitioner/nurse'),
  },
];

/** A resource to write under the name of a hidden one. */
export const madeFor = (type: string): object => {
  const kind = KINDS.find((each) => each.type === type);
  if (kind === undefined) throw new Error(`no kind ${type}`);
  const { id: _id, ...made } = resourceOf(kind, 'inside');
  return made;
};
