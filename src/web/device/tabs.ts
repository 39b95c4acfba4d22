// Many tabs, one record: each tab has a host of its own, and the one that holds the lock of the browser has the record open. The others
// send to it what their pages ask.
//
//   follower ──the lock is granted──> leader ──the tab is closed, or dies──> (the browser gives the lock to another)
//
//   BD34  One tab at a time has the record open. What was acknowledged to a page, whichever tab it is in, is on the disk: a write is
//         answered by the leader when its log has it, and by nobody else.
//   BD35  A new leader is heard by all; what its predecessor had not answered is told to be unknown where it was a write, and asked
//         again where it was a look. It begins locked: keys die with who held them.
import type { Chance } from '../../core/base/ports.ts';
import { toBase32 } from '../../core/base/base32.ts';
import { serveCalls, type Told, type Wire } from './calls.ts';
import { servedBy } from './serve-host.ts';
import type { WardHost } from './ward-host.ts';

export interface TabOptions {
  /** To the page of this tab. */
  readonly page: Wire;
  /** Makes the host, when this tab is the one. */
  readonly begin: () => Promise<WardHost>;
  readonly chance: Chance;
  /** Tells browsers' stores of tests apart. */
  readonly suffix?: string;
}

/** Between tabs. `to`: a tab, 'leader' or 'all'. */
interface Sent {
  readonly to: string;
  readonly from: string;
  readonly what: 'ask' | 'answer' | 'told' | 'who-leads' | 'here' | 'new-leader';
  readonly message?: unknown;
}

const NAME = 'holdfast-record';
const TAB_BYTES = 10;

/** Resolves never: a tab is in it for as long as it lives. */
export async function runTab({ page, begin, chance, suffix = '' }: TabOptions): Promise<void> {
  const tab = toBase32(chance.bytes(TAB_BYTES));
  const channel = new BroadcastChannel(NAME + suffix);
  const waiting: unknown[] = [];
  const shown = new Map<string, boolean>();
  let lead: ((message: unknown, reply: (answer: unknown) => void) => void) | undefined;
  let isLed = false;
  const send = (to: string, what: Sent['what'], message?: unknown): void =>
    // A channel is of its origin alone.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    channel.postMessage({ to, from: tab, what, message } satisfies Sent);

  page.listen((message) => {
    const asked = withTab(message, tab);
    if (lead !== undefined) lead(asked, (answer) => page.post(answer));
    else if (isLed) send('leader', 'ask', asked);
    else waiting.push(asked);
  });
  channel.addEventListener('message', ({ data }: MessageEvent<Sent>) => {
    const { to, from, what, message } = data;
    if (lead !== undefined) {
      if (what === 'who-leads') send(from, 'here');
      else if (what === 'ask') lead(message, (answer) => send(from, 'answer', answer));
      return;
    }
    if (what === 'new-leader' || (what === 'here' && to === tab)) {
      if (what === 'new-leader' && isLed) page.post({ gone: true } satisfies Told);
      isLed = true;
      for (const asked of waiting.splice(0)) send('leader', 'ask', asked);
    } else if ((what === 'answer' && to === tab) || what === 'told') page.post(elsewhere(message));
  });
  send('all', 'who-leads');

  await navigator.locks.request(NAME + suffix, async () => {
    const host = await begin();
    const tell = (told: Told): void => {
      page.post(told);
      send('all', 'told', told);
    };
    host.device.listen((news) => {
      // Who hears of it must find it.
      tell({ status: host.device.status() });
      tell({ news });
    });
    const served = {
      ...servedBy(host),
      shown: (isShown: boolean, of: string) => {
        shown.set(of, isShown);
        host.shown([...shown.values()].some(Boolean));
      },
    };
    lead = (message, reply) => serveCalls(served, { post: reply, listen: (heard) => heard(message) });
    // What was asked of whoever held it before is not answered any more.
    if (isLed) page.post({ gone: true } satisfies Told);
    tell({ status: host.device.status() });
    send('all', 'new-leader');
    for (const asked of waiting.splice(0)) lead(asked, (answer) => page.post(answer));
    await new Promise<never>(() => undefined);
  });
}

/** Whether a page is looked at is told for its tab. */
function withTab(message: unknown, tab: string): unknown {
  if (typeof message !== 'object' || message === null || !('call' in message) || message.call !== 'shown')
    return message;
  const args = 'args' in message && Array.isArray(message.args) ? message.args : [];
  return { ...message, args: [args[0], tab] };
}

/** A status of another tab's record says so, whether it was told or asked for. */
function elsewhere(message: unknown): unknown {
  if (typeof message !== 'object' || message === null) return message;
  if ('status' in message) return { ...message, status: marked(message.status) };
  return 'value' in message ? { ...message, value: marked(message.value) } : message;
}
const marked = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'elsewhere' in value && 'session' in value
    ? { ...value, elsewhere: true }
    : value;
