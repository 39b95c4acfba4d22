import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage, type Framed, type Message } from './messages.ts';

const H = 'a'.repeat(52);
const commit = {
  origin: 'site-1.x9',
  seq: 2,
  hash: H,
  prev: 'b'.repeat(52),
  header: '["c1","site-1.x9",2,"…",["…"],1700000000123,""]',
  revisions: [
    { hash: H, header: '["r1","Flag"]', text: '{"resourceType":"Flag","n":1.00}' },
    { hash: 'c'.repeat(52), header: '["r1","Flag"]', text: undefined },
  ],
};
const line =
  `["commit","site-1.x9",2,"${H}","${'b'.repeat(52)}","[\\"c1\\",\\"site-1.x9\\",2,\\"…\\",[\\"…\\"],1700000000123,\\"\\"]",null,` +
  `[["${H}","[\\"r1\\",\\"Flag\\"]","{\\"resourceType\\":\\"Flag\\",\\"n\\":1.00}"],["${'c'.repeat(52)}","[\\"r1\\",\\"Flag\\"]",null]]]`;

/** Frozen: protocol version 1 prints these bytes for ever. A change is a new version, beside this one. */
const GOLDEN: readonly (readonly [Message, string])[] = [
  [
    {
      kind: 'hello',
      node: 'S1',
      incarnation: 'i7',
      speaks: [1, 1],
      tips: [{ origin: 'S1.a', seq: 3, hash: H }],
      marks: H,
      scopes: '',
    },
    `["s1","hello","7","S1","i7",[1,1],[{"origin":"S1.a","seq":3,"hash":"${H}"}],"${H}",""]\n`,
  ],
  [{ kind: 'push', commits: [commit] }, `["s1","push","7"]\n${line}\n`],
  [{ kind: 'pull', incarnation: 'i7', after: 12, limit: 500, bytes: 65536 }, '["s1","pull","7","i7",12,500,65536]\n'],
  [
    { kind: 'compare', scopes: ['', 'pat/1'], parts: [{ prefix: 'a', count: 1, print: H }] },
    `["s1","compare","7",["","pat/1"],[{"prefix":"a","count":1,"print":"${H}"}]]\n`,
  ],
  [{ kind: 'fetch', names: [H], bytes: 65536 }, `["s1","fetch","7",["${H}"],65536]\n`],
  [{ kind: 'want', keys: ['pat/1'] }, '["s1","want","7",["pat/1"]]\n'],
  [{ kind: 'foremost', scopes: 'all', after: '', limit: 9 }, '["s1","foremost","7","all","",9]\n'],
  [{ kind: 'body', name: H, from: 100, count: 50 }, `["s1","body","7","${H}",100,50]\n`],
  [{ kind: 'offer', names: [H] }, `["s1","offer","7",["${H}"]]\n`],
  [
    {
      kind: 'welcome',
      node: 'R',
      incarnation: 'i8',
      version: 1,
      tier: 'region',
      now: 1_700_000_000_123,
      tips: [{ origin: 'S1.a', seq: 0, hash: '' }],
      held: [['S1.a', 0, 'D2']],
      forked: ['S1.b'],
      stable: [['S1.a', 1]],
      scopes: 'all',
    },
    '["s1","welcome","7","R","i8",1,"region",1700000000123,[{"origin":"S1.a","seq":0,"hash":""}],[["S1.a",0,"D2"]],["S1.b"],[["S1.a",1]],"all"]\n',
  ],
  [
    {
      kind: 'welcome',
      node: 'R',
      incarnation: 'i8',
      version: 1,
      tier: 'region',
      now: 1,
      tips: [],
      held: [],
      forked: [],
      stable: 'same',
      scopes: 'same',
    },
    '["s1","welcome","7","R","i8",1,"region",1,[],[],[],"same","same"]\n',
  ],
  [
    {
      kind: 'verdicts',
      verdicts: [
        { result: 'stored' },
        { result: 'dup' },
        { result: 'fork' },
        { result: 'gap', need: 4 },
        { result: 'quarantined', reason: 'false-hash', inPlace: false },
      ],
    },
    '["s1","verdicts","7",[{"result":"stored"},{"result":"dup"},{"result":"fork"},{"result":"gap","need":4},{"result":"quarantined","reason":"false-hash","inPlace":false}]]\n',
  ],
  [
    { kind: 'feed', incarnation: 'i8', scopes: H, checkpoint: 9, more: false, deferred: [H], commits: [commit] },
    `["s1","feed","7","i8","${H}",9,false,["${H}"]]\n${line}\n`,
  ],
  [
    {
      kind: 'differences',
      incarnation: 'i8',
      scopes: H,
      arrival: 9,
      done: 2,
      differences: [
        { prefix: 'a', names: [H] },
        { prefix: 'b', parts: [{ prefix: 'ba', count: 0, print: '' }] },
      ],
    },
    `["s1","differences","7","i8","${H}",9,2,[{"prefix":"a","names":["${H}"]},{"prefix":"b","parts":[{"prefix":"ba","count":0,"print":""}]}]]\n`,
  ],
  [{ kind: 'fetched', scopes: H, done: 2, deferred: [H], commits: [] }, `["s1","fetched","7","${H}",2,["${H}"]]\n`],
  [{ kind: 'lacking', names: [] }, '["s1","lacking","7",[]]\n'],
  [{ kind: 'granted', granted: ['pat/1'], refused: ['pat/2'] }, '["s1","granted","7",["pat/1"],["pat/2"]]\n'],
  [{ kind: 'ordered', names: [H], next: 'x', done: 1, of: 2 }, `["s1","ordered","7",["${H}"],"x",1,2]\n`],
  [
    { kind: 'piece', scopes: H, total: 9, text: 'é"', commits: [commit] },
    `["s1","piece","7","${H}",9,"é\\""]\n${line}\n`,
  ],
  [{ kind: 'refused', why: 'version' }, '["s1","refused","7","version"]\n'],
];

test('[SY2] every kind of message prints as it always has, and reads back', () => {
  for (const [message, text] of GOLDEN) {
    const framed: Framed = { id: '7', message };
    expect(encodeMessage(framed)).toBe(text);
    expect(decodeMessage(text)).toEqual({ ok: true, value: framed });
  }
});
test('[SY23] what cannot be decoded is a value: cut short, with a field too many, of another kind, of a later version', () => {
  for (const [, text] of GOLDEN) {
    for (let end = 0; end < text.length; end += 7) expect(decodeMessage(text.slice(0, end)).ok).toBe(false);
    expect(decodeMessage(text.replace(/\]\n/, ',1]\n')).ok).toBe(false);
    expect(decodeMessage(`${text}["commit"]\n`).ok).toBe(false);
  }
  expect(decodeMessage('["s1","toString","7"]\n')).toEqual({ ok: false, error: { kind: 'malformed' } });
  expect(decodeMessage('["s2","hello","7",{}]\n')).toEqual({
    ok: false,
    error: { kind: 'unknown-version', tag: 's2' },
  });
});
