import { expect, it } from '@jest/globals';
import { stackTeardown, type ProjectEnds, type StackEnds } from './stack-teardown';

const nothing = async () => undefined;
const ends: StackEnds = {
  faults: nothing,
  alerts: nothing,
  watching: nothing,
  fronts: nothing,
  logs: nothing,
  guardian: nothing,
};
const removal: ProjectEnds = { evidence: nothing, project: nothing };
const names = (steps: ReturnType<typeof stackTeardown>) => steps.map(({ name }) => name);

it('takes evidence before it removes, and the guardian last; each step has a limit', () => {
  const steps = stackTeardown(ends, removal);
  expect(names(steps).slice(-4)).toEqual([
    'reading the last logs',
    'capturing evidence',
    'removing the project',
    'ending the guardian',
  ]);
  expect(steps.every(({ timeoutMs }) => timeoutMs > 0 && timeoutMs <= 150_000)).toBe(true);
});

it('removes nothing of a stack that stays', () => {
  expect(names(stackTeardown(ends))).not.toContain('removing the project');
});

it('has no step for a part that never began', () => {
  expect(names(stackTeardown({ logs: nothing }))).toEqual(['reading the last logs']);
});
