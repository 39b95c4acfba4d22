// The switchboard's page: where everything stands, a switch at each place, and what happened. No inline script, nothing from elsewhere.

export const SWITCHBOARD_STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#14201d,#e6eeea);--dim:light-dark(#51615c,#9db0a9);--paper:light-dark(#f3f6f4,#101614);--card:light-dark(#fff,#18211e);--line:light-dark(#c6d1cc,#33423d);--key:light-dark(#0b6b57,#63d0b4);--bad:light-dark(#a11d1d,#ff9a9a);--badbg:light-dark(#fdeaea,#3a1c1c);--good:light-dark(#0b6b57,#63d0b4);--wait:light-dark(#7a5200,#ffd98a)}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
main{max-width:68rem;margin:0 auto;padding:1.25rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.2;margin:0}
h2{font-size:1.05rem;margin:0}
p{margin:.25rem 0;color:var(--dim)}
a{color:var(--key)}
a:focus-visible,button:focus-visible{outline:3px solid var(--key);outline-offset:2px}
button{font:inherit;min-height:2.5rem;padding:.35rem .9rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card);color:var(--ink);cursor:pointer}
button:disabled{opacity:.55;cursor:not-allowed}
button.main{background:var(--key);border-color:var(--key);color:var(--paper);font-weight:600}
button.danger{border-color:var(--bad);color:var(--bad)}
.row{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}
.map{display:grid;grid-template-columns:1fr 1fr;gap:0 1.5rem;margin:1.25rem 0}
.map .region{grid-column:1/3;justify-self:center;width:min(100%,26rem)}
.node{background:var(--card);border:2px solid var(--line);border-radius:.6rem;padding:.8rem 1rem}
.node[data-state=up]{border-color:var(--good)}
.node[data-state=down],.node[data-state=silent]{border-color:var(--bad);border-style:dashed;background:var(--badbg)}
.node[data-state=starting]{border-color:var(--wait);border-style:dotted}
.state{font-weight:600}
.state[data-state=up]{color:var(--good)}.state[data-state=down],.state[data-state=silent]{color:var(--bad)}.state[data-state=starting]{color:var(--wait)}
.wire{display:flex;flex-direction:column;align-items:center;gap:.35rem;padding:.35rem 0}
.wire i{display:block;width:0;height:1.4rem;border-inline-start:4px solid var(--good)}
.wire[data-cut=true] i{border-inline-start-style:dotted;border-color:var(--bad)}
.busy{min-height:1.6rem;color:var(--wait);font-weight:600}
ol{list-style:none;margin:.5rem 0 0;padding:0;border-top:1px solid var(--line);max-height:22rem;overflow:auto}
li{display:flex;gap:.75rem;padding:.3rem 0;border-bottom:1px solid var(--line)}
li time{color:var(--dim);font-variant-numeric:tabular-nums}
li[data-tone=bad]{color:var(--bad)}li[data-tone=good]{color:var(--good)}
table{border-collapse:collapse;width:100%;margin-top:.5rem}
th,td{text-align:start;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line)}
th{color:var(--dim);font-weight:400}
.sum{font-size:1.25rem;font-weight:600}
section{margin-top:1.5rem}
@media(max-width:40rem){.map{gap:0 .5rem}.node{padding:.6rem}}
`;

export const SWITCHBOARD_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Outage switchboard · Holdfast demonstration</title>
<link rel="stylesheet" href="/switchboard.css"><script src="/switchboard.js" defer></script></head>
<body><main>
<h1>Outage switchboard</h1>
<p>A region, a hospital and a general practice run on this machine. Take them away, and watch the ward keep working. Everybody here is made up.</p>
<p class="row"><a id="ward" href="#" target="_blank" rel="noopener">Open the ward</a> <a id="second" href="#" target="_blank" rel="noopener">Open a second device</a> <a id="gp" href="#" target="_blank" rel="noopener">Open the practice</a></p>
<p class="row"><button class="main" id="play">Play 19 July</button> <button id="heal">Mend everything</button></p>
<p class="busy" id="busy" role="status" aria-live="polite"></p>
<div class="map">
<div class="region"><div class="node" data-node="region"></div></div>
<div class="wire" data-wire="hospital"></div><div class="wire" data-wire="practice"></div>
<div class="node" data-node="hospital"></div><div class="node" data-node="practice"></div>
</div>
<section id="receipt" hidden aria-labelledby="rh"><h2 id="rh">Receipt</h2><p class="sum" id="sum"></p>
<table><thead><tr><th scope="col">What</th><th scope="col">On</th><th scope="col">When</th><th scope="col">In the region</th></tr></thead><tbody id="lines"></tbody></table></section>
<section aria-labelledby="th"><h2 id="th">What happened</h2><ol id="told" tabindex="0" aria-labelledby="th"></ol></section>
<noscript><p>The switchboard needs scripts: they are its own, and come from this machine alone.</p></noscript>
</main></body></html>
`;

