// What a session says when its peer cannot be worked with. Everything else of it is tested by the simulator.
import { expect, test } from 'vitest';
import { pureDigest as digest } from '../base/sha256.ts';
import { answer } from './answer.ts';
import { LINK_RULES } from './link-rules.ts';
import type { Reply } from './messages.ts';
import { session } from './session.ts';

const context = { digest, now: 1, rules: LINK_RULES, hasChildren: false, page: 10 };

/** A session of an empty node up to the reply to its hello. */
function afterHello(reply: Reply): unknown {
  const machine = session(context);
  expect(machine.next().value).toMatchObject({ kind: 'read' });
  machine.next({ node: 'D1', incarnation: 'i', origin: 'D1.o' });
  machine.next([]);
  machine.next({ node: 'D1', incarnation: 'i', origin: 'D1.o' });
  expect(machine.next([]).value).toMatchObject({ kind: 'ask', version: 1, request: { kind: 'hello', speaks: [1, 1] } });
  return machine.next(reply);
}

test('[SY23] peers without a common version say so, and read nothing', () => {
  const hello = {
    kind: 'hello',
    node: 'D1',
    incarnation: 'i',
    speaks: [2, 3],
    tips: [],
    marks: '',
    scopes: '',
  } as const;
  const said = answer(hello, { peer: 'D1', digest, now: 1, tier: 'site' }).next();
  expect(said).toEqual({ done: true, value: { kind: 'refused', why: 'version' } });
  expect(afterHello({ kind: 'refused', why: 'version' })).toEqual({
    done: true,
    value: { end: 'refused', why: 'version' },
  });
});
test('[SY23] a reply of another kind ends the session', () =>
  expect(afterHello({ kind: 'lacking', names: [] })).toEqual({
    done: true,
    value: { end: 'refused', why: 'unexpected' },
  }));
test('[SY11] only a comparison with the present incarnation is built upon', () => {
  const record = { incarnation: 'i1', arrival: 7, scopes: 'all', forked: [], deferred: [] } as const;
  expect(LINK_RULES.remembered(record, 'i1', 'all')).toBe(record);
  expect(LINK_RULES.remembered(record, 'i2', 'all')).toBeUndefined();
  expect(LINK_RULES.remembered(undefined, 'i1', 'all')).toBeUndefined();
});
test('[SY8] floors are what is stable, not what the peer merely holds', () =>
  expect(LINK_RULES.floors([['S.o', 3]], [['S.o', 9]])).toEqual([['S.o', 3]]));
