import { addAbort, addPause, addPromote, addResume } from './control';
import { addDeploy } from './deploy';
import { addDown } from './down';
import { addNightly } from './nightly';
import { addHistory } from './history';
import { addPipeline } from './pipeline';
import type { AddCommand } from './program';
import { addRelease } from './release';
import { addReport } from './report';
import { addRetry } from './retry';
import { addRules } from './rules';
import { addStart } from './start';
import { addStatus } from './status';
import { addUndo } from './undo';
import { addUp } from './up';

/** Every command, in the order of `--help`. */
export const COMMANDS: readonly AddCommand[] = [
  addStart,
  addUp,
  addDeploy,
  addUndo,
  addRetry,
  addRelease,
  addPause,
  addResume,
  addPromote,
  addAbort,
  addHistory,
  addPipeline,
  addNightly,
  addStatus,
  addDown,
  addReport,
  addRules,
];
