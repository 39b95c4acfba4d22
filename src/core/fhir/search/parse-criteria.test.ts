import { expect, test } from 'vitest';
import { parseCriterion, type CriteriaContext } from './parse-criteria.ts';
import type { Criterion } from './query.ts';
import { NO_TERMINOLOGY, type Terminology } from './terminology.ts';

const context = (terminology: Terminology = NO_TERMINOLOGY): CriteriaContext => ({
  now: 0,
  baseUrls: [],
  terminology,
  branches: 256,
});
const parse = (type: string, name: string, value: string, terminology?: Terminology) =>
  parseCriterion([type], name, value, context(terminology));
function criterion(type: string, name: string, value: string, terminology?: Terminology): Criterion {
  const parsed = parse(type, name, value, terminology);
  if (!parsed.ok) throw new Error(parsed.error.fault.message);
  return parsed.value;
}
const kindOf = (type: string, name: string, value: string) => {
  const parsed = parse(type, name, value);
  return parsed.ok ? 'ok' : parsed.error.kind;
};

test('[FS22] each type of parameter knows its own modifiers', () => {
  const values: Readonly<Record<string, string>> = {
    name: 'x',
    gender: 'male',
    birthdate: '2020',
    organization: '1',
    identifier: 's|MR|1',
    'phone:text': 'x',
  };
  const known: Readonly<Record<string, readonly string[]>> = {
    name: ['exact', 'contains', 'missing'],
    gender: ['text', 'not', 'missing'],
    birthdate: ['missing'],
    organization: ['identifier', 'Organization', 'missing'],
    identifier: ['of-type'],
  };
  for (const [name, modifiers] of Object.entries(known)) {
    for (const modifier of [
      'exact',
      'contains',
      'text',
      'not',
      'of-type',
      'identifier',
      'above',
      'below',
      'Organization',
      'foo',
    ]) {
      const expected = modifiers.includes(modifier) ? 'ok' : 'refused';
      if (name === 'identifier' && (modifier === 'text' || modifier === 'not')) continue;
      expect(kindOf('Patient', `${name}:${modifier}`, values[name] ?? ''), `${name}:${modifier}`).toBe(expected);
    }
  }
  for (const name of Object.keys(known)) expect(kindOf('Patient', `${name}:missing`, 'true')).toBe('ok');
  expect(kindOf('ValueSet', 'url:below', 'http://a')).toBe('ok');
  expect(kindOf('Observation', 'code-value-quantity:missing', 'true')).toBe('refused');
  expect(kindOf('Patient', '_text:exact', 'x')).toBe('refused');
  expect(kindOf('Patient', 'name:exact:contains', 'x')).toBe('refused');
  expect(kindOf('Patient', 'name:missing', 'maybe')).toBe('refused');
});

test('[FS22] modifiers become what the query tree says', () => {
  expect(criterion('Patient', 'gender:not', 'male,female')).toEqual({
    kind: 'param',
    param: 'gender',
    type: 'token',
    modifier: 'not',
    values: [
      { kind: 'token', code: 'male' },
      { kind: 'token', code: 'female' },
    ],
  });
  expect(criterion('Patient', 'name:missing', 'false')).toMatchObject({
    modifier: 'missing',
    values: [{ kind: 'missing', missing: false }],
  });
  expect(criterion('Observation', 'subject:Patient', '1')).toEqual({
    kind: 'param',
    param: 'subject',
    type: 'reference',
    values: [{ kind: 'reference', targets: [{ type: 'Patient', id: '1' }] }],
  });
  expect(criterion('Patient', 'name:exact', '---')).toMatchObject({ modifier: 'exact' });
  expect(criterion('Patient', '_id', 'a,b c')).toEqual({ kind: 'id', ids: ['a'] });
  expect(criterion('Patient', '_id:not', 'a')).toEqual({ kind: 'id', ids: ['a'], not: true });
  expect(criterion('Patient', '_list', '42')).toEqual({
    kind: 'has',
    type: 'List',
    param: 'item',
    where: { kind: 'id', ids: ['42'] },
  });
  expect(kindOf('Patient', '_list', '$current-allergies')).toBe('refused');
  expect(criterion('Patient', '_lastUpdated', 'ge2020')).toMatchObject({
    kind: 'lastUpdated',
    values: [{ prefix: 'ge' }],
  });
  expect(criterion('Patient', '_text', 'Acute pain')).toMatchObject({
    type: 'text',
    values: [{ words: ['acute', 'pain'] }],
  });
  expect(criterion('Observation', 'code-value-quantity', 'a$gt5,b$5||mg')).toMatchObject({
    values: [
      {
        components: [
          { param: 'code', value: { code: 'a' } },
          { param: 'value-quantity', value: { prefix: 'gt' } },
        ],
      },
      { components: [{ value: { code: 'b' } }, { value: { code: 'mg' } }] },
    ],
  });
});

