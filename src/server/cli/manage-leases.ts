// What `holdfast numbers series` and `holdfast numbers lease` do, and how leases stand (specs/identity.md, ID44).
import { randomUUID } from 'node:crypto';
import { Trouble } from '../storage/embedded/trouble.ts';
import { table, terminalEntry, wrongUse, type Desk } from './at-terminal.ts';
import { readOptions } from './options.ts';

const COUNT_MAX = 100_000_000;
const FIRST_MAX = 1_000_000_000_000_000;

function mustBeRegion({ services: { links } }: Desk): void {
  if (links.parent() !== undefined)
    throw new Trouble('Series and leases are made at the region: this node is below another.', { exitCode: 2 });
}
const refusal = ({ kind, text }: { readonly kind: 'use' | 'state'; readonly text: string }): Trouble =>
  kind === 'use' ? wrongUse(text) : new Trouble(text);

export async function defineSeries(desk: Desk, rest: readonly string[]): Promise<number> {
  const options = { name: 'text', system: 'text', width: 'text', check: 'text', text: 'text' } as const;
  const given = readOptions(rest, options, 0, 0, 'numbers');
  const { services, now, note } = desk;
  mustBeRegion(desk);
  const name = given.text('name') ?? '';
  const system = given.text('system') ?? '';
  const text = given.text('text')?.trim() ?? name;
  const width = given.whole('width', 1, 100);
  const made = await services.numbers.leases.define({ name, system, check: given.text('check') ?? '', text, width });
  if (!made.ok) throw refusal(made.error);
  await services.audit.record(terminalEntry(now, 'operation', `numbers: series ${name} of ${system} defined`));
  note(`${name}: ${made.value.first} to ${made.value.last}.`);
  return 0;
}

export async function leaseNumbers(desk: Desk, rest: readonly string[]): Promise<number> {
  const options = { series: 'text', to: 'text', count: 'text', hold: 'text', first: 'text' } as const;
  const given = readOptions(rest, options, 0, 0, 'numbers');
  const { services, now, note } = desk;
  mustBeRegion(desk);
  const series = given.text('series') ?? '';
  const count = given.whole('count', 1, COUNT_MAX);
  if (count === undefined) throw wrongUse('--count takes how many numbers the site may have.');
  const to = given.text('to') ?? '';
  const [site, another] = (await services.links.register.list()).filter(
    (one) => one.tier === 'site' && one.retiredAt === undefined && (one.name === to || one.node === to),
  );
  if (site === undefined || another !== undefined)
    throw new Trouble('--to takes the name or the id of one site of this region. See `holdfast node list`.');
  const made = await services.numbers.leases.order({
    id: `numorder-${randomUUID()}`,
    series,
    node: site.node,
    count,
    hold: given.whole('hold', 1, COUNT_MAX),
    first: given.whole('first', 1, FIRST_MAX),
  });
  if (!made.ok) throw refusal(made.error);
  await services.audit.record({
    ...terminalEntry(now, 'operation', `numbers: ${count} of ${series} leased to ${site.name}`),
    what: [`Device/${site.node}`],
  });
  note(
    `${count} of ${series} for ${site.name}, which keeps ${made.value.hold} ready; each start of ${site.name} loses what is left of those.`,
  );
  note(
    'The running region finds the range, once every site was linked since the region started: see `holdfast numbers status`. Then take a backup.',
  );
  return 0;
}

export async function endLease(desk: Desk, rest: readonly string[]): Promise<number> {
  const given = readOptions(rest, { series: 'text', first: 'text', why: 'text' }, 0, 0, 'numbers');
  const { services, now, note } = desk;
  mustBeRegion(desk);
  const why = given.text('why')?.trim() ?? '';
  if (why === '') throw wrongUse('holdfast numbers end needs --why, for those who read it later.');
  const made = await services.numbers.leases.end(given.text('series') ?? '', given.text('first') ?? '', why);
  if (!made.ok) throw refusal(made.error);
  const { series, first, last } = made.value;
  const told = `numbers: nothing more of ${series} ${first} to ${last}: ${why}`;
  await services.audit.record(terminalEntry(now, 'operation', told));
  note(`Nothing more is cut from ${first} to ${last}. What the site has ready of it lasts until its next start.`);
  return 0;
}

const WAITS: Readonly<Record<string, string>> = {
  sites: 'waits until every site was linked since the region started',
  overlap: 'never: it would meet another range',
  'series-full': 'never: the series ends before',
};

/** How leases stand, and what is ready here. Nothing where no series is leased. */
export async function sayLeases({ services, say }: Desk): Promise<void> {
  const { leases } = services.numbers;
  const shown = await leases.shown();
  const { node, register } = services.links;
  if (shown.length > 0) {
    const names = new Map((await register.list()).map((one) => [one.node, one.name]));
    const lines = shown.map(({ series, node: to, first, last, state }) => [
      series,
      to === node ? 'this node' : (names.get(to) ?? to),
      first === '' ? '' : `${first} to ${last}`,
      first === '' ? '' : String(state.uncut),
      String(state.hold),
      remarkOf(state),
    ]);
    say(table([['leased', 'to', 'range', 'left', 'kept ready', ''], ...lines]));
  }
  for (const { series, left } of await leases.ready(node)) say(`${series}: ${left} ready here`);
}

function remarkOf({
  waits,
  overlaps,
  ended,
  low,
}: {
  readonly waits?: string;
  readonly overlaps: boolean;
  readonly ended: boolean;
  readonly low: boolean;
}): string {
  if (waits !== undefined) return WAITS[waits] ?? '';
  if (overlaps) return 'OVERLAPS another: used no more';
  if (ended) return 'ended';
  return low ? 'less than 40 % left: lease more' : '';
}
