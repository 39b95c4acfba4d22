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

/** Rule EV10 of `specs/envelope.md`. `home` is the home compartment: `Patient/123`, or '' for resources of no patient. */
export function scopeOf(type: string, home: string): readonly string[] {
  if (home.startsWith('Patient/')) return [`pat/${home.slice('Patient/'.length)}`];
  return CATALOGUE.has(type) ? [`cat/${type}`] : [];
}

/** The home compartment that a scope stands for. */
export function homeOfScope(scope: readonly string[]): string {
  const patient = scope.find((key) => key.startsWith('pat/'));
  return patient === undefined ? '' : `Patient/${patient.slice('pat/'.length)}`;
}
