// The codes that Holdfast itself reads. Never renamed: records and tokens hold them.

const BASE = 'https://holdfast.example/fhir';

/** Of PractitionerRole.code: which of `ROLES` the person has. */
export const ROLE_SYSTEM = `${BASE}/CodeSystem/role`;
/** Of PractitionerRole.code beside a role: may enrol staff, re-confirm them and clear break-glass reviews at the site. */
export const SUPERVISOR_CODE = 'supervisor';

/** Of meta.security: what no client ever sees. */
export const SECURITY_SYSTEM = `${BASE}/CodeSystem/security`;
/** On resources that hold credentials (accounts). */
export const CREDENTIAL_LABEL = `${SECURITY_SYSTEM}|credential`;
/** On entries of the register of nodes, beside the other: nodes of every tier may have them. */
export const NODE_LABEL = `${SECURITY_SYSTEM}|node-register`;
/** On the batches of the audit trail; what is in them is read as AuditEvents. */
export const AUDIT_BATCH_LABEL = `${SECURITY_SYSTEM}|audit-batch`;
/** Hidden from everyone that comes by the API, the service of the node itself included. */
export const NEVER_SEEN: readonly string[] = [CREDENTIAL_LABEL, AUDIT_BATCH_LABEL];

/** On the Device of a ward's device: a Location whose patients it keeps. It says so of itself alone. */
export const KEEPS_WARD_EXTENSION = `${BASE}/StructureDefinition/keeps-ward`;

/** Of Task.code and Flag.code: emergency access. */
export const ACCESS_SYSTEM = `${BASE}/CodeSystem/access`;
export const BREAK_GLASS_CODE = 'break-glass';

/** Of Basic.code: an account. */
export const ACCOUNT_SYSTEM = `${BASE}/CodeSystem/account`;
/** Of identifiers: a user name. */
export const USER_NAME_SYSTEM = `${BASE}/user-name`;

/** http://terminology.hl7.org/CodeSystem/v3-Confidentiality */
export const CONFIDENTIALITY_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
/** http://terminology.hl7.org/CodeSystem/v3-ActCode */
export const ACT_CODE_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
