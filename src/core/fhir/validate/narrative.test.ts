import { expect, test } from 'vitest';
import { checkNarrative } from './narrative.ts';

const inside = (text: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${text}</div>`;

test('[FV20] the formatting that R4 allows is allowed', () => {
  for (const text of [
    'x',
    '<p class="a" id="b" title="c" lang="de" xml:lang="de">x</p><br/><hr />',
    '<table border="1"><caption>x</caption><thead><tr><th scope="col">x</th></tr></thead><tbody><tr><td colspan="2">y</td></tr></tbody></table>',
    '<a name="x"/><a href="#x">x</a><a href="https://x.org/a?b&amp;c">y</a><a href="mailto:a@x.org">z</a><a href="Patient/1">p</a>',
    '<img src="data:image/png;base64,AAAA" alt="x"/>',
    '<ul><li>x</li></ul><dl><dt>a</dt><dd>b</dd></dl><blockquote cite="http://x.org">q</blockquote><pre>\n x</pre>',
    `<p style='font-weight: bold; background-image: url(tbl.png); list-style: URL( "data:image/png;base64,AAAA" )'>x &lt; y &#x3c0; &eacute;</p>`,
    '<!-- a > b -->x',
  ])
    expect(checkNarrative(inside(text)), text).toBe('valid');
});

test('[FV20] what acts, loads or asks is forbidden', () => {
  for (const text of [
    '<script>x</script>',
    '<SCRIPT>x</SCRIPT>',
    '<p onmouseover="x">x</p>',
    '<p ONCLICK="x">x</p>',
    '<iframe src="https://x.org"/>x',
    '<object data="x"/>x',
    '<form><input/></form>x',
    '<style>p{}</style>x',
    '<link rel="stylesheet" href="x"/>x',
    '<base href="https://x.org"/>x',
    '<svg><script/></svg>x',
    '<math/>x',
    '<a href="javascript:x">y</a>',
    '<a href=" JaVaScRiPt:x">y</a>',
    '<a href="java&#x0A;script:x">y</a>',
    '<a href="javascript&colon;x">y</a>',
    '<a href="vbscript:x">y</a>',
    '<a href="data:text/html,x">y</a>',
    '<img src="data:image/svg+xml;base64,AAAA"/>',
    '<p style="width: expression(x)">y</p>',
    '<p style="background: url(https://x.org/a)">y</p>',
    '<p style="background: url(//x.org/a)">y</p>',
    '<p style="background: url( \'https://x.org/a\' )">y</p>',
    '<p style="background: url(a.png), url(https://x.org/a)">y</p>',
    '<p style="background: uurl(a)rl(https://x.org/a)">y</p>',
    '<p style="background: u\\72l(https://x.org)">y</p>',
    '<p style="-moz-binding: x">y</p>',
    '<p srcdoc="x">y</p>',
    '<p data-x="x">y</p>',
    '<p xmlns="http://www.w3.org/2000/svg">y</p>',
  ])
    expect(checkNarrative(inside(text)), text).toBe('forbidden');
});

test('[FV20] what says nothing is blank, what is no XHTML is malformed', () => {
  for (const text of ['', ' ', '<p> </p>', '<br/>', '<!-- x -->', '&#32;'])
    expect(checkNarrative(inside(text)), text).toBe('blank');
  for (const text of [
    '',
    'x',
    '<p>x</p>',
    '<div>x',
    '<div>x</p>',
    '<div>x</div>y',
    '<div>x</div><div>y</div>',
    '<div><b><i>x</b></i></div>',
    '<div a=b>x</div>',
    '<div a>x</div>',
    '<div a="1" a="2">x</div>',
    '<div>a & b</div>',
    '<div>a &amp b</div>',
    '<div>a < b</div>',
    '<div><!-- x</div>',
    '<!DOCTYPE html><div>x</div>',
    '<?xml version="1.0"?><div>x</div>',
    '<div><![CDATA[x]]></div>',
    `<div>${'<b>'.repeat(400)}x${'</b>'.repeat(400)}</div>`,
  ])
    expect(checkNarrative(text), text.slice(0, 60)).toBe('malformed');
});
