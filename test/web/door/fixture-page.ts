// The page of the fixture: a form whose text is a draft, kept in a database of ours, and the page's side of updates.
import { startUpdates, type Updates } from '../../../src/web/offline/updates.ts';

declare global {
  interface Window {
    /** For the tests. */
    updates: Updates;
    later(): Promise<string>;
    isBusy: boolean;
  }
}
const { word = '', kind = '' } = document.body.dataset;

const opened = new Promise<IDBDatabase>((resolve, reject) => {
  const request = indexedDB.open('holdfast-door', 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore('drafts'));
  request.addEventListener('success', () => resolve(request.result));
  request.addEventListener('error', () => reject(request.error ?? new Error('no database')));
});
async function draft(value?: string): Promise<string> {
  const store = (await opened).transaction('drafts', 'readwrite', { durability: 'strict' }).objectStore('drafts');
  const request = value === undefined ? store.get('note') : store.put(value, 'note');
  return new Promise((resolve) => {
    request.addEventListener('success', () => resolve(value ?? String(request.result ?? '')));
  });
}

const updates = startUpdates();
window.updates = updates;
window.isBusy = false;
window.later = async () => {
  const address = `/ward/assets/later-${word}.js`;
  const loaded = (await import(/* @vite-ignore */ address)) as { readonly later: string };
  return loaded.later;
};

if (kind === 'good') {
  const root = document.getElementById('root');
  if (root === null) throw new Error('no root');
  const title = document.createElement('h1');
  title.textContent = `client ${word}`;
  const note = document.createElement('textarea');
  note.id = 'note';
  const found = await draft();
  note.value = found;
  root.replaceChildren(title, note);
  updates.beforeSwitch(async (why) => {
    if (why === 'idle' && window.isBusy) return false;
    // Two tabs, one draft: what nobody typed in this one is not put over what was typed in the other.
    if (note.value !== found) await draft(note.value);
    return true;
  });
  updates.cameUp();
}
