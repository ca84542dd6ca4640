import { createHash } from 'node:crypto';
import type { CopyAnswer } from '../../front/copy-text';
import { isRecord } from '../../core/guards';
import { keyInPath } from './kind-of';

/** What of an answer is held against another one. */
export interface Facets {
  /** `status`, or what stands for it where there was no whole answer. */
  readonly status: string;
  readonly contentType: string;
  /** What a JSON body has at each path, in words: `a number`; `an array or null` where elements of an array differ. */
  readonly types: ReadonlyMap<string, string>;
  /** Values at each path, and what else is comparable: by what is compared, as `$.total` or `the order of $.items`. */
  readonly values: ReadonlyMap<string, string>;
}

/** Values of one answer that are looked at: what lies behind is not compared. */
const NODES_MAX = 20_000;

const NO_ANSWER = 'no whole answer';

/**
 * An answer in parts. Elements of an array share a path, `$.items[]`: what they hold is compared without regard to their order, and the order
 * by itself, of arrays that lie in no other. What is no JSON is compared byte by byte.
 */
export function facetsOf(answer: CopyAnswer | undefined): Facets {
  if (answer === undefined) return { status: NO_ANSWER, contentType: '', types: new Map(), values: new Map() };
  const { status, headers, body } = answer;
  const contentType = (headers['content-type'] ?? 'none').toLowerCase().replace(/\s+/g, '');
  const isJson = /[/+]json\b/.test(contentType) || /^\s*[{[]/.test(body);
  const json = isJson ? parsed(body) : undefined;
  const { types, values } = json === undefined ? bytes(body) : walked(json.value);
  const { location } = headers;
  if (location !== undefined) values.set('location', location);
  return { status: `status ${status}`, contentType, types, values };
}

interface Walk {
  readonly types: Map<string, string>;
  readonly values: Map<string, string>;
}

function bytes(body: string): Walk {
  const bytesOf = Buffer.from(body, 'latin1');
  const digest = createHash('sha256').update(bytesOf).digest('hex').slice(0, 12);
  const values = new Map([['body', body.length === 0 ? 'empty' : `${bytesOf.length} bytes, sha256 ${digest}`]]);
  return { types: new Map(), values };
}

function parsed(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(Buffer.from(body, 'latin1').toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
}

function walked(root: unknown): Walk {
  const types = new Map<string, Set<string>>();
  const scalars = new Map<string, string[]>();
  const orders = new Map<string, string>();
  let nodes = 0;
  const note = <T>(all: Map<string, T>, path: string, empty: () => T): T => {
    const known = all.get(path) ?? empty();
    all.set(path, known);
    return known;
  };
  const visit = (value: unknown, path: string): void => {
    nodes += 1;
    if (nodes > NODES_MAX) return;
    note(types, path, () => new Set<string>()).add(typeOf(value));
    if (Array.isArray(value)) {
      note(scalars, path, () => []).push(`an array of ${value.length}`);
      if (!path.includes('[]')) orders.set(path, orderOf(value));
      value.forEach((element) => visit(element, `${path}[]`));
    } else if (isRecord(value)) {
      for (const key of Object.keys(value).sort()) visit(value[key], `${path}${keyInPath(key)}`);
    } else {
      note(scalars, path, () => []).push(JSON.stringify(value));
    }
  };
  visit(root, '$');
  const values = new Map([...scalars].map(([path, found]) => [path, found.sort().join(', ')]));
  for (const [path, order] of orders) values.set(`the order of ${path}`, order);
  return { types: new Map([...types].map(([path, found]) => [path, [...found].sort().join(' or ')])), values };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'object':
      return 'an object';
    case 'boolean':
      return 'true or false';
    default:
      return `a ${typeof value}`;
  }
}

/** Where each element would stand if they were sorted: the same for arrays that have the same elements in the same order. */
function orderOf(elements: readonly unknown[]): string {
  const texts = elements.map(sortedText);
  const sorted = [...texts].sort();
  return texts.map((text) => sorted.indexOf(text) + 1).join(' ');
}

function sortedText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedText).sort().join()}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sortedText(value[key])}`);
  return `{${entries.join()}}`;
}
