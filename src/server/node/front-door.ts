// The front door at `/`: what this node is and where to look. One page, no script, nothing from elsewhere.
import { createHash } from 'node:crypto';
import type { Health } from './health.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#14201d;--dim:#51615c;--paper:#f6f8f6;--card:#fff;--line:#d5ddd9;--key:#0b6b57;--bad:#a11d1d;--warn:#7a5200;--warnbg:#fff3d6}
@media(prefers-color-scheme:dark){:root{--ink:#e6eeea;--dim:#9db0a9;--paper:#101614;--card:#18211e;--line:#2c3935;--key:#63d0b4;--bad:#ff9a9a;--warn:#ffd98a;--warnbg:#33280f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem 3rem}
h1{font-size:1.75rem;line-height:1.2;margin:0}
h2{font-size:1rem;margin:0 0 .5rem}
p{margin:.25rem 0 0;color:var(--dim)}
a{color:var(--key);overflow-wrap:anywhere}
a:focus-visible{outline:3px solid var(--key);outline-offset:2px;border-radius:2px}
.note{margin:1.25rem 0 0;padding:.75rem 1rem;border-radius:.5rem;background:var(--warnbg);color:var(--warn)}
section{margin-top:1.25rem;padding:1rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}
dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.3rem .75rem .3rem 0;vertical-align:top}th{color:var(--dim);font-weight:400}
.go,.ward,button{display:inline-block;font:inherit;padding:.5rem 1rem;border-radius:.4rem;border:1px solid var(--key);background:var(--key);color:var(--paper);text-decoration:none;cursor:pointer}
button.quiet{background:none;color:var(--key)}button:focus-visible{outline:3px solid var(--key);outline-offset:2px}
form{display:inline}.who{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center}
ul{margin:0;padding:0;list-style:none}li{padding:.3rem 0}
li span{display:block;color:var(--dim);font-size:.9rem}
code{font:.9em ui-monospace,monospace}
.ok{color:var(--key);font-weight:600}.bad{color:var(--bad);font-weight:600}
`;

/** Only the one style sheet in the page, by its hash; no script, no frame, nothing from anywhere, forms to this node alone. */
export const FRONT_DOOR_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const SEARCHES: readonly (readonly [string, string])[] = [
  ['/fhir/Patient?_count=20', 'Patients, twenty a page'],
  ['/fhir/Encounter?status=in-progress&class=IMP&_include=Encounter:patient', 'Inpatients with their encounters'],
  ['/fhir/AllergyIntolerance?criticality=high&_include=AllergyIntolerance:patient', 'Allergies that can kill'],
  ['/fhir/MedicationRequest?status=active&_count=20', 'Active medication orders'],
  ['/fhir/Observation?code=http://loinc.org|8867-4&_sort=-date&_count=20', 'Heart rates, newest first'],
  ['/fhir/Appointment?_sort=date&_count=20', 'Appointments'],
];

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const link = (path: string, words: string): string =>
  `<li><a href="${escape(path)}"><code>${escape(path)}</code></a><span>${escape(words)}</span></li>`;

const SAID: Readonly<Record<Health['status'], string>> = {
  ok: 'Serving: the record can be read and written.',
  'low-disk': 'Serving, but the disk is nearly full: make room now.',
  attention: 'Serving, but somebody of IT should look: see below.',
  unavailable: 'Not serving: the database does not answer.',
};

/** Who is signed in at this browser. */
export interface SignedInShown {
  readonly name: string;
  /** Roles and the like, for people. */
  readonly words: readonly string[];
  /** Proves that the forms of the page come from the page. */
  readonly formToken: string;
  /** Pages that this person may open. */
  readonly links: readonly (readonly [path: string, words: string])[];
}
export interface DemoPersonShown {
  readonly userName: string;
  readonly password: string;
  readonly title: string;
  readonly name: string;
}

const SIGN_IN = '/session/start?to=%2F';

const WARD = `<section aria-labelledby="c"><h2 id="c">The ward</h2>
<p>Patients, observations, medicines, orders, results: on any device with a browser, with or without this server.</p>
<p><a class="ward" href="/ward/">Open the ward</a></p></section>`;

function who(signedIn: SignedInShown | undefined): string {
  if (signedIn === undefined) {
    return `<section aria-labelledby="w"><h2 id="w">Sign in</h2><p>The record opens to people who may see it.</p>
<p><a class="go" href="${SIGN_IN}">Sign in</a></p></section>`;
  }
  const token = `<input type="hidden" name="token" value="${escape(signedIn.formToken)}">`;
  return `<section aria-labelledby="w"><h2 id="w">Signed in</h2>
<div class="who"><span><strong>${escape(signedIn.name)}</strong>${signedIn.words.length === 0 ? '' : `, ${escape(signedIn.words.join(', '))}`}</span>
<form method="post" action="/session/end">${token}<button type="submit">Sign out</button></form>
<form method="post" action="/session/end">${token}<input type="hidden" name="then" value="sign-in"><button class="quiet" type="submit">Switch user</button></form></div>
<ul>${signedIn.links.map(([path, words]) => link(path, words)).join('')}</ul></section>`;
}

function demoUsers(people: readonly DemoPersonShown[], formToken: string | undefined): string {
  if (people.length === 0) return '';
  const go = ({ userName, name }: DemoPersonShown): string =>
    formToken === undefined || !WARD_USERS.has(userName)
      ? ''
      : `<button name="user" value="${escape(userName)}" aria-label="${escape(`Open the ward as ${name}`)}">Open the ward</button>`;
  const rows = people.map(
    (one) =>
      `<tr><td><code>${escape(one.userName)}</code></td><td>${escape(one.name)}<br><small>${escape(one.title)}</small></td><td>${go(one)}</td></tr>`,
  );
  return `<section aria-labelledby="d"><h2 id="d">Who you can be here</h2>
<p>The password of each is <code>${escape(people[0]?.password ?? '')}</code>. These people exist in this demonstration alone.</p>
<form method="post" action="/session/demo"><input type="hidden" name="token" value="${escape(formToken ?? '')}"><input type="hidden" name="to" value="/ward/">
<table><thead><tr><th scope="col">User name</th><th scope="col">Who</th><th scope="col"></th></tr></thead><tbody>${rows.join('')}</tbody></table></form></section>`;
}

/** Those who work on a ward or lead it; a patient has no ward client. */
const WARD_USERS: ReadonlySet<string> = new Set([
  'nurse',
  'charge-nurse',
  'doctor',
  'ward-clerk',
  'pharmacist',
  'laboratory',
  'imaging',
  'incident-lead',
  'it',
]);

/** The page. `health` is of this moment; reloading asks again. `formToken` proves that a form of it comes from it. */
export function frontDoor(
  health: Health,
  signedIn: SignedInShown | undefined,
  people: readonly DemoPersonShown[],
  formToken?: string,
): string {
  const well = health.status === 'ok';
  const certificates = health.certificates?.texts ?? [];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Holdfast</title><style>${STYLE}</style></head>
<body><main>
<h1>Holdfast</h1>
<p>The electronic medical record that stays up. This node keeps a FHIR R4 record.</p>
${health.demo ? '<div class="note" role="note"><strong>Demonstration.</strong> Every patient here is made up by a program. Do not enter real ones.</div>' : ''}
${WARD}
${who(signedIn)}
${health.demo ? demoUsers(people, formToken) : ''}
<section aria-labelledby="h"><h2 id="h">This node</h2><dl>
<dt>Health</dt><dd class="${well ? 'ok' : 'bad'}">${escape(SAID[health.status])}</dd>
<dt>Tier</dt><dd>${escape(health.tier)}</dd>
<dt>Version</dt><dd>${escape(health.version)}</dd>
<dt>Database</dt><dd>${health.database.status === 'ok' ? `answered in ${health.database.ms} ms` : 'no answer'}</dd>
<dt>Audit</dt><dd>${health.audit.status === 'ok' ? 'every look is written down' : `looks cannot be written down at present; ${health.audit.lost} lost`}</dd>
${health.links.texts.length === 0 ? '' : `<dt>Links</dt><dd>${health.links.texts.map(escape).join('<br>')}</dd>`}
${certificates.length === 0 ? '' : `<dt>Certificates</dt><dd>${certificates.map(escape).join('<br>')}</dd>`}
</dl></section>
<section aria-labelledby="l"><h2 id="l">Where to look</h2><ul>
${link('/fhir/metadata', 'What the FHIR API can do (CapabilityStatement)')}
${link('/fhir/.well-known/smart-configuration', 'How programs sign in (SMART on FHIR)')}
${link('/health', 'Health, as JSON')}
${link('/metrics', 'Metrics, for Prometheus')}
</ul></section>
${
  signedIn === undefined
    ? ''
    : `<section aria-labelledby="s"><h2 id="s">Searches to try</h2>
<p>Each shows what you may see, and is in the audit.</p><ul>
${SEARCHES.map(([path, words]) => link(path, words)).join('\n')}
</ul></section>`
}
</main></body></html>
`;
}
