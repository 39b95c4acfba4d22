// The page at `/rescue/`: outside of the worker's scope, and without any code of the client's screens, so that what broke them does not
// break it.
//
//   WU38  It takes away what can be loaded again, never what was written; and only while the site answers, which must load it.
import { databasesHere, rescueLines } from './rescue-file.ts';
import { RESCUE_LANGUAGES, RESCUE_TEXTS, type RescueLanguage, type RescueText } from './rescue-texts.ts';

const CLIENT_CACHES = 'holdfast-';
const SCOPE = '/ward/';
const SITE_MS = 5_000;
const SHOW_EVERY = 200;

const isLanguage = (text: string): text is RescueLanguage => text in RESCUE_TEXTS;
function languageHere(): RescueLanguage {
  // Behind `#`: the address stays the one that the browser's cache has.
  const asked = [location.hash.slice(1), ...navigator.languages];
  return asked.map((one) => one.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
}
let language = languageHere();
const t = (key: RescueText, values: Readonly<Record<string, string | number>> = {}): string =>
  RESCUE_TEXTS[language][key].replaceAll(/\{\{(\w+)\}\}/g, (_all, name: string) => String(values[name] ?? ''));

const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no ${id}`);
  return found;
};

function draw(): void {
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
  document.title = `${t('title')} · Holdfast`;
  for (const each of document.querySelectorAll<HTMLElement>('[data-text]')) {
    each.textContent = t(each.dataset['text'] as RescueText);
  }
  const languages = byId('languages');
  languages.setAttribute('aria-label', t('languages'));
  languages.replaceChildren();
  for (const [code, name] of Object.entries(RESCUE_LANGUAGES)) {
    const link = document.createElement('a');
    link.href = `#${code}`;
    link.lang = code;
    link.textContent = name;
    if (code === language) link.setAttribute('aria-current', 'true');
    languages.append(link, ' ');
  }
}

async function look(): Promise<void> {
  const databases = await databasesHere(indexedDB);
  const rows = byId('stores');
  rows.replaceChildren(
    ...databases.flatMap(({ name, stores }) =>
      stores.map((store) => {
        const row = document.createElement('tr');
        for (const text of [`${name} / ${store.name}`, String(store.count)]) {
          const cell = document.createElement('td');
          cell.textContent = text;
          row.append(cell);
        }
        return row;
      }),
    ),
  );
  byId('table').hidden = databases.length === 0;
  byId('nothing').hidden = databases.length > 0;
  const names = 'caches' in globalThis ? await caches.keys() : [];
  const builds = names.filter((name) => name.startsWith('holdfast-files-')).map((name) => name.slice(15));
  byId('builds').textContent = builds.length === 0 ? t('none') : builds.join(', ');
  const kept = 'caches' in globalThis ? await caches.match(`${SCOPE}serving.json`) : undefined;
  const bad =
    ((await kept?.json().catch(() => undefined)) as { readonly bad?: readonly string[] } | undefined)?.bad ?? [];
  byId('bad').textContent = bad.length === 0 ? t('none') : bad.join(', ');
  byId('looking').hidden = true;
  byId('found').hidden = false;
}

async function save(): Promise<void> {
  const told = byId('export-told');
  const at = new Date().toISOString();
  const name = `holdfast-rescue-${at.slice(0, 19).replaceAll(':', '')}.jsonl`;
  const parts: Blob[] = [];
  let lines: string[] = [];
  let done = -1;
  for await (const line of rescueLines(indexedDB, location.origin, at)) {
    lines.push(line);
    done += 1;
    if (lines.length === SHOW_EVERY) {
      // A blob may stand on the disk; a string of everything would not fit into a tablet's memory.
      parts.push(new Blob([`${lines.join('\n')}\n`]));
      lines = [];
      told.textContent = t('exporting', { done });
    }
  }
  parts.push(new Blob([`${lines.join('\n')}\n`]));
  const address = URL.createObjectURL(new Blob(parts, { type: 'application/jsonl' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // The last line says how many there were.
  told.textContent = t('exported', { name, done: Math.max(0, done - 1) });
  byId('recover').hidden = false;
}

async function reset(): Promise<void> {
  const told = byId('reset-told');
  if (!(await siteAnswers())) {
    told.textContent = t('resetNoSite');
    return;
  }
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
  for (const name of await caches.keys()) if (name.startsWith(CLIENT_CACHES)) await caches.delete(name);
  told.textContent = t('resetDone');
  location.assign(SCOPE);
}

async function siteAnswers(): Promise<boolean> {
  try {
    const answer = await fetch(SCOPE, { cache: 'no-store', signal: AbortSignal.timeout(SITE_MS) });
    return answer.ok;
  } catch {
    return false;
  }
}

function whenPressed(id: string, toldId: string, act: () => Promise<void>): void {
  const button = byId(id);
  button.addEventListener('click', () => {
    button.setAttribute('disabled', '');
    act()
      .catch((error: unknown) => {
        // The name of the fault alone: what was being written may stand in its message.
        const name = error instanceof Error ? error.name : 'unknown';
        byId(toldId).textContent = `${t('exportFailed')} (${name})`;
      })
      .finally(() => button.removeAttribute('disabled'));
  });
}

draw();
addEventListener('hashchange', () => {
  language = languageHere();
  draw();
  void look();
});
whenPressed('export', 'export-told', save);
whenPressed('reset', 'reset-told', reset);
look().catch((error: unknown) => {
  byId('looking').textContent = `${t('exportFailed')} (${error instanceof Error ? error.name : 'unknown'})`;
});
