// Entries of a log, or parts of them, as one text: a line of JSON in which the text of each revision is the number of its characters, and
// after it all those texts as they are. To be read they are cut out, and not read as JSON twice.

interface WithText {
  text?: string | number | undefined;
}

export function printItems(items: readonly unknown[]): string {
  const texts: string[] = [];
  const slim = items.map((item) => {
    const found = revisionsOf(item);
    if (found === undefined) return item;
    const cut = found.revisions.map((revision) => {
      if (typeof revision.text !== 'string') return revision;
      texts.push(revision.text);
      return { ...revision, text: revision.text.length };
    });
    return found.commit === undefined
      ? { ...(item as object), revisions: cut }
      : { ...(item as object), commit: { ...found.commit, revisions: cut } };
  });
  return `${JSON.stringify(slim)}\n${texts.join('')}`;
}

/** Throws where it is no such text. */
export function readItems<T>(text: string): readonly T[] {
  const end = text.indexOf('\n');
  const items = JSON.parse(text.slice(0, end)) as readonly T[];
  let at = end + 1;
  for (const item of items)
    for (const revision of revisionsOf(item)?.revisions ?? [])
      if (typeof revision.text === 'number') {
        at += revision.text;
        revision.text = text.slice(at - revision.text, at);
      }
  return items;
}

/** Of an entry that is a commit, or of what has revisions itself. */
function revisionsOf(item: unknown): { readonly commit?: object; readonly revisions: readonly WithText[] } | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const { commit, revisions } = item as {
    readonly commit?: { readonly revisions: readonly WithText[] };
    readonly revisions?: readonly WithText[];
  };
  if (commit !== undefined) return { commit, revisions: commit.revisions };
  return revisions === undefined ? undefined : { revisions };
}
