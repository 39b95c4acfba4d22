// The part of the table of `faults.test.ts` that is about more than one element: invariants, and what belongs together.
import { bundle, observation, patient, structure, type Section } from './fault-cases.test-kit.ts';

export const INVARIANT_FAULTS: readonly Section[] = [
  [
    '[FV26] invariants are applied, by hand and by the expressions of the standard',
    [
      [
        'a period',
        patient({ name: [{ text: 'x', period: { start: '2020-02-01', end: '2020-01-01' } }] }),
        'Patient.name[0].period',
        'per-1',
      ],
      ['a quantity', observation({ valueQuantity: { value: 1, code: 'mg' } }), 'Observation.value', 'qty-3'],
      ['a contact', patient({ contact: [{ gender: 'male' }] }), 'Patient.contact[0]', 'pat-1'],
      [
        'on the element',
        { resourceType: 'Organization', name: 'x', telecom: [{ system: 'phone', use: 'home', value: '1' }] },
        'Organization.telecom[0]',
        'org-3',
      ],
      [
        'a value and its absence',
        observation({ valueString: 'x', dataAbsentReason: { text: 'y' } }),
        'Observation',
        'obs-6',
      ],
      [
        'a simple quantity',
        observation({ referenceRange: [{ low: { value: 1, comparator: '<' } }] }),
        'Observation.referenceRange[0].low',
        'sqty-1',
      ],
      [
        'a group of a questionnaire',
        { resourceType: 'Questionnaire', status: 'draft', item: [{ linkId: '1', type: 'group' }] },
        'Questionnaire.item[0]',
        'que-1',
      ],
      [
        'by the expression: value sets',
        { resourceType: 'ValueSet', status: 'draft', compose: { include: [{ concept: [{ code: 'x' }] }] } },
        'ValueSet.compose.include[0]',
        'vsd-1',
      ],
      [
        'by the expression: a structure',
        {
          resourceType: 'StructureDefinition',
          url: 'http://x.org/y',
          name: 'Y',
          status: 'draft',
          kind: 'logical',
          abstract: false,
          type: 'http://x.org/y',
        },
        'StructureDefinition',
        'sdf-6',
      ],
      [
        'a snapshot of another type',
        structure({
          snapshot: {
            element: [
              {
                id: 'Group',
                path: 'Group',
                definition: 'x',
                min: 0,
                max: '*',
                base: { path: 'Group', min: 0, max: '*' },
              },
            ],
          },
        }),
        'StructureDefinition.snapshot',
        'sdf-8',
      ],
      [
        'a path elsewhere',
        structure({
          differential: {
            element: [
              { id: 'Patient', path: 'Patient' },
              { id: 'Group.name', path: 'Group.name' },
            ],
          },
        }),
        'StructureDefinition.differential',
        'sdf-8a',
      ],
      [
        'a group that is not there',
        {
          resourceType: 'ImplementationGuide',
          url: 'http://x.org/y',
          name: 'Y',
          status: 'draft',
          packageId: 'a.b',
          fhirVersion: ['4.0.1'],
          definition: {
            grouping: [{ id: 'a', name: 'a' }],
            resource: [{ reference: { reference: 'Patient/1' }, groupingId: 'b' }],
          },
        },
        'ImplementationGuide.definition',
        'ig-1',
      ],
      ['a batch', bundle({ type: 'batch', entry: [{ resource: patient() }] }), 'Bundle', 'bdl-3'],
      [
        'a document',
        bundle({
          type: 'document',
          timestamp: '2024-01-01T00:00:00Z',
          identifier: { system: 'http://x.org', value: '1' },
          entry: [{ resource: patient() }],
        }),
        'Bundle',
        'bdl-11',
      ],
    ],
  ],
  [
    '[FV29] what belongs together agrees',
    [
      [
        'an attachment',
        patient({ photo: [{ contentType: 'text/plain', data: 'aGVsbG8=', size: 6 }] }),
        'Patient.photo[0].size',
        'attachment-size',
      ],
      [
        'a match without id',
        bundle({ type: 'searchset', entry: [{ resource: patient(), search: { mode: 'match' } }] }),
        'Bundle.entry[0]',
        'bundle-search',
      ],
      [
        'a document',
        bundle({
          type: 'document',
          timestamp: '2024-01-01T00:00:00Z',
          identifier: { system: 'http://x.org', value: '1' },
          entry: [
            {
              fullUrl: 'Composition/1',
              resource: {
                resourceType: 'Composition',
                status: 'final',
                type: { text: 'x' },
                date: '2024',
                author: [{ display: 'x' }],
                title: 'x',
              },
            },
          ],
        }),
        'Bundle.entry[0]',
        'bundle-fullurl',
      ],
      [
        'a search parameter',
        {
          resourceType: 'SearchParameter',
          url: 'http://x.org/y',
          name: 'Y',
          status: 'draft',
          description: 'x',
          code: 'y',
          base: ['Patient'],
          type: 'string',
          expression: 'Group.name',
        },
        'SearchParameter.expression',
        'search-base',
      ],
      [
        'a concept property',
        {
          resourceType: 'CodeSystem',
          status: 'draft',
          content: 'complete',
          property: [{ code: 'a', type: 'boolean' }],
          concept: [{ code: 'x', property: [{ code: 'a', valueInteger: 1 }] }],
        },
        'CodeSystem.concept[0]',
        'concept-property',
      ],
      [
        'a filter',
        {
          resourceType: 'ValueSet',
          status: 'draft',
          compose: {
            include: [
              {
                system: 'http://snomed.info/sct',
                filter: [{ property: 'constraint', op: '=', value: '404684003 << 404684003' }],
              },
            ],
          },
        },
        'ValueSet.compose.include[0].filter[0]',
        'value-set-filter',
      ],
      [
        'a path',
        {
          resourceType: 'StructureDefinition',
          url: 'http://x.org/y',
          name: 'Y',
          status: 'draft',
          kind: 'resource',
          abstract: false,
          type: 'Observation',
          baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
          derivation: 'constraint',
          differential: { element: [{ id: 'Observation.valueBla', path: 'Observation.valueBla' }] },
        },
        'StructureDefinition.differential',
        'element-path',
      ],
    ],
  ],
];
