import Sequencer from '@jest/test-sequencer';

type Sort = Sequencer['sort'];
type Tests = Parameters<Sort>[0];

/** The suites that take longest, longest first, where Jest has not timed them yet: begun last, one would be waited for alone. */
const LONGEST = ['faults', 'left-up', 'live', 'shop', 'kept-stack', 'interrupted', 'undo', 'alerting-live', 'front'];

/** Container tests in an order that keeps all workers busy until the end: by what each took the last time, else by what is known of it. */
export default class LongestFirst extends Sequencer {
  override sort(tests: Tests): Tests {
    // Jest's own order does not count: what failed the last time is not the longest. Its look-up of durations does.
    void super.sort(tests);
    return [...tests].sort((a, b) => (b.duration ?? Infinity) - (a.duration ?? Infinity) || placeOf(a) - placeOf(b));
  }
}

function placeOf({ path }: Tests[number]): number {
  const index = LONGEST.findIndex((name) => path.endsWith(`/${name}.docker.test.ts`));
  return index === -1 ? LONGEST.length : index;
}
