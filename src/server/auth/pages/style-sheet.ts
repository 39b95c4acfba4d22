// The one style sheet of the node's own pages. Logical properties throughout, so that Arabic needs no second one; pairs of
// ink and ground keep 4.5 : 1 in light and dark (`layout.test.ts` reckons it).
import { createHash } from 'node:crypto';

/** `[name, light, dark]`; the first of `INK_ON` is read on each of the second. */
export const COLOURS: readonly (readonly [string, string, string])[] = [
  ['ink', '#14201d', '#e6eeea'],
  ['dim', '#4c5b56', '#a6b8b1'],
  ['paper', '#f3f6f4', '#101614'],
  ['card', '#ffffff', '#18211e'],
  ['line', '#cfd8d4', '#2f3d38'],
  ['edge', '#74847e', '#7c8e87'],
  ['key', '#0b6652', '#63d0b4'],
  ['onkey', '#ffffff', '#08221b'],
  ['bad', '#9c1c1c', '#ffa3a3'],
  ['badbg', '#fdeaea', '#3a1c1c'],
  ['warn', '#6b4700', '#ffd98a'],
  ['warnbg', '#fff3d6', '#33280f'],
  ['good', '#0b5c3a', '#8be0b4'],
  ['goodbg', '#e3f5ea', '#12301f'],
];
export const INK_ON: readonly (readonly [string, readonly string[]])[] = [
  ['ink', ['paper', 'card']],
  ['dim', ['paper', 'card']],
  ['key', ['paper', 'card']],
  ['onkey', ['key']],
  ['bad', ['badbg', 'card']],
  ['warn', ['warnbg']],
  ['good', ['goodbg', 'card']],
];
const variables = (of: 1 | 2): string => COLOURS.map((colour) => `--${colour[0]}:${colour[of]}`).join(';');

