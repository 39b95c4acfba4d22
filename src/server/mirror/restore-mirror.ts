// A record from its mirror: every line that is whole, in order, each commit judged by whoever takes it in.
//
//   CM7  What is damaged is named and left out; nothing else is lost with it.
import type { Digest } from '../../core/base/ports.ts';
import type { ArrivedCommit } from '../../core/record/store.ts';
import { logsIn, readLog } from './mirror-folder.ts';

export interface MirrorContent {
  readonly commits: number;
  readonly revisions: number;
  readonly lastArrival: number;
  /** Places of lines that are not what they were. */
  readonly damaged: readonly string[];
  /** The last line was being written when the machine stopped: no sync had covered it. */
  readonly torn: boolean;
}
const AT_ONCE = 100;
const BYTES_AT_ONCE = 4_000_000;
/** Places that are named; all are counted on. */
const NAMED_MAX = 100;

/** The log to restore from: the one written last. Undefined where the folder holds none. */
export async function mirrorLogIn(
  folder: string,
): Promise<{ readonly path: string; readonly install: string } | undefined> {
  const last = (await logsIn(folder)).filter(({ mark }) => mark !== undefined).at(-1);
  return last?.mark === undefined ? undefined : { path: last.path, install: last.mark.install };
}

/** Reads a log through. `take` gets the commits in groups, in the order of their arrival. */
export async function readMirror(
  log: string,
  digest: Digest,
  take: (commits: readonly ArrivedCommit[]) => Promise<void>,
): Promise<MirrorContent> {
  let commits = 0;
  let revisions = 0;
  let lastArrival = 0;
  let torn = false;
  const damaged: string[] = [];
  let group: ArrivedCommit[] = [];
  let bytes = 0;
  const give = async (): Promise<void> => {
    if (group.length > 0) await take(group);
    group = [];
    bytes = 0;
  };
  for await (const read of readLog(log, digest)) {
    if ('damaged' in read) {
      if (read.torn) torn = true;
      else if (damaged.length < NAMED_MAX) damaged.push(read.damaged);
      continue;
    }
    const { commit } = read;
    commits += 1;
    revisions += commit.revisions.length;
    lastArrival = commit.arrival;
    group.push(commit);
    bytes += commit.revisions.reduce((sum, { header, text }) => sum + header.length + (text?.length ?? 0), 0);
    if (group.length >= AT_ONCE || bytes >= BYTES_AT_ONCE) await give();
  }
  await give();
  return { commits, revisions, lastArrival, damaged, torn };
}
