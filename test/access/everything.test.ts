// Who reads past everyone's rights: a list that grows by decision alone, each with its reason.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PAST_ALL_RIGHTS: Readonly<Record<string, string>> = {
  'core/engine/break-glass.ts': 'grants and reviews are written by the node, read whatever the reach',
  'core/engine/downtime-desk.ts':
    'declared downtimes: of no patient, for everybody to see; the desk judged who declares',
  'core/engine/find-collisions.ts': 'what collides is found for everybody; whoever is shown it must see all of it',
  'core/engine/mar-custody.ts': 'custody is taken over from whoever has it; rights were asked about before',
  'core/engine/raise-conflict-tasks.ts':
    'the node itself: every open S1 has a Task, which tells the words, the resource and the patient alone',
  'core/record/conflicts.ts': 'numbers alone leave it',
  'core/record/memory-store.ts': 'a guard without a visibility',
  'core/record/store.ts': 'says what it is',
  'server/audit/fill-index.ts': 'batches, known by their label',
  'server/audit/search-audit.ts': 'batches, known by their label',
  'server/audit/send-batches.ts': 'batches, by the name of a file of the journal',
  'server/audit/verify-audit.ts': 'whoever holds the data folder',
  'server/auth/accounts/account-record.ts': 'accounts, and the staff whom rights follow from',
  'server/auth/pages/break-glass-pages.ts': 'reviewers see every opening',
  'server/fhir-api/linked-patients.ts': 'whose record a hidden medicine is of, before it is read with rights',
  'server/identity/book-place.ts': 'places of a session that was seen: which are left, and whose they are',
  'server/identity/identity-deps.ts':
    'links, numbers and places are written by the node, after rights were asked about',
  'server/identity/lease-record.ts': 'leased numbers: of no patient, and no content leaves it but numbers',
  'server/identity/merge-patients.ts': 'the same, and what a record was before it was joined',
  'server/identity/patient-links.ts': 'ids of records of one person; no content leaves it',
  'server/cli/fill-demo.ts': 'whoever holds the data folder',
  'server/cli/manage-conflicts.ts': 'whoever holds the data folder; the audit is told',
  'server/cli/manage-users.ts': 'whoever holds the data folder',
  'server/compose-server.ts': 'asks for nothing: does the store answer',
  'server/sync-api/node-register.ts': 'nodes below, each known by its signature',
  'server/device/running-device.ts': "the device's own user, who sees what the site gave it",
  'server/device/search-here.ts': 'the same',
  'server/device/ward-peers.ts': 'nodes, each known by its signature',
  'server/scopes/find-places.ts': 'places and visits, for which node is given whom; nothing of it is shown',
  'server/scopes/read-feed.ts': 'the same',
  'web/device/device-trail.ts': 'its own batch, by its name',
  'web/device/own-device.ts': 'whether this device is a Device of the record; it writes that of itself alone',
  'server/storage/internal/search.ts': 'filters of a visibility, worked out',
  'server/storage/postgres-store.ts': 'a guard without a visibility',
};

test('[AC43] what is read past all rights is read in places that are known', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !/\.test(-kit)?\.ts$/.test(file),
  );
  const using = files.filter((file) => {
    const code = readFileSync(join('src', file), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');
    return /\bEVERYTHING\b|see: 'everything' ?\}/.test(code);
  });
  expect(using.toSorted()).toEqual(Object.keys(PAST_ALL_RIGHTS).toSorted());
});
