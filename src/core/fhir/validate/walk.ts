// Where the validator stands and what it has found: one Walk a call.
//
//   1  The path is kept as two stacks and turned into text only for a fault, so valid input allocates nothing.
//   2  The list of faults is bounded; the last one says so.
//   3  Nothing here looks at the names or values of the input but the path's own element names.
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';
import type { Fault, IssueType } from '../fault.ts';
import { explain, type RuleName } from './explain.ts';

export const FAULTS_MAX = 200;
/** Elements inside elements. R4's own types need about 10; Questionnaire items and extensions may nest. */
export const DEPTH_MAX = 128;

/** What is known of the resource that is not contained in another one. */
export interface Container {
  readonly resource: ResourceJson;
  /** Contained resources' types by their id. */
  readonly contained: ReadonlyMap<string, string>;
  /** Every `#…` that a reference, uri, url or canonical of the container holds. */
  readonly fragments: Set<string>;
}

/** Checks a resource inside another one; `only` narrows its type ('Resource': any). Given, as files may not import in a circle. */
export type VisitResource = (value: JsonValue, walk: Walk, role: 'root' | 'inner' | 'contained', only: string) => void;

interface WalkOptions {
  readonly without?: readonly string[];
  readonly bestPractice?: boolean;
  readonly now?: number;
}

export class Walk {
  readonly visitResource: VisitResource;
  readonly faults: Fault[] = [];
  readonly without: ReadonlySet<string> | undefined;
  readonly bestPractice: boolean;
  readonly now: number | undefined;
  /** `%resource`: the innermost resource. */
  resource: ResourceJson;
  container: Container | undefined;
  /** Types of a Bundle's entries by their fullUrl, innermost Bundle. */
  fullUrls: ReadonlyMap<string, string> | undefined;
  private overflow = false;
  private readonly names: string[] = [];
  private readonly indexes: number[] = [];
  depth = 0;

  constructor(root: ResourceJson, visitResource: VisitResource, options: WalkOptions) {
    this.resource = root;
    this.visitResource = visitResource;
    this.without = options.without === undefined ? undefined : new Set(options.without);
    this.bestPractice = options.bestPractice === true;
    this.now = options.now;
  }

  enter(name: string, index: number): void {
    this.names[this.depth] = name;
    this.indexes[this.depth] = index;
    this.depth++;
  }

  leave(): void {
    this.depth--;
  }

  /** True where the walk stands at an extension of an extension. */
  isInsideExtension(): boolean {
    const owner = this.names[this.depth - 2];
    return owner === 'extension' || owner === 'modifierExtension';
  }

  /** The path here, and `name` (with `index` unless it is -1) below it. */
  path(name = '', index = -1): string {
    let text = '';
    for (let at = 0; at < this.depth; at++) text += segment(this.names[at] ?? '', this.indexes[at] ?? -1, at > 0);
    return name === '' ? text : text + segment(name, index, this.depth > 0);
  }

  /** A rule of ours is broken at `name` below here ('' for here). */
  fault(rule: RuleName, about: string, spec: string, name = '', index = -1): void {
    const { type, message } = explain(rule, about);
    this.add('error', rule, type, message, spec, name, index);
  }

  add(
    severity: Fault['severity'],
    rule: string,
    type: IssueType,
    message: string,
    spec: string,
    name = '',
    index = -1,
  ): void {
    if (this.without?.has(rule) === true) return;
    if (this.faults.length < FAULTS_MAX) {
      this.faults.push({ severity, type, path: this.path(name, index), rule, message, spec });
    } else if (!this.overflow) {
      this.overflow = true;
      const more = explain('too-many-faults', '');
      this.faults.push({
        severity: 'error',
        type: more.type,
        path: this.path(),
        rule: 'too-many-faults',
        message: more.message,
        spec,
      });
    }
  }
}

function segment(name: string, index: number, dot: boolean): string {
  return (dot ? '.' : '') + name + (index < 0 ? '' : `[${index}]`);
}

/** True where `value` is a JSON object (and no array, null or number kept as text). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
