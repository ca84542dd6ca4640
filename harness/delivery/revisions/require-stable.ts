import { HarnessError } from '../../core/errors';
import type { Revision } from './revision';
import type { RevisionStore } from './revision-store';

/** @throws HarnessError `no-stable-revision` */
export function requireStable(service: string, revisions: Pick<RevisionStore, 'stable'>): Revision {
  const stable = revisions.stable(service);
  if (stable !== undefined) return stable;
  throw new HarnessError('no-stable-revision', {
    message: `${service} has no stable revision to deploy over`,
    facts: { service },
    hint: 'Bring the stack up first.',
  });
}
