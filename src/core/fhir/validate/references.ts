// What a Reference points at, as far as the reference itself says (http://hl7.org/fhir/R4/references.html).
//
//   1  Nothing is looked up outside the resource (and its Bundle): a reference may dangle, but its type may not be wrong.
//   2  A type is inferred only where the text is certain to name one: `Type/id` at the end with a type of R4.
import type { JsonObject } from '../../base/json-types.ts';
import { definitions } from '../definitions/r4.ts';
import { REFERENCES_PAGE } from './explain.ts';
import type { Walk } from './walk.ts';

const RESOURCE_TYPES: ReadonlySet<string> = new Set(definitions.resourceTypes);
const TYPE_URL = 'http://hl7.org/fhir/StructureDefinition/';
const LITERAL = /(?:^|\/)([A-Z][A-Za-z]{2,63})\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?$/;
const CONDITIONAL = /^([A-Z][A-Za-z]{2,63})\?/;
/** `Type/something` without a scheme: meant as a relative reference. */
const RELATIVE = /^[A-Za-z]+\/[^/?#]*$/;

/** The resource type that a literal reference names or leads to; undefined where that cannot be said. */
export function typeOfReference(reference: string, walk: Walk): string | undefined {
  if (reference.startsWith('#')) {
    if (reference === '#') return walk.container?.resource.resourceType;
    return walk.container?.contained.get(reference.slice(1));
  }
  const inBundle = walk.fullUrls?.get(reference);
  if (inBundle !== undefined) return inBundle;
  const type = (LITERAL.exec(reference) ?? CONDITIONAL.exec(reference))?.[1];
  return type !== undefined && RESOURCE_TYPES.has(type) ? type : undefined;
}

/** Checks that hold for every Reference, whatever element it stands in. */
export function checkReference(value: JsonObject, walk: Walk): void {
  const reference = value['reference'];
  if (typeof reference !== 'string') return;
  if (reference.startsWith('#')) {
    if (reference !== '#' && walk.container !== undefined && !walk.container.contained.has(reference.slice(1)))
      walk.add(
        'error',
        'ref-1',
        'invariant',
        'A reference that starts with # must name the id of a contained resource. Contain the resource or correct the id.',
        REFERENCES_PAGE,
      );
    walk.container?.fragments.add(reference);
    return;
  }
  if (RELATIVE.test(reference)) {
    const type = LITERAL.exec(reference)?.[1];
    if (type === undefined || !RESOURCE_TYPES.has(type)) walk.fault('reference-form', '', REFERENCES_PAGE, 'reference');
  }
}

/** Refuses a reference whose type, said or named by its url, is none of `targets` (undefined: any). */
export function checkTargets(value: JsonObject, targets: ReadonlySet<string> | undefined, walk: Walk): void {
  const reference = value['reference'];
  const named = typeof reference === 'string' ? typeOfReference(reference, walk) : undefined;
  const typeText = value['type'];
  let said = typeof typeText === 'string' ? typeText : undefined;
  if (said?.startsWith(TYPE_URL) === true) said = said.slice(TYPE_URL.length);
  if (said !== undefined && named !== undefined && said !== named)
    walk.fault('reference-type', '', REFERENCES_PAGE, 'type');
  if (targets === undefined) return;
  const type = named ?? (said !== undefined && RESOURCE_TYPES.has(said) ? said : undefined);
  if (type !== undefined && !targets.has(type))
    walk.fault('reference-target', [...targets].join(', '), REFERENCES_PAGE);
}
