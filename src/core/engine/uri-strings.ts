// Where the strings of a resource's text stand that the definitions type as uri, url, canonical, oid or uuid.
//
// The text and its parsed value are walked side by side: the text for the offsets, the value for the types of
// resources inside. Slow beside a scan, and asked for only where a scan found something.
import { parseJson } from '../base/json.ts';
import type { JsonValue } from '../base/json-types.ts';
import { definitions } from '../fhir/definitions/r4.ts';

export interface StringSpan {
  /** The opening quote, and the offset after the closing one. */
  readonly from: number;
  readonly to: number;
}

const URIS: ReadonlySet<string> = new Set(['uri', 'url', 'canonical', 'oid', 'uuid']);
const membersByType = new Map<string, ReadonlyMap<string, string>>();

/** In the order of the text; [] where it is no JSON. */
export function uriStringsOf(text: string): readonly StringSpan[] {
  const parsed = parseJson(text);
  return parsed.ok ? new Walk(text).whole(parsed.value.value) : [];
}

/** The type codes of a type's members by their names in JSON: `valueUri` is `uri`, `_url` is `Element`. */
function membersOf(type: string): ReadonlyMap<string, string> {
  const known = membersByType.get(type);
  if (known !== undefined) return known;
  const members = new Map<string, string>();
  for (const { name, choice, types } of definitions.type(type)?.elements ?? []) {
    for (const { code } of types) {
      const member = choice ? name + code.charAt(0).toUpperCase() + code.slice(1) : name;
      members.set(member, code);
      members.set(`_${member}`, 'Element');
    }
  }
  if (members.size > 0) membersByType.set(type, members);
  return members;
}

class Walk {
  private readonly text: string;
  private at = 0;
  private readonly found: StringSpan[] = [];

  constructor(text: string) {
    this.text = text;
  }

  whole(value: JsonValue): readonly StringSpan[] {
    this.value(value, 'Resource');
    return this.found;
  }

  /** The parser has been here: what stands in the text is well formed. */
  private value(value: JsonValue | undefined, type: string): void {
    this.skipTo();
    if (typeof value === 'string') {
      const from = this.at;
      this.string();
      if (URIS.has(type)) this.found.push({ from, to: this.at });
    } else if (Array.isArray(value)) this.array(value, type);
    else if (typeof value === 'object' && value !== null)
      this.object(value as { readonly [name: string]: JsonValue }, type);
    else while (this.at < this.text.length && !',]} \n\r\t'.includes(this.text.charAt(this.at))) this.at++;
  }

  private array(items: readonly JsonValue[], type: string): void {
    this.at++;
    for (const item of items) this.value(item, type);
    this.skipTo();
    this.at++;
  }

  private object(value: { readonly [name: string]: JsonValue }, type: string): void {
    const own = value['resourceType'];
    const members = membersOf(type === 'Resource' && typeof own === 'string' ? own : type);
    this.at++;
    for (let left = Object.keys(value).length; left > 0; left--) {
      this.skipTo();
      const from = this.at;
      this.string();
      const name = JSON.parse(this.text.slice(from, this.at)) as string;
      this.skipTo();
      this.value(Object.hasOwn(value, name) ? value[name] : undefined, members.get(name) ?? '');
    }
    this.skipTo();
    this.at++;
  }

  /** Past white space, commas and colons. */
  private skipTo(): void {
    while (' \n\r\t,:'.includes(this.text.charAt(this.at)) && this.at < this.text.length) this.at++;
  }

  private string(): void {
    this.at++;
    for (let code = this.text.charCodeAt(this.at); code !== 0x22; code = this.text.charCodeAt(this.at)) {
      this.at += code === 0x5c ? 2 : 1;
    }
    this.at++;
  }
}
