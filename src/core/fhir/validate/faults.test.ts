// One fault a line: what is sent, where the fault is, which rule it breaks.
import { expect, test } from 'vitest';
import type { JsonValue } from '../../base/json-types.ts';
import { bundle, condition, deep, div, observation, own, patient, type Section } from './fault-cases.test-kit.ts';
import { INVARIANT_FAULTS } from './invariant-faults.test-kit.ts';
import { validateResource } from './validate.ts';

const sections: readonly Section[] = [
  [
    '[FV10] a resource is an object with a resourceType of R4',
    [
      ['no type', { id: 'x' }, 'Resource', 'resource-type'],
      ['a type of another maker', { resourceType: 'Project' }, 'Project.resourceType', 'resource-type'],
      ['a type of R4B', { resourceType: 'SubscriptionStatus' }, 'SubscriptionStatus.resourceType', 'resource-type'],
      ['an abstract type', { resourceType: 'DomainResource' }, 'DomainResource.resourceType', 'resource-type'],
      ['a name of the language', { resourceType: '__proto__' }, 'Resource.resourceType', 'resource-type'],
      ['a data type', { resourceType: 'HumanName' }, 'HumanName.resourceType', 'resource-type'],
      ['a number for a type', { resourceType: 7 }, 'Resource.resourceType', 'resource-type'],
    ],
  ],
  [
    '[FV11] members that R4 does not define are refused',
    [
      ['a stray element', patient({ birthdate: '2000-01-01' }), 'Patient.birthdate', 'unknown-element'],
      ['a prototype trick', own('{"resourceType":"Patient","__proto__":{"admin":true}}'), 'Patient', 'unknown-element'],
      [
        'constructor',
        own('{"resourceType":"Patient","constructor":{"x":1}}'),
        'Patient.constructor',
        'unknown-element',
      ],
      ['toString', own('{"resourceType":"Patient","toString":"x"}'), 'Patient.toString', 'unknown-element'],
      ['inside a data type', patient({ name: [{ familly: 'x' }] }), 'Patient.name[0].familly', 'unknown-element'],
      [
        'inside a backbone',
        patient({ contact: [{ gander: 'male', name: { text: 'x' } }] }),
        'Patient.contact[0].gander',
        'unknown-element',
      ],
      ['the bare name of a choice', observation({ value: 'x' }), 'Observation.value', 'unknown-element'],
      ['a type the choice has not', observation({ valueUri: 'x:y' }), 'Observation.valueUri', 'unknown-element'],
      [
        'resourceType of a data type',
        patient({ name: [{ resourceType: 'HumanName', text: 'x' }] }),
        'Patient.name[0].resourceType',
        'unknown-element',
      ],
      [
        'a sibling of an object',
        patient({ name: [{ text: 'x' }], _name: [{ id: 'a' }] }),
        'Patient._name',
        'unknown-element',
      ],
    ],
  ],
  [
    '[FV12] JSON has the shape of the element',
    [
      ['one where many may be', patient({ name: { text: 'x' } }), 'Patient.name', 'json-array'],
      ['many where one may be', patient({ birthDate: ['2000-01-01'] }), 'Patient.birthDate', 'json-not-array'],
      ['text for true', patient({ active: 'true' }), 'Patient.active', 'json-type'],
      ['a number for text', patient({ id: 'a', language: 5 }), 'Patient.language', 'json-type'],
      ['an object for text', patient({ birthDate: {} }), 'Patient.birthDate', 'json-type'],
      ['text for an object', patient({ maritalStatus: 'M' }), 'Patient.maritalStatus', 'json-type'],
      ['an array in an array', patient({ name: [[{ text: 'x' }]] }), 'Patient.name[0]', 'json-type'],
      ['text for a number', observation({ valueInteger: '5' }), 'Observation.value', 'json-type'],
    ],
  ],
  [
    '[FV13] what says nothing is refused',
    [
      ['an empty text', patient({ language: '' }), 'Patient.language', 'json-empty'],
      ['an empty array', patient({ name: [] }), 'Patient.name', 'json-empty'],
      ['an empty object', patient({ maritalStatus: {} }), 'Patient.maritalStatus', 'json-empty'],
      ['an id alone', patient({ maritalStatus: { id: 'a' } }), 'Patient.maritalStatus', 'ele-1'],
      ['null for one', patient({ birthDate: null }), 'Patient.birthDate', 'json-null'],
      ['null for many', patient({ name: null }), 'Patient.name', 'json-null'],
      ['null among objects', patient({ name: [null] }), 'Patient.name[0]', 'json-null'],
      ['null without a sibling', patient({ name: [{ given: ['x', null] }] }), 'Patient.name[0].given[1]', 'json-null'],
    ],
  ],
  [
    '[FV14] siblings of primitives hold ids and extensions, side by side',
    [
      ['text for a sibling', patient({ birthDate: '2000', _birthDate: 'x' }), 'Patient.birthDate', 'json-extra'],
      [
        'more than there are values',
        patient({ name: [{ given: ['x'], _given: [null, { id: 'a' }] }] }),
        'Patient.name[0].given',
        'json-extra',
      ],
      [
        'no array beside an array',
        patient({ name: [{ given: ['x'], _given: { id: 'a' } }] }),
        'Patient.name[0].given',
        'json-extra',
      ],
      ['an id alone without a value', patient({ _birthDate: { id: 'a' } }), 'Patient.birthDate', 'ele-1'],
      [
        'a stray member',
        patient({ birthDate: '2000', _birthDate: { value: 'x' } }),
        'Patient.birthDate.value',
        'unknown-element',
      ],
      [
        'an extension without a url',
        patient({ _birthDate: { extension: [{ valueString: 'x' }] } }),
        'Patient.birthDate.extension[0].url',
        'cardinality-min',
      ],
    ],
  ],
  [
    '[FV15] what is required is there and nothing stands too often',
    [
      ['no status', { resourceType: 'Observation', code: { text: 'x' } }, 'Observation.status', 'cardinality-min'],
      [
        'a required choice',
        { resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject: { display: 'x' } },
        'MedicationRequest.medication',
        'cardinality-min',
      ],
      [
        'in a backbone',
        observation({ component: [{ valueString: 'x' }] }),
        'Observation.component[0].code',
        'cardinality-min',
      ],
      ['in a data type', patient({ text: { div: '<div>x</div>' } }), 'Patient.text.status', 'cardinality-min'],
      [
        'required in an extension',
        patient({ extension: [{ valueString: 'x' }] }),
        'Patient.extension[0].url',
        'cardinality-min',
      ],
    ],
  ],
  [
    '[FV16] a choice has one type',
    [
      ['two types', observation({ valueString: 'x', valueBoolean: true }), 'Observation.value', 'choice-one'],
      [
        'a second one as a sibling',
        observation({
          valueString: 'x',
          _valueBoolean: { id: 'a', extension: [{ url: 'http://x.org/y', valueCode: 'z' }] },
        }),
        'Observation.value',
        'choice-one',
      ],
    ],
  ],
  [
    '[FV19] required bindings are kept',
    [
      ['a code', patient({ gender: 'F' }), 'Patient.gender', 'binding-required'],
      ['in a data type', patient({ name: [{ use: 'home', text: 'x' }] }), 'Patient.name[0].use', 'binding-required'],
      [
        'a concept',
        condition({
          clinicalStatus: {
            coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'well' }],
          },
        }),
        'Condition.clinicalStatus',
        'binding-required',
      ],
      [
        'a concept of another system',
        condition({ clinicalStatus: { coding: [{ system: 'http://x.org', code: 'active' }] } }),
        'Condition.clinicalStatus',
        'binding-required',
      ],
      ['text alone', condition({ clinicalStatus: { text: 'active' } }), 'Condition.clinicalStatus', 'binding-required'],
      [
        'a currency',
        { resourceType: 'Invoice', status: 'draft', totalNet: { value: 1, currency: 'euro' } },
        'Invoice.totalNet.currency',
        'binding-required',
      ],
    ],
  ],
  [
    '[FV20] narratives hold nothing that acts',
    [
      ['a script', div('<script>x</script>'), 'Patient.text.div', 'txt-1'],
      ['a handler', div('<p onclick="x">y</p>'), 'Patient.text.div', 'txt-1'],
      ['a scheme that acts', div('<a href="java&#115;cript:x">y</a>'), 'Patient.text.div', 'txt-1'],
      ['an outside style', div('<p style="background:url(https://x.org/y)">z</p>'), 'Patient.text.div', 'txt-1'],
      ['nothing at all', div(' <br/> '), 'Patient.text.div', 'txt-2'],
      ['no XHTML', div('<b>x'), 'Patient.text.div', 'format-xhtml'],
    ],
  ],
  [
    '[FV21] references lead to types that are allowed',
    [
      [
        'relative',
        observation({ subject: { reference: 'Practitioner/1' } }),
        'Observation.subject',
        'reference-target',
      ],
      [
        'absolute',
        observation({ subject: { reference: 'https://x.org/fhir/Practitioner/1/_history/2' } }),
        'Observation.subject',
        'reference-target',
      ],
      [
        'said',
        observation({ subject: { type: 'Practitioner', display: 'x' } }),
        'Observation.subject',
        'reference-target',
      ],
      [
        'conditional',
        observation({ subject: { reference: 'Practitioner?identifier=x' } }),
        'Observation.subject',
        'reference-target',
      ],
      [
        'said and named apart',
        observation({ focus: [{ reference: 'Patient/1', type: 'Group' }] }),
        'Observation.focus[0].type',
        'reference-type',
      ],
      [
        'an unknown type',
        observation({ subject: { reference: 'Patiant/1' } }),
        'Observation.subject.reference',
        'reference-form',
      ],
      [
        'a contained one',
        observation({ contained: [{ resourceType: 'Practitioner', id: 'p' }], subject: { reference: '#p' } }),
        'Observation.subject',
        'reference-target',
      ],
      [
        'in the Bundle',
        bundle({
          entry: [
            { fullUrl: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7', resource: { resourceType: 'Practitioner' } },
            { resource: observation({ subject: { reference: 'urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7' } }) },
          ],
        }),
        'Bundle.entry[1].resource.subject',
        'reference-target',
      ],
    ],
  ],
  [
    '[FV22] fragments resolve',
    [
      ['nothing contained', observation({ subject: { reference: '#p' } }), 'Observation.subject', 'ref-1'],
      [
        'contained elsewhere',
        bundle({
          entry: [
            {
              resource: observation({
                contained: [{ resourceType: 'Patient', id: 'p' }],
                subject: { reference: '#p' },
              }),
            },
            { resource: observation({ subject: { reference: '#p' } }) },
          ],
        }),
        'Bundle.entry[1].resource.subject',
        'ref-1',
      ],
    ],
  ],
  [
    '[FV23] contained resources keep their place',
    [
      [
        'nested',
        observation({
          contained: [{ resourceType: 'Patient', id: 'p', contained: [{ resourceType: 'Patient', id: 'q' }] }],
          subject: { reference: '#p' },
        }),
        'Observation.contained[0]',
        'dom-2',
      ],
      [
        'a version',
        observation({
          contained: [{ resourceType: 'Patient', id: 'p', meta: { versionId: '1' } }],
          subject: { reference: '#p' },
        }),
        'Observation.contained[0]',
        'dom-4',
      ],
      [
        'a label',
        observation({
          contained: [{ resourceType: 'Patient', id: 'p', meta: { security: [{ code: 'R' }] } }],
          subject: { reference: '#p' },
        }),
        'Observation.contained[0]',
        'dom-5',
      ],
      [
        'no id',
        observation({ contained: [{ resourceType: 'Patient', active: true }] }),
        'Observation.contained[0].id',
        'contained-id',
      ],
      [
        'an id twice',
        observation({
          contained: [
            { resourceType: 'Patient', id: 'p' },
            { resourceType: 'Group', id: 'p', type: 'person', actual: true },
          ],
          subject: { reference: '#p' },
        }),
        'Observation.contained[1]',
        'contained-id',
      ],
      [
        'no use',
        observation({ contained: [{ resourceType: 'Patient', id: 'p' }] }),
        'Observation.contained[0]',
        'dom-3',
      ],
      [
        'a fault of its own',
        observation({ contained: [{ resourceType: 'Patient', id: 'p', gender: 'F' }], subject: { reference: '#p' } }),
        'Observation.contained[0].gender',
        'binding-required',
      ],
    ],
  ],
  [
    '[FV24] extensions have a url and one content',
    [
      ['neither', patient({ extension: [{ url: 'http://x.org/y' }] }), 'Patient.extension[0]', 'ext-1'],
      [
        'both',
        patient({ extension: [{ url: 'http://x.org/y', valueCode: 'z', extension: [{ url: 'a', valueCode: 'z' }] }] }),
        'Patient.extension[0]',
        'ext-1',
      ],
      [
        'a relative url',
        patient({ extension: [{ url: 'y', valueCode: 'z' }] }),
        'Patient.extension[0].url',
        'extension-url',
      ],
      [
        'a modifier inside',
        patient({ modifierExtension: [{ url: 'http://x.org/y', valueCode: ' z' }] }),
        'Patient.modifierExtension[0].value',
        'format-code',
      ],
    ],
  ],
  [
    '[FV25] inner resources are checked as any other',
    [
      [
        'in a Bundle',
        bundle({ entry: [{ resource: patient() }, { resource: patient({ gender: 'F' }) }] }),
        'Bundle.entry[1].resource.gender',
        'binding-required',
      ],
      [
        'in Parameters',
        {
          resourceType: 'Parameters',
          parameter: [{ name: 'x', part: [{ name: 'y', resource: patient({ active: 1 }) }] }],
        },
        'Parameters.parameter[0].part[0].resource.active',
        'json-type',
      ],
      ['no resource', bundle({ entry: [{ resource: { id: 'x' } }] }), 'Bundle.entry[0].resource', 'resource-type'],
      [
        'another outcome',
        bundle({
          type: 'transaction-response',
          entry: [{ response: { status: '200', outcome: { resourceType: 'Nothing' } } }],
        }),
        'Bundle.entry[0].response.outcome.resourceType',
        'resource-type',
      ],
      [
        'a Binary',
        { resourceType: 'Binary', contentType: 'text/plain', data: 'abc' },
        'Binary.data',
        'format-base64Binary',
      ],
    ],
  ],
  ...INVARIANT_FAULTS,
  ['[FV8] nesting is bounded', [['a tower', deep(300), '', 'too-deep']]],
];

let count = 0;
for (const [title, cases] of sections)
  for (const [name, value, path, rule] of cases) {
    count++;
    test(`${title}: ${name}`, () => {
      const faults = validateResource(value as JsonValue);
      const found = faults.filter((it) => it.severity === 'error').map((it) => ({ path: it.path, rule: it.rule }));
      if (path === '') expect(found.map((it) => it.rule)).toEqual([rule]);
      else expect(found).toContainEqual({ path, rule });
      // Nothing else may be made up beside the one planted fault but what follows from it.
      expect(found.length).toBeLessThanOrEqual(2);
      for (const it of faults) {
        expect(it.message).toMatch(/[.!]$/);
        expect(it.spec).toMatch(/^http:\/\/hl7\.org\/fhir\/R4\/[a-z]+\.html(#\w+)?$/);
      }
    });
  }

test('[FV6] the table above is as long as it should be', () => {
  expect(count).toBeGreaterThanOrEqual(90);
});
