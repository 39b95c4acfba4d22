// Which wards a device keeps the patients of: it says so in its own Device resource, by the hand of somebody who works there.
//
//   SC30  A device's word counts of itself alone, in commits of its own.
//   SC31  A ward is taken where its author has a duty there, or where the device had it already; what is not taken is left out.
import { dutiesOf } from '../../core/access/duties-of.ts';
import { KEEPS_WARD_EXTENSION } from '../../core/access/names.ts';
import type { JsonValue, ResourceJson } from '../../core/base/json-types.ts';
import type { Clock } from '../../core/base/ports.ts';
import { decodeRevision } from '../../core/record/envelope.ts';
import { installOf } from '../../core/record/scope.ts';
import type { ArrivedCommit } from '../../core/record/store.ts';
import { keyOf, leadsUp, membersOf, namedBy, referencesIn, searchAll, type PlaceStore } from './find-places.ts';
import type { ScopePeer, ScopeTables } from './ports.ts';

export interface TakeWardsDeps {
  readonly store: PlaceStore;
  readonly tables: Pick<ScopeTables, 'setPlaces'>;
  readonly clock: Clock;
}

/** True: a device has other places now. */
export async function takeWards(
  commits: readonly ArrivedCommit[],
  peers: readonly ScopePeer[],
  deps: TakeWardsDeps,
): Promise<boolean> {
  const devices = new Map(peers.filter(({ tier }) => tier === 'device').map((peer) => [peer.peer, peer.places]));
  let isOther = false;
  for (const { origin, revisions } of commits) {
    const device = installOf(origin);
    const before = devices.get(device);
    if (before === undefined) continue;
    for (const { header, text } of revisions) {
      const read = decodeRevision(header);
      if (!read.ok || read.value.type !== 'Device' || read.value.id !== device || text === undefined) continue;
      const asked = wardsIn(text);
      const places = await permitted(asked, before, read.value.author?.practitioner, deps);
      if (asked.length > 0 && places.length === 0) continue;
      if (places.join() === before.join()) continue;
      await deps.tables.setPlaces(device, places);
      devices.set(device, places);
      isOther = true;
    }
  }
  return isOther;
}

async function permitted(
  asked: readonly string[],
  before: readonly string[],
  author: string | undefined,
  { store, clock }: TakeWardsDeps,
): Promise<readonly string[]> {
  const fresh = asked.filter((ward) => !before.includes(ward));
  if (fresh.length === 0) return asked;
  const roles: ResourceJson[] = [];
  for (const criterion of author === undefined ? [] : namedBy('practitioner', [author]))
    for await (const page of searchAll(store, 'PractitionerRole', [criterion]))
      for (const { text } of page) roles.push(JSON.parse(text) as ResourceJson);
  const duties = dutiesOf(roles, clock.now());
  const above = await leadsUp(store, fresh);
  const isOwn = (ward: string): boolean =>
    duties.some(({ site, places }) =>
      places.length > 0 ? places.some((place) => above(ward).has(place)) : site !== undefined && above(ward).has(site),
    );
  return asked.filter((ward) => before.includes(ward) || isOwn(ward));
}

/** `Location/1`, sorted, each once. */
function wardsIn(text: string): readonly string[] {
  let extensions: JsonValue | undefined;
  try {
    extensions = (JSON.parse(text) as ResourceJson)['extension'];
  } catch {
    // Of a device that writes what is not read: carried, as everything.
    return [];
  }
  const each = Array.isArray(extensions) ? (extensions as readonly JsonValue[]) : [];
  const names = each.flatMap((one) => {
    const { url, valueReference } = membersOf(one);
    return url === KEEPS_WARD_EXTENSION ? referencesIn(valueReference) : [];
  });
  return [...new Set(names.filter((name) => keyOf(name).type === 'Location'))].toSorted();
}
