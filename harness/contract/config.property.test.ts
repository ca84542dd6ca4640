import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HarnessError } from '../core/errors';
import { checkConfig } from './config-file';
import { pathText } from './problems';
import { configs } from './testing/arbitrary-config';

type Path = readonly PropertyKey[];
type Tree = Record<PropertyKey, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

/** The places of which every key is a name that a person chooses. */
const FREE = [
  'env',
  'managed',
  'workers',
  'edges',
  'skew',
  'load.requests',
  'reconciliation.effects',
  'reconciliation.owed',
  'releases.readLoad.weights',
];

/** What may be left out. */
const OPTIONAL =
  /^(env|workers|edges|alerts|observability|reconciliation|skew|releases|historyLimit|edges\.one\.port|workers\.~worker\.readiness|.*\.(replicas|singleton|drainMs|withinMs|metrics|stickyBy|header|cookie|passes|expectedStatuses|check|effects|owed))$/s;

/** Where something stands in a configuration; keys of the schema alone, or entries and items as well. */
function pathsIn(value: unknown, { named }: { readonly named: boolean }, path: Path = []): Path[] {
  if (!isTree(value)) return [];
  const isNamed = !Array.isArray(value) && !FREE.includes(pathText(path));
  return Object.keys(value).flatMap((key) => {
    const own = [...path, Array.isArray(value) ? Number(key) : key];
    return [...(isNamed || !named ? [own] : []), ...pathsIn(value[key], { named }, own)];
  });
}

/** A deep copy (functions stay the same) with another holder at a path. */
function changed(value: unknown, [key, ...rest]: Path, change: (holder: Tree, key: PropertyKey) => void): unknown {
  if (!isTree(value) || key === undefined) return value;
  const copy: Tree = Array.isArray(value) ? ([...(value as unknown[])] as unknown as Tree) : { ...value };
  if (rest.length === 0) change(copy, key);
  else copy[key] = changed(copy[key], rest, change);
  return copy;
}

const valueAt = (value: unknown, path: Path) => path.reduce<unknown>((inner, key) => (inner as Tree)[key], value);

/** A configuration, and one of the places in it. */
const placed = (which: { readonly named: boolean }) =>
  fc.tuple(configs, fc.nat()).map(([config, place]) => {
    const paths = pathsIn(config, which);
    return { config, path: paths[place % paths.length] ?? [] };
  });

const kindOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** What a configuration is refused for; nothing when it is taken. */
function problemsOf(value: unknown): readonly string[] {
  try {
    checkConfig('rollproof.config.ts', value);
    return [];
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    expect(error.code).toBe('config-invalid');
    return error.facts['problems'] as string[];
  }
}

/** A slip of the hand: a letter twice, left out, or swapped with its neighbour. */
function misspelt(word: string, { slip, place }: { readonly slip: string; readonly place: number }): string {
  const at = place % word.length;
  const [before, letter, after] = [word.slice(0, at), word.charAt(at), word.slice(at + 1)];
  if (slip === 'twice') return before + letter + letter + after;
  return slip === 'left out' ? before + after : before + after.charAt(0) + letter + after.slice(1);
}

describe('any right configuration', () => {
  it('is taken as it is', () => {
    fc.assert(
      fc.property(configs, (config) => {
        expect(checkConfig('rollproof.config.ts', config)).toEqual(config);
      }),
    );
  });

  it('without one of its keys is taken, or refused by the path of that key alone', () => {
    fc.assert(
      fc.property(placed({ named: true }), ({ config, path }) => {
        const value = changed(config, path, (holder, key) => delete holder[key]);
        const own = pathText(path);
        if (OPTIONAL.test(own)) return expect(checkConfig('c', value)).toEqual(value);
        const problems = problemsOf(value);
        expect(problems).toHaveLength(1);
        expect(problems[0]?.startsWith(`${own}: `)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('with a slip in one of its keys is refused by its path, with the right word', () => {
    const slips = fc.record({ slip: fc.constantFrom('twice', 'left out', 'swapped'), place: fc.nat() });
    fc.assert(
      fc.property(placed({ named: true }), slips, ({ config, path }, slip) => {
        const right = String(path.at(-1));
        const wrong = misspelt(right, slip);
        fc.pre(wrong !== right && wrong !== '');
        const value = changed(config, path, (holder, key) => {
          holder[wrong] = holder[key];
          delete holder[key];
        });
        const at = pathText([...path.slice(0, -1), wrong]);
        const problems = problemsOf(value);
        expect(problems).toContain(`${at}: unknown key; did you mean \`${right}\`?`);
        // A key that must be there is missing as well.
        const others = problems.filter((problem) => !problem.startsWith(`${at}: `));
        expect(others.filter((problem) => !problem.startsWith(`${pathText(path)}: `))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('with something of a wrong type in one of its places is refused by its path alone', () => {
    const wrongs = fc.constantFrom<unknown[]>(null, true, 'words', 7, [[]], { zz: 1 });
    fc.assert(
      fc.property(placed({ named: false }), wrongs, ({ config, path }, wrong) => {
        fc.pre(kindOf(wrong) !== kindOf(valueAt(config, path)));
        const problems = problemsOf(changed(config, path, (holder, key) => (holder[key] = wrong)));
        expect(problems).toHaveLength(1);
        expect(problems[0]?.startsWith(`${pathText(path)}: `)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
