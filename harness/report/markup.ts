/** Markup that is already safe to stand in the page. Only {@link html} makes it. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes: text is escaped, markup is not, lists are joined, `undefined` and `false` are nothing. */
export type Part = Markup | string | number | undefined | false | readonly Part[];

// C0 and C1 controls (tab and line feed apart), bidirectional overrides, and lone surrogates: nothing that could
// make a page, an XML file or a terminal show other than what it holds.
const UNPRINTABLE = /(?![\t\n])[\p{Cc}\p{Surrogate}\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text without characters that no reader can see; each becomes U+FFFD. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

/** Text as it may stand in an element or a quoted attribute of HTML and XML. */
function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

function renderPart(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'number') return Number.isFinite(part) ? String(part) : '';
  if (typeof part === 'string') return escapeMarkup(part);
  return part.map(renderPart).join('');
}

const OUTDENTED = new WeakMap<TemplateStringsArray, readonly string[]>();

/** The source's indentation is for its readers: in the page it would be a third of the bytes. */
function outdented(strings: TemplateStringsArray): readonly string[] {
  let literals = OUTDENTED.get(strings);
  if (literals === undefined) {
    literals = strings.map((literal) => literal.replace(/\n\s*/g, '\n'));
    OUTDENTED.set(strings, literals);
  }
  return literals;
}

/** A template of HTML, SVG or XML. Every interpolation is escaped unless it is {@link Markup}; attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const literals = outdented(strings);
  let text = literals[0] ?? '';
  parts.forEach((part, index) => {
    text += renderPart(part) + (literals[index + 1] ?? '');
  });
  return new Markup(text);
}
