import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ScenarioContext } from './context';
import { scenario } from './declare';
import { callerPlace } from './place';
import { SCENARIO_TIMEOUT_MS, setRegistrar, type Scenario } from './scenario';
import { selected, type Selection } from './selection';

let taken: Scenario[];
const ci = process.env['CI'];
const run = async () => undefined;

beforeEach(() => {
  taken = [];
  delete process.env['CI'];
  setRegistrar(globalThis, (one) => taken.push(one));
});

afterEach(() => {
  if (ci === undefined) delete process.env['CI'];
  else process.env['CI'] = ci;
});

const titles = (selection?: Selection) => selected(taken, selection).map(({ title }) => title);

describe('a declared scenario', () => {
  it('has its tags, its time, and its line', () => {
    scenario('plain', run);
    scenario('tagged', { tags: ['slow'], timeoutMs: 5 }, run);
    scenario.nightly('late', { tags: ['matrix'] }, run);
    expect(taken).toMatchObject([
      { title: 'plain', timeoutMs: SCENARIO_TIMEOUT_MS, tags: [] },
      { title: 'tagged', timeoutMs: 5, tags: ['slow'] },
      { title: 'late', tags: ['nightly', 'matrix'] },
    ]);
    const [first, second] = taken.map(({ place }) => place);
    expect(first?.file).toMatch(/scenario\/declare\.test\.ts$/);
    expect((second?.line ?? 0) - (first?.line ?? 0)).toBe(1);
  });

  it('is skipped only with a reason', () => {
    scenario.skip('broken', 'the bank moves house', run);
    expect(taken).toMatchObject([{ title: 'broken', skip: 'the bank moves house' }]);
  });

  it('stands for one row of a table', async () => {
    const rows: unknown[] = [];
    const body = async (_: ScenarioContext, row: unknown) => void rows.push(row);
    scenario.each([
      { at: 5, by: { name: 'Ada' } },
      { at: 50, by: { name: 'Bob' } },
    ])('held at $at % by $by.name for $5', body);
    scenario.nightly.each([7])('row %s', { tags: ['matrix'] }, body);
    expect(taken.map(({ title }) => title)).toEqual([
      'held at 5 % by Ada for $5',
      'held at 50 % by Bob for $5',
      'row 7',
    ]);
    expect(new Set(taken.map(({ place }) => place?.line))).toHaveProperty('size', 2);
    expect(taken[2]?.tags).toEqual(['nightly', 'matrix']);
    for (const one of taken) await one.run({} as ScenarioContext);
    expect(rows).toEqual([{ at: 5, by: { name: 'Ada' } }, { at: 50, by: { name: 'Bob' } }, 7]);
    expect(() => scenario.each([])('none', body)).toThrow('"none" has no row');
  });

  it.each(['true', '1'])('may not leave the others out where CI is %s', (value) => {
    process.env['CI'] = value;
    expect(() => scenario.only('mine', run)).toThrow(/^"mine" says `only` \(.*declare\.test\.ts:\d+\), and CI is set$/);
    expect(taken).toEqual([]);
  });

  it.each(['', '0', 'false'])('may leave the others out where CI is "%s"', (value) => {
    process.env['CI'] = value;
    scenario.only('mine', run);
    expect(taken).toMatchObject([{ only: true }]);
  });
});

describe('which scenarios a run tries', () => {
  beforeEach(() => {
    scenario('plain', run);
    scenario('slow one', { tags: ['slow'] }, run);
    scenario.nightly('late', { tags: ['matrix'] }, run);
  });

  it('are all that are not for the night', () => {
    expect(titles()).toEqual(['plain', 'slow one']);
  });

  it('are those with the tags that are named, for the night or not', () => {
    expect(titles({ tags: ['slow', 'matrix'] })).toEqual(['slow one', 'late']);
    expect(titles({ tags: ['nightly'] })).toEqual(['late']);
  });

  it('are those that are named, by title or id', () => {
    expect(titles({ named: ['late', taken[0]?.id ?? ''] })).toEqual(['plain', 'late']);
  });

  it('are those alone that say so', () => {
    scenario.only('mine', run);
    expect(titles()).toEqual(['mine']);
  });
});

it('the line of whoever declares is told where a stack tells it', () => {
  const own = `Error: here\n    at scenario (${__dirname}/declare.ts:4:5)\n`;
  expect(callerPlace(`${own}    at async file:///mine/a%20b.ts:7:3\n`)?.line).toBe(7);
  expect(callerPlace(`${own}    at Object.<anonymous> (/mine/c.scenario.ts:12:1)`)?.file).toMatch(
    /mine\/c\.scenario\.ts$/,
  );
  expect(callerPlace(own)).toBeUndefined();
});
