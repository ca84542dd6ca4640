import { DEFAULT_CONFIG } from '../contract/config-file';
import { exitCodeOf } from '../contract/endings';
import { formatError } from '../core/errors';
import { isInstalled } from '../core/package-root';
import { Session } from '../scenario/session';
import { commandProgress } from '../core/progress';
import { newSeed } from '../core/random';
import { holdSession } from './held-session';
import { startInterruptibly } from './interruptible-session';

/** Brings the stack up once for all scenario files. `ROLLPROOF_CONFIG` names another configuration, `ROLLPROOF_SEED` a run's seed. */
export default async function setUp(): Promise<void> {
  const seed = process.env['ROLLPROOF_SEED'] ?? newSeed();
  const start = (signal: AbortSignal) =>
    Session.start({
      configPath: process.env.ROLLPROOF_CONFIG ?? DEFAULT_CONFIG,
      title: 'scenarios',
      rerun: `ROLLPROOF_SEED=${seed} ${isInstalled ? 'npx jest' : 'npm test -- scenarios'}`,
      seed,
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
