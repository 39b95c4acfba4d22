// Every resource type of R4 in one class of data, by what it tells and who has to do with it. Rights are given by class.
//
//   AC1  Every type is in exactly one class.

// prettier-ignore
// oxfmt-ignore
export const DATA_CLASSES = {
  /** Who a patient is, and how to reach them. */
  identity: ['Patient', 'Person', 'RelatedPerson'],
  alert: ['Flag'],
  allergy: ['AllergyIntolerance'],
  prescription: ['MedicationRequest'],
  administration: ['MedicationAdministration'],
  dispense: ['MedicationDispense'],
  /** What else is known of a patient's medicines. */
  medication: ['DetectedIssue', 'Immunization', 'ImmunizationEvaluation', 'ImmunizationRecommendation', 'MedicationStatement'],
  order: ['DeviceRequest', 'NutritionOrder', 'RequestGroup', 'ServiceRequest', 'SupplyDelivery', 'SupplyRequest', 'VisionPrescription'],
  observation: ['Observation'],
  specimen: ['Specimen'],
  report: ['DiagnosticReport', 'MolecularSequence'],
  imaging: ['ImagingStudy', 'Media'],
  note: ['Composition', 'DocumentManifest', 'DocumentReference', 'List'],
  /** Files: their compartment is that of their securityContext. */
  binary: ['Binary'],
  form: ['QuestionnaireResponse'],
  problem: [
    'AdverseEvent', 'BodyStructure', 'CarePlan', 'ClinicalImpression', 'Condition', 'DeviceUseStatement', 'FamilyMemberHistory', 'Goal',
    'GuidanceResponse', 'Procedure', 'RiskAssessment',
  ],
  /** Who is where, and looked after by whom: reach follows from it. */
  encounter: ['CareTeam', 'Encounter', 'EpisodeOfCare'],
  appointment: ['Appointment', 'AppointmentResponse'],
  calendar: ['Schedule', 'Slot'],
  task: ['Communication', 'CommunicationRequest', 'Task'],
  consent: ['Consent', 'Contract'],
  coverage: ['Coverage', 'CoverageEligibilityRequest', 'CoverageEligibilityResponse', 'EnrollmentRequest', 'EnrollmentResponse', 'InsurancePlan'],
  billing: [
    'Account', 'ChargeItem', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit', 'Invoice', 'PaymentNotice', 'PaymentReconciliation',
  ],
  /** Rights follow from it. */
  staff: ['Practitioner', 'PractitionerRole'],
  place: ['Endpoint', 'HealthcareService', 'Location', 'Organization', 'OrganizationAffiliation'],
  device: ['BiologicallyDerivedProduct', 'Device', 'DeviceMetric'],
  knowledge: [
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
  provenance: ['Provenance'],
  audit: ['AuditEvent'],
  /** Lists and counts of many patients. */
  research: ['Group', 'MeasureReport', 'ResearchStudy', 'ResearchSubject'],
  /** What holds anything at all, or steers the node. */
  system: ['Basic', 'Bundle', 'Linkage', 'MessageHeader', 'OperationOutcome', 'Parameters', 'Subscription', 'VerificationResult'],
} as const;

export type DataClass = keyof typeof DATA_CLASSES;

const isDataClass = (name: string): name is DataClass => Object.hasOwn(DATA_CLASSES, name);
export const CLASS_NAMES: readonly DataClass[] = Object.keys(DATA_CLASSES).filter(isDataClass);

const classes: ReadonlyMap<string, DataClass> = new Map(
  CLASS_NAMES.flatMap((name) => DATA_CLASSES[name].map((type): [string, DataClass] => [type, name])),
);

/** Undefined for what is no resource type of R4. */
export const classOf = (type: string): DataClass | undefined => classes.get(type);

/** Classes whose types tell nothing of a patient: no compartment limits who may see them. */
export const OF_NO_PATIENT: ReadonlySet<DataClass> = new Set(['calendar', 'device', 'knowledge', 'place', 'staff']);
