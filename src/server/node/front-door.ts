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
ul{margin:0;padding:0;list-style:none}li{padding:.3rem 0}
li span{display:block;color:var(--dim);font-size:.9rem}
code{font:.9em ui-monospace,monospace}
.ok{color:var(--key);font-weight:600}.bad{color:var(--bad);font-weight:600}
`;

/** Only the one style sheet in the page, by its hash; no script, no frame, no form, nothing from anywhere. */
export const FRONT_DOOR_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
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
  unavailable: 'Not serving: the database does not answer.',
};

/** The page. `health` is of this moment; reloading asks again. */
export function frontDoor(health: Health): string {
  const well = health.status === 'ok';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Holdfast</title><style>${STYLE}</style></head>
<body><main>
<h1>Holdfast</h1>
<p>The electronic medical record that stays up. This node keeps a FHIR R4 record.</p>
${health.demo ? '<div class="note" role="note"><strong>Demonstration.</strong> Every patient here is made up by a program. Do not enter real ones.</div>' : ''}
<div class="note" role="note"><strong>No sign-in yet.</strong> Whoever reaches this address can read and write everything. Keep it on this machine. Not for real patients.</div>
<section aria-labelledby="h"><h2 id="h">This node</h2><dl>
<dt>Health</dt><dd class="${well ? 'ok' : 'bad'}">${escape(SAID[health.status])}</dd>
<dt>Tier</dt><dd>${escape(health.tier)}</dd>
<dt>Version</dt><dd>${escape(health.version)}</dd>
<dt>Database</dt><dd>${health.database.status === 'ok' ? `answered in ${health.database.ms} ms` : 'no answer'}</dd>
</dl></section>
<section aria-labelledby="l"><h2 id="l">Where to look</h2><ul>
${link('/fhir/metadata', 'What the FHIR API can do (CapabilityStatement)')}
${link('/health', 'Health, as JSON')}
${link('/metrics', 'Metrics, for Prometheus')}
</ul></section>
<section aria-labelledby="s"><h2 id="s">Searches to try</h2><ul>
${SEARCHES.map(([path, words]) => link(path, words)).join('\n')}
</ul></section>
</main></body></html>
`;
}
