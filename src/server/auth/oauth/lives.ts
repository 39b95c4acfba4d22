// How long what sign-in gives out lives, and why. CR11: none of these ends care. Access is renewed without a person as long as a
// refresh token lives, and a refresh token lives longer than any outage or absence; what must end at once is revoked.

/** Seconds. Short enough to be worth little when lost, long enough that a node which restarts is not asked by everyone. */
export const ACCESS_TOKEN_S = 3_600;
/** SMART Backend Services asks for at most five minutes. */
export const SERVICE_TOKEN_S = 300;
/** RFC 6749 4.1.2 asks for a short life: a browser carries it across one redirect. */
export const CODE_S = 60;
export const ID_TOKEN_S = 3_600;
/** Renewed at each use. Twice the three months that ONC (g)(10) asks for. */
export const OFFLINE_S = 180 * 86_400;
/** The person is there: a shift of twelve hours, with room for a long one; renewed at each use. */
export const ONLINE_S = 16 * 3_600;
/** The provider's own session, which spares a second sign-in for a second program. Renewed at each use. */
export const SESSION_S = 16 * 3_600;
/** A nurse is called away in the middle of signing in. */
export const INTERACTION_S = 2 * 3_600;
/** A consent that is not asked for again. */
export const CONSENT_S = 90 * 86_400;
/** The clocks of others, in an outage without time servers. */
export const CLOCK_TOLERANCE_S = 60;
/** SMART, asymmetric authentication: an assertion ends at most five minutes ahead. */
export const ASSERTION_S = 300;
