// The XHTML of a narrative: well-formed, made only of what R4 allows, nothing that acts and nothing that loads styles
// from elsewhere (http://hl7.org/fhir/R4/narrative.html).
//
//   1  One pass, no recursion, no backtracking: time grows with the length alone.
//   2  An allow-list: an element or attribute that is not named here is refused, so a new trick is refused too.
//   3  Reads what a browser would read: entities in attributes are resolved before a scheme is judged.

/** 'malformed': no XHTML at all; 'forbidden': txt-1; 'blank': txt-2. */
export type NarrativeVerdict = 'valid' | 'malformed' | 'forbidden' | 'blank';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** HTML 4.0 chapters 7 to 11 (but 9.4) and 15, `a`, images. */
const ELEMENTS = words(
  'p br div h1 h2 h3 h4 h5 h6 a span b em i strong small big tt dfn q var abbr acronym cite blockquote hr address bdo kbd ' +
    'sub sup ul ol li dl dt dd pre table caption colgroup col thead tr tfoot tbody th td code samp img map area ' +
    's strike u center font',
);
const ATTRIBUTES = words(
  'title style class id lang xml:lang xml:space dir accesskey tabindex xmlns span width height align valign char charoff abbr ' +
    'axis headers scope rowspan colspan href name src alt border summary frame rules cellspacing cellpadding cite charset ' +
    'type hreflang rel rev shape coords longdesc usemap ismap nohref start value compact size noshade color face bgcolor nowrap clear',
);
const LINKS = words('href src cite longdesc usemap');
const SCHEMES = words('http https mailto tel ftp urn cid');
const EMPTY_ELEMENTS_WITH_CONTENT = words('img');
const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml';
const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['colon', ':'],
  ['Tab', '\t'],
  ['NewLine', '\n'],
  ['lpar', '('],
  ['nbsp', '\u00a0'],
]);
const NAME = /[A-Za-z_:][A-Za-z0-9_:.-]*/y;
const ATTRIBUTE = /\s+([A-Za-z_:][A-Za-z0-9_:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /\s*(\/?)>/y;
const ENTITY = /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));/g;
/** Styles act, or load from elsewhere, when they hold one of these, whatever the case. */
const STYLE_BAD = /\\|url\s*\(|expression\s*\(|@import|javascript:|behaviou?r\s*:|-moz-binding/i;
const STYLE_URL = /url\s*\(([^()]*)\)/gi;
/** A picture in the text itself, or a path beside it: no scheme, no host. */
const LOCAL_URL = /^['"]?(?:data:image\/|(?!\s*[\\/]{2})[^:\\]*$)/i;
const DEPTH_MAX = 256;

/** Judges the text of one `div`. Never throws. */
export function checkNarrative(text: string): NarrativeVerdict {
  const scanner = new Scanner(text);
  return scanner.run();
}

class Scanner {
  private readonly text: string;
  private at = 0;
  private readonly open: string[] = [];
  private forbidden = false;
  private filled = false;

  constructor(text: string) {
    this.text = text;
  }

  run(): NarrativeVerdict {
    this.skipSpace();
    let started = false;
    while (this.at < this.text.length) {
      if (this.open.length === 0 && started) {
        this.skipSpace();
        if (this.at < this.text.length) return 'malformed';
        break;
      }
      if (!this.step(started)) return 'malformed';
      started = true;
    }
    if (!started || this.open.length > 0) return 'malformed';
    if (this.forbidden) return 'forbidden';
    return this.filled ? 'valid' : 'blank';
  }

  /** One tag, comment or stretch of text; false where it is not well-formed. */
  private step(started: boolean): boolean {
    if (this.text.charCodeAt(this.at) !== 0x3c) return started && this.words();
    if (this.text.startsWith('<!--', this.at)) {
      const end = this.text.indexOf('-->', this.at + 4);
      this.at = end + 3;
      return started && end >= 0;
    }
    return this.text.charCodeAt(this.at + 1) === 0x2f ? this.closeTag() : this.openTag(started);
  }

  private words(): boolean {
    const next = this.text.indexOf('<', this.at);
    const end = next < 0 ? this.text.length : next;
    const part = this.text.slice(this.at, end);
    this.at = end;
    const plain = resolveEntities(part);
    if (plain === undefined) return false;
    if (/\S/.test(plain)) this.filled = true;
    return true;
  }

  private closeTag(): boolean {
    const name = this.match(NAME, this.at + 2)?.[0];
    if (name === undefined || this.open.pop() !== name) return false;
    return this.match(TAG_END, this.at)?.[1] === '';
  }

  private openTag(started: boolean): boolean {
    const name = this.match(NAME, this.at + 1)?.[0];
    if (name === undefined || (!started && name !== 'div')) return false;
    if (!ELEMENTS.has(name)) this.forbidden = true;
    if (EMPTY_ELEMENTS_WITH_CONTENT.has(name)) this.filled = true;
    const seen = new Set<string>();
    for (;;) {
      const attribute = this.match(ATTRIBUTE, this.at);
      if (attribute === undefined) break;
      const key = attribute[1] ?? '';
      if (seen.has(key)) return false;
      seen.add(key);
      const value = resolveEntities(attribute[2] ?? attribute[3] ?? '');
      if (value === undefined) return false;
      if (!isAttributeAllowed(key, value)) this.forbidden = true;
    }
    const end = this.match(TAG_END, this.at);
    if (end === undefined) return false;
    if (end[1] === '') this.open.push(name);
    return this.open.length <= DEPTH_MAX;
  }

  /** Matches a sticky expression and moves behind it. */
  private match(expression: RegExp, from: number): RegExpExecArray | undefined {
    expression.lastIndex = from;
    const found = expression.exec(this.text);
    if (found === null) return undefined;
    this.at = from + found[0].length;
    return found;
  }

  private skipSpace(): void {
    while (this.at < this.text.length && this.text.charCodeAt(this.at) <= 0x20) this.at++;
  }
}

function isAttributeAllowed(name: string, value: string): boolean {
  if (name.startsWith('xmlns')) return name !== 'xmlns' || value === XHTML_NAMESPACE;
  if (!ATTRIBUTES.has(name)) return false;
  if (LINKS.has(name)) return isLinkAllowed(value);
  if (name === 'style') return isStyleAllowed(value);
  return true;
}

function isStyleAllowed(style: string): boolean {
  const rest = style.replaceAll(STYLE_URL, (whole, url: string) => (LOCAL_URL.test(url.trim()) ? '' : whole));
  return !STYLE_BAD.test(rest);
}

/** Browsers drop control characters and blanks before they read the scheme; so does this. */
function isLinkAllowed(value: string): boolean {
  const bare = value.replaceAll(/[\u0000-\u0020]/g, '');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(bare)?.[1]?.toLowerCase();
  if (scheme === undefined) return true;
  if (scheme === 'data') return /^data:image\/(?:png|jpeg|gif|bmp|webp)[;,]/i.test(bare);
  return SCHEMES.has(scheme);
}

/** The text with its references resolved; undefined where an ampersand starts none. */
function resolveEntities(text: string): string | undefined {
  if (!text.includes('&')) return text;
  if (text.replaceAll(ENTITY, '').includes('&')) return undefined;
  return text.replaceAll(ENTITY, (_, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED.get(name) ?? 'x';
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}
