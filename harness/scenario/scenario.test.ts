import { describe, expect, it } from '@jest/globals';
import { onlyOnce, type Scenario } from './scenario';

const named = (id: string): Scenario => ({ id, title: id, run: async () => undefined });

describe('titles of scenarios', () => {
  it('may not stand twice in a run, in one file or in two', () => {
    const taken: string[] = [];
    const known = new Map<string, string>();
    const open = (file: string) => onlyOnce(known, file, ({ id }) => void taken.push(id));
    const first = open('a.ts');
    first(named('one'));
    first(named('two'));
    expect(() => first(named('one'))).toThrow('two scenarios are called "one": in a.ts and in a.ts');
    expect(() => open('b.ts')(named('two'))).toThrow('in a.ts and in b.ts');
    open('b.ts')(named('three'));
    expect(taken).toEqual(['one', 'two', 'three']);
  });

  it('may come again when a file is loaded again', () => {
    const known = new Map<string, string>();
    const load = () => onlyOnce(known, 'a.ts', () => undefined)(named('one'));
    load();
    expect(load).not.toThrow();
  });
});
