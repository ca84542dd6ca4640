import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { HarnessError } from '../core/errors';
import { MemoryJournal } from '../contract/journal';
import type { Agent } from './agent';
import type { FaultSpec } from './agent/protocol';
import type { FaultContext } from './context';
import type { LeasedFault as Leased } from './leased-fault';

const DELAY_MS = 100;

/** Beside one caller. */
class FakeAgent {
  isAttached = true;
  isOn = false;
  bypassing = 0;
  /** What one round of probes costs beyond the delay, ms: the next one first, the last one ever after. */
  noiseMs: number[] = [1];

  /** What callers did on the edge while the fault was on. */
  of = 2;
  felt = 2;
  readonly asked: FaultSpec[] = [];

  async faultOn(spec: FaultSpec) {
    this.asked.push(spec);
    this.isOn = true;
  }

  async faultOff() {
    this.isOn = false;
    return this.#faultStats();
  }

  async stats() {
    const faults = Object.fromEntries(this.asked.map(({ id }) => [id, this.#faultStats()]));
    return { bypassing: this.bypassing, stale: 0, faults };
  }

  #faultStats() {
    const { felt, of } = this;
    return { felt, of, unit: 'answers', facts: { delayedChunks: this.asked.length, lateMsMax: 0.2 } };
  }

  probe(): number[] {
    const [noiseMs = 0] = this.noiseMs.length > 1 ? this.noiseMs.splice(0, 1) : this.noiseMs;
    return [noiseMs + (this.isOn ? DELAY_MS : 0)];
  }

  asAgent(): Agent {
    return this as unknown as Agent;
  }
}

let agents: FakeAgent[];
let rounds: number;
/** Called before each round of probes. */
let onProbe: () => void;
let failures: HarnessError[];
/** Time passes when somebody sleeps, and only then. */
let nowMs: number;
let onSleep: () => void;

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
/** Until nobody sleeps any more. */
async function settled(): Promise<void> {
  for (let seenMs = -1; seenMs < nowMs;) {
    seenMs = nowMs;
    for (let turn = 0; turn < 5; turn++) await nextTurn();
  }
}

jest.mock('../core/clock', () => ({
  ...jest.requireActual<typeof import('../core/clock')>('../core/clock'),
  monotonicMs: () => nowMs,
  sleep: async (delayMs: number) => {
    nowMs += delayMs;
    onSleep();
    await nextTurn();
  },
}));
jest.mock('./probe', () => ({
  ...jest.requireActual<typeof import('./probe')>('./probe'),
  tryProbe: async (agent: FakeAgent) => {
    rounds++;
    onProbe();
    return { latenciesMs: agent.probe(), failures: [] };
  },
}));
jest.mock('./endpoints', () => ({
  ...jest.requireActual<typeof import('./endpoints')>('./endpoints'),
  destinationsOf: async () => [{ address: '10.0.0.2', port: 80 }],
}));

// After the mocks: what it imports must be them.
const { latency: latencyOf } = jest.requireActual<typeof import('./kinds/latency')>('./kinds/latency');
const { LeasedFault } = jest.requireActual<typeof import('./leased-fault')>('./leased-fault');

beforeEach(() => {
  agents = [new FakeAgent()];
  rounds = 0;
  onProbe = () => undefined;
  failures = [];
  nowMs = 0;
  onSleep = () => undefined;
});

function latency(): Leased {
  const slots = () => agents.map((agent, index) => ({ agent, caller: { name: `caller-${index}` } }));
  const context = {
    project: 'p',
    seed: 's',
    managed: { b: { port: 80, readiness: '/readyz' } },
    journal: new MemoryJournal(),
    edges: [],
    pool: { prepareMissing: async () => undefined, agentsOf: async () => slots(), attachedTo: slots },
    signal: new AbortController().signal,
    onFailure: (error: HarnessError) => failures.push(error),
  };
  const value = latencyOf({ on: EDGE, delayMs: DELAY_MS });
  return new LeasedFault(value, 120_000, context as unknown as FaultContext, {
    aimed: () => undefined,
    ended: () => undefined,
  });
}

const EDGE = { from: 'a', to: 'b' };
const follow = (fault: Leased, agent: FakeAgent) => fault.carrier.onPrepared?.(agent.asAgent(), EDGE);

describe('a latency that is applied', () => {
  it('is proved against the least of the rounds before it: noise only adds', async () => {
    agents[0]?.noiseMs.splice(0, 1, 80, 3, 90, 2);
    const fault = await latency().begin();
    expect(fault.bite).toMatchObject({ baselineMs: 3, addedMs: 99 });
    await fault.revert();
  });

  it('does not bite where one caller does not see it', async () => {
    const blind = new FakeAgent();
    blind.faultOn = async (spec) => void blind.asked.push(spec);
    agents.push(blind);
    await expect(latency().begin()).rejects.toMatchObject({ code: 'fault-did-not-bite' });
  });

  it('reaches a caller that came while the baseline was measured', async () => {
    const late = new FakeAgent();
    const fault = latency();
    onProbe = () => {
      if (rounds !== 2) return;
      agents.push(late);
      void follow(fault, late);
    };
    await fault.begin();
    expect(late.isOn).toBe(true);
    await fault.revert();
  });
});

describe('what is felt of a fault on an edge', () => {
  it('is what the agents counted of the callers’ own traffic, and is told when it is proved and when it has ended', async () => {
    agents.push(new FakeAgent());
    const fault = await latency().begin();
    expect(fault.bite['felt']).toEqual({ felt: 4, of: 4, unit: 'answers' });
    await fault.revert();
    expect(await fault.felt()).toEqual({ felt: 4, of: 4, unit: 'answers' });
  });

  it('makes it an error where it was nothing of what there was, whatever the probes said', async () => {
    Object.assign(agents[0] ?? {}, { felt: 0, of: 169 });
    const fault = await latency().begin();
    await expect(fault.revert()).rejects.toMatchObject({ code: 'fault-did-not-bite', facts: { felt: 0, of: 169 } });
  });
});

it('is told to an agent by its kind, its options and what is left of its lease, and by nothing else', async () => {
  const fault = await latency().begin();
  expect(agents[0]?.asked).toMatchObject([
    { id: fault.id, kind: 'latency', edge: 'a → b', options: { delayMs: DELAY_MS, jitterMs: 0 }, seed: 's' },
  ]);
  await fault.revert();
});

it('is refused with all that is wrong with it', () => {
  const bad = () => latencyOf({ on: undefined, delayMs: -1 });
  expect(bad).toThrow(
    expect.objectContaining({ code: 'bad-fault', message: expect.stringMatching(/on: .*delayMs: /) }),
  );
  expect(() => latencyOf({ on: EDGE, delayMs: 10, jitterMs: 10 })).toThrow('jitterMs: must be smaller than delayMs');
});

describe('a latency that is reverted', () => {
  it('is believed once a round is quick again', async () => {
    const fault = await latency().begin();
    agents[0]?.noiseMs.splice(0, 1, 200, 300, 1);
    await fault.revert();
    expect(agents[0]?.noiseMs).toEqual([1]);
    expect(fault.state).toBe('reverted');
  });

  it('has not ended as long as one of several callers is still delayed', async () => {
    const stuck = new FakeAgent();
    agents.push(stuck);
    const fault = await latency().begin();
    stuck.faultOff = async () => ({ felt: 2, of: 2, unit: 'answers', facts: { delayedChunks: 1, lateMsMax: 0 } });
    await expect(fault.revert()).rejects.toMatchObject({
      code: 'fault-did-not-revert',
      facts: { baselineMs: 1, measuredMs: 1 + DELAY_MS },
    });
  });

  it('is not turned on again by an agent that is prepared at that moment', async () => {
    const late = new FakeAgent();
    const fault = await latency().begin();
    const [first] = agents;
    if (first === undefined) throw new Error('no agent');
    const off = first.faultOff.bind(first);
    first.faultOff = async () => {
      await follow(fault, late);
      return off();
    };
    await fault.revert();
    expect(late.isOn).toBe(false);
  });
});

describe('a caller that comes while a latency is active', () => {
  const begin = async () => {
    const fault = await latency().begin();
    const late = new FakeAgent();
    late.bypassing = 2;
    agents.push(late);
    return { fault, late };
  };

  it('is delayed too, and its connections may take a moment to come round', async () => {
    const { fault, late } = await begin();
    await follow(fault, late);
    expect(late.isOn).toBe(true);
    onSleep = () => {
      if (nowMs > 5_000) late.bypassing = 0;
    };
    await settled();
    expect([fault.state, failures]).toEqual(['active', []]);
    expect(late.bypassing).toBe(0);
  });

  it('makes it fail, and says so, when its connections go on past the agent', async () => {
    const { fault, late } = await begin();
    await follow(fault, late);
    await settled();
    expect(fault.state).toBe('failed');
    expect(failures).toMatchObject([{ code: 'fault-did-not-bite', facts: { edge: 'a → b', bypassing: 2 } }]);
  });

  it('is no matter any more once it has gone', async () => {
    const { fault, late } = await begin();
    await follow(fault, late);
    onSleep = () => {
      if (nowMs > 5_000) late.isAttached = false;
    };
    await settled();
    expect([fault.state, failures]).toEqual(['active', []]);
  });

  it('is no matter any more once the fault has been reverted', async () => {
    const { fault, late } = await begin();
    await follow(fault, late);
    await fault.revert();
    await settled();
    expect([fault.state, failures]).toEqual(['reverted', []]);
  });
});
