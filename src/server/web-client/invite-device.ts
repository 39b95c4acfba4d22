// Codes by which a browser becomes a device of the ward.
//
//   WU12  Whoever looks after people or machines gives one: a supervisor, IT, an incident lead; in a demonstration everybody on its
//         staff. It is shown as text and as a picture, whose address has the code behind `#`, where no server and no log sees it.
//   WU13  A browser that is not enrolled gets a code for a session that keeps nothing (CR15): for a place of the person's own, for ten
//         minutes.
import { toString as qrCode } from 'qrcode';
import type { Principal } from '../../core/access/principal.ts';
import type { Instant } from '../../core/base/ports.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type { PagesDeps } from '../auth/pages/deps.ts';
import type { Member } from '../auth/pages/serve-page.ts';
import { toldOf } from '../auth/pages/told.ts';
import { invitationFault, invite, type Invitation } from '../sync-api/invite.ts';

export interface InviteDeps {
  readonly pages: PagesDeps;
  /** Of the authority of this node's certificates, `AB:CD:…`; undefined where it has none. */
  readonly fingerprint: () => string | undefined;
  readonly isDemo: () => boolean;
}
export type InviteRefusal = 'forbidden' | 'name' | 'ward' | 'too-many';
export interface EnrolCode {
  readonly code: string;
  readonly expiresAt: Instant;
  /** `https://ward.example/ward/#enrol=…` */
  readonly link: string;
  /** The link as a picture. */
  readonly qrSvg: string;
}

const THIN_MS = 10 * 60_000;
/** Each stands in the register of nodes for good. */
const THIN_PER_HOUR = 30;
/** What would steer a terminal, or turn the words beside it. */
const UNSEEN = /\p{C}/u;
const LOOKS_AFTER: ReadonlySet<string> = new Set(['it', 'incident-lead']);

/** Whether somebody works here: no patient, no program. */
const isStaff = ({ who, duties }: Principal): boolean =>
  who.startsWith('Practitioner/') && duties.some(({ role }) => role !== 'patient' && role !== 'service');

export const mayInvite = ({ principal, access }: Member, isDemo: boolean): boolean =>
  isStaff(principal) && (isDemo || access.mayEnrol || principal.duties.some(({ role }) => LOOKS_AFTER.has(role)));

/** `wish.ward`: `Location/1`, or ''. */
export async function enrolCode(
  member: Member,
  wish: { readonly name: string; readonly ward: string },
  deps: InviteDeps,
): Promise<Result<EnrolCode, InviteRefusal>> {
  if (!mayInvite(member, deps.isDemo())) return err('forbidden');
  const name = wish.name.trim();
  const site = wish.ward === '' ? undefined : wish.ward;
  if (UNSEEN.test(name) || invitationFault({ name, tier: 'device', site: undefined }) !== undefined) return err('name');
  if (invitationFault({ name, tier: 'device', site }) !== undefined) return err('ward');
  const invitation: Invitation = { name, tier: 'device', ...(site === undefined ? {} : { site }) };
  const { code, expiresAt } = await invite(deps.pages, invitation, deps.fingerprint());
  await tell(member, `device invited: ${name}`, site, deps);
  const link = `${member.visit.origin}/ward/#enrol=${code}`;
  return ok({ code, expiresAt, link, qrSvg: await qrCode(link, { type: 'svg', margin: 2 }) });
}

/** `ward`: `Location/1`, or '' for none. */
export async function thinCode(
  member: Member,
  ward: string,
  deps: InviteDeps,
): Promise<Result<{ readonly code: string; readonly expiresAt: Instant }, InviteRefusal>> {
  const { principal } = member;
  if (!isStaff(principal)) return err('forbidden');
  const name = `session that keeps nothing, of ${principal.name}`.slice(0, 120);
  const site = ward === '' ? undefined : ward;
  if (invitationFault({ name, tier: 'device', site }) !== undefined) return err('ward');
  // A duty without places is for the whole site.
  const isOwn = principal.duties.some(
    ({ places }) => places.length === 0 || (site !== undefined && places.includes(site)),
  );
  if (site !== undefined && !isOwn) return err('forbidden');
  const { rows, clock } = deps.pages;
  if ((await rows.count('thin-code', principal.who, 1, clock.now() + 3_600_000)) > THIN_PER_HOUR)
    return err('too-many');
  const invitation: Invitation = { name, tier: 'device', ...(site === undefined ? {} : { site }) };
  const made = await invite(deps.pages, invitation, deps.fingerprint(), THIN_MS);
  await tell(member, 'session that keeps nothing', site, deps);
  return ok(made);
}

const tell = (
  { principal, visit }: Member,
  detail: string,
  ward: string | undefined,
  { pages }: InviteDeps,
): Promise<void> =>
  pages.audit.record({
    at: pages.clock.now(),
    act: 'account',
    ok: true,
    ...toldOf(principal, visit),
    ...(ward === undefined ? {} : { what: [ward] }),
    detail,
  });
