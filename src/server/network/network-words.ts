// The words of this room: nodes, lines, what is pressed, and what is told.

export type NodeName = 'region' | 'hospital' | 'practice';
/** `silent`: its processes are there, and it does not answer. */
export type NodeState = 'down' | 'starting' | 'up' | 'silent';
export type SiteName = Exclude<NodeName, 'region'>;
export const SITES: readonly SiteName[] = ['hospital', 'practice'];
export const isNodeName = (text: string): text is NodeName =>
  text === 'region' || text === 'hospital' || text === 'practice';

export type Press =
  | { readonly do: 'stop' | 'start'; readonly node: NodeName }
  | { readonly do: 'cut' | 'mend'; readonly site: SiteName }
  | { readonly do: 'heal' | 'play' };

export interface Told {
  readonly at: number;
  readonly text: string;
  readonly tone: 'plain' | 'bad' | 'good';
}
export interface NetworkState {
  readonly nodes: readonly {
    readonly name: NodeName;
    readonly title: string;
    readonly address: string;
    readonly state: NodeState;
  }[];
  readonly lines: readonly { readonly site: SiteName; readonly cut: boolean }[];
  /** What is being carried out, in words; absent for nothing. */
  readonly busy?: string;
  readonly told: readonly Told[];
  readonly receipt?: Receipt;
}

export interface ReceiptLine {
  readonly what: string;
  readonly device: string;
  /** What was up when it was written. */
  readonly when: 'everything up' | 'region gone' | 'site gone, too';
  readonly atRegion: boolean;
}
export interface Receipt {
  readonly lines: readonly ReceiptLine[];
  readonly written: number;
  readonly atRegion: number;
  readonly lost: number;
  /** Of what was played: what stands on the region's list of what people must decide. */
  readonly toDecide: number;
  /** From the last mended line until the region had everything, ms. */
  readonly convergedMs: number;
}
