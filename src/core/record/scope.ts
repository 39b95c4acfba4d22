// Scope keys: which part of the record a revision belongs to, fixed when it is authored. Replication sends by them.

/** Definitional resources: http://hl7.org/fhir/R4/resourcelist.html, "Foundation" and "Specialized". */
const CATALOGUE: ReadonlySet<string> = new Set([
  'ActivityDefinition',
  'CapabilityStatement',
  'ChargeItemDefinition',
  'CodeSystem',
  'CompartmentDefinition',
  'ConceptMap',
  'EventDefinition',
  'GraphDefinition',
  'ImplementationGuide',
  'Library',
  'Measure',
  'MedicationKnowledge',
  'MessageDefinition',
  'NamingSystem',
  'ObservationDefinition',
  'OperationDefinition',
  'PlanDefinition',
  'Questionnaire',
  'ResearchDefinition',
  'ResearchElementDefinition',
  'SearchParameter',
  'SpecimenDefinition',
  'StructureDefinition',
  'StructureMap',
  'TerminologyCapabilities',
  'TestScript',
  'ValueSet',
]);

/** Who a patient is, and what must never be missed: kept of every patient at every site (CR2, CR4). */
export const DEMOGRAPHIC_TYPES: readonly string[] = ['AllergyIntolerance', 'Flag', 'Patient'];
export const DEMOGRAPHICS = 'demog';
/** Accounts: every site lets people in while it is cut off; no device carries verifiers of passwords about. */
export const CREDENTIALS = 'cred';
/** `system|code` of meta.security on what holds credentials (`CREDENTIAL_LABEL` of core/access). */
const CREDENTIAL_LABEL = 'https://holdfast.example/fhir/CodeSystem/security|credential';
/** Of the register of nodes, which devices need, to know each other: beside `cred`. */
export const NODES = 'nodes';
const NODE_LABEL = 'https://holdfast.example/fhir/CodeSystem/security|node-register';
/** The keys of definitional resources, ascending. */
export const CATALOGUE_SCOPES: readonly string[] = [...CATALOGUE].toSorted().map((type) => `cat/${type}`);

export const patientScope = (id: string): string => `pat/${id}`;
/** Of what only the node itself, and those above it, may have. `install` is the node's name. */
export const nodeScope = (install: string): string => `site/${install}`;
/** The name of the node that an origin is of. */
export const installOf = (origin: string): string => origin.slice(0, Math.max(0, origin.indexOf('.')));

/**
 * Rule EV10 of `specs/envelope.md`. `home` is the home compartment: `Patient/123`, or '' for resources of no patient; `labels` are
 * `system|code` of meta.security.
 */
export function scopeOf(type: string, home: string, labels?: ReadonlySet<string>): readonly string[] {
  if (home.startsWith('Patient/')) {
    const patient = patientScope(home.slice('Patient/'.length));
    return DEMOGRAPHIC_TYPES.includes(type) ? [DEMOGRAPHICS, patient] : [patient];
  }
  if (CATALOGUE.has(type)) return [`cat/${type}`];
  if (labels?.has(NODE_LABEL) === true) return [CREDENTIALS, NODES];
  return labels?.has(CREDENTIAL_LABEL) === true ? [CREDENTIALS] : [];
}

/** The home compartment that a scope stands for. */
export function homeOfScope(scope: readonly string[]): string {
  const patient = scope.find((key) => key.startsWith('pat/'));
  return patient === undefined ? '' : `Patient/${patient.slice('pat/'.length)}`;
}
