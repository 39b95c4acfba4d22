// The name of an element for people, where there is one; the FHIR name else.
import { useTexts } from '../../texts/use-texts.ts';
import { elementTexts } from './element-texts.ts';

const KNOWN = elementTexts.byLanguage.en;
const isKnown = (name: string): name is keyof typeof KNOWN & string => Object.hasOwn(KNOWN, name);

export function useElementName(): (element: string) => string {
  const t = useTexts(elementTexts);
  // The keys are the FHIR names; none of them has a plural.
  return (element) => (isKnown(element) ? t(element as Parameters<typeof t>[0]) : element);
}
