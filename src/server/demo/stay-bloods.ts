// Blood taken during a stay: at the door, then with the morning round, following the illness half a day behind.
import type { Instant } from '../../core/base/ports.ts';
import type { Prescription } from './administer.ts';
import { labPersonOf, type Background } from './background.ts';
import { HOUR, MINUTE } from './calendar.ts';
import { orgRef } from './chart.ts';
import { refTo, words } from './fhir-parts.ts';
import { requestService, task, type Stay } from './hospital-orders.ts';
import { labResources, PANELS, usualValues } from './laboratory.ts';
import type { Story } from './story.ts';
import { severity } from './vitals.ts';

export interface Bloods {
  readonly time: Instant;
  readonly values: ReadonlyMap<string, number>;
}
export function takeBloods(
  stay: Stay,
  b: Background,
  story: Story,
  prescriptions: readonly Prescription[],
): readonly Bloods[] {
  const { chart, admittedAt, encounter } = stay;
  const { calendar, dice, person } = chart;
  if (story.panels.length === 0) return [];
  const labPerson = labPersonOf(
    chart,
    b,
    prescriptions.some((p) => p.order.medicine.key === 'warfarin'),
  );
  const usual = usualValues(dice, labPerson);
  const lab = orgRef(chart.hospital);
  const out: Bloods[] = [];
  const stayHours = (calendar.now - admittedAt) / HOUR;
  let n = 0;
  for (let time = admittedAt + 25 * MINUTE; time < calendar.now; n++) {
    const hours = (time - admittedAt) / HOUR;
    // Blood follows the illness by half a day.
    const share = bloodShare(story, hours, stayHours);
    const panels =
      n === 0
        ? story.panels
        : story.panels.filter(
            (p) => p !== 'hba1c' && p !== 'lipids' && p !== 'tsh' && p !== 'ddimer' && (p !== 'lft' || n % 2 === 0),
          );
    const reportedAt = time + dice.int(50, 95) * MINUTE;
    const ready = reportedAt <= calendar.now;
    const titles = panels.map((p) => PANELS[p]?.title ?? p).join(', ');
    const request = requestService(stay, {
      kind: 'laboratory',
      what: words(`Blood tests: ${titles}`),
      at: Math.max(admittedAt, time - 15 * MINUTE),
      done: ready,
      urgent: n === 0,
    });
    chart.add(request);
    if (ready && panels.length > 0) {
      const result = labResources(
        dice,
        { subject: chart.subject, encounter, performer: lab, at: calendar.at(time), id: chart.id },
        labPerson,
        usual,
        {
          panels,
          story: story.labs,
          share,
          request: refTo(request),
          reportedAt: calendar.at(reportedAt),
          labNumber: `${person.key}-B${n + 1}`.toUpperCase(),
          lab,
        },
      );
      chart.add(...result.resources);
      out.push({ time, values: result.values });
      if (result.critical.length > 0 && n < 2)
        task(
          stay,
          `Critical result phoned by the laboratory: ${result.critical.join(', ')}`,
          reportedAt,
          stay.doctor,
          true,
          true,
          refTo(request),
        );
    }
    const next = time + story.bloodsEvery * HOUR;
    time =
      story.bloodsEvery >= 18
        ? Math.max(calendar.atClock(next, '06:40') + dice.int(0, 40) * MINUTE, time + 8 * HOUR)
        : next;
  }
  return out;
}

/** How far blood is from well, 1 to 0; it follows the illness half a day behind. */
function bloodShare(story: Story, hours: number, stayHours: number): number {
  if (story.course === 'septic') return hours < 14 ? 0.8 + (0.2 * hours) / 14 : Math.exp(-(hours - 14) / 40);
  if (story.course === 'worsening') return severity('worsening', hours, stayHours);
  return Math.exp(-hours / (story.recoveryHours === undefined ? 55 : story.recoveryHours));
}
