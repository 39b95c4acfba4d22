// Which place of a clinic's session a node may give away while nobody else can be asked (replication 3.15, I9). Pure.
//
//   ID30  Every place (a Slot) has one holder at a time, and the holder's node alone books it or hands it on: so no two nodes give away
//         the same, and all together never more than there are, whoever was cut off.
//   ID31  Beyond its places only the session's owner books, up to the overbooking that was declared; each such place has a number, so
//         that two processes cannot both take the last one.
//   ID32  Who has no place left proposes; the owner confirms.
import { sha256Bytes } from '../../base/sha256.ts';
import { toBase32 } from '../../base/base32.ts';
import { utf8 } from '../../base/utf8.ts';
import type { JsonObject, JsonValue, ResourceJson } from '../../base/json-types.ts';

const EXTENSIONS = 'https://holdfast.example/fhir/StructureDefinition';
/** On a Schedule: `owner` (code: the site's code) and `overbook` (integer). Without it the node that is asked owns it, with none. */
export const SESSION = `${EXTENSIONS}/session`;
/** On a Slot: the code of the site that may give it away, where that is not the session's owner. */
export const HELD_BY = `${EXTENSIONS}/held-by`;

export interface Session {
  readonly id: string;
  /** A site's code; undefined: whoever asks. */
  readonly owner: string | undefined;
  readonly overbook: number;
}
export interface Place {
  readonly id: string;
  readonly versionId: string;
  readonly status: string;
  readonly start: string;
  readonly end: string;
  readonly heldBy: string | undefined;
}
export interface BookingWish {
  readonly session: Session;
  /** All of the session. */
  readonly places: readonly Place[];
  /** This node's code. */
  readonly me: string;
  /** The place that was asked for; undefined: the first that there is. */
  readonly wanted: string | undefined;
  /** Whoever asks knows that it is one too many. */
  readonly overbook: boolean;
  /** As places say their start: what began before is not given. */
  readonly from: string;
}
export type Booking =
  | { readonly kind: 'place'; readonly place: Place }
  /** A place beyond those that there are: made under this id, at the time of `like`. */
  | { readonly kind: 'beyond'; readonly id: string; readonly like: Place }
  | { readonly kind: 'propose'; readonly like: Place | undefined }
  | { readonly kind: 'full'; readonly overbookLeft: number };

/** What this node may do about the wish. */
export function choosePlace({ session, places, me, wanted, overbook, from }: BookingWish): Booking {
  const owner = session.owner ?? me;
  const ordered = places.toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start) || (a.id < b.id ? -1 : 1));
  const ids = new Set(places.map(({ id }) => id));
  const beyond = Array.from({ length: session.overbook }, (_, i) => overbookId(session.id, i)).filter(
    (id) => !ids.has(id),
  );
  const coming = ordered.filter(({ start }) => Date.parse(start) >= Date.parse(from));
  const like = wanted === undefined ? coming[0] : places.find(({ id }) => id === wanted);
  const mine = wanted === undefined ? coming : like === undefined ? [] : [like];
  const free = mine.find(({ status, heldBy }) => status === 'free' && (heldBy ?? owner) === me);
  if (free !== undefined) return { kind: 'place', place: free };
  if (owner !== me) return { kind: 'propose', like };
  const [id] = beyond;
  return overbook && id !== undefined && like !== undefined
    ? { kind: 'beyond', id, like }
    : { kind: 'full', overbookLeft: beyond.length };
}

/** Free places of this node that it may hand to another: `count` at most, spread over the session. */
export function placesToHand(
  { session, places, me, from }: Pick<BookingWish, 'session' | 'places' | 'me' | 'from'>,
  count: number,
): readonly Place[] {
  const owner = session.owner ?? me;
  const mine = places
    .filter(
      ({ status, heldBy, start }) =>
        status === 'free' && (heldBy ?? owner) === me && Date.parse(start) >= Date.parse(from),
    )
    .toSorted((a, b) => Date.parse(a.start) - Date.parse(b.start) || (a.id < b.id ? -1 : 1));
  if (count >= mine.length) return mine;
  return Array.from({ length: count }, (_, i) => mine[Math.floor(((i + 0.5) * mine.length) / count)]).filter(
    (place) => place !== undefined,
  );
}

/** Of the `number`th place beyond, the same wherever it is made. */
export const overbookId = (session: string, number: number): string =>
  `over-${number}-${toBase32(sha256Bytes(utf8(session))).slice(0, 32)}`;

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const extensionsOf = (element: JsonObject): readonly JsonObject[] => {
  const list = element['extension'];
  return Array.isArray(list) ? list.filter(isObject) : [];
};

export function sessionOf(schedule: ResourceJson): Session {
  const parts = extensionsOf(schedule).find(({ url }) => url === SESSION);
  const of = (name: string): JsonObject | undefined =>
    parts === undefined ? undefined : extensionsOf(parts).find(({ url }) => url === name);
  const owner = of('owner')?.['valueCode'];
  const overbook = Number(of('overbook')?.['valueInteger'] ?? 0);
  return {
    id: schedule.id ?? '',
    owner: typeof owner === 'string' ? owner : undefined,
    overbook: Number.isInteger(overbook) && overbook > 0 ? Math.min(overbook, 1_000) : 0,
  };
}

export function placeOf(slot: ResourceJson, versionId: string): Place {
  const heldBy = extensionsOf(slot).find(({ url }) => url === HELD_BY)?.['valueCode'];
  const text = (name: string): string => {
    const value = slot[name];
    return typeof value === 'string' ? value : '';
  };
  return {
    id: slot.id ?? '',
    versionId,
    status: text('status'),
    start: text('start'),
    end: text('end'),
    heldBy: typeof heldBy === 'string' ? heldBy : undefined,
  };
}

/** The extensions of a Slot that is handed to `holder`. */
export const extensionsHeldBy = (slot: ResourceJson, holder: string): readonly JsonObject[] => [
  ...extensionsOf(slot).filter(({ url }) => url !== HELD_BY),
  { url: HELD_BY, valueCode: holder },
];
