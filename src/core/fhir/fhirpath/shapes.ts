// What FHIRPath needs to know of types, built once per type from the definitions.
//
//   1  A choice element (`value[x]`) is one member, `value`, that stands under as many JSON names as it has types.
//   2  A primitive's id and extensions stand beside it, under its JSON name with `_`.
//   3  Types are compared by the chain of what they specialise: code is a string, Age a Quantity, Patient a Resource.
import { definitions } from '../definitions/r4.ts';

/** The System type (http://hl7.org/fhirpath/N1/#literals) that a primitive or Quantity turns into where one is needed. */
export type SystemClass = 'Boolean' | 'String' | 'Integer' | 'Decimal' | 'Date' | 'DateTime' | 'Time' | 'Quantity';

/** One JSON name of a member: `valueQuantity`. */
export interface Slot {
  readonly key: string;
  readonly extraKey: string;
  /** Undefined for `Resource`: the value itself says what it is. */
  readonly shape: Shape | undefined;
}
export interface Member {
  readonly name: string;
  /** May it repeat, and so stand in a JSON array? */
  readonly list: boolean;
  readonly slots: readonly Slot[];
  /** Of a choice with many types, by JSON name. */
  readonly byKey: ReadonlyMap<string, Slot>;
}

const classes: ReadonlyMap<string, SystemClass> = new Map<string, SystemClass>([
  ['boolean', 'Boolean'],
  ['string', 'String'],
  ['uri', 'String'],
  ['base64Binary', 'String'],
  ['xhtml', 'String'],
  ['integer', 'Integer'],
  ['decimal', 'Decimal'],
  ['date', 'Date'],
  ['dateTime', 'DateTime'],
  ['instant', 'DateTime'],
  ['time', 'Time'],
  ['Quantity', 'Quantity'],
]);

export class Shape {
  /** `HumanName`, `Patient.contact`, `System.Boolean`. */
  readonly name: string;
  readonly namespace: 'FHIR' | 'System';
  readonly base: Shape | undefined;
  readonly isPrimitive: boolean;
  readonly isResource: boolean;
  readonly systemClass: SystemClass | undefined;
  private membersByName: ReadonlyMap<string, Member> | undefined;
  private slotsByKey: ReadonlyMap<string, readonly [Member, Slot]> | undefined;

  constructor(
    name: string,
    kind: 'resource' | 'complex' | 'backbone' | 'primitive' | 'system',
    base: Shape | undefined,
  ) {
    this.name = name;
    this.namespace = kind === 'system' ? 'System' : 'FHIR';
    this.base = base;
    this.isPrimitive = kind === 'primitive';
    this.isResource = kind === 'resource';
    const own = kind === 'system' ? (name.slice('System.'.length) as SystemClass) : classes.get(name);
    this.systemClass = own ?? base?.systemClass;
  }

  /** The member of that name; undefined when the type has none. */
  member(name: string): Member | undefined {
    return this.members().get(name);
  }

  /** The member and slot under a JSON name (`valueQuantity`). */
  slot(key: string): readonly [Member, Slot] | undefined {
    if (this.slotsByKey === undefined) {
      const found = new Map<string, readonly [Member, Slot]>();
      for (const member of this.members().values())
        for (const slot of member.slots) found.set(slot.key, [member, slot]);
      this.slotsByKey = found;
    }
    return this.slotsByKey.get(key);
  }

  members(): ReadonlyMap<string, Member> {
    this.membersByName ??= buildMembers(this.name);
    return this.membersByName;
  }

  /** Is it `other`, or does it specialise it? */
  isA(other: Shape): boolean {
    return this === other || (this.base?.isA(other) ?? false);
  }
}

function buildMembers(typeName: string): ReadonlyMap<string, Member> {
  const found = new Map<string, Member>();
  if (typeName === typeInfoName) for (const name of ['namespace', 'name']) found.set(name, plainMember(name));
  for (const element of definitions.type(typeName)?.elements ?? []) {
    const slots: Slot[] = [];
    for (const { code } of element.types) {
      const key = element.choice ? element.name + code.charAt(0).toUpperCase() + code.slice(1) : element.name;
      slots.push({ key, extraKey: `_${key}`, shape: code === 'Resource' ? undefined : shapeOf(code) });
    }
    const byKey = new Map(slots.map((slot) => [slot.key, slot]));
    found.set(element.name, { name: element.name, list: element.max > 1, slots, byKey });
  }
  return found;
}

const typeInfoName = 'System.TypeInfo';
function plainMember(name: string): Member {
  const slot: Slot = { key: name, extraKey: `_${name}`, shape: systemShapes.String };
  return { name, list: false, slots: [slot], byKey: new Map([[name, slot]]) };
}

const shapes = new Map<string, Shape>();

/** The shape of a FHIR type by name; undefined when R4 has no such type. */
export function shapeOf(name: string): Shape | undefined {
  const known = shapes.get(name);
  if (known !== undefined) return known;
  const type = definitions.type(name);
  if (type === undefined) return undefined;
  const base = type.base === undefined ? undefined : shapeOf(type.base);
  const shape = new Shape(name, type.kind, base);
  shapes.set(name, shape);
  return shape;
}

/** A name of the System namespace that System does not have: nothing is of that type. */
const absentShape: Shape = new Shape('absent', 'complex', undefined);

/** What stands where R4 knows no type: a member that a patch builds, an unknown resourceType. It has no members. */
export const unknownShape: Shape = new Shape('unknown', 'complex', undefined);

/** A System.Quantity is a FHIR Quantity too (http://hl7.org/fhir/R4/fhirpath.html#quantity); the others are kept apart. */
const system = (name: SystemClass): Shape =>
  new Shape(`System.${name}`, 'system', name === 'Quantity' ? shapeOf('Quantity') : undefined);
export const systemShapes: Readonly<Record<SystemClass, Shape>> = {
  Boolean: system('Boolean'),
  String: system('String'),
  Integer: system('Integer'),
  Decimal: system('Decimal'),
  Date: system('Date'),
  DateTime: system('DateTime'),
  Time: system('Time'),
  Quantity: system('Quantity'),
};
/** The answer of `type()`. */
export const typeInfoShape: Shape = new Shape(typeInfoName, 'system', undefined);

/** The shape that a type specifier names: FHIR before System (http://hl7.org/fhir/R4/fhirpath.html); undefined when none. */
export function namedShape(namespace: string | undefined, name: string): Shape | undefined {
  const isSystem = Object.hasOwn(systemShapes, name);
  if (namespace === 'System') return isSystem ? systemShapes[name as SystemClass] : absentShape;
  if (namespace !== undefined && namespace !== 'FHIR') return undefined;
  const fhir = shapeOf(name === 'SimpleQuantity' || name === 'MoneyQuantity' ? 'Quantity' : name);
  if (fhir !== undefined || namespace === 'FHIR' || !isSystem) return fhir;
  return systemShapes[name as SystemClass];
}

/** The shape of a resource by what it says of itself. */
export function resourceShape(value: unknown): Shape {
  if (typeof value !== 'object' || value === null || !('resourceType' in value)) return unknownShape;
  const { resourceType } = value;
  return (typeof resourceType === 'string' ? shapeOf(resourceType) : undefined) ?? unknownShape;
}
