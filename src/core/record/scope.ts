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
const DEMOGRAPHIC: ReadonlySet<string> = new Set(['AllergyIntolerance', 'Flag', 'Patient']);
export const DEMOGRAPHICS = 'demog';

export const patientScope = (id: string): string => `pat/${id}`;
/** Of what only the node itself, and those above it, may have. `install` is the node's name. */
export const nodeScope = (install: string): string => `site/${install}`;
/** The name of the node that an origin is of. */
export const installOf = (origin: string): string => origin.slice(0, Math.max(0, origin.indexOf('.')));

/** Rule EV10 of `specs/envelope.md`. `home` is the home compartment: `Patient/123`, or '' for resources of no patient. */
export function scopeOf(type: string, home: string): readonly string[] {
  if (home.startsWith('Patient/')) {
    const patient = patientScope(home.slice('Patient/'.length));
    return DEMOGRAPHIC.has(type) ? [DEMOGRAPHICS, patient] : [patient];
  }
  return CATALOGUE.has(type) ? [`cat/${type}`] : [];
}

/** The home compartment that a scope stands for. */
export function homeOfScope(scope: readonly string[]): string {
  const patient = scope.find((key) => key.startsWith('pat/'));
  return patient === undefined ? '' : `Patient/${patient.slice('pat/'.length)}`;
}