test('[FS23] chains go over the targets that know the rest, or over the one named', () => {
  const name: Criterion = { kind: 'param', param: 'name', type: 'string', values: [{ kind: 'string', value: 'x' }] };
  expect(criterion('Observation', 'subject:Patient.name', 'x')).toEqual({
    kind: 'chain',
    param: 'subject',
    targetType: 'Patient',
    where: name,
  });
  const any = criterion('Observation', 'subject.name', 'x');
  const targets = any.kind === 'any' ? any.of.map((each) => each.kind === 'chain' && each.targetType) : [];
  expect(targets.toSorted()).toEqual(['Location', 'Patient']);
  expect(criterion('Observation', 'patient.name', 'x')).toMatchObject({ kind: 'chain', targetType: 'Patient' });
  expect(criterion('DiagnosticReport', 'result.subject:Patient.name', 'x')).toMatchObject({
    kind: 'chain',
    param: 'result',
    targetType: 'Observation',
    where: { kind: 'chain', param: 'subject', where: name },
  });
  expect(criterion('Observation', 'subject:Patient._has:Group:member:_id', '1')).toMatchObject({
    kind: 'chain',
    where: { kind: 'has', type: 'Group', param: 'member', where: { kind: 'id' } },
  });
  expect(kindOf('Observation', 'subject.no-such', 'x')).toBe('refused');
  expect(kindOf('Observation', 'subject:Organization.name', 'x')).toBe('refused');
  expect(kindOf('Observation', 'code.name', 'x')).toBe('refused');
  expect(kindOf('Observation', 'nothing.name', 'x')).toBe('unknown');
});

test('[FS23] _has names a type, a reference of it, and what that is to be', () => {
  expect(criterion('Patient', '_has:Observation:patient:code', 'c')).toEqual({
    kind: 'has',
    type: 'Observation',
    param: 'patient',
    where: { kind: 'param', param: 'code', type: 'token', values: [{ kind: 'token', code: 'c' }] },
  });
  expect(criterion('Patient', '_has:Observation:patient:_has:Provenance:target:agent', 'Practitioner/1')).toMatchObject(
    {
      where: { kind: 'has', type: 'Provenance', param: 'target' },
    },
  );
  expect(criterion('Patient', '_has:Observation:patient:code:not', 'c')).toMatchObject({ where: { modifier: 'not' } });
  for (const name of ['_has:Observation:patient', '_has:Nothing:patient:code', '_has:Observation:code:code']) {
    expect(kindOf('Patient', name, 'c'), name).toBe('unknown');
  }
  expect(kindOf('Organization', '_has:Observation:patient:code', 'c')).toBe('refused');
  expect(kindOf('Patient', '_has:Observation:patient:nothing', 'c')).toBe('refused');
});

test('[FS24] refusals name the parameter, never its value', () => {
  const secret = 'Okafor';
  for (const [type, name] of [
    ['Patient', 'birthdate'],
    ['Patient', 'gender:missing'],
    ['Observation', 'subject:Patient.birthdate'],
    ['Patient', '_has:Observation:patient:date'],
    ['Patient', 'gender:in'],
  ] as const) {
    const parsed = parse(type, name, secret);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain(secret);
    expect(JSON.stringify(parsed)).toContain(name.split(':')[0]);
  }
  const odd = parse('Patient', 'Okafor, Ada', 'x');
  expect(JSON.stringify(odd)).not.toContain(secret);
});

test('[FS25] values, hops and branches are bounded', () => {
  const tooCostly = (type: string, name: string, value: string) => {
    const parsed = parse(type, name, value);
    return !parsed.ok && parsed.error.kind === 'refused' && parsed.error.fault.type === 'too-costly';
  };
  expect(tooCostly('Patient', 'gender', 'male,'.repeat(1001))).toBe(true);
  expect(tooCostly('Observation', `${'has-member:Observation.'.repeat(7)}code`, 'x')).toBe(true);
  expect(
    tooCostly(
      'Patient',
      `${'_has:Observation:has-member:'.repeat(0)}${'_has:Observation:patient:'}${'_has:Observation:has-member:'.repeat(7)}code`,
      'x',
    ),
  ).toBe(true);
  expect(tooCostly('Observation', 'focus.focus._id', 'x')).toBe(true);
  expect(kindOf('Observation', 'has-member:Observation.has-member:Observation.code', 'x')).toBe('ok');
});

test('[FS41] :in and :not-in are the tokens of the value set, :above and :below those of the code system', () => {
  const terminology: Terminology = {
    valueSet: (canonical) =>
      canonical === 'http://vs'
        ? [
            { kind: 'token', system: 's', code: 'a' },
            { kind: 'token', system: 's', code: 'b' },
          ]
        : undefined,
    subsumed: (direction, system, code) => (system === 's' ? [direction, code] : undefined),
  };
  const values = [
    { kind: 'token', system: 's', code: 'a' },
    { kind: 'token', system: 's', code: 'b' },
  ];
  expect(criterion('Observation', 'code:in', 'http://vs', terminology)).toEqual({
    kind: 'param',
    param: 'code',
    type: 'token',
    values,
  });
  expect(criterion('Observation', 'code:not-in', 'http://vs', terminology)).toMatchObject({ modifier: 'not', values });
  expect(criterion('Observation', 'code:below', 's|x', terminology)).toMatchObject({
    values: [{ code: 'below' }, { code: 'x' }],
  });
  for (const [name, value] of [
    ['code:in', 'http://other'],
    ['code:below', 't|x'],
    ['code:above', 'x'],
  ] as const) {
    const parsed = parse('Observation', name, value, terminology);
    expect(!parsed.ok && parsed.error.kind, name).toBe('refused');
  }
});
