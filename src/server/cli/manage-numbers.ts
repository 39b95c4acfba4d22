// What `holdfast numbers …` does, word by word (specs/identity.md, ID8 and ID11).
import { COUNT_MAX } from '../identity/issue-numbers.ts';
import { defineSeries, endLease, leaseNumbers, sayLeases } from './manage-leases.ts';
import { dayAndTime, table, terminalEntry, wrongUse, type Desk } from './at-terminal.ts';
import { readOptions } from './options.ts';

type Act = (desk: Desk, rest: readonly string[], siteCode: string | undefined) => Promise<number>;

/** `args` as after `holdfast numbers`. What is no word of it is refused before anything is opened. Throws `Trouble`. */
export function manageNumbers(args: readonly string[], siteCode: string | undefined): (desk: Desk) => Promise<number> {
  const [name = '', ...rest] = args;
  const act = ACTS[name];
  if (act === undefined) {
    throw wrongUse(
      `holdfast numbers takes ${Object.keys(ACTS).join(', ')}${name === '' ? '' : `, not ${JSON.stringify(name)}`}. See \`holdfast numbers --help\`.`,
    );
  }
  return (desk) => act(desk, rest, siteCode);
}

const ACTS: Readonly<Record<string, Act>> = {
  series: defineSeries,
  lease: leaseNumbers,
  end: endLease,

  status: async (desk, rest, siteCode) => {
    const { services, say } = desk;
    const { numbers } = services;
    const given = readOptions(rest, { json: 'flag' }, 0, 0, 'numbers');
    const lanes = await numbers.rows.lanes();
    const site = numbers.siteCode(siteCode);
    if (given.flag('json')) {
      say(JSON.stringify({ site, lanes, leased: await numbers.leases.shown() }, undefined, 2));
      return 0;
    }
    say(`Site ${site}${siteCode === undefined ? ' (of this installation; HOLDFAST_SITE_CODE sets another)' : ''}`);
    const counts = numbers.series.map((series): readonly string[] => {
      const own = lanes.filter((lane) => lane.series === series);
      return [
        series,
        String(own.length),
        own
          .map(({ lane }) => lane)
          .slice(-8)
          .join(' '),
      ];
    });
    say(table([['series', 'lanes', 'the last of them'], ...counts]));
    await sayLeases(desk);
    return 0;
  },

  pool: async (desk, rest, siteCode) => {
    const given = readOptions(rest, { series: 'text', count: 'text', for: 'text' }, 0, 0, 'numbers');
    const series = given.text('series') ?? 'patient';
    const known = desk.services.numbers.series;
    if (!known.includes(series))
      throw wrongUse(`--series takes one of ${known.join(', ')}, not ${JSON.stringify(series)}.`);
    const count = given.whole('count', 1, COUNT_MAX) ?? 20;
    const purpose = given.text('for')?.trim() ?? '';
    if (purpose === '' || purpose.length > 200) {
      throw wrongUse('holdfast numbers pool needs --for: who takes them, and for what, in 200 characters at most.');
    }
    const { services, now, say, note } = desk;
    const numbers = await services.numbers.issue(series, count, siteCode);
    const [first = '', last = ''] = [numbers[0], numbers.at(-1)];
    const entry = terminalEntry(now, 'operation', `numbers: ${series} ${first} to ${last}, ${count}: ${purpose}`);
    await services.numbers.rows.note({ at: now, series, first, last, count, who: entry.name ?? 'terminal', purpose });
    await services.audit.record(entry);
    for (const number of numbers) say(number);
    note(`${count} numbers for ${purpose}. They are given to nobody else, used or not.`);
    return 0;
  },

  log: async ({ services: { numbers }, say }, rest) => {
    const given = readOptions(rest, { last: 'text', json: 'flag' }, 0, 0, 'numbers');
    const notes = await numbers.rows.notes(given.whole('last', 1, 10_000) ?? 50);
    if (given.flag('json')) {
      say(JSON.stringify(notes, undefined, 2));
      return 0;
    }
    if (notes.length === 0) say('Nobody has taken numbers by themselves yet.');
    else {
      const rows = notes.map((one) => [
        dayAndTime(one.at),
        one.series,
        String(one.count),
        one.first,
        one.last,
        one.who,
        one.purpose,
      ]);
      say(table([['when (UTC)', 'series', 'count', 'first', 'last', 'who', 'for'], ...rows]));
    }
    return 0;
  },

  check: async ({ services: { numbers }, say, note }, rest) => {
    const given = readOptions(rest, {}, 1, 100, 'numbers');
    const wrong = given.files.filter((typed) => numbers.read(typed) === undefined);
    for (const typed of given.files) {
      const number = numbers.read(typed);
      if (number !== undefined) say(number);
    }
    for (const typed of wrong)
      note(`${JSON.stringify(typed)} is no number of any site: look again at what is printed.`);
    return wrong.length === 0 ? 0 : 1;
  },
};
