import { z } from 'zod';
import { HarnessError } from '../../core/errors';
import { poll } from '../../core/poll';
import { defineFault } from '../define';
import { onEdge } from '../targets';

const PROBES = 3;
const REVERT_TIMEOUT_MS = 10_000;

/**
 * Closes the callee's port to the callers of an edge, as when its process has died: new connections are refused, open ones are reset. Others
 * reach it as before.
 */
export const refuse = defineFault({
  kind: 'refuse',
  carriedBy: 'agent',
  options: z.strictObject(onEdge),
  contradicts: ['refuse', 'latency'],
  describe: (_, target) => `${target} was refused`,
  verifyApplied: async (edge) => {
    const results = await edge.probeEach({ count: PROBES, onlyConnect: true });
    const failures = results.flatMap((result) => result.failures);
    const refused = failures.filter(isRefusal).length;
    if (results.length > 0 && refused === PROBES * results.length) return { refused, samples: refused };
    throw new HarnessError('fault-did-not-bite', {
      message: `${edge.name}: ${refused} of ${PROBES * results.length} connections were refused`,
      facts: { edge: edge.name, refused, others: failures.filter((failure) => !isRefusal(failure)).slice(0, 5) },
    });
  },
  verifyReverted: async (edge) => {
    let refused = 0;
    await poll(
      async () => {
        const results = await edge.probeEach({ count: 1, onlyConnect: true });
        refused = results.flatMap(({ failures }) => failures).filter(isRefusal).length;
        return refused === 0 ? true : undefined;
      },
      {
        condition: `no connection of ${edge.name} is refused`,
        timeoutMs: REVERT_TIMEOUT_MS,
        code: 'fault-did-not-revert',
        describe: () => ({ edge: edge.name, refused }),
      },
    );
    return {};
  },
});

const isRefusal = (failure: string) => failure.includes('ECONNREFUSED');
