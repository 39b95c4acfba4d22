// Who pays, and what was done: coverage for everybody, charges and claims where a clinic bills.
import { DAY, HOUR } from './calendar.ts';
import type { Instant } from '../../core/base/ports.ts';
import { orgRef, type Chart } from './chart.ts';
import { hl7, local, MEMBER_NUMBER, period, ref, resource, words, type Json, type Resource } from './fhir-parts.ts';

/** The regional fund for most, a private insurer for a few. */
export function coverage(chart: Chart): readonly Resource[] {
  const { person, hospital, calendar, dice } = chart;
  const insured = dice.chance(0.12);
  return [
    resource('Coverage', `${person.key}-coverage`, {
      status: 'active',
      type: insured
        ? hl7('v3-ActCode', 'EHCPOL', 'extended healthcare')
        : hl7('v3-ActCode', 'PUBLICPOL', 'public healthcare'),
      subscriberId: `M${String(1_000_000 + person.serial)}`,
      identifier: [{ system: MEMBER_NUMBER, value: `${hospital.prefix}M${String(1_000_000 + person.serial)}` }],
      beneficiary: chart.subject,
      relationship: hl7('subscriber-relationship', 'self', 'Self'),
      period: period(calendar.on(Math.max(person.bornAt, calendar.now - 3 * 365 * DAY))),
      payor: [
        insured
          ? orgRef(hospital, 'org-insurer', 'Lantern Mutual Health Insurance')
          : orgRef(hospital, 'org-fund', 'Harrowmere Regional Health Fund'),
      ],
    }),
  ];
}

/** A charge for something that was done, and the claim for it. */
export function bill(
  chart: Chart,
  what: string,
  amount: number,
  at: Instant,
  encounter: Json,
  provider: Json,
): readonly Resource[] {
  const { calendar, hospital, person } = chart;
  const charge = resource('ChargeItem', chart.id('charge'), {
    status: 'billed',
    code: local('charge', what),
    subject: chart.subject,
    context: encounter,
    occurrenceDateTime: calendar.at(at),
    quantity: { value: 1 },
    priceOverride: { value: amount, currency: 'EUR' },
    enterer: ref('Practitioner', hospital.person('billing').id),
    enteredDate: calendar.at(Math.min(at + 30 * HOUR, calendar.now)),
  });
  const money = { value: amount, currency: 'EUR' };
  return [
    charge,
    resource('Claim', chart.id('claim'), {
      status: 'active',
      type: hl7('claim-type', 'professional', 'Professional'),
      use: 'claim',
      patient: chart.subject,
      created: calendar.at(Math.min(at + 30 * HOUR, calendar.now)),
      provider,
      priority: hl7('processpriority', 'normal', 'Normal'),
      insurance: [{ sequence: 1, focal: true, coverage: ref('Coverage', `${person.key}-coverage`) }],
      item: [
        {
          sequence: 1,
          productOrService: words(what),
          servicedDate: calendar.on(at),
          quantity: { value: 1 },
          unitPrice: money,
          net: money,
          encounter: [encounter],
        },
      ],
      total: money,
    }),
  ];
}
