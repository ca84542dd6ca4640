import { exitCodeOf } from '../contract/endings';
import { formatError } from '../core/errors';
import { Session } from '../scenario/session';
import { commandProgress } from '../core/progress';
import { holdSession } from './held-session';
import { startInterruptibly } from './interruptible-session';

/** Brings the stack up once for all scenario files. `ROLLPROOF_CONFIG` names another configuration. */
export default async function setUp(): Promise<void> {
  const start = (signal: AbortSignal) =>
    Session.start({
      configPath: process.env.ROLLPROOF_CONFIG ?? 'stack/rollproof.config.ts',
      title: 'scenarios',
      rerun: 'npm test -- scenarios',
      signal,
      progress: commandProgress(),
    });
  try {
    holdSession(await startInterruptibly(start, process));
  } catch (error) {
    process.stderr.write(`${formatError(error)}\n`);
    // Jest would end with 1 whatever the reason.
    process.exit(exitCodeOf(error));
  }
}
