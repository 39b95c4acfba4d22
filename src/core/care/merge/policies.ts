// Which merge policy a resource type has: one table, one row a group of types, every type of R4 in exactly one row.
//
//   MG1  Every resource type of R4 is in exactly one row.
//   MG2  A row is data: how each element is merged, what a difference weighs, and which head is safest to show.
//
// A starting position for a clinical safety officer to sign. `POLICY_VERSION` changes with the table.
import { leads, type Lead } from './leads.ts';

/** S1 could harm now, S2 is clinical and not urgent, S3 is administrative: merged by itself and logged. */
export type Severity = 'S1' | 'S2' | 'S3';

/**
 * How the sides of an element are brought together.
 * each: by the ancestor; two different changes are a conflict. guard: any difference is a conflict. additive: as guard, but what one side
 * only added stands. union: items by identity, never taken away. set: items by identity and by the ancestor; an item taken away
 * and changed stays, in conflict. side: as guard, with the items of all sides. asserted: as guard, and what any side asserts is
 * shown. status: as each, but changes that follow each other in the row's order are no conflict. first: the earliest claim
 * stands. restrict: `false` on any side is shown. items: as set, and items within items by their linkId.
 */
export type Mode =
  | 'each'
  | 'guard'
  | 'additive'
  | 'union'
  | 'set'
  | 'side'
  | 'asserted'
  | 'status'
  | 'first'
  | 'restrict'
  | 'items';

/** `mode`, or with a severity of its own. */
export type ElementRule = Mode | readonly [Mode, Severity];

export interface PolicyRow {
  readonly name: string;
  readonly types: readonly string[];
  /** Elements of one value (and lists where `lists` is absent). `value` stands for `value[x]`. */
  readonly single: Mode;
  readonly lists?: Mode;
  readonly severity: Severity;
  readonly elements?: Readonly<Record<string, ElementRule>>;
  /** A head that was deleted beside one that was not. */
  readonly deletion: Severity;
  /** Status codes that may follow each other without anybody being asked, lowest first; any other pair of changes is a conflict. */
  readonly order?: readonly string[];
  /** Status codes by which an author settled what was there then: not over content that another changed meanwhile. */
  readonly settles?: readonly string[];
  /** Elements that are such content although nothing is ever taken from them. */
  readonly weighs?: readonly string[];
  /** While people must decide, one head is shown as it was written, never a mixture. */
  readonly exact?: true;
  /** Heads of the authority stand; what others wrote is a change request. */
  readonly authority?: true;
  /** Only versions of one author are merged. */
  readonly oneAuthor?: true;
  readonly lead?: Lead;
  /** Dotted paths that identify an item of a list of backbone elements. */
  readonly keys?: Readonly<Record<string, readonly string[]>>;
}

/** Kept with resolutions: which table their authors were shown. */
export const POLICY_VERSION = 'care-3';

const ENDED = ['completed', 'cancelled', 'failed', 'rejected', 'entered-in-error'];

