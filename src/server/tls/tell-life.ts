// What an operator is told about the life of certificates: for /health, metrics and the log.
import type { Instant } from '../../core/base/ports.ts';
import { DAY_MS } from './issue.ts';
import { lifeLeft, type Loaded } from './loaded.ts';

/** From well to ill. `unreadable`: configured or made, but it cannot be used. */
export const LEVELS = ['fine', 'renew', 'urgent', 'expired', 'unreadable'] as const;
export type Level = (typeof LEVELS)[number];

export interface CertificateLife {
  readonly which: 'site' | 'hospital' | 'authority';
  readonly level: Level;
  readonly notAfter?: Instant;
  /** Negative after its end. */
  readonly daysLeft?: number;
  /** One line: what is the matter and what to do. No name, no path, no key. */
  readonly text: string;
}

export interface TlsStatus {
  /** Whose certificate a browser gets that asks for the node by the first of its names. */
  readonly serving: 'site' | 'hospital';
  /** The worst of what follows. */
  readonly level: Level;
  readonly certificates: readonly CertificateLife[];
  /** Names that the authority does not permit, and words that are no names: nobody can reach the node safely by these. */
  readonly leftOut: readonly string[];
}

/** Shares of the life left at which a level begins. */
const SHARES = {
  site: { renew: 0.5, urgent: 0.25 },
  hospital: { renew: 0.5, urgent: 0.25 },
  // Ten years: a half would be five years of a yellow light.
  authority: { renew: 0.25, urgent: 0.1 },
} as const;

const WORDS = {
  site: {
    fine: 'The certificate of the site is valid.',
    renew: 'The certificate of the site was not renewed when it was due. See the log for why.',
    urgent: 'The certificate of the site is running out and is not being renewed. See the log for why.',
    expired: 'The certificate of the site has run out or is not valid yet. Check the clock of this server.',
    unreadable: 'The certificate of the site cannot be used.',
  },
  hospital: {
    fine: "The hospital's certificate is valid.",
    renew: "Half of the life of the hospital's certificate is over. Ask for the next one.",
    urgent: "The hospital's certificate runs out soon. Put the next one in its place; it is loaded by itself.",
    expired: "The hospital's certificate has run out or is not valid yet. The site's own is served instead.",
    unreadable: "The hospital's certificate or its key cannot be read, or they do not belong together.",
  },
  authority: {
    fine: 'The authority of the site is valid.',
    renew: 'The authority of the site runs out in some years. Plan for a new one on every device.',
    urgent: 'The authority of the site runs out within a year. Make a new one and bring it to every device.',
    expired: 'The authority of the site has run out. Make a new one and bring it to every device.',
    unreadable: 'The key of the authority is lost or damaged: the certificate of the site cannot be renewed.',
  },
} as const;

/** `loaded` undefined: it cannot be used. `broken`: one from before is served, and what lies there now cannot be read. */
export function lifeOf(
  which: CertificateLife['which'],
  loaded: Pick<Loaded, 'notBefore' | 'notAfter'> | undefined,
  broken: boolean,
  now: Instant,
): CertificateLife {
  if (loaded === undefined) return { which, level: 'unreadable', text: WORDS[which].unreadable };
  const level = broken ? 'unreadable' : levelOf(which, loaded, now);
  const daysLeft = Math.floor((loaded.notAfter - now) / DAY_MS);
  return { which, level, notAfter: loaded.notAfter, daysLeft, text: WORDS[which][level] };
}

function levelOf(
  which: CertificateLife['which'],
  loaded: Pick<Loaded, 'notBefore' | 'notAfter'>,
  now: Instant,
): 'fine' | 'renew' | 'urgent' | 'expired' {
  if (now > loaded.notAfter || now < loaded.notBefore) return 'expired';
  const left = lifeLeft(loaded, now);
  if (left <= SHARES[which].urgent) return 'urgent';
  return left <= SHARES[which].renew ? 'renew' : 'fine';
}

export const worst = (levels: readonly Level[]): Level =>
  LEVELS[Math.max(0, ...levels.map((level) => LEVELS.indexOf(level)))] ?? 'fine';
