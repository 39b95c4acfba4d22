// The age of a person: NHS Common User Interface, Patient Banner (the younger, the finer).
//
//   SR6  Below 2 hours minutes, below 2 days hours, below 4 weeks days, below a year weeks and days, below 2 years months and days,
//        below 18 years years and months, then years. What is not known of a birth makes the age a range, never a guess.
import type { Instant } from '../../core/base/ports.ts';
import { inOwnOrder } from './own-order.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Of a calendar: a day without time or zone. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * `61y`, `4y 3m`, `14m 3d`, `3w 2d`, `12d`, `20h`, `35min`; `75–76y` of a birth that is known to the year alone; '' of what is no date
 * or lies ahead. `born`: Patient.birthDate, or a dateTime where the time is known (extension patient-birthTime). `until`: now, or the
 * moment of death.
 */
export const ageText = (born: string, until: Instant): string => inOwnOrder(ageOf(born, until));

function ageOf(born: string, until: Instant): string {
  const [, year, month, day] = /^(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(born) ?? [];
  if (year === undefined) return '';
  const at = new Date(until);
  const today: Day = { year: at.getFullYear(), month: at.getMonth() + 1, day: at.getDate() };
  if (month === undefined || day === undefined) return roughAge(Number(year), month, today);
  if (born.includes('T')) {
    const lived = until - Date.parse(born);
    if (lived < 0) return '';
    if (lived < 2 * HOUR) return `${Math.floor(lived / MINUTE)}min`;
    if (lived < 2 * DAY) return `${Math.floor(lived / HOUR)}h`;
  }
  return exactAge({ year: Number(year), month: Number(month), day: Number(day) }, today);
}

/** Whole years; undefined where the day of birth is not known or lies ahead. */
export function ageInYears(born: string, until: Instant): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)/.exec(born) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const at = new Date(until);
  const today: Day = { year: at.getFullYear(), month: at.getMonth() + 1, day: at.getDate() };
  const months = wholeMonths({ year: Number(year), month: Number(month), day: Number(day) }, today);
  return months < 0 ? undefined : Math.floor(months / 12);
}

function exactAge(born: Day, today: Day): string {
  const days = dayNumber(today) - dayNumber(born);
  if (days < 0) return '';
  if (days < 28) return `${days}d`;
  const months = wholeMonths(born, today);
  if (months < 12) return `${Math.floor(days / 7)}w ${days % 7}d`;
  if (months < 24) return `${months}m ${dayNumber(today) - dayNumber(addMonths(born, months))}d`;
  if (months < 18 * 12) return `${Math.floor(months / 12)}y ${months % 12}m`;
  return `${Math.floor(months / 12)}y`;
}

function roughAge(year: number, month: string | undefined, today: Day): string {
  const first: Day = { year, month: Number(month ?? 1), day: 1 };
  const last: Day = { year, month: Number(month ?? 12), day: 31 };
  const most = Math.floor(wholeMonths(first, today) / 12);
  const least = Math.max(0, Math.floor(wholeMonths(last, today) / 12));
  if (most < 0) return '';
  return most === least ? `${most}y` : `${least}–${most}y`;
}

/** Days since 1970, of a calendar day. */
const dayNumber = (d: Day): number => Math.round(Date.UTC(d.year, d.month - 1, d.day) / DAY);

/** Whoever is born on the 31st is a month older on the last day of a shorter month. */
function wholeMonths(born: Day, today: Day): number {
  const months = (today.year - born.year) * 12 + today.month - born.month;
  return today.day >= Math.min(born.day, daysIn(today.year, today.month)) ? months : months - 1;
}
function addMonths(born: Day, months: number): Day {
  const first = new Date(Date.UTC(born.year, born.month - 1 + months, 1));
  const year = first.getUTCFullYear();
  const month = first.getUTCMonth() + 1;
  return { year, month, day: Math.min(born.day, daysIn(year, month)) };
}
const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();
