import { expect, it } from '@jest/globals';
import type { JournalLine } from '../../contract/observation';
import { replicaFactsIn } from './replica-facts';

const line = (rollout: string, from: readonly [number, number], to: readonly [number, number]): JournalLine => ({
  ...{ at: 1, type: 'replicas', rollout, moment: 'ready', promised: 3, limit: 5 },
  from: { running: from[0], ready: from[1] },
  to: { running: to[0], ready: to[1] },
});

it('finds the fewest ready and the most running of a rollout, both revisions together, in its journal', () => {
  const lines = [
    line('a', [4, 4], [0, 0]),
    line('a', [4, 4], [1, 0]),
    line('a', [2, 2], [1, 1]),
    line('b', [1, 1], [5, 5]),
    line('a', [2, 1], [1, 1]),
  ];
  expect(replicaFactsIn(lines, 'a')).toEqual({ promised: 3, limit: 5, fewestReady: 2, mostRunning: 5 });
  expect(replicaFactsIn(lines.slice(0, 3), 'a')).toMatchObject({ fewestReady: 3 });
});

it('says nothing of a rollout whose journal tells nothing of replicas', () => {
  expect(replicaFactsIn([line('a', [4, 4], [0, 0])], 'b')).toBeUndefined();
});
