import Sequencer from '@jest/test-sequencer';

type Sort = Sequencer['sort'];

/** The suites that take longest, which their size does not tell: begun last, one would be waited for alone. */
const LONGEST = ['kept-stack', 'shop', 'faults', 'alerting-live', 'interrupted', 'live'];

/** Container tests in an order that keeps all workers busy until the end, also where Jest has not timed them yet. */
export default class LongestFirst extends Sequencer {
  override sort(tests: Parameters<Sort>[0]): Parameters<Sort>[0] {
    return [...tests].sort((a, b) => placeOf(a.path) - placeOf(b.path));
  }
}

function placeOf(path: string): number {
  const index = LONGEST.findIndex((name) => path.endsWith(`/${name}.docker.test.ts`));
  return index === -1 ? LONGEST.length : index;
}
