// The words and pages that go with each rule of ours. No value of a resource ever enters a message (FV7): what is named
// are types, elements and formats of the standard.
import type { IssueType } from '../fault.ts';

/** The rules of the validator itself; invariants of the standard have their own keys (`per-1`). */
export type RuleName = keyof typeof RULES;

interface Explanation {
  readonly type: IssueType;
  /** `%` stands for what the rule is about: a type, an element's name, a list of targets. */
  readonly message: string;
}

const RULES = {
  'resource-type': {
    type: 'structure',
    message:
      'This is not an R4 resource: resourceType must name one of the 146 types. Send a JSON object with such a type.',
  },
  'resource-not-here': {
    type: 'structure',
    message: 'Only a resource of type % may stand here. Send one of that type.',
  },
  'unknown-element': {
    type: 'structure',
    message: 'R4 has no such element in %. Remove it, correct its name, or use an extension.',
  },
  'json-type': { type: 'structure', message: 'This must be % in JSON. Send the value in that form.' },
  'json-array': { type: 'structure', message: '% may repeat, so it must be a JSON array. Put the value in [ ].' },
  'json-not-array': {
    type: 'structure',
    message: '% may stand once only, so it must not be a JSON array. Send one value without [ ].',
  },
  'json-null': {
    type: 'structure',
    message:
      'null may stand only in an array of primitives whose _% has an object at the same place. Leave the element out.',
  },
  'json-empty': {
    type: 'structure',
    message: 'Empty strings, arrays and objects say nothing and are not allowed. Leave the element out.',
  },
  'json-extra': {
    type: 'structure',
    message: '_% must run beside % : an object with id or extension, or an array of them and nulls of the same length.',
  },
  'cardinality-min': {
    type: 'required',
    message: '% is required here. Add it, or an extension that says why it is absent.',
  },
  'cardinality-max': { type: 'structure', message: '% stands more often than R4 allows. Remove the surplus.' },
  'choice-one': { type: 'structure', message: '%[x] may have one type only. Keep one of them.' },
  'format-boolean': { type: 'value', message: 'A boolean is true or false without quotes. Correct the value.' },
  'format-integer': {
    type: 'value',
    message: 'An integer is a whole number from -2147483648 to 2147483647, written without point, exponent or quotes.',
  },
  'format-unsignedInt': {
    type: 'value',
    message: 'An unsignedInt is a whole number from 0 to 2147483647. Correct the value.',
  },
  'format-positiveInt': {
    type: 'value',
    message: 'A positiveInt is a whole number from 1 to 2147483647. Correct the value.',
  },
  'format-decimal': { type: 'value', message: 'A decimal is a JSON number. Correct the value.' },
  'format-string': {
    type: 'value',
    message: 'A string holds at most 1 MB and no control characters but tab, CR and LF.',
  },
  'format-markdown': {
    type: 'value',
    message: 'Markdown holds at most 1 MB and no control characters but tab, CR and LF.',
  },
  'format-code': {
    type: 'value',
    message: 'A code has no blanks at its ends and none but single ones inside. Trim it.',
  },
  'format-id': { type: 'value', message: 'An id is 1 to 64 letters A-Z a-z, digits, - and . Choose such an id.' },
  'format-uri': {
    type: 'value',
    message: 'A uri has no blanks; urn:oid: and urn:uuid: must be followed by a well-formed OID or UUID. Correct it.',
  },
  'format-url': { type: 'value', message: 'A url has no blanks. Correct it.' },
  'format-canonical': {
    type: 'value',
    message: 'A canonical is a uri without blanks, if need be with |version. Correct it.',
  },
  'format-oid': { type: 'value', message: 'An oid is urn:oid: and a well-formed OID. Correct it.' },
  'format-uuid': { type: 'value', message: 'A uuid is urn:uuid: and a UUID in lower case. Correct it.' },
  'format-base64Binary': {
    type: 'value',
    message: 'Base64 is groups of four letters, digits, + and /, padded with = at the end. Encode it again.',
  },
  'format-date': {
    type: 'value',
    message: 'A date is YYYY, YYYY-MM or YYYY-MM-DD and stands in the calendar. Correct it.',
  },
  'format-dateTime': {
    type: 'value',
    message: 'A dateTime is a date of the calendar, or one with hh:mm:ss and a time zone (Z or +hh:mm). Correct it.',
  },
  'format-instant': {
    type: 'value',
    message: 'An instant is YYYY-MM-DDThh:mm:ss with a time zone (Z or +hh:mm), to the second at least. Correct it.',
  },
  'format-time': { type: 'value', message: 'A time is hh:mm:ss, from 00:00:00 to 23:59:59, without zone. Correct it.' },
  'format-xhtml': {
    type: 'value',
    message: 'A narrative is one well-formed XHTML div: quoted attributes, closed tags, escaped & and <. Correct it.',
  },
  'binding-required': {
    type: 'code-invalid',
    message: 'The code is none of the value set % , which is required here. Use one of its codes.',
  },
  'reference-target': { type: 'value', message: 'This may refer to % only. Refer to such a resource.' },
  'reference-type': {
    type: 'value',
    message: 'The type that the reference says and the type that its url names differ. Correct one of them.',
  },
  'reference-form': {
    type: 'value',
    message: 'A relative reference is Type/id with a type of R4 and an id of its form. Correct it.',
  },
  'contained-id': {
    type: 'invariant',
    message: 'A contained resource must have an id that is its own within the container. Give it one.',
  },
  'attachment-size': { type: 'value', message: 'The stated size is not that of the data. Correct or remove it.' },
  'expression-syntax': {
    type: 'value',
    message: 'The expression says that it is FHIRPath and cannot be read as such. Correct it.',
  },
  'bundle-fullurl': {
    type: 'value',
    message: 'In a document every fullUrl is absolute. Give the entry an absolute one.',
  },
  'bundle-search': {
    type: 'invariant',
    message:
      'In a searchset a match has an id, and an entry of mode outcome is an OperationOutcome. Correct the entry.',
  },
  'search-base': { type: 'value', message: 'The expression starts at none of the types in base. Make the two agree.' },
  'concept-property': {
    type: 'invariant',
    message:
      'A concept property is defined once, with the type that R4 gives it, and used with that type. Make them agree.',
  },
  'value-set-filter': { type: 'value', message: "The filter's value does not fit its property. Correct it." },
  'element-path': {
    type: 'value',
    message: 'An element of the differential has a path that its type does not have. Correct the path.',
  },
  'extension-url': {
    type: 'value',
    message: "An extension's url must be absolute (it may be relative inside another one). Correct it.",
  },
  'too-deep': { type: 'too-costly', message: 'The resource is nested too deeply to be checked. Flatten it.' },
  'too-many-faults': {
    type: 'too-costly',
    message: 'There are more faults than are listed here. Mend these and send it again.',
  },
} as const satisfies Record<string, Explanation>;

