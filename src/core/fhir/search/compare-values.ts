// When a value that is searched for matches a value that is there: the one truth that every store's index keeps to.
//
//   FS32  Dates are spans: eq holds when the span that is asked for holds the whole of the one that is there, ne when not;
//         gt, lt, ge, le when some part of it lies beyond (or eq holds); sa, eb when all of it does; ap on any overlap.
//   FS33  Numbers and quantities: eq and ne go by the precision of the number asked for, gt, lt, ge, le, sa, eb by its exact
//         value; a range that is there matches as a span does.
//   FS34  A quantity that is asked for with a unit is compared with values of that unit only, also by ne.
//   FS35  Strings match from their start, folded; :contains anywhere, folded; :exact as they are written.
//   FS36  Tokens match by code, by system and code, by a code without a system, or by a system; as they are written.
//   FS37  References match by type and id, by absolute URL, and by canonical with any version or the one asked for.
//   FS38  URIs match whole; :below what starts with the value, :above what the value starts with, urns never.
//   FS39  A composite matches when one element has a match for each of its parts.
import { fold } from './fold.ts';
import type { IndexEntry, QuantityEntry, ReferenceEntry, TokenEntry } from './index-entry.ts';
import type { DateValue, Modifier, Prefix, QuantityValue } from './query.ts';
import type { ReferenceValue, SearchValue, TokenValue } from './query.ts';

/** Half-open spans, in milliseconds. */
export function dateMatches(lo: number, hi: number, value: DateValue): boolean {
  const within = value.lo <= lo && hi <= value.hi;
  switch (value.prefix) {
    case 'eq':
      return within;
    case 'ne':
      return !within;
    case 'gt':
      return hi > value.hi;
    case 'lt':
      return lo < value.lo;
    case 'ge':
      return hi > value.hi || within;
    case 'le':
      return lo < value.lo || within;
    case 'sa':
      return lo >= value.hi;
    case 'eb':
      return hi <= value.lo;
    case 'ap':
      return lo < value.hi && hi > value.lo;
  }
}

interface Precise {
  readonly prefix: Prefix;
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

/** `lo` and `hi` are both part of what is there; equal for a plain number. */
export function numberMatches(lo: number, hi: number, asked: Precise): boolean {
  const within = asked.lo <= lo && hi < asked.hi;
  switch (asked.prefix) {
    case 'eq':
      return within;
    case 'ne':
      return !within;
    case 'gt':
      return hi > asked.value;
    case 'lt':
      return lo < asked.value;
    case 'ge':
      return hi >= asked.value;
    case 'le':
      return lo <= asked.value;
    case 'sa':
      return lo > asked.value;
    case 'eb':
      return hi < asked.value;
    case 'ap':
      return lo <= asked.hi && hi >= asked.lo;
  }
}

function quantityMatches(entry: QuantityEntry, value: QuantityValue): boolean {
  const { system, code } = value;
  if (system !== undefined && entry.system !== system) return false;
  if (code !== undefined && entry.code !== code && (system !== undefined || entry.unit !== code)) return false;
  return numberMatches(entry.lo, entry.hi, value);
}

function tokenMatches(system: string | undefined, code: string | undefined, value: TokenValue): boolean {
  if (value.system !== undefined && value.system !== (system ?? '')) return false;
  return value.code === undefined ? code !== undefined || value.system !== '' : value.code === code;
}

function ofTypeMatches(entry: TokenEntry, { code, ofType }: TokenValue): boolean {
  if (ofType === undefined || entry.code !== code) return false;
  return entry.identifierTypes?.includes(`${ofType.system}|${ofType.code}`) ?? false;
}

function referenceMatches(entry: ReferenceEntry, value: ReferenceValue): boolean {
  if (value.version !== undefined && value.version !== (entry.version ?? '')) return false;
  if (value.url !== undefined && value.url === entry.url) return true;
  return value.targets.some(({ type, id }) => type === entry.type && id === entry.id);
}

function uriMatches(there: string, asked: string, modifier: Modifier | undefined): boolean {
  if (modifier === undefined) return there === asked;
  if (there.startsWith('urn:')) return false;
  return modifier === 'below' ? there.startsWith(asked) : asked.startsWith(there);
}

function stringMatches(there: string, asked: string, modifier: Modifier | undefined): boolean {
  if (modifier === 'exact') return there === asked;
  const folded = fold(asked);
  if (folded === '') return false;
  return modifier === 'contains' ? fold(there).includes(folded) : fold(there).startsWith(folded);
}

/**
 * Whether `entry` is what `value` asks for. :not and :missing are about all entries of a parameter, so they are not for
 * here: for :not this says whether one entry has the value.
 */
export function entryMatches(entry: IndexEntry, value: SearchValue, modifier?: Modifier): boolean {
  switch (value.kind) {
    case 'token':
      if (entry.kind !== 'token') return false;
      return modifier === 'of-type' ? ofTypeMatches(entry, value) : tokenMatches(entry.system, entry.code, value);
    case 'string':
      if (modifier === 'text' && entry.kind === 'token') {
        return entry.text?.some((text) => stringMatches(text, value.value, 'contains')) ?? false;
      }
      return entry.kind === 'string' && stringMatches(entry.value, value.value, modifier);
    case 'reference':
      if (entry.kind !== 'reference') return false;
      if (value.identifier === undefined) return referenceMatches(entry, value);
      if (entry.identifier === undefined) return false;
      return tokenMatches(entry.identifier.system, entry.identifier.value, value.identifier);
    case 'date':
      return entry.kind === 'date' && dateMatches(entry.lo, entry.hi, value);
    case 'number':
      return entry.kind === 'number' && numberMatches(entry.lo, entry.hi, value);
    case 'quantity':
      return entry.kind === 'quantity' && quantityMatches(entry, value);
    case 'uri':
      return entry.kind === 'uri' && uriMatches(entry.value, value.value, modifier);
    case 'composite':
      if (entry.kind !== 'composite') return false;
      return value.components.every((component, i) =>
        entry.parts[i]?.some((part) => entryMatches(part, component.value)),
      );
    case 'missing':
    case 'words':
      return false;
  }
}
