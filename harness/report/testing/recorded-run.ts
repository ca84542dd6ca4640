import { join } from 'node:path';
import { readJournal, type ReadableJournal } from '../../contract/journal';

/** The journal of a real run of `npm start`. Thinned out: the windows of one service, the health of the stack's containers. */
const RECORDED_RUN = join(__dirname, 'recorded-run.ndjson');

/** What the recorded run wrote. */
export function recordedJournal(): ReadableJournal {
  return { lines: readJournal(RECORDED_RUN), unreadable: [] };
}