// prettier-ignore
// oxfmt-ignore
export const POLICY_TABLE: readonly PolicyRow[] = [
  {
    name: 'patient', types: ['Patient'], single: 'each', lists: 'set', severity: 'S3', deletion: 'S1',
    elements: {
      name: ['side', 'S1'], birthDate: ['guard', 'S1'], gender: ['guard', 'S1'], deceased: ['asserted', 'S1'], multipleBirth: ['guard', 'S1'],
      identifier: ['union', 'S2'], link: ['set', 'S2'], active: ['each', 'S2'],
    },
    keys: { contact: ['relationship', 'name'], communication: ['language'], link: ['type'] },
  },
  {
    name: 'person', types: ['Person', 'RelatedPerson'], single: 'each', lists: 'set', severity: 'S3', deletion: 'S2',
    elements: { identifier: ['union', 'S2'], patient: ['guard', 'S2'] },
    keys: { communication: ['language'], link: ['target'] },
  },
  {
    name: 'allergy', types: ['AllergyIntolerance'], single: 'additive', lists: 'union', severity: 'S2', deletion: 'S1', lead: leads.allergy,
    elements: {
      clinicalStatus: ['guard', 'S1'], verificationStatus: ['guard', 'S1'], criticality: ['guard', 'S1'], code: ['guard', 'S1'],
      patient: ['guard', 'S1'], type: ['additive', 'S2'],
    },
    keys: { reaction: ['substance', 'manifestation'] },
  },
  {
    name: 'problem', single: 'each', severity: 'S2', deletion: 'S2', lead: leads.active,
    types: [
      'AdverseEvent', 'BodyStructure', 'Condition', 'DeviceUseStatement', 'EpisodeOfCare', 'FamilyMemberHistory', 'GuidanceResponse',
      'ImmunizationEvaluation', 'ImmunizationRecommendation', 'Procedure', 'RiskAssessment',
    ],
    elements: { note: 'union', evidence: 'union', identifier: 'union', statusHistory: 'union', clinicalStatus: 'guard', verificationStatus: 'guard' },
    settles: ['entered-in-error', 'not-done', 'finished', 'cancelled'],
    keys: { statusHistory: ['status', 'period.start'] },
  },
  {
    name: 'prescription', types: ['MedicationRequest'], single: 'each', severity: 'S2', deletion: 'S1', exact: true, lead: leads.prescription,
    elements: {
      status: ['guard', 'S1'], intent: ['guard', 'S1'], doNotPerform: ['guard', 'S1'], medication: ['guard', 'S1'], subject: ['guard', 'S1'],
      dosageInstruction: ['guard', 'S1'], substitution: ['guard', 'S1'], dispenseRequest: ['guard', 'S1'], priority: ['guard', 'S1'],
      note: 'union', identifier: 'union', supportingInformation: 'union', detectedIssue: 'union', eventHistory: 'union',
    },
  },
  {
    name: 'reconciliation', types: ['List', 'MedicationStatement'], single: 'each', lists: 'set', severity: 'S2', deletion: 'S2', lead: leads.list,
    elements: { note: 'union', identifier: 'union', dosage: 'each', medication: ['guard', 'S2'], emptyReason: ['each', 'S1'] },
    settles: ['entered-in-error', 'retired', 'stopped', 'not-taken'], weighs: ['entry'], keys: { entry: ['item'] },
  },
  {
    name: 'administration', types: ['MedicationAdministration', 'Immunization'], single: 'additive', lists: 'union', severity: 'S2', deletion: 'S1',
    exact: true, lead: leads.given,
    elements: {
      status: ['guard', 'S1'], medication: ['guard', 'S1'], vaccineCode: ['guard', 'S1'], subject: ['guard', 'S1'], patient: ['guard', 'S1'],
      effective: ['guard', 'S1'], occurrence: ['guard', 'S1'], dosage: ['guard', 'S1'], doseQuantity: ['guard', 'S1'], request: ['guard', 'S1'],
    },
  },
  {
    name: 'dispense', types: ['MedicationDispense', 'SupplyDelivery'], single: 'additive', lists: 'union', severity: 'S2', deletion: 'S1',
    exact: true, lead: leads.given,
    elements: { status: 'guard', medication: ['guard', 'S1'], quantity: 'guard', suppliedItem: 'guard', dosageInstruction: ['guard', 'S1'] },
  },
  {
    name: 'result', types: ['Observation'], single: 'each', severity: 'S2', deletion: 'S2', exact: true, lead: leads.result,
    elements: {
      status: 'status', note: 'union', identifier: 'union', derivedFrom: 'union', hasMember: 'union', subject: ['guard', 'S1'], code: 'guard',
    },
    order: ['registered', 'preliminary', 'final'], settles: ['entered-in-error', 'cancelled', 'amended', 'corrected'],
  },
  {
    name: 'report', types: ['DiagnosticReport', 'ImagingStudy', 'MolecularSequence', 'Specimen'], single: 'each', severity: 'S2', deletion: 'S2',
    exact: true, lead: leads.result,
    elements: {
      status: 'status', result: 'union', specimen: 'union', imagingStudy: 'union', media: 'union', presentedForm: 'union', note: 'union',
      identifier: 'union', series: 'union', request: 'union', processing: 'union', subject: ['guard', 'S1'],
    },
    order: ['registered', 'partial', 'preliminary', 'available', 'final'],
    settles: ['entered-in-error', 'cancelled', 'amended', 'corrected', 'appended', 'unsatisfactory', 'unavailable'],
    keys: { series: ['uid'] },
  },
  {
    name: 'order', single: 'each', severity: 'S2', deletion: 'S2', exact: true, lead: leads.order,
    types: ['DeviceRequest', 'NutritionOrder', 'RequestGroup', 'ServiceRequest', 'SupplyRequest', 'VisionPrescription'],
    elements: {
      status: 'status', note: 'union', identifier: 'union', supportingInfo: 'union', specimen: 'union', relevantHistory: 'union',
      subject: ['guard', 'S1'], patient: ['guard', 'S1'], allergyIntolerance: ['union', 'S1'],
    },
    order: ['draft', 'active', 'on-hold', 'completed'], settles: ['revoked', 'cancelled', 'suspended', 'entered-in-error'],
  },
  {
    name: 'encounter', types: ['Encounter'], single: 'each', severity: 'S2', deletion: 'S1', lead: leads.encounter,
    elements: {
      status: ['each', 'S1'], location: ['union', 'S1'], subject: ['guard', 'S1'], hospitalization: ['each', 'S1'], period: ['each', 'S1'],
      statusHistory: 'union', classHistory: 'union', participant: 'union', diagnosis: 'union', identifier: 'union', account: 'union',
      episodeOfCare: 'union', basedOn: 'union', appointment: 'union', reasonReference: 'union', serviceProvider: ['each', 'S1'],
    },
    settles: ['finished', 'cancelled', 'entered-in-error'], weighs: ['location'],
    keys: {
      location: ['location', 'period.start'], statusHistory: ['status', 'period.start'], classHistory: ['class', 'period.start'],
      participant: ['individual', 'type', 'period.start'], diagnosis: ['condition', 'use'],
    },
  },
  {
    name: 'document', types: ['ClinicalImpression', 'Composition', 'DocumentManifest', 'DocumentReference', 'Media'], single: 'each', severity: 'S2',
    deletion: 'S2', exact: true, lead: leads.signed, oneAuthor: true,
    elements: { identifier: 'union', note: 'union' },
    settles: ['final', 'amended', 'superseded', 'completed', 'entered-in-error'],
  },
  { name: 'file', types: ['Binary'], single: 'guard', severity: 'S2', deletion: 'S2', exact: true },
  {
    name: 'form', types: ['QuestionnaireResponse'], single: 'each', severity: 'S2', deletion: 'S2', exact: true, lead: leads.signed, oneAuthor: true,
    elements: { status: 'status', item: 'items', authored: ['each', 'S3'], author: 'guard', source: 'guard', subject: ['guard', 'S1'] },
    order: ['in-progress', 'completed'], settles: ['completed', 'amended', 'stopped', 'entered-in-error'], weighs: ['item'],
  },
  {
    name: 'plan', types: ['CarePlan', 'CareTeam', 'Goal'], single: 'each', lists: 'set', severity: 'S2', deletion: 'S2', lead: leads.active,
    elements: { note: 'union', identifier: 'union' }, settles: ['entered-in-error', 'revoked', 'cancelled', 'inactive'], weighs: ['activity'],
    keys: { activity: ['reference', 'detail.code'], participant: ['member', 'role'], target: ['measure'] },
  },
  {
    name: 'task', types: ['Task'], single: 'each', severity: 'S2', deletion: 'S2', lead: leads.open,
    elements: {
      owner: ['first', 'S3'], status: 'status', lastModified: ['each', 'S3'], note: 'union', identifier: 'union', relevantHistory: 'union',
      input: 'set', output: 'union',
    },
    order: ['draft', 'requested', 'received', 'accepted', 'ready', 'in-progress'], settles: ENDED,
    weighs: ['owner'], keys: { input: ['type'] },
  },
  {
    name: 'booking', types: ['Appointment', 'AppointmentResponse', 'Schedule', 'Slot'], single: 'each', severity: 'S2', deletion: 'S2', authority: true,
    lead: leads.open, elements: { identifier: 'union', participant: 'set' }, keys: { participant: ['actor', 'type'] },
    settles: ['cancelled', 'noshow', 'fulfilled', 'entered-in-error'],
  },
  {
    name: 'alert', types: ['Communication', 'CommunicationRequest', 'DetectedIssue', 'Flag'], single: 'each', severity: 'S2', deletion: 'S1',
    lead: leads.active, elements: { note: 'union', identifier: 'union', evidence: 'union', payload: 'union', mitigation: 'union' },
    settles: ['inactive', 'entered-in-error', 'not-done', 'stopped', 'revoked', 'cancelled'],
  },
  { name: 'consent', types: ['Consent', 'Contract'], single: 'guard', severity: 'S1', deletion: 'S1', exact: true, lead: leads.consent },
  {
    name: 'coverage', single: 'each', lists: 'set', severity: 'S3', deletion: 'S3',
    types: [
      'Account', 'Coverage', 'CoverageEligibilityRequest', 'CoverageEligibilityResponse', 'EnrollmentRequest', 'EnrollmentResponse', 'InsurancePlan',
    ],
    elements: { identifier: 'union' },
  },
  {
    name: 'billing', single: 'each', severity: 'S3', deletion: 'S3', exact: true, lead: leads.signed,
    types: ['ChargeItem', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit', 'Invoice', 'PaymentNotice', 'PaymentReconciliation'],
    elements: { note: 'union', identifier: 'union' }, settles: ['issued', 'balanced', 'billed', 'cancelled', 'entered-in-error'],
  },
  {
    name: 'staff', types: ['Practitioner', 'PractitionerRole'], single: 'each', lists: 'set', severity: 'S3', deletion: 'S2', authority: true,
    lead: leads.revoked, elements: { identifier: 'union', active: ['restrict', 'S2'], code: ['each', 'S2'] },
    keys: { qualification: ['code'], availableTime: ['daysOfWeek'] },
  },
  {
    name: 'directory', types: ['Endpoint', 'HealthcareService', 'Location', 'Organization', 'OrganizationAffiliation'], single: 'each', lists: 'set',
    severity: 'S3', deletion: 'S3', authority: true, elements: { identifier: 'union' },
  },
  {
    name: 'device', types: ['BiologicallyDerivedProduct', 'Device', 'DeviceMetric'], single: 'each', lists: 'set', severity: 'S2', deletion: 'S2',
    elements: { identifier: 'union', note: 'union', safety: 'union' }, settles: ['inactive', 'entered-in-error'],
  },
  {
    name: 'knowledge', single: 'each', severity: 'S2', deletion: 'S2', authority: true, exact: true,
    types: [
      'ActivityDefinition', 'CapabilityStatement', 'CatalogEntry', 'ChargeItemDefinition', 'CodeSystem', 'CompartmentDefinition', 'ConceptMap',
      'DeviceDefinition', 'EffectEvidenceSynthesis', 'EventDefinition', 'Evidence', 'EvidenceVariable', 'ExampleScenario', 'GraphDefinition',
      'ImplementationGuide', 'Library', 'Measure', 'Medication', 'MedicationKnowledge', 'MedicinalProduct', 'MedicinalProductAuthorization',
      'MedicinalProductContraindication', 'MedicinalProductIndication', 'MedicinalProductIngredient', 'MedicinalProductInteraction',
      'MedicinalProductManufactured', 'MedicinalProductPackaged', 'MedicinalProductPharmaceutical', 'MedicinalProductUndesirableEffect',
      'MessageDefinition', 'NamingSystem', 'ObservationDefinition', 'OperationDefinition', 'PlanDefinition', 'Questionnaire',
      'ResearchDefinition', 'ResearchElementDefinition', 'RiskEvidenceSynthesis', 'SearchParameter', 'SpecimenDefinition', 'StructureDefinition',
      'StructureMap', 'Substance', 'SubstanceNucleicAcid', 'SubstancePolymer', 'SubstanceProtein', 'SubstanceReferenceInformation',
      'SubstanceSourceMaterial', 'SubstanceSpecification', 'TerminologyCapabilities', 'TestReport', 'TestScript', 'ValueSet',
    ],
  },
  {
    name: 'research', types: ['Group', 'MeasureReport', 'ResearchStudy', 'ResearchSubject'], single: 'each', lists: 'set', severity: 'S2', deletion: 'S2',
    elements: { identifier: 'union' }, keys: { member: ['entity'] },
  },
  { name: 'trail', types: ['AuditEvent', 'Provenance'], single: 'guard', severity: 'S2', deletion: 'S2', exact: true },
  {
    name: 'node', single: 'each', severity: 'S2', deletion: 'S2', exact: true,
    types: ['Basic', 'Bundle', 'Linkage', 'MessageHeader', 'OperationOutcome', 'Parameters', 'Subscription', 'VerificationResult'],
  },
];

/** Of any type, where a head tells whether to resuscitate. */
export const RESUSCITATION_ROW: PolicyRow = {
  name: 'resuscitation',
  types: [],
  single: 'guard',
  severity: 'S1',
  deletion: 'S1',
  exact: true,
  lead: leads.resuscitation,
};

const rows: ReadonlyMap<string, PolicyRow> = new Map(
  POLICY_TABLE.flatMap((row) => row.types.map((type): [string, PolicyRow] => [type, row])),
);

/** Undefined for what is no resource type of R4. */
export const policyOf = (type: string): PolicyRow | undefined => rows.get(type);
