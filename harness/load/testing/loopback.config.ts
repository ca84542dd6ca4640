import { defineStack } from '../../contract/config';

/** A configuration without a stack, for tests and benchmarks of the load against a server of their own. */
export const config = defineStack({
  name: 'loopback',
  composeFiles: ['none.yaml'],
  managed: {},
  load: {
    service: 'none',
    port: 80,
    ratePerSecond: 100,
    requests: {
      read: { weight: 3, build: ({ random }) => ({ method: 'GET', path: `/items/${random.integer(100)}` }) },
      write: {
        weight: 1,
        build: ({ random, requestId }) => ({
          method: 'POST',
          path: '/items',
          key: requestId,
          body: { quantity: 1 + random.integer(3) },
        }),
      },
    },
  },
});