export const STYLE_SHEET = `
:root{color-scheme:light dark;${variables(1)}}
@media(prefers-color-scheme:dark){:root{${variables(2)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,"Segoe UI","Noto Sans","Noto Sans Arabic",sans-serif;display:flex;flex-direction:column;min-height:100vh}
a{color:var(--key);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--key);outline-offset:2px;border-radius:3px}
.skip{position:absolute;inset-inline-start:-999rem}
.skip:focus{position:static;display:block;padding:.5rem 1rem}
header.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 1rem;padding:.5rem 1rem;background:var(--card);border-block-end:1px solid var(--line)}
header.bar .brand{font-weight:700;text-decoration:none;color:var(--ink)}
header.bar nav{display:flex;flex-wrap:wrap;gap:.125rem .25rem;flex:1 1 auto}
header.bar nav a{padding:.3rem .5rem;border-radius:.375rem;text-decoration:none}
header.bar nav a:hover{text-decoration:underline}
header.bar nav a[aria-current]{background:var(--paper);font-weight:600;color:var(--ink)}
header.bar .who{margin-inline-start:auto;display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .5rem}
header.bar .who strong{font-weight:600}
header.bar form{display:inline}
main{flex:1;width:100%;max-width:58rem;margin:0 auto;padding:1.25rem 1rem 2.5rem}
main.narrow{max-width:27rem}
h1{font-size:1.5rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.0625rem;line-height:1.3;margin:0 0 .5rem}
p{margin:.25rem 0 .75rem}
.dim{color:var(--dim)}
.small{font-size:.875rem}
section,.card{margin-block-start:1rem;padding:1rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
.note{margin-block:.75rem;padding:.6rem .85rem;border-radius:.375rem;border-inline-start:.3rem solid currentColor;background:var(--warnbg);color:var(--warn)}
.note.bad{background:var(--badbg);color:var(--bad)}
.note.good{background:var(--goodbg);color:var(--good)}
.note p{margin:.25rem 0 0}
label,.label{display:block;font-weight:600;margin-block:.65rem .2rem}
.hint{display:block;font-weight:400;color:var(--dim);font-size:.875rem;margin-block-end:.2rem}
input,select,textarea{width:100%;min-height:2.75rem;padding:.45rem .6rem;font:inherit;color:var(--ink);background:var(--card);border:1px solid var(--edge);border-radius:.375rem}
textarea{min-height:4.5rem;resize:vertical}
input[type=checkbox],input[type=radio]{width:1.25rem;height:1.25rem;min-height:0;margin:0;margin-inline-end:.5rem;vertical-align:-.2rem;accent-color:var(--key)}
.code{font:1.0625rem/1.4 ui-monospace,"DejaVu Sans Mono",monospace;direction:ltr;unicode-bidi:isolate;overflow-wrap:anywhere}
bdi{unicode-bidi:isolate}
.small .code,.dim .code{font-size:1em}
section>:last-child{margin-block-end:0}
section>form:first-child>label:first-of-type{margin-block-start:0}
main:not(.narrow) input[type=password]{max-width:27rem}
button,.button{display:inline-block;min-height:2.75rem;padding:.5rem 1rem;font:inherit;font-weight:600;line-height:1.6;text-align:center;text-decoration:none;color:var(--onkey);background:var(--key);border:1px solid var(--key);border-radius:.375rem;cursor:pointer}
button.second,.button.second{color:var(--key);background:transparent;border-color:var(--edge)}
button.danger{color:var(--bad);background:transparent;border-color:var(--bad)}
button.slim,.button.slim{min-height:2rem;padding:.15rem .6rem;font-size:.9375rem}
button:hover,.button:hover{filter:brightness(.93)}
button[aria-disabled=true]{opacity:.65;cursor:progress}
.wide>button,.wide>.button,button.wide{width:100%}
.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-block-start:.85rem}
.fields{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(13rem,100%),1fr));gap:0 1rem;align-items:end}
.stack{display:grid;gap:.5rem}
.or{display:flex;align-items:center;gap:.75rem;color:var(--dim);margin-block:1rem .75rem;font-size:.875rem}
.or::before,.or::after{content:"";flex:1;border-block-start:1px solid var(--line)}
details{margin-block-start:.75rem}
summary{cursor:pointer;color:var(--key);padding:.35rem 0;font-weight:600}
.search{display:flex;gap:.5rem}.search input{flex:1;min-width:0}
fieldset{border:0;padding:0;margin:.65rem 0 0}
legend{font-weight:600;padding:0;margin-block-end:.25rem}
.choice{display:block;font-weight:400;margin:0;padding:.3rem 0}
ul.plain{list-style:none;margin:0;padding:0}
ul.plain>li{padding:.6rem 0;border-block-start:1px solid var(--line)}
ul.plain>li:first-child{border-block-start:0}
.entry{display:flex;flex-wrap:wrap;gap:.35rem 1rem;align-items:baseline;justify-content:space-between}
.entry details{margin:0}
.entry summary{padding:.15rem 0}
.entry .stack{margin-block-start:.35rem;justify-items:start}
.entry form{display:inline-flex;flex-wrap:wrap;gap:.4rem;align-items:center;margin:0}
.entry input,.entry select{width:auto;min-height:2rem;padding:.15rem .4rem}
.tag{display:inline-block;padding:.05rem .5rem;border-radius:1rem;border:1px solid currentColor;font-size:.8125rem;font-weight:600;color:var(--dim)}
.tag.warn{color:var(--warn);background:var(--warnbg)}
.tag.bad{color:var(--bad);background:var(--badbg)}
.tag.good{color:var(--good);background:var(--goodbg)}
.person{font-weight:700}
.facts{display:flex;flex-wrap:wrap;gap:0 1rem;color:var(--ink)}
.facts span{color:var(--dim);margin-inline-end:.25rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:.5rem 0}
dt{color:var(--dim)}dd{margin:0}
.users{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(11rem,100%),1fr));gap:.5rem}
.users button{width:100%;text-align:start;font-weight:600;padding:.4rem .7rem;color:var(--ink);background:var(--card);border-color:var(--edge)}
.users button span{display:block;font-weight:400;font-size:.875rem;color:var(--dim)}
.codes{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.25rem .75rem;list-style:none;padding:0;margin:.5rem 0}
footer{padding:.75rem 1rem 1.25rem;text-align:center;font-size:.875rem;color:var(--dim)}
footer a,footer b{padding:.3rem .4rem;display:inline-block}
[hidden]{display:none!important}
@media(max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-block-end:.4rem}main{padding-block-start:.85rem}section,.card{padding:.85rem}}
@media(prefers-reduced-motion:no-preference){button{transition:filter .1s}}
@media print{header.bar,footer,.noprint,.skip{display:none}body{background:#fff;color:#000}section,.card{border-color:#000;break-inside:avoid}.dim{color:#000}}
`;
export const STYLE_VERSION = createHash('sha256').update(STYLE_SHEET).digest('base64url').slice(0, 12);
