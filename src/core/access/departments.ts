// What is laboratory's and what is imaging's, by the categories that R4 names and that orders commonly carry.
import type { ResourceFilter } from '../record/store.ts';
import type { Department } from './roles.ts';

const OBSERVATION = 'http://terminology.hl7.org/CodeSystem/observation-category';
const SECTION = 'http://terminology.hl7.org/CodeSystem/v2-0074';
const SNOMED = 'http://snomed.info/sct';

/** `system|code`s of `category`. */
const CATEGORIES: Readonly<Record<Department, readonly string[]>> = {
  laboratory: [
    `${OBSERVATION}|laboratory`,
    `${SNOMED}|108252007`,
    ...sections('LAB BG BLB CG CH CP GE HM IMM MB MCB MYC PAR SP SR TX VR'),
  ],
  imaging: [
    `${OBSERVATION}|imaging`,
    `${SNOMED}|363679005`,
    ...sections('RAD CT CUS EC IMG NMR NMS OUS RUS RX VUS XRC'),
  ],
};

function sections(codes: string): readonly string[] {
  return codes.split(' ').map((code) => `${SECTION}|${code}`);
}

/** The types whose category tells whose they are. Others of a class with a department are of none. */
export const CATEGORISED: readonly string[] = ['DiagnosticReport', 'Observation', 'ServiceRequest'];

const made = new Map<string, ResourceFilter>();

/** What is of one of `departments`. The same object each time. */
export function departmentFilter(departments: readonly Department[]): ResourceFilter {
  const key = departments.join(' ');
  let filter = made.get(key);
  if (filter === undefined) {
    const values = departments.flatMap((department) =>
      CATEGORIES[department].map((label) => {
        const [system = '', code = ''] = label.split('|');
        return { kind: 'token', system, code } as const;
      }),
    );
    filter = { types: CATEGORISED, where: [{ kind: 'param', param: 'category', type: 'token', values }] };
    made.set(key, filter);
  }
  return filter;
}