export const SWITCHBOARD_SCRIPT = `'use strict';
const WORDS = {
  up: ['\\u25CF', 'answers'], down: ['\\u2715', 'gone'], starting: ['\\u2026', 'is starting'], silent: ['?', 'does not answer'],
};
const at = (id) => document.getElementById(id);
const make = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text }, more);
let drawn = '';
let lastHeard = Date.now();

async function press(wish) {
  try {
    const answer = await fetch('/press', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(wish) });
    if (!answer.ok) at('busy').textContent = await answer.text();
  } catch {
    at('busy').textContent = 'The switchboard itself does not answer: was it stopped at the terminal?';
  }
  await look();
}

function button(text, wish, disabled, className = '') {
  const made = make('button', text, { disabled, className });
  made.addEventListener('click', () => press(wish));
  return made;
}

function draw(state) {
  const busy = state.busy !== undefined;
  for (const node of state.nodes) {
    const box = document.querySelector('[data-node=' + node.name + ']');
    box.dataset.state = node.state;
    const [shape, words] = WORDS[node.state];
    const said = make('p', shape + ' ' + words, { className: 'state' });
    said.dataset.state = node.state;
    const row = make('div', '', { className: 'row' });
    row.append(node.state === 'down'
      ? button('Start it again', { do: 'start', node: node.name }, busy)
      : button('Stop: pull the plug', { do: 'stop', node: node.name }, busy, 'danger'));
    box.replaceChildren(make('h2', node.title), said, make('p', node.address), row);
    if (node.name === 'hospital') {
      at('ward').href = node.address + '/ward/';
      at('second').href = node.address.replace('//localhost', '//tablet.localhost') + '/ward/';
    }
    if (node.name === 'practice') at('gp').href = node.address + '/ward/';
  }
  for (const line of state.lines) {
    const wire = document.querySelector('[data-wire=' + line.site + ']');
    wire.dataset.cut = String(line.cut);
    wire.replaceChildren(make('i', ''), make('span', line.cut ? '\\u2715 line cut' : '\\u25CF line up'), line.cut
      ? button('Mend the line', { do: 'mend', site: line.site }, busy)
      : button('Cut the line', { do: 'cut', site: line.site }, busy, 'danger'), make('i', ''));
  }
  for (const id of ['play', 'heal']) at(id).disabled = busy;
  at('busy').textContent = state.busy ?? '';
  at('told').replaceChildren(...state.told.toReversed().map(({ at: when, text, tone }) => {
    const item = make('li', '');
    item.dataset.tone = tone;
    item.append(make('time', new Date(when).toTimeString().slice(0, 8)), make('span', text));
    return item;
  }));
  const { receipt } = state;
  at('receipt').hidden = receipt === undefined;
  if (receipt !== undefined) {
    at('sum').textContent = receipt.written + ' written, ' + receipt.atRegion + ' in the region, ' + receipt.lost + ' lost, '
      + receipt.toDecide + (receipt.toDecide === 1 ? ' conflict' : ' conflicts') + ' to decide';
    at('lines').replaceChildren(...receipt.lines.map((line) => {
      const row = make('tr', '');
      row.append(make('td', line.what), make('td', line.device), make('td', line.when), make('td', line.atRegion ? '\\u2713 there' : '\\u2715 lost'));
      return row;
    }));
  }
}

async function look() {
  try {
    const text = await (await fetch('/state')).text();
    lastHeard = Date.now();
    // Drawn anew only when something changed: what has the focus keeps it meanwhile.
    if (text !== drawn) {
      const focused = document.activeElement instanceof HTMLButtonElement ? document.activeElement.textContent : null;
      const box = document.activeElement?.closest('[data-node],[data-wire]');
      drawn = text;
      draw(JSON.parse(text));
      if (focused !== null && box) (box.querySelector('button:not(:disabled)'))?.focus();
    }
  } catch {
    if (Date.now() - lastHeard > 3000) at('busy').textContent = 'The switchboard itself does not answer: was it stopped at the terminal?';
  }
}

at('play').addEventListener('click', () => press({ do: 'play' }));
at('heal').addEventListener('click', () => press({ do: 'heal' }));
setInterval(look, 1000);
look();
`;
