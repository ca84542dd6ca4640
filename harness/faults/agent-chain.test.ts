import { describe, expect, it } from '@jest/globals';
import { Chain } from './agent/chain';
import { FeltCount } from './agent/felt';
import type { Item, Stage } from './agent/kinds/kind';
import { agentKind } from './agent/kinds/list';
import { ActiveFault, Route, type Carried } from './agent/route';

const specOf = (id: string, kind = 'latency') => ({
  ...{ id, kind, edge: 'a → b', seed: 's', leaseMs: 1_000 },
  options: { delayMs: 100, jitterMs: 0 },
});

/** Holds everything until it is told to go on, and marks what it gives. */
function holding(mark: string, give: (item: Item) => void): Stage & { release(): void } {
  const held: Item[] = [];
  const release = () => {
    for (const item of held.splice(0)) give(item === 'end' ? item : Buffer.from(`${item.toString()}${mark}`));
  };
  return {
    push: (item) => void held.push(item),
    release,
    flush: release,
    clear: () => void held.splice(0),
    get heldBytes() {
      return held.reduce((sum, item) => sum + item.length, 0);
    },
  };
}

describe('a chain of faults', () => {
  function chainOf(...marks: string[]) {
    const out: string[] = [];
    const chain = new Chain((item) => out.push(item.toString()));
    const stages = marks.map((mark) => {
      const fault = new ActiveFault(specOf(mark));
      let stage: ReturnType<typeof holding> | undefined;
      chain.add(fault, (give) => (stage = holding(mark, give)));
      return { fault, release: () => stage?.release() };
    });
    return { out, chain, stages };
  }

  it('applies them in the order of their injection, each on what the one before gives', () => {
    const { out, chain, stages } = chainOf('1', '2');
    chain.push(Buffer.from('x'));
    stages[1]?.release();
    expect(out).toEqual([]);
    stages[0]?.release();
    stages[1]?.release();
    expect(out).toEqual(['x12']);
  });

  it('gives on what a fault held when that ends, through the others, and before what comes later', () => {
    const { out, chain, stages } = chainOf('1', '2');
    chain.push(Buffer.from('x'));
    if (stages[0] !== undefined) chain.remove(stages[0].fault);
    chain.push(Buffer.from('y'));
    chain.push('end');
    expect(chain.heldBytes).toBeGreaterThan(0);
    stages[1]?.release();
    expect(out).toEqual(['x12', 'y2', 'end']);
  });

  it('lets everything through where there is none, and drops what is held when the connection ends', () => {
    const none = chainOf();
    none.chain.push(Buffer.from('x'));
    expect(none.out).toEqual(['x']);
    const { out, chain, stages } = chainOf('1');
    chain.push(Buffer.from('x'));
    chain.clear();
    stages[0]?.release();
    expect(out).toEqual([]);
  });
});

describe('a route', () => {
  const carriedBy = (route: Route) => {
    const calls: string[] = [];
    const carried: Carried = {
      lastByteMs: 0,
      faultOn: ({ spec }) => void calls.push(`on ${spec.id}`),
      faultOff: ({ spec }) => void calls.push(`off ${spec.id}`),
      end: () => void calls.push('end'),
      destroy: () => void calls.push('destroy'),
    };
    route.carried.add(carried);
    return calls;
  };

  it('tells open connections of each fault once, whatever is asked twice', () => {
    const route = new Route('a → b');
    const calls = carriedBy(route);
    route.faultOn(specOf('1'));
    route.faultOn(specOf('1'));
    route.faultOn(specOf('2'));
    expect(route.faultOff('1')).toEqual({ felt: 0, of: 0, unit: 'answers', facts: {} });
    expect(route.faultOff('1')).toBeUndefined();
    expect(calls).toEqual(['on 1', 'on 2', 'off 1']);
    expect(Object.keys(route.stats().faults)).toEqual(['2']);
  });

  it('resets open connections when the callee’s port is closed', () => {
    const route = new Route('a → b');
    const calls = carriedBy(route);
    route.faultOn(specOf('1', 'refuse'));
    expect(calls).toEqual(['destroy']);
  });

  it('refuses a kind that the agent does not know, naming those that it does', () => {
    expect(() => agentKind('rain')).toThrow(/no fault of kind rain: this agent carries latency, refuse/);
  });
});

describe('what a caller feels', () => {
  function counted() {
    const route = new Route('a → b');
    route.faultOn(specOf('1'));
    const [fault] = route.faults;
    if (fault === undefined) throw new Error('no fault');
    return { route, fault, count: new FeltCount(route), told: () => [fault.felt, fault.of] };
  }

  it('is counted by answers, however many chunks one has', () => {
    const { fault, count, told } = counted();
    for (const request of ['GET /1', 'GET /2']) {
      count.sent(Buffer.from(request));
      count.answered();
      count.touch(fault);
      count.answered();
      count.touch(fault);
    }
    expect(told()).toEqual([2, 2]);
  });

  it('is nothing where answers go by untouched, and is not what our own probes feel', () => {
    const untouched = counted();
    untouched.count.sent(Buffer.from('GET /'));
    untouched.count.answered();
    expect(untouched.told()).toEqual([0, 1]);
    const { fault, count, told } = counted();
    count.sent(Buffer.from('GET / HTTP/1.1\r\nuser-agent: rollproof-probe\r\n\r\n'));
    count.answered();
    count.touch(fault);
    expect(told()).toEqual([0, 0]);
  });

  it('is not an answer that was under way when the fault began', () => {
    const route = new Route('a → b');
    const count = new FeltCount(route);
    count.sent(Buffer.from('GET /'));
    count.answered();
    route.faultOn(specOf('1'));
    const [fault] = route.faults;
    count.answered();
    if (fault !== undefined) count.touch(fault);
    expect([fault?.felt, fault?.of]).toEqual([0, 0]);
  });
});
