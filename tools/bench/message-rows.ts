import type { MessageTally } from '../../harness/contract/config';
import type { BenchRow } from './row';

/** What became of messages that were sent: each is in one state, and one that is done has had its effect once. */
export function messageRows(sent: number, { waiting, done, dead, lost, doubled }: MessageTally): BenchRow[] {
  const gone = sent - waiting - done - dead;
  const row = (name: string, value: number) => ({ name, value, unit: 'messages', limit: 0, samples: sent });
  return [
    row('lost: done without their effect, or gone', lost + gone),
    row('with their effect more than once', doubled),
    row('not done', waiting),
    // Not lost: a bad release may fail one as often as it is tried, and whoever runs the queue finds it.
    { name: 'given up, and kept', value: dead, unit: 'messages', samples: sent },
  ];
}
