import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { DRAIN_MAX_MS } from './grace';
import { SilentConnections } from './silent-connections';

/** What `docker stop` and Compose give a container by default. */
const DOCKER_GRACE_MS = 10_000;

let sleptMs = 0;

// A sleep is over at once and has taken its whole length: nobody waits for the worst case.
jest.mock('node:timers/promises', () => ({
  setTimeout: async (lengthMs: number, value: unknown) => {
    sleptMs += lengthMs;
    return value;
  },
}));

// After the mock: what it imports must be that.
const { Lifecycle } = jest.requireActual<typeof import('./lifecycle')>('./lifecycle');

describe('stopping after the longest drain', () => {
  it('ends within the grace time of Docker when a request and a clean-up hang', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const dropped = once(request({ host: '127.0.0.1', port }).end(), 'error');
    await once(server, 'request');

    const cleanUps = [(): Promise<void> => new Promise(() => undefined)];
    const lifecycle = new Lifecycle({ drainMs: DRAIN_MAX_MS, logger: pino({ level: 'silent' }), cleanUps });
    await lifecycle.stop(server, new SilentConnections(server));
    await dropped;
    expect(sleptMs).toBeGreaterThan(DRAIN_MAX_MS);
    expect(sleptMs).toBeLessThan(DOCKER_GRACE_MS);
  });
});
