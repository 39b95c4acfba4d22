import { expect, test } from 'vitest';
import { DRILL, DRILL_CLOCK, drillClockOf, nodePorts } from './node-ports.ts';

test('[OP1] the digest is SHA-256 in base32 of 52 characters', () => {
  const { digest } = nodePorts();
  // FIPS 180-2, "abc": ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad.
  expect(digest.sha256('abc')).toBe('xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwq');
  expect(digest.sha256('')).toHaveLength(52);
  expect(digest.sha256('\u{1F600}é')).not.toBe(digest.sha256('?é'));
});

test('[OP1] chance gives as many bytes as asked, and not the same twice', () => {
  const { chance, clock } = nodePorts();
  expect(chance.bytes(16)).toHaveLength(16);
  expect(Buffer.from(chance.bytes(16)).equals(Buffer.from(chance.bytes(16)))).toBe(false);
  expect(clock.now()).toBeGreaterThan(1_700_000_000_000);
});

test('[NL40] a drill clock runs off at its rate, the same in all processes of the node', () => {
  let real = 1_000_000;
  const env = { [DRILL]: 'on', [DRILL_CLOCK]: '-3600,1.5' };
  const first = drillClockOf(env, () => real);
  expect(first.kind === 'clock' && first.clock.now()).toBe(996_400);
  real += 1_000;
  expect(first.kind === 'clock' && first.clock.now()).toBe(997_900);
  // Started later, with what the first left in the environment.
  const later = drillClockOf(env, () => real);
  expect(later.kind === 'clock' && later.clock.now()).toBe(997_900);
  const { clock } = nodePorts({ [DRILL]: 'on', [DRILL_CLOCK]: '86400000,1' });
  expect(clock.now() - Date.now()).toBeGreaterThan(86_000_000);
});
test('[NL40] without a drill there is no drill clock, and a wrong one is refused by name', () => {
  expect(drillClockOf({})).toEqual({ kind: 'none' });
  expect(drillClockOf({ [DRILL]: 'on' })).toEqual({ kind: 'none' });
  for (const env of [{ [DRILL_CLOCK]: '1,1' }, { [DRILL]: 'on', [DRILL_CLOCK]: 'soon' }]) {
    const said = drillClockOf(env);
    expect(said.kind === 'refused' && said.why).toContain(DRILL_CLOCK);
    expect(Math.abs(nodePorts(env).clock.now() - Date.now())).toBeLessThan(5_000);
  }
});
