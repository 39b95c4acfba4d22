// FHIR narratives (http://hl7.org/fhir/R4/narrative.html) to plain paragraphs and back.
//
//   CH43  A narrative is read as text alone: no markup of it ever reaches a page.
const BLOCKS = /^(?:p|div|li|tr|br|h[1-6]|ul|ol|table|dd|dt|blockquote|pre|hr)$/;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Paragraphs of an XHTML `div`. Cells of a row are divided by a bar. Comments, scripts and styles are left out. */
export function narrativeLines(xhtml: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const end = (): void => {
    const text = line.replace(/[ \t\r\n]+/g, ' ').trim();
    if (text !== '') lines.push(text);
    line = '';
  };
  const cleaned = xhtml.replace(/<!--[\s\S]*?-->|<(script|style)\b[\s\S]*?<\/\1\s*>/gi, '');
  for (const part of cleaned.match(/<[^>]*>|[^<]+/g) ?? []) {
    if (!part.startsWith('<')) {
      line += unescaped(part);
      continue;
    }
    const name = (/^<\/?\s*([A-Za-z][A-Za-z0-9]*)/.exec(part)?.[1] ?? '').toLowerCase();
    if (BLOCKS.test(name)) end();
    else if ((name === 'td' || name === 'th') && part.startsWith('<') && line !== '' && !part.startsWith('</'))
      line += ' | ';
  }
  end();
  return lines;
}

function unescaped(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return NAMED[name.toLowerCase()] ?? whole;
    const code = name[1] === 'x' || name[1] === 'X' ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : '\ufffd';
  });
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Typed text as a narrative: an empty line begins a paragraph, a line break is one. */
export function narrativeOf(text: string): { readonly status: 'generated'; readonly div: string } {
  const paragraphs = text
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => `<p>${part.split('\n').map(escaped).join('<br/>')}</p>`);
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${paragraphs.join('')}</div>` };
}
