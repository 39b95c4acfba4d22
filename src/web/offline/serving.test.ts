import { array, assert, boolean, constant, constantFrom, nat, oneof, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { BOOT_MS, cameUp, firstServing, leftEarly, openPage, switched, type Seen, type Serving } from './serving.ts';

const seen = (own: string, now = 0, pages: readonly string[] = []): Seen => ({
  own,
  now,
  pages,
  isComplete: () => true,
});
const runs = (build: string): Serving => cameUp(openPage(undefined, seen(build), 'p0'), build);

test('[WU31] while a page is open the build that runs is served on; when none is, the one that waits', () => {
  const one = runs('1');
  expect(openPage(one, seen('2', 0, ['another']), 'p1').build).toBe('1');
  expect(openPage(one, seen('2'), 'p1')).toMatchObject({ build: '2', before: '1', proved: false });
  expect(switched(one, '2')).toMatchObject({ build: '2', before: '1' });
});

test('[WU32] in a declared downtime nothing is switched, whoever asks', () => {
  const one = { ...runs('1'), downtime: true };
  expect(switched(one, '2')).toBe(one);
  expect(openPage(one, seen('2'), 'p1').build).toBe('1');
});

test('[WU34] two pages that did not come up take the build before back, for good', () => {
  const two = switched(runs('1'), '2');
  const first = openPage(two, seen('2', 0), 'p1');
  const second = openPage(first, seen('2', 1_000), 'p2');
  // The pages are gone, reloaded by somebody who saw nothing.
  expect(second.build).toBe('2');
  const third = openPage(second, seen('2', 2_000), 'p3');
  expect(third).toMatchObject({ build: '1', bad: ['2'], proved: true });
  expect(openPage(third, seen('2', 3_000), 'p4').build).toBe('1');
  expect(switched(third, '2').build).toBe('1');
  expect(switched(third, '3').build).toBe('3');
});

test('[WU34] pages that were opened at once and are still trying, and those that were closed at once, count for nothing', () => {
  let serving = switched(runs('1'), '2');
  for (const page of ['a', 'b', 'c', 'd']) {
    const others = serving.tries.map((one) => one.page);
    serving = openPage(serving, seen('2', 100, others), page);
  }
  expect(serving.build).toBe('2');
  // A screen that stays blank counts when its time is over, though its page is there.
  expect(openPage(serving, seen('2', 200 + BOOT_MS, ['a', 'b', 'c', 'd']), 'e').build).toBe('1');
  serving = ['a', 'b', 'c', 'd'].reduce(leftEarly, serving);
  expect(openPage(serving, seen('2', 200), 'e').build).toBe('2');
});

test('[WU34] a build that came up once is not left; the first build of all has nothing to go back to', () => {
  let serving = cameUp(openPage(switched(runs('1'), '2'), seen('2'), 'p1'), '2');
  for (let at = 0; at < 10; at += 1) serving = openPage(serving, seen('2', at), `q${at}`);
  expect(serving.build).toBe('2');
  let first = firstServing('1');
  for (let at = 0; at < 10; at += 1) first = openPage(first, seen('1', at), `q${at}`);
  expect(first.build).toBe('1');
});

test('[WU37] whatever happens, what is served is complete, was never found bad, and is kept with the one before', () => {
  const step = oneof(
    record({ do: constant('open' as const), own: constantFrom('1', '2', '3'), others: nat(2) }),
    record({ do: constant('up' as const) }),
    record({ do: constant('switch' as const), own: constantFrom('1', '2', '3') }),
    record({ do: constant('downtime' as const), declared: boolean() }),
  );
  assert(
    property(array(step, { maxLength: 60 }), (steps) => {
      let serving: Serving | undefined;
      let now = 0;
      for (const one of steps) {
        now += 5_000;
        const before: Serving | undefined = serving;
        if (one.do === 'open') {
          const pages = Array.from({ length: one.others }, (_, at) => `p${now - 5_000 * at - 5_000}`);
          serving = openPage(serving, seen(one.own, now, pages), `p${now}`);
        } else if (serving === undefined) continue;
        else if (one.do === 'up') serving = cameUp(serving, serving.build);
        else if (one.do === 'switch') serving = switched(serving, one.own);
        else serving = { ...serving, downtime: one.declared };
        expect(serving?.bad).not.toContain(serving?.build);
        if (before !== undefined && serving !== undefined && before.build !== serving.build) {
          // Either it was switched to, and the one before is kept; or it was gone back to, and that one is bad.
          expect(serving.before === before.build || serving.bad.includes(before.build)).toBe(true);
          if (before.downtime) expect(serving.bad).toContain(before.build);
        }
      }
    }),
  );
});
