// The status for the terminal: what a person at night reads first comes first.
import type { Instant } from '../../core/base/ports.ts';
import type { SyncStatus } from './sync-status.ts';

export function statusText(status: SyncStatus): string {
  const { now, parent, children } = status;
  const ago = (at: Instant | undefined): string => (at === undefined ? 'never' : `${span(now - at)} ago`);
  const lines = [`${status.name} (${status.tier}, ${status.version})   node ${status.node}`];
  if (status.attention.length === 0) lines.push('Nothing wants attention.');
  for (const one of status.attention) lines.push(`${one.urgent ? '!' : '-'} ${one.text}`, `  see ${one.see}`);
  if (parent === undefined) lines.push('', 'Parent    none');
  else {
    const { link } = parent;
    lines.push(
      '',
      `Parent    ${parent.name} at ${parent.url}: ${parent.reachable ? 'reachable' : REFUSING.has(parent.trouble?.kind ?? '') ? 'it answers, and refuses' : 'not reachable'}`,
      `  link      ${link === undefined ? 'not running' : `${link.phase}, for ${span(now - link.since)}`}`,
      `  contact   ${ago(link?.contactAt)}; last complete ${ago(link?.successAt)}`,
      `  up        ${link?.queue ?? 0} commits wait${parent.lagUpMs > 0 ? `, the oldest for ${span(parent.lagUpMs)}` : ''}; ${link?.handed ?? 0} handed over, ${link?.rescued ?? 0} rescued`,
      `  clock     ${link?.skewMs === undefined ? 'not measured' : `${signed(link.skewMs)} against the parent's`}; a trip takes ${link?.tripMs ?? '?'} ms`,
    );
    if ((link?.rebuilds ?? 0) > 0) lines.push(`  rebuilt   ${link?.rebuilds ?? 0} times`);
  }
  if (children.length > 0) {
    lines.push('', `Below     ${children.filter(({ retiredAt }) => retiredAt === undefined).length} nodes`);
    const wide = Math.max(...children.map(({ name }) => [...name].length));
    for (const child of children) {
      const state = child.retiredAt !== undefined ? 'retired' : child.clone ? 'CLONED' : `here ${ago(child.lastAt)}`;
      lines.push(`  ${child.name.padEnd(wide)}  ${child.tier.padEnd(6)}  ${state}`);
    }
  }
  const carried = Object.entries(status.carried).map(([rank, count]) => `${count} ${RANK_TEXT[rank] ?? rank}`);
  lines.push(
    '',
    `Safe      ${carried.length === 0 ? 'nothing is carried that the backup does not cover' : carried.join(', ')}`,
  );
  const { S1, S2 } = status.conflicts;
  lines.push(`Conflicts ${S1.open} that could harm now, ${S2.open} others`);
  lines.push(`Aside     ${status.quarantine.commits} commits in quarantine, ${status.forked.length} forked histories`);
  if (status.mirror !== undefined)
    lines.push(
      `Mirror    ${status.mirror.behind} commits behind${status.mirror.trouble === undefined ? '' : `: ${status.mirror.trouble}`}`,
    );
  return lines.join('\n');
}

const REFUSING: ReadonlySet<string> = new Set(['retired', 'unknown-node', 'version', 'disk', 'busy']);

const RANK_TEXT: Readonly<Record<string, string>> = {
  D0: 'on a device alone',
  D1: "on this node's disk",
  D1m: 'on two disks here',
  D2: 'at the region',
  D3: "in the region's backup",
};

function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const whole = Math.round(seconds / 60);
  return whole < 120 ? `${whole} min` : `${Math.round(whole / 60)} h`;
}
const signed = (ms: number): string =>
  `${ms < 0 ? '-' : '+'}${Math.abs(ms) < 1_000 ? `${Math.abs(ms)} ms` : span(Math.abs(ms))}`;
