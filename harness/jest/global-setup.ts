import { Session } from '../run/session';
import { terminalProgress } from '../run/progress';
import { holdSession } from './held-session';

/** Brings the stack up once for all scenario files. `ROLLPROOF_CONFIG` names another configuration. */
export default async function setUp(): Promise<void> {
  const abort = new AbortController();
  const session = await Session.start({
    configPath: process.env.ROLLPROOF_CONFIG ?? 'stack/rollproof.config.ts',
    title: 'scenarios',
    rerun: 'npm test',
    signal: abort.signal,
    progress: terminalProgress(),
  });
  holdSession(session);
  // Jest has no hook for Ctrl-C: without this the stack would be the guardian's to sweep.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      abort.abort(new Error('interrupted'));
      void session.finish().finally(() => process.exit(130));
    });
  }
}