/** The kind and the sentence for a rule of ours. `about` is a name of the standard, never a value. */
export function explain(rule: RuleName, about: string): Explanation {
  const { type, message } = RULES[rule];
  return { type, message: message.replaceAll('%', about) };
}

/** The rule for a malformed value of a primitive type. */
export function formatRule(type: string): RuleName {
  const rule = `format-${type}`;
  return rule in RULES ? (rule as RuleName) : 'json-type';
}

const R4 = 'http://hl7.org/fhir/R4';
const METADATA_TYPES: ReadonlySet<string> = new Set(
  'ContactDetail Contributor DataRequirement Expression ParameterDefinition RelatedArtifact TriggerDefinition UsageContext'.split(
    ' ',
  ),
);
const PAGES: ReadonlyMap<string, string> = new Map([
  ['Extension', 'extensibility.html#Extension'],
  ['Reference', 'references.html#Reference'],
  ['Narrative', 'narrative.html#Narrative'],
  ['xhtml', 'narrative.html#xhtml'],
  ['Meta', 'resource.html#Meta'],
  ['Dosage', 'dosage.html#Dosage'],
  ['ElementDefinition', 'elementdefinition.html'],
  ['Element', 'element.html'],
  ['BackboneElement', 'backboneelement.html'],
  ['MarketingStatus', 'marketingstatus.html'],
  ['Population', 'population.html'],
  ['ProdCharacteristic', 'prodcharacteristic.html'],
  ['ProductShelfLife', 'productshelflife.html'],
  ['SubstanceAmount', 'substanceamount.html'],
]);

/** The page of the standard about a type: `Patient.contact` → …/patient.html, `Period` → …/datatypes.html#Period. */
export function specPage(type: string, isResource: boolean): string {
  const root = type.split('.', 1)[0] ?? type;
  if (isResource) return `${R4}/${root.toLowerCase()}.html`;
  const page = PAGES.get(root);
  if (page !== undefined) return `${R4}/${page}`;
  return METADATA_TYPES.has(root) ? `${R4}/metadatatypes.html#${root}` : `${R4}/datatypes.html#${root}`;
}

export const JSON_PAGE = `${R4}/json.html`;
export const REFERENCES_PAGE = `${R4}/references.html`;
