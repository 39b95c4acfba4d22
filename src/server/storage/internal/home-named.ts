// The compartment that a search is about, where its words name one.
import { homeParams } from '../../../core/fhir/compartment.ts';
import type { Criterion, SearchQuery } from '../../../core/fhir/search/query.ts';

export interface NamedHome {
  /** `Patient/1`. */
  readonly home: string;
  /** Every match has this home, or a sibling of what is shown has. */
  readonly isOnly: boolean;
}

/** Undefined: the search is about no patient, or about several. */
export function homeNamed({ types, where }: Pick<SearchQuery, 'types' | 'where'>): NamedHome | undefined {
  const [type] = types;
  const only = types.length === 1 ? type : undefined;
  const named = where.map((criterion) => named1(criterion, only)).filter((each) => each !== undefined);
  return named.find(({ isOnly }) => isOnly) ?? named[0];
}

function named1(criterion: Criterion, type: string | undefined): NamedHome | undefined {
  switch (criterion.kind) {
    case 'compartment':
      return criterion.type === 'Patient' ? { home: `Patient/${criterion.id}`, isOnly: false } : undefined;
    case 'id': {
      const [id] = criterion.ids;
      const isOne = type === 'Patient' && criterion.not !== true && criterion.ids.length === 1 && id !== undefined;
      return isOne ? { home: `Patient/${id}`, isOnly: true } : undefined;
    }
    case 'param': {
      const [value] = criterion.values;
      if (criterion.type !== 'reference' || criterion.modifier !== undefined || criterion.values.length !== 1)
        return undefined;
      if (value?.kind !== 'reference' || value.url !== undefined || value.targets.length !== 1) return undefined;
      const [target] = value.targets;
      if (target?.type !== 'Patient') return undefined;
      const isOnly = type !== undefined && homeParams(type).includes(criterion.param);
      return { home: `Patient/${target.id}`, isOnly };
    }
    default:
      return undefined;
  }
}
