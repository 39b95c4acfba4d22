// What every SyncStore says of names and links (specs/store.md RS40, RS41): a part of `sync-store-contract.test-kit.ts`.
import { expect, test } from 'vitest';
import type { Digest, Hash } from '../base/ports.ts';
import { revision } from '../record/contract/scribe.test-kit.ts';
import { roughCommit, roughRevision, type Elsewhere } from './commits-elsewhere.test-kit.ts';
import { partOf } from './compare.ts';
import type { CarriedCommit, CarriedRevision, LinkRecord, LinkWrite } from './ports.ts';
import { keysOf, permits, type Scopes } from './scopes.ts';
import type { OpenedSyncStore } from './sync-store-contract.test-kit.ts';

const ALL = 1_000;

export function namesAndLinks(
  opening: () => Promise<OpenedSyncStore>,
  elsewhere: () => Elsewhere,
  digest: Digest,
): void {
  test('[RS40] names are those of the scopes, by page and by print', async () => {
    const { store } = await opening();
    const revisions: CarriedRevision[] = [];
    for (let n = 0; n < 60; n++) {
      const scope = [[], ['pat/1'], ['pat/2'], ['demog', 'pat/3'], ['cat/ValueSet'], ['site/x']][n % 6] ?? [];
      revisions.push(roughRevision(digest, `Basic/${n}`, `{"resourceType":"Basic","id":"${n}"}`, { scope }));
    }
    const later = revisions[0]?.header.replace('"r1"', '"r2"') ?? '';
    revisions.push({ hash: digest.sha256(`${later}${digest.sha256('x')}`), header: later, text: 'x' });
    const commits: CarriedCommit[] = [];
    for (let at = 0; at < revisions.length; at += 7)
      commits.push(roughCommit(digest, 'other.1', commits.at(-1), revisions.slice(at, at + 7)));
    await store.receive(commits, 'below');
    for (const scopes of ['all', [], [''], ['pat/1'], ['', 'cat/ValueSet', 'demog', 'pat/3'], ['pat/9']] as const) {
      const wanted = (prefix: string, inside: boolean): readonly Hash[] =>
        revisions
          .filter(({ hash, header }) => hash.startsWith(prefix) && permits(scopes, keysOf(header)) === inside)
          .map(({ hash }) => hash)
          .sort();
      for (const prefix of ['', 'a', wanted('', true)[0]?.slice(0, 3) ?? 'q']) {
        const names = wanted(prefix, true);
        expect(await store.names(prefix, scopes, '', ALL)).toEqual(names);
        expect(await store.names(prefix, scopes, names[1] ?? '', 3)).toEqual(
          names.slice(names[1] === undefined ? 0 : 2).slice(0, 3),
        );
        expect(await store.parts([prefix, 'zzzz'], scopes)).toEqual([
          partOf(digest, prefix, names),
          partOf(digest, 'zzzz', wanted('zzzz', true)),
        ]);
      }
      expect(await store.namesOutside(scopes, '', ALL)).toEqual(wanted('', false));
      const [first] = wanted('', false);
      if (first !== undefined)
        expect(await store.namesOutside(scopes, first, 2)).toEqual(wanted('', false).slice(1, 3));
    }
    const asked = [revisions[8], revisions[9], revisions[30]].flatMap((each) => each?.hash ?? []);
    expect(await store.lacking([...asked, 'b'.repeat(52)])).toEqual(['b'.repeat(52)]);
    expect([...(await store.bearing(asked))].sort((a, b) => a.seq - b.seq)).toEqual([commits[1], commits[4]]);
  });

  test('[RS41] a link stands with what it covers, and what comes from above ends those of other peers', async () => {
    const { store, reopen } = await opening();
    const commit = await elsewhere().write(revision('Patient/1', {}));
    const record = (arrival: number, scopes: Scopes = ['', 'pat/1']): LinkRecord => ({
      incarnation: 'i1',
      arrival,
      scopes,
      forked: ['gone.1'],
      deferred: ['d'.repeat(52)],
    });
    await store.setLink({ peer: 'site', record: record(3) });
    await store.setLink({ peer: 'region', record: record(9, 'all') });
    expect(await store.link('site')).toEqual(record(3));
    await store.receive([], 'above', { peer: 'region', record: record(10, 'all') });
    expect(await store.link('site'), 'nothing came').toEqual(record(3));
    expect(await store.link('region')).toEqual(record(10, 'all'));
    await store.receive([commit], 'above', { peer: 'region', record: record(11, ['pat/2']) });
    expect(await store.link('region')).toEqual(record(11, ['pat/2']));
    expect(await store.link('site')).toBeUndefined();
    const again = (await reopen?.())?.store ?? store;
    expect(await again.link('region')).toEqual(record(11, ['pat/2']));
    expect(await again.lacking(commit.revisions.map(({ hash }) => hash))).toEqual([]);
    await again.setLink({ peer: 'region', record: undefined });
    expect(await again.link('region')).toBeUndefined();
  });

  test('[SY12] a record that was ended while a session went on with it stays ended', async () => {
    const { store } = await opening();
    const other = elsewhere();
    const [first, second] = [
      await other.write(revision('Patient/1', {})),
      await other.write(revision('Patient/2', {})),
    ];
    const record = (arrival: number, scopes: Scopes = ['']): LinkRecord => ({
      incarnation: 'i1',
      arrival,
      scopes,
      forked: [],
      deferred: [],
    });
    const goesOn = (arrival: number, scopes?: Scopes): LinkWrite => ({
      peer: 'site',
      record: record(arrival, scopes),
      isContinued: true,
    });
    await store.setLink({ peer: 'site', record: record(3) });
    await store.setLink(goesOn(4));
    expect(await store.link('site')).toEqual(record(4));
    await store.setLink(goesOn(5, ['', 'pat/1']));
    expect(await store.link('site')).toEqual(record(5, ['', 'pat/1']));
    // A bundle of the region is taken in meanwhile.
    await store.receive([first], 'above', { peer: 'region', record: undefined });
    await store.receive([second], 'above', goesOn(6));
    await store.setLink(goesOn(7, ['', 'pat/1']));
    expect(await store.link('site')).toBeUndefined();
    // Nor does it take the place of one that another incarnation began.
    await store.setLink({ peer: 'site', record: { ...record(1), incarnation: 'i2' } });
    await store.setLink(goesOn(8));
    await store.setLink(goesOn(9, ['', 'pat/1']));
    expect(await store.link('site')).toEqual({ ...record(1), incarnation: 'i2' });
  });
}
