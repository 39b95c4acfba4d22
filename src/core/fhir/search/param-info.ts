// What a search parameter means for one resource type, worked out once from its definition and the paths it walks.
import { assert } from '../../base/assert.ts';
import { definitions } from '../definitions/r4.ts';
import type { SearchParamDef } from '../definitions/definitions.ts';
import { branchesOf, type Branch } from './branches.ts';
import type { ParamType } from './query.ts';

export interface ParamInfo {
  readonly code: string;
  readonly type: ParamType;
  /** Of a reference: the resource types that it can point at here. */
  readonly targets: readonly string[];
  /** Undefined where the expression is more than paths. */
  readonly branches: readonly Branch[] | undefined;
  readonly expression: string;
  /** Value sets whose systems the `code` elements imply; [] where there are none. */
  readonly bindings: readonly string[];
  /** Reads `code` and `boolean` elements only, whose systems are never written down. */
  readonly systemless: boolean;
  /** Of a composite. */
  readonly components: readonly { readonly info: ParamInfo; readonly expression: string }[];
}

const NONE: ReadonlyMap<string, ParamInfo> = new Map();
const known = new Map<string, ReadonlyMap<string, ParamInfo>>();

/**
 * By code, every parameter that a search of `resourceType` may name and that reads the resource itself: not `_id`,
 * `_lastUpdated`, `_query`, nor `special` ones. `_text` and `_content` are of type `text`. Empty for an unknown type.
 */
export function paramInfos(resourceType: string): ReadonlyMap<string, ParamInfo> {
  const cached = known.get(resourceType);
  if (cached !== undefined) return cached;
  const defs = definitions.searchParams(resourceType);
  if (defs.size === 0) return NONE;
  const infos = new Map<string, ParamInfo>();
  for (const def of defs.values()) {
    if (def.code === '_text' || def.code === '_content') infos.set(def.code, textInfo(def.code));
    else if (def.type !== 'special' && !NOT_OF_CONTENT.has(def.code) && def.expression !== '') {
      infos.set(def.code, infoOf(resourceType, def, defs));
    }
  }
  known.set(resourceType, infos);
  return infos;
}

/** R4 has the expressions of this composite's components the wrong way round: `code` for the reference `relatesto`. */
const SWAPPED: ReadonlySet<string> = new Set(['http://hl7.org/fhir/SearchParameter/DocumentReference-relationship']);

const NOT_OF_CONTENT: ReadonlySet<string> = new Set(['_id', '_lastUpdated', '_query']);

const textInfo = (code: string): ParamInfo => ({
  code,
  type: 'text',
  targets: [],
  branches: [],
  expression: '',
  bindings: [],
  systemless: false,
  components: [],
});

function infoOf(resourceType: string, def: SearchParamDef, defs: ReadonlyMap<string, SearchParamDef>): ParamInfo {
  assert(def.type !== 'special', `special parameter ${def.code} has no values`);
  const branches = branchesOf(def.expression, resourceType);
  const leaves = branches ?? [];
  const codes = leaves.filter((branch) => branch.type === 'code');
  return {
    code: def.code,
    type: def.type,
    targets: def.type === 'reference' ? targetsOf(def, leaves) : [],
    branches,
    expression: def.expression,
    bindings: [...new Set(codes.flatMap((branch) => branch.binding ?? []))],
    systemless: leaves.length > 0 && leaves.every((branch) => branch.type === 'code' || branch.type === 'boolean'),
    components: (def.components ?? []).map(({ code, expression }, i, all) => {
      const component = defs.get(code);
      assert(component !== undefined && component.type !== 'composite', `component ${code} of ${def.code} is unknown`);
      const other = SWAPPED.has(def.url) ? all[1 - i] : undefined;
      return { info: infoOf(resourceType, component, defs), expression: other?.expression ?? expression };
    }),
  };
}

/** The definition's targets, narrowed to those which the elements and `resolve() is` allow. */
function targetsOf(def: SearchParamDef, branches: readonly Branch[]): readonly string[] {
  const all = def.targets ?? definitions.resourceTypes;
  if (branches.length === 0) return all;
  const open = branches.some((branch) => branch.only === undefined && branch.targets === undefined);
  const allowed = new Set(
    branches.flatMap((branch) => (branch.only === undefined ? (branch.targets ?? []) : [branch.only])),
  );
  return open ? all : all.filter((type) => allowed.has(type));
}
