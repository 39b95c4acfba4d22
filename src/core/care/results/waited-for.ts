// Investigations that were asked for and have no final report, and the reports of imaging with where their pictures are.
//
//   LR6   Waited for until a final report answers it.
//   LR13  The report is here to be read; the pictures are said where they are (CR18).
import type { ResourceJson } from '../../base/json-types.ts';
import type { Instant } from '../../base/ports.ts';
import { dateRange } from '../../fhir/instant.ts';
import { conceptWords } from '../banner/allergy-section.ts';
import { at, codesOf, isObject, itemsOf, textOf } from '../merge/clinical-words.ts';
import type { ResultSource } from './read-results.ts';

const INVESTIGATIONS: ReadonlySet<string> = new Set(['108252007', '363679005', 'laboratory', 'imaging', 'LAB', 'RAD']);
const OPEN: ReadonlySet<string> = new Set(['active', 'on-hold']);
const FINAL: ReadonlySet<string> = new Set(['final', 'amended', 'corrected', 'appended', 'cancelled']);

export interface WaitedFor {
  /** `ServiceRequest/1` */
  readonly name: string;
  readonly words: string;
  readonly priority: string;
  readonly since: Instant | undefined;
  /** Something is here already that is not final. */
  readonly hasPreliminary: boolean;
  readonly isHeld: boolean;
}
/** The longest waited for first. */
export function waitedFor(resources: readonly ResourceJson[]): readonly WaitedFor[] {
  const reports = resources.filter(({ resourceType }) => resourceType === 'DiagnosticReport');
  const of = (name: string): readonly ResourceJson[] =>
    reports.filter((report) => itemsOf(report['basedOn']).some((one) => textOf(at(one, 'reference')) === name));
  return resources
    .filter(
      (one) =>
        one.resourceType === 'ServiceRequest' &&
        OPEN.has(textOf(one['status'])) &&
        codesOf(one['category']).some((code) => INVESTIGATIONS.has(code)),
    )
    .map((one): WaitedFor & { readonly isAnswered: boolean } => {
      const name = `ServiceRequest/${one.id ?? ''}`;
      const answers = of(name).map((report) => textOf(report['status']));
      return {
        name,
        words: conceptWords(one['code'] ?? null),
        priority: textOf(one['priority']),
        since: dateRange(textOf(one['authoredOn']))?.lo,
        hasPreliminary: answers.some((status) => status === 'preliminary' || status === 'partial'),
        isHeld: one['status'] === 'on-hold',
        isAnswered: answers.some((status) => FINAL.has(status)),
      };
    })
    .filter(({ isAnswered }) => !isAnswered)
    .toSorted((a, b) => (a.since ?? 0) - (b.since ?? 0));
}

export interface ReportLine {
  /** `DiagnosticReport/1` */
  readonly name: string;
  readonly words: string;
  readonly kind: 'imaging' | 'other';
  readonly done: string;
  readonly issued: string;
  readonly state: 'final' | 'preliminary' | 'corrected' | 'cancelled';
  readonly conclusion: string;
  /** As recorded. */
  readonly by: readonly string[];
  readonly studies: readonly Study[];
  /** Parts of it that are documents of their own. */
  readonly attachments: number;
  readonly isDisputed: boolean;
}
export interface Study {
  readonly modality: string;
  readonly pictures: number | undefined;
  readonly started: string;
  /** The number under which the archive finds them. */
  readonly accession: string;
}
const IMAGING: ReadonlySet<string> = new Set([
  'RAD',
  'EC',
  'CT',
  'CUS',
  'IMG',
  'NMR',
  'NMS',
  'OUS',
  'RUS',
  'RX',
  'VUS',
  'XRC',
  '363679005',
  'imaging',
]);
const MICROBIOLOGY: ReadonlySet<string> = new Set(['MB', 'MCB', 'SP', 'CP', 'PAR', 'MYC', 'VR', 'GE', 'TX']);
const STATE: Readonly<Record<string, ReportLine['state']>> = {
  registered: 'preliminary',
  partial: 'preliminary',
  preliminary: 'preliminary',
  final: 'final',
  amended: 'corrected',
  corrected: 'corrected',
  appended: 'corrected',
  cancelled: 'cancelled',
};

/** Reports that are read as text: imaging, tracings, microbiology, pathology. The latest first; none in error. */
export function reportLines(sources: readonly ResultSource[], from?: Instant): readonly ReportLine[] {
  const studies = new Map<string, ResourceJson>(
    sources
      .filter(({ resource }) => resource.resourceType === 'ImagingStudy')
      .map(({ resource }) => [`ImagingStudy/${resource.id ?? ''}`, resource] as const),
  );
  return sources
    .flatMap(({ resource, conflict }): readonly ReportLine[] => {
      const state = STATE[textOf(resource['status'])];
      const codes = codesOf(resource['category']);
      const isImaging = codes.some((code) => IMAGING.has(code));
      const isText =
        isImaging || codes.some((code) => MICROBIOLOGY.has(code)) || itemsOf(resource['result']).length === 0;
      if (resource.resourceType !== 'DiagnosticReport' || state === undefined || !isText) return [];
      return [
        {
          name: `DiagnosticReport/${resource.id ?? ''}`,
          words: conceptWords(resource['code'] ?? null),
          kind: isImaging ? 'imaging' : 'other',
          done: textOf(resource['effectiveDateTime']) || textOf(at(resource['effectivePeriod'], 'start')),
          issued: textOf(resource['issued']),
          state,
          conclusion: textOf(resource['conclusion']),
          by: itemsOf(resource['performer'])
            .map((one) => textOf(at(one, 'display')))
            .filter((one) => one !== ''),
          studies: itemsOf(resource['imagingStudy']).flatMap((one) => {
            const study = studies.get(textOf(at(one, 'reference')));
            return study === undefined ? [] : [studyOf(study)];
          }),
          attachments: itemsOf(resource['presentedForm']).filter(isObject).length,
          isDisputed: conflict,
        },
      ];
    })
    .filter(({ issued, done }) => from === undefined || (dateRange(issued || done)?.hi ?? from) >= from)
    .toSorted((a, b) => (dateRange(b.issued || b.done)?.lo ?? 0) - (dateRange(a.issued || a.done)?.lo ?? 0));
}
function studyOf(study: ResourceJson): Study {
  const pictures = study['numberOfInstances'];
  return {
    modality: itemsOf(study['modality'])
      .map((one) => textOf(at(one, 'display')) || textOf(at(one, 'code')))
      .join(', '),
    pictures: typeof pictures === 'number' ? pictures : undefined,
    started: textOf(study['started']),
    accession:
      itemsOf(study['identifier'])
        .filter((one) => textOf(at(one, 'system')) !== 'urn:dicom:uid')
        .map((one) => textOf(at(one, 'value')))
        .find((one) => one !== '') ?? '',
  };
}
