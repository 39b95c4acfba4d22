import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFhirId } from '../base/id.ts';
import { pureDigest as digest } from '../base/sha256.ts';
import {
  bodyHashOf,
  commitHash,
  decodeCommit,
  decodeRevision,
  encodeCommit,
  encodeRevision,
  revisionHash,
  versionIdOf,
  type CommitHeader,
  type RevisionHeader,
} from './envelope.ts';
import { FOREIGN_AHEAD_MAX_MS, HLC_START, hlcMs, tick, witness } from './hlc.ts';
import { scopeOf } from './scope.ts';

const A = digest.sha256('a');
const B = digest.sha256('b');

const typical: RevisionHeader = {
  type: 'Observation',
  id: '0190a5b2-7c1e-7d3f-8a4b-5c6d7e8f9a0b',
  parents: [A],
  kind: 'put',
  authored: { wallMs: 1_700_000_000_123, hlc: '018bcfe5687b0000', zoneMin: 60 },
  scope: ['pat/0190a5b2-7c1e-7d3f-8a4b-5c6d7e8f9a0c'],
  schema: '4.0.1',
  policy: '',
};
const full: RevisionHeader = {
  type: 'Patient',
  id: 'p-1.x',
  parents: [B, A],
  kind: 'resolve',
  author: { practitioner: 'Practitioner/é"1', device: 'Device/2', session: 's3', onBehalfOf: 'Practitioner/4' },
  authored: { wallMs: -1, hlc: '0000000000000001', zoneMin: -330, skew: { ms: null, suspect: true } },
  scope: ['site/1', 'pat/p-1.x'],
  schema: '4.0.1',
  policy: 'policy-7',
};
const commit: CommitHeader = {
  origin: 'main.0f3a',
  seq: 2,
  prev: A,
  entries: [B, A],
  receivedAt: 1_700_000_000_456,
  key: '',
};

// The hashes were computed by another implementation of SHA-256 and base32 on the day version 1 was frozen.
const GOLDEN = {
  typical:
    '["r1","Observation","0190a5b2-7c1e-7d3f-8a4b-5c6d7e8f9a0b",["zklycewkdo64v6wcggzzui64jwtyn37ycr6e44vzqb3yll7ojc5q"],"put",null,[1700000000123,"018bcfe5687b0000",60],["pat/0190a5b2-7c1e-7d3f-8a4b-5c6d7e8f9a0c"],"4.0.1",""]',
  typicalHash: 'tymesddht2jm5kum4zekbvx3uftfmqjozfu2ztvliphlwwvlui7a',
  full: '["r1","Patient","p-1.x",["hyr6qfqahfmuum4jj5swjynrgsf326qardkcyswlopxk5vm4acoq","zklycewkdo64v6wcggzzui64jwtyn37ycr6e44vzqb3yll7ojc5q"],"resolve",["Practitioner/é\\"1","Device/2","s3","Practitioner/4"],[-1,"0000000000000001",-330,null,1],["pat/p-1.x","site/1"],"4.0.1","policy-7"]',
  fullHash: '5esqlhovpdt5p4xsudzmqlrhfwr3yywrel4zsxfcninm5awgr6oa',
  commit:
    '["c1","main.0f3a",2,"zklycewkdo64v6wcggzzui64jwtyn37ycr6e44vzqb3yll7ojc5q",["hyr6qfqahfmuum4jj5swjynrgsf326qardkcyswlopxk5vm4acoq","zklycewkdo64v6wcggzzui64jwtyn37ycr6e44vzqb3yll7ojc5q"],1700000000456,""]',
  commitHash: 'pdb7qvkds7buwztlu7zngct5536nggd6zpbbcevjviqhqhx37xtq',
  versionIdOfTwo: 'a6osrs4xt26lsd24ynopj2jmup3crfnnyrnbavobmjmzejup66na',
};

