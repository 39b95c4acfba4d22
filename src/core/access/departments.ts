// What is laboratory's and what is imaging's, by the categories that R4 names and that orders commonly carry.
import type { ResourceFilter } from '../record/store.ts';
import type { Department } from './roles.ts';

const OBSERVATION = 'http://terminology.hl7.org/CodeSystem/observation-category';
const SECTION = 'http://terminology.hl7.org/CodeSystem/v2-0074';
const SNOMED = 'http://snomed.info/sct';

/** By department and type: `system|code`s of `category`. */
const CATEGORIES: Readonly<Record<Department, Readonly<Record<string, readonly string[]>>>> = {
  laboratory: {
    Observation: [`${OBSERVATION}|laboratory`],
    DiagnosticReport: sections('LAB BG BLB CG CH CP GE HM IMM MB MCB MYC PAR SP SR TX VR'),
    ServiceRequest: [`${SNOMED}|108252007`, `${OBSERVATION}|laboratory`, ...sections('LAB')],
  },
  imaging: {
    Observation: [`${OBSERVATION}|imaging`],
    DiagnosticReport: sections('RAD CT CUS EC IMG NMR NMS OUS RUS RX VUS XRC'),
    ServiceRequest: [`${SNOMED}|363679005`, `${OBSERVATION}|imaging`, ...sections('RAD')],
  },
};

function sections(codes: string): readonly string[] {
  return codes.split(' ').map((code) => `${SECTION}|${code}`);
}

const made = new Map<string, readonly ResourceFilter[]>();

/** One filter for each of `types` that has categories: what is of one of `departments`. Other types are of no department. */
export function departmentFilters(
  types: readonly string[],
  departments: readonly Department[],
): readonly ResourceFilter[] {
  const key = `${types.join(' ')} of ${departments.join(' ')}`;
  let filters = made.get(key);
  if (filters === undefined) {
    filters = types.flatMap((type): readonly ResourceFilter[] => {
      const labels = departments.flatMap((department) => CATEGORIES[department][type] ?? []);
      const values = labels.map((label) => {
        const [system = '', code = ''] = label.split('|');
        return { kind: 'token', system, code } as const;
      });
      return values.length === 0
        ? []
        : [{ types: [type], where: [{ kind: 'param', param: 'category', type: 'token', values }] }];
    });
    made.set(key, filters);
  }
  return filters;
}
