// What the API does: one row for each interaction, with the steps it needs before its act.
//
//   1. Routing, `Allow`, `OPTIONS`, Bundle entries and the CapabilityStatement all read this table and nothing else.
//   2. Every request passes the same steps, in this order (`answer-request.ts`): base address · place · row · form of the
//      answer · who asks and may they · body · act · audit · headers. A row says only what differs: which body it takes and which act it is.
//   3. A verb has one row at a place; `entry` says whether a Bundle may ask for it.
import type { Act, BodyForm, Interaction, PlaceKind, Verb } from './ask.ts';
import { batchOrTransaction } from './bundle.ts';
import { capabilities } from './capability.ts';
import { history } from './history.ts';
import { operate } from './operations.ts';
import { read, readVersion } from './read.ts';
import { search } from './search.ts';
import { write } from './write.ts';

const row = (
  name: string,
  verbs: readonly Verb[],
  place: PlaceKind,
  body: BodyForm,
  entry: boolean,
  act: Act,
): Interaction => ({ name, verbs, place, body, entry, act });

const LOOK: readonly Verb[] = ['GET', 'HEAD'];

// prettier-ignore
// oxfmt-ignore
export const INTERACTIONS: readonly Interaction[] = [
  //  interaction           verbs       place                   body        entry  act
  row('read',               LOOK,       'instance',             'none',     true,  read),
  row('vread',              LOOK,       'version',              'none',     true,  readVersion),
  row('update',             ['PUT'],    'instance',             'resource', true,  write),
  row('patch',              ['PATCH'],  'instance',             'patch',    true,  write),
  row('delete',             ['DELETE'], 'instance',             'none',     true,  write),
  row('create',             ['POST'],   'type',                 'resource', true,  write),
  row('update',             ['PUT'],    'type',                 'resource', true,  write),
  row('patch',              ['PATCH'],  'type',                 'patch',    true,  write),
  row('delete',             ['DELETE'], 'type',                 'none',     true,  write),
  row('search-type',        LOOK,       'type',                 'none',     true,  search),
  row('search-type',        ['POST'],   'type search',          'form',     true,  search),
  row('search-type',        LOOK,       'compartment',          'none',     true,  search),
  row('search-type',        ['POST'],   'compartment search',   'form',     true,  search),
  row('search-system',      LOOK,       'system',               'none',     true,  search),
  row('search-system',      ['POST'],   'system search',        'form',     true,  search),
  row('history-instance',   LOOK,       'instance history',     'none',     true,  history),
  row('history-type',       LOOK,       'type history',         'none',     true,  history),
  row('history-system',     LOOK,       'system history',       'none',     true,  history),
  row('batch',              ['POST'],   'system',               'bundle',   false, batchOrTransaction),
  row('transaction',        [],         'system',               'bundle',   false, batchOrTransaction),
  { ...row('capabilities',  LOOK,       'metadata',             'none',     true,  capabilities), open: true },
  row('',                   LOOK,       'system operation',     'none',     true,  operate),
  row('',                   ['POST'],   'system operation',     'maybe',    true,  operate),
  row('',                   LOOK,       'type operation',       'none',     true,  operate),
  row('',                   ['POST'],   'type operation',       'maybe',    true,  operate),
  row('',                   LOOK,       'instance operation',   'none',     true,  operate),
  row('',                   ['POST'],   'instance operation',   'maybe',    true,  operate),
  row('',                   LOOK,       'version operation',    'none',     true,  operate),
];

const byVerbAndPlace = new Map<string, Interaction>();
const verbsByPlace = new Map<PlaceKind, string[]>();
for (const interaction of INTERACTIONS) {
  for (const verb of interaction.verbs) {
    byVerbAndPlace.set(`${verb} ${interaction.place}`, interaction);
    const verbs = verbsByPlace.get(interaction.place) ?? [];
    verbs.push(verb);
    verbsByPlace.set(interaction.place, verbs);
  }
}

export const interactionAt = (verb: string, place: PlaceKind): Interaction | undefined =>
  byVerbAndPlace.get(`${verb} ${place}`);

/** For `Allow`. */
export const verbsAt = (place: PlaceKind): readonly string[] => [...(verbsByPlace.get(place) ?? []), 'OPTIONS'];
