// Whether a resource that is about to be written is valid FHIR R4, by the product's own validator.
import type { JsonObject } from '../../base/json-types.ts';
import { validateResource } from '../../fhir/validate/validate.ts';

/** What is wrong with it; [] for nothing. */
export const validatorFor = (body: JsonObject): readonly string[] =>
  validateResource(JSON.parse(JSON.stringify(body)))
    .filter(({ severity }) => severity === 'error')
    .map((fault) => JSON.stringify(fault));
