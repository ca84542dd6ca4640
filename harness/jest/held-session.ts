import { HarnessError } from '../core/errors';
import type { Session } from '../scenario/session';

// One process (`--runInBand`), one realm for set-up, environments and teardown: a module variable would do, but Jest
// may load this file once for each of them.
const KEY = Symbol.for('rollproof.session');

interface Holder {
  [KEY]?: Session;
}

export function holdSession(session: Session): void {
  (globalThis as Holder)[KEY] = session;
}

/** @throws HarnessError `no-session` when Jest runs workers, which cannot share one stack */
export function heldSession(): Session {
  const session = (globalThis as Holder)[KEY];
  if (session === undefined) {
    throw new HarnessError('no-session', {
      message: 'no stack is up in this process',
      hint: 'Run Jest with --runInBand, and the tests of other projects on their own.',
    });
  }
  return session;
}
