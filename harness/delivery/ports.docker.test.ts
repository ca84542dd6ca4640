import { containerOf } from '../docker/containers';
import { killContainer } from '../docker/testing/kill-container';
import { jest } from '@jest/globals';
import { ECHO } from '../front/testing/echo-stack';
import { openLiveWorld } from './testing/live-world';
import { deliveryPortsContract } from './testing/ports-contract';

jest.setTimeout(120_000);

deliveryPortsContract('the real ports and a real front', async () => {
  const { stack, ports } = await openLiveWorld();
  return {
    ports,
    service: ECHO,
    ask: async (count) => (await stack.askTimes(count)).map(({ status, body }) => (status === 200 ? body : undefined)),
    kill: async (label) => {
      await killContainer((await containerOf(stack.project, label)).id);
      await stack.keeper.settled(ECHO);
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
});
