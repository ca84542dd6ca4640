import type { ReconciliationResult } from '../contract/reconciliation';
import { HarnessError } from '../core/errors';
import { poll } from '../core/poll';
import { reconcile } from '../load/reconcile';
import type { LiveRun } from './live-run';

/** Work that a stack finishes by itself after an outage (undoing half-done requests) may take this long. */
const SETTLE_TIMEOUT_MS = 45_000;

/**
 * Holds every ledger of the run against what the stack stored. What does not match is looked at again until it does or the deadline
 * passes: a stack may still be undoing what it had half done. The last comparison is returned, whatever it says.
 */
export async function reconcileRun(live: LiveRun): Promise<ReconciliationResult> {
  const { loaded, stack, ledgerPaths, signal } = live;
  const { reconciliation } = loaded.config;
  if (reconciliation === undefined) {
    throw new HarnessError('no-reconciliation', {
      message: 'the configuration does not say how to reconcile',
      hint: 'Set `reconciliation` in rollproof.config.ts.',
    });
  }
  const access = { endpoint: (service: string, port: number) => stack.endpoint(service, port) };
  let last: ReconciliationResult | undefined;
  await poll(
    async () => {
      last = await reconcile(ledgerPaths, reconciliation, access);
      return last.ok ? true : undefined;
    },
    { condition: 'ledger and stored state agree', timeoutMs: SETTLE_TIMEOUT_MS, intervalMs: 1_000, signal },
  ).catch((error: unknown) => {
    if (last === undefined) throw error;
  });
  if (last === undefined) throw new HarnessError('no-reconciliation', { message: 'nothing was compared' });
  return last;
}