test('[EV4] the golden vectors of version 1 hold', () => {
  const printed = {
    typical: encodeRevision(typical),
    typicalHash: revisionHash(digest, encodeRevision(typical), bodyHashOf(digest, '{"a":1.00,"é":"😀"}')),
    full: encodeRevision(full),
    fullHash: revisionHash(digest, encodeRevision(full), bodyHashOf(digest, undefined)),
    commit: encodeCommit(commit),
    commitHash: commitHash(digest, encodeCommit(commit)),
    versionIdOfTwo: versionIdOf(digest, [B, A]),
  };
  expect(printed).toEqual(GOLDEN);
});

const hash = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => digest.sha256(String(bytes)));
const text = fc.string({ unit: 'grapheme' });
const named = fc.string({ unit: 'grapheme', minLength: 1 });
const headers: fc.Arbitrary<RevisionHeader> = fc.record(
  {
    type: fc.constantFrom('Patient', 'Observation', 'MedicinalProductUndesirableEffect'),
    id: fc.stringMatching(/^[A-Za-z0-9\-.]{1,64}$/),
    parents: fc.uniqueArray(hash, { maxLength: 3 }),
    kind: fc.constantFrom('put', 'tombstone', 'redact', 'resolve'),
    author: fc.record({ practitioner: named, device: named, session: named, onBehalfOf: named }, { requiredKeys: [] }),
    authored: fc.record(
      {
        wallMs: fc.integer(),
        hlc: fc.stringMatching(/^[0-9a-f]{16}$/),
        zoneMin: fc.integer(),
        skew: fc.record({ ms: fc.option(fc.integer()), suspect: fc.boolean() }),
      },
      { requiredKeys: ['wallMs', 'hlc', 'zoneMin'] },
    ),
    scope: fc.array(text, { maxLength: 3 }),
    schema: text,
    policy: text,
  },
  { requiredKeys: ['type', 'id', 'parents', 'kind', 'authored', 'scope', 'schema', 'policy'] },
);

test('[EV1] a header decodes to what was encoded, and prints back to the same line', () => {
  fc.assert(
    fc.property(headers, (header) => {
      const line = encodeRevision(header);
      expect(line).not.toContain('\n');
      const decoded = decodeRevision(line);
      if (!decoded.ok) throw new Error('refused its own print');
      const sorted = { ...header, parents: [...header.parents].sort(), scope: [...header.scope].sort() };
      expect(decoded.value).toEqual(sorted);
      expect(encodeRevision(decoded.value)).toBe(line);
    }),
  );
  const decoded = decodeCommit(encodeCommit(commit));
  expect(decoded.ok && decoded.value).toEqual(commit);
});

test('[EV1] a header that is printed in any other way is malformed', () => {
  const line = encodeRevision(typical);
  const wrong = [
    '',
    '{',
    'null',
    '[]',
    ` ${line}`,
    line.replace(',', ', '),
    line.replace('"put"', '"post"'),
    line.replace('"put"', '"p\\u0075t"'),
    line.replace(',60]', ',60.0]'),
    line.replace(A, 'x'),
    line.replace(`["${A}"]`, `["${A}","${A}"]`),
    line.replace('"Observation"', '"observation/x"'),
    line.replace(',""]', ',"",""]'),
    encodeCommit(commit),
  ];
  for (const each of wrong) expect(decodeRevision(each), each).toEqual({ ok: false, error: { kind: 'malformed' } });
  const unsorted = encodeRevision(full).replace(JSON.stringify([A, B].sort()), JSON.stringify([A, B].sort().reverse()));
  expect(decodeRevision(unsorted).ok).toBe(false);
  const bad = encodeCommit(commit);
  for (const each of [bad.replace(',2,', ',0,'), bad.replace(',2,', ',1,'), bad.replace('main.0f3a', 'main'), line]) {
    expect(decodeCommit(each), each).toEqual({ ok: false, error: { kind: 'malformed' } });
  }
});

test('[EV2] a byte of header or body changes the name of a revision; no body is not the empty body', () => {
  const line = encodeRevision(typical);
  const name = revisionHash(digest, line, bodyHashOf(digest, '{"value":1.00}'));
  expect(name).toBe(digest.sha256(line + digest.sha256('{"value":1.00}')));
  expect(name).not.toBe(revisionHash(digest, line, bodyHashOf(digest, '{"value":1.0}')));
  expect(name).not.toBe(revisionHash(digest, line.replace('"put"', '"redact"'), bodyHashOf(digest, '{"value":1.00}')));
  expect(revisionHash(digest, line, bodyHashOf(digest, undefined))).toBe(digest.sha256(line));
  expect(bodyHashOf(digest, '')).not.toBe('');
});

