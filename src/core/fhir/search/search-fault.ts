// Refusals of a search, as faults that name the parameter and never its value.
import type { Fault, IssueType } from '../fault.ts';

const NAME = /^[A-Za-z0-9_:.*-]{1,120}$/u;

/** A parameter's name as it may be told: a client could have put anything there, a patient's name included. */
export const safeName = (name: string): string => (NAME.test(name) ? name : 'a parameter');

/** `message` goes on after the parameter's name: "birthdate has a value that is not a date." */
export function searchFault(type: IssueType, name: string, rule: string, message: string, anchor: string): Fault {
  return {
    severity: 'error',
    type,
    path: safeName(name),
    rule,
    message: `The search parameter ${safeName(name)} ${message}.`,
    spec: `http://hl7.org/fhir/R4/search.html#${anchor}`,
  };
}
