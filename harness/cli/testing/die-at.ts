import { FileJournal } from '../../contract/journal';

/**
 * Preloaded into a command (`NODE_OPTIONS`): kills it before or after the n-th line of a rollout, or of a whole release, reaches its journal, as a
 * power cut of that one process would.
 */
const at = Number(process.env['DIE_AT_LINE']);
const isBefore = process.env['DIE_BEFORE'] === '1';
let lines = 0;

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the journal that it belongs to
const { append } = FileJournal.prototype;
FileJournal.prototype.append = function (this: FileJournal, observation, options) {
  const counts = 'rollout' in observation || 'release' in observation;
  if (counts) lines += 1;
  const isDue = counts && lines === at;
  if (!isDue || !isBefore) append.call(this, observation, options);
  if (isDue) process.kill(process.pid, 'SIGKILL');
};