test('[EV3] a commit is named by its header, which holds the chain and the entries in order', () => {
  const name = commitHash(digest, encodeCommit(commit));
  expect(name).toBe(digest.sha256(encodeCommit(commit)));
  expect(commitHash(digest, encodeCommit({ ...commit, prev: B }))).not.toBe(name);
  expect(commitHash(digest, encodeCommit({ ...commit, entries: [A, B] }))).not.toBe(name);
});

test('[EV5] a header of a later version is carried, not read', () => {
  expect(decodeRevision('["r2","whatever",{}]')).toEqual({ ok: false, error: { kind: 'unknown-version', tag: 'r2' } });
  expect(decodeCommit('["c17"]')).toEqual({ ok: false, error: { kind: 'unknown-version', tag: 'c17' } });
  expect(decodeCommit('["r2"]')).toEqual({ ok: false, error: { kind: 'malformed' } });
});

test('[EV6] a typical revision header is at most 250 bytes', () => {
  expect(encodeRevision(typical).length).toBeLessThanOrEqual(250);
});

test('[EV7] versionId is a legal id and a function of the head set, whatever the order', () => {
  expect(versionIdOf(digest, [A])).toBe(A);
  expect(versionIdOf(digest, [A, B])).toBe(versionIdOf(digest, [B, A]));
  expect(versionIdOf(digest, [A, B])).toBe(digest.sha256([A, B].sort().join('')));
  expect(isFhirId(versionIdOf(digest, [A, B]))).toBe(true);
});

test('[EV8] nothing but header and body goes into a name: there is no place for a signature', () => {
  expect(Object.keys(commit).sort()).toEqual(['entries', 'key', 'origin', 'prev', 'receivedAt', 'seq']);
  const signed = { ...commit, signature: 'x' };
  expect(encodeCommit(signed)).toBe(encodeCommit(commit));
});

test('[EV9] the hybrid clock never goes back and never repeats, whatever the clock below it does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 47 }), { minLength: 1 }), (times) => {
      let last = HLC_START;
      for (const now of times) {
        const next = tick(last, now);
        expect(next > last).toBe(true);
        expect(hlcMs(next)).toBeGreaterThanOrEqual(now);
        last = next;
      }
    }),
  );
  expect(tick('0000000000ffffff', 5)).toBe('0000000001000000');
  expect(tick('0000000000050000', 5)).toBe('0000000000050001');
});

test('[EV9] a foreign time far ahead moves the clock by five minutes at most', () => {
  const now = 1_700_000_000_000;
  const here = tick(HLC_START, now);
  const mad = tick(HLC_START, now + 365 * 86_400_000);
  expect(hlcMs(witness(here, mad, now))).toBe(now + FOREIGN_AHEAD_MAX_MS);
  const near = tick(HLC_START, now + 1000);
  expect(witness(here, near, now)).toBe(near);
  expect(witness(near, here, now)).toBe(near);
});

test('[EV10] scope is the patient, the catalogue, or nothing; identity, allergies and alerts are for all', () => {
  expect(scopeOf('Observation', 'Patient/12')).toEqual(['pat/12']);
  for (const type of ['Patient', 'AllergyIntolerance', 'Flag'])
    expect(scopeOf(type, 'Patient/12')).toEqual(['demog', 'pat/12']);
  // A flag on a bed, say.
  expect(scopeOf('Flag', '')).toEqual([]);
  expect(scopeOf('ValueSet', '')).toEqual(['cat/ValueSet']);
  expect(scopeOf('Organization', '')).toEqual([]);
  expect(scopeOf('Basic', '', new Set(['https://holdfast.example/fhir/CodeSystem/security|credential']))).toEqual([
    'cred',
  ]);
  expect(scopeOf('Basic', '', new Set(['https://holdfast.example/fhir/CodeSystem/security|node-register']))).toEqual([
    'cred',
    'nodes',
  ]);
});
