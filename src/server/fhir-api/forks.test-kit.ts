// Conflicts for tests over HTTP: sides that lie beside each other in a store, as those of two nodes do when they have met.
import { parseJson } from '../../core/base/json.ts';
import { authorBody } from '../../core/record/body.ts';
import type { CommitDraft, RecordStore, RevisionDraft } from '../../core/record/store.ts';

export interface SideOf {
  /** Without: deleted. */
  readonly text?: string;
  readonly author?: RevisionDraft['author'];
  readonly authoredAt?: number;
  readonly skew?: { readonly ms: number | null; readonly suspect: boolean };
}

/** Lands `base` and then each of `sides` beside the others; answers the names of the sides, in their order. */
export async function fork(
  store: Pick<RecordStore, 'append' | 'read'>,
  name: string,
  base: string | undefined,
  sides: readonly SideOf[],
  now: number = Date.now(),
): Promise<readonly string[]> {
  const [type = '', id = ''] = name.split('/');
  const key = { type, id };
  const heads = async (): Promise<readonly string[]> =>
    (await store.read([key], { see: 'everything' }))[0]?.heads ?? [];
  let at = now;
  const land = async ({ text, author, authoredAt, skew }: SideOf, parents: readonly string[]): Promise<string> => {
    at += 1_000;
    const parsed = text === undefined ? undefined : parseJson(text);
    if (parsed?.ok === false) throw new Error('the text of a test is JSON');
    const revision: RevisionDraft = {
      key,
      kind: text === undefined ? 'tombstone' : 'put',
      parents,
      authoredAt: authoredAt ?? at,
      ...(text === undefined || parsed === undefined ? {} : { body: authorBody(text, parsed.value, id) }),
      ...(author === undefined ? {} : { author }),
      ...(skew === undefined ? {} : { skew }),
    };
    const before = await heads();
    const draft: CommitDraft = { revisions: [revision], receivedAt: at };
    if (!(await store.append(draft)).ok) throw new Error('a sibling lands');
    return (await heads()).find((head) => !before.includes(head)) ?? '';
  };
  const parents = base === undefined ? [] : [await land({ text: base }, [])];
  const names: string[] = [];
  for (const side of sides) names.push(await land(side, parents));
  return names;
}
