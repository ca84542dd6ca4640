import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ContainerInfo } from '../docker/containers';
import type { ContainerEvent } from '../docker/events';
import type { AgentOptions } from './agent';

const caller = { id: 'caller', name: 'caller-1', service: 'a', composeService: 'a-r1', state: 'running', startedAt: 1 };
const edge = { from: 'a', to: 'b' };

/** What stands for an agent; it dies when a test says so. */
class FakeAgent {
  isAttached = true;
  isLost = false;
  isDiscarded = false;

  readonly containerId = `agent-${agents.length}`;
  readonly prepared: string[] = [];

  constructor(readonly options: AgentOptions) {}

  async prepare(name: string) {
    this.prepared.push(name);
    return {};
  }

  async discard() {
    this.isDiscarded = true;
  }

  async leave() {
    this.isDiscarded = true;
  }
}

let agents: FakeAgent[] = [];
let attachError: Error | undefined;

jest.mock('./agent', () => ({
  Agent: {
    attach: async (options: AgentOptions) => {
      if (attachError !== undefined) throw attachError;
      const agent = new FakeAgent(options);
      agents.push(agent);
      return agent;
    },
  },
}));
jest.mock('./endpoints', () => ({
  callersOf: async () => [caller],
  destinationsOf: async () => [{ address: '10.0.0.2', port: 80 }],
  runsUserCode: () => true,
}));
jest.mock('../docker/containers', () => ({ inspectContainer: async () => caller as unknown as ContainerInfo }));
// After the mocks: what it imports must be them.
const { AgentPool } = jest.requireActual<typeof import('./agent-pool')>('./agent-pool');

beforeEach(() => {
  agents = [];
  attachError = undefined;
});

const start = () =>
  new AgentPool({
    project: 'p',
    helperImage: 'i',
    managed: {},
    onPrepared: async () => undefined,
    onEvent: () => undefined,
    onFailure: () => undefined,
  });

describe('the pool of agents', () => {
  it('forgets an edge whose agent could not be attached, and attaches it when it is asked again', async () => {
    await using pool = start();
    attachError = new Error('no room');
    await expect(pool.prepare([edge])).rejects.toThrow('no room');
    expect(pool.isPrepared(edge)).toBe(false);

    attachError = undefined;
    await pool.prepare([edge]);
    expect(pool.isPrepared(edge)).toBe(true);
    expect(await pool.agentsOf(edge)).toMatchObject([{ agent: agents[0] }]);
  });

  it('says that an agent has died, and replaces it once the edge is prepared again', async () => {
    await using pool = start();
    await pool.prepare([edge]);
    Object.assign(agents[0] ?? {}, { isAttached: false, isLost: true });
    expect(pool.hasLost(edge)).toBe(true);
    await expect(pool.agentsOf(edge)).rejects.toMatchObject({ code: 'agent-died' });
    expect(pool.isPrepared(edge)).toBe(false);

    await pool.prepare([edge]);
    expect(agents.map(({ isDiscarded, prepared }) => [isDiscarded, prepared])).toEqual([
      [true, ['a → b']],
      [false, ['a → b']],
    ]);
    expect(pool.hasLost(edge)).toBe(false);
    expect(await pool.agentsOf(edge)).toMatchObject([{ agent: agents[1] }]);
  });

  it('replaces no agent of whose death nobody has been told yet: the fault that it carried would pass for active', async () => {
    await using pool = start();
    await pool.prepare([edge]);
    Object.assign(agents[0] ?? {}, { isAttached: false });
    expect(pool.isPrepared(edge)).toBe(true);
    const started = { action: 'start', containerId: 'b', service: 'b', composeService: 'b', role: 'plain' };
    pool.onContainerEvent(started as unknown as ContainerEvent);
    await expect(pool.agentsOf(edge)).rejects.toMatchObject({ code: 'agent-died' });
    expect(agents).toHaveLength(1);
    expect(pool.hasLost(edge)).toBe(true);
  });

  it('tries again after it could not replace an agent', async () => {
    await using pool = start();
    await pool.prepare([edge]);
    Object.assign(agents[0] ?? {}, { isAttached: false, isLost: true });
    attachError = new Error('no room');
    await expect(pool.prepare([edge])).rejects.toThrow('no room');
    expect(pool.isPrepared(edge)).toBe(false);
  });
});
