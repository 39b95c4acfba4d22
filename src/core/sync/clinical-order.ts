// In which order the record of a patient is fetched by a node that has none of it: what could harm if it were unknown comes first.
//
//   SY32  Names are told in this order, then by type, id and name.
//
// A starting position for a clinical safety officer to sign.

/** Ranks 0, 1, 2 …; what is not named comes last. */
const ORDER: readonly (readonly string[])[] = [
  ['Patient', 'AllergyIntolerance', 'Flag', 'Consent'],
  ['MedicationRequest', 'MedicationAdministration', 'MedicationStatement', 'Condition', 'CarePlan', 'List'],
  [
    'Encounter',
    'EpisodeOfCare',
    'ServiceRequest',
    'Task',
    'Appointment',
    'Immunization',
    'NutritionOrder',
    'DetectedIssue',
  ],
  ['Observation', 'DiagnosticReport', 'Specimen', 'Procedure', 'ImagingStudy', 'MedicationDispense'],
  ['Composition', 'ClinicalImpression', 'QuestionnaireResponse', 'DocumentReference', 'Communication', 'RelatedPerson'],
];
/** Types whose bodies are large and never needed first. */
const LAST: readonly string[] = ['Binary', 'Media', 'AuditEvent', 'Provenance'];

const RANKS: ReadonlyMap<string, number> = new Map([
  ...ORDER.flatMap((types, rank) => types.map((type) => [type, rank] as const)),
  ...LAST.map((type) => [type, ORDER.length + 1] as const),
]);

export const clinicalRank = (type: string): number => RANKS.get(type) ?? ORDER.length;
