import { describe, expect, it } from '@jest/globals';
import { HarnessError } from '../core/errors';
import { monotonicMs } from '../core/clock';
import { MemoryJournal } from '../contract/journal';
import { poll } from '../core/poll';
import { ControlChannel } from './control-channel';
import type { FaultContext } from './context';
import { LEASE_MS_MAX, Lease } from './lease';
import type { Felt } from './fault';
import { LeasedFault } from './leased-fault';
import type { Carrier } from './carrier';

interface Script {
  /** Applying waits for it. */
  readonly applied?: Promise<void>;
  readonly bites?: boolean;
  readonly reverts?: boolean;
  readonly isInForce?: boolean;
  readonly felt?: Felt;
}

class ScriptedFault extends LeasedFault {
  readonly calls: string[];
  readonly failures: HarnessError[];

  constructor(script: Script, journal: MemoryJournal, leaseMs: number) {
    const calls: string[] = [];
    const failures: HarnessError[] = [];
    const context = {
      journal,
      onFailure: (error: HarnessError) => failures.push(error),
    };
    const value = { ...VALUE, carrier: () => scripted(script, calls) };
    super(value, leaseMs, context as unknown as FaultContext, {
      aimed: () => undefined,
      ended: () => calls.push('ended'),
    });
    this.calls = calls;
    this.failures = failures;
  }
}

const VALUE = {
  ...{ kind: 'latency', target: 'a → b', what: 'a → b is slow', carriedBy: 'agent' as const },
  ...{ contradicts: [], leaseMs: undefined },
};

function scripted(script: Script, calls: string[]): Carrier {
  return {
    aim: async () => ['a → b'],
    apply: async () => {
      await script.applied;
      calls.push('apply');
      return {};
    },
    verifyApplied: async () => {
      if (script.bites === false) throw new HarnessError('fault-did-not-bite', { message: 'no effect' });
      return { addedMs: 200 };
    },
    undo: async () => {
      calls.push('undo');
      return {};
    },
    verifyReverted: async () => {
      if (script.reverts === false) throw new HarnessError('fault-did-not-revert', { message: 'still slow' });
      return {};
    },
    isInForce: async () => script.isInForce ?? true,
    felt: async () => script.felt ?? { felt: 3, of: 3, unit: 'answers' },
  };
}

const states = (journal: MemoryJournal) =>
  journal.lines.map((line) => (line.type === 'fault' ? line.state : line.type));

describe('a fault', () => {
  it('is applied, proved and reverted once, however often it is asked to', async () => {
    const journal = new MemoryJournal();
    const fault = await new ScriptedFault({}, journal, 60_000).begin();
    expect(fault.bite).toEqual({ addedMs: 200 });
    await Promise.all([fault.revert(), fault.revert()]);
    await fault[Symbol.asyncDispose]();
    expect(fault.calls).toEqual(['apply', 'undo', 'ended']);
    expect(fault.state).toBe('reverted');
    expect(states(journal)).toEqual(['applied', 'proved', 'reverted']);
    expect(fault.failures).toEqual([]);
  });

  it('that is reverted while it is being applied is undone after that, and stays so', async () => {
    const applied = Promise.withResolvers<void>();
    const journal = new MemoryJournal();
    const fault = new ScriptedFault({ applied: applied.promise }, journal, 60_000);
    const begun = fault.begin();
    const reverted = fault.revert();
    applied.resolve();
    await Promise.all([begun, reverted]);
    expect(fault.calls).toEqual(['apply', 'undo', 'ended']);
    expect(states(journal)).toEqual(['applied', 'proved', 'reverted']);
    expect(fault.failures).toEqual([]);
  });

  it('that is reverted before it is applied is not applied any more', async () => {
    const fault = new ScriptedFault({}, new MemoryJournal(), 60_000);
    await fault.revert();
    await expect(fault.begin()).rejects.toMatchObject({ code: 'fault-not-begun' });
    expect(fault.calls).not.toContain('apply');
  });

  it('that does not bite is an error, and is undone', async () => {
    const journal = new MemoryJournal();
    const fault = new ScriptedFault({ bites: false }, journal, 60_000);
    await expect(fault.begin()).rejects.toMatchObject({ code: 'fault-did-not-bite' });
    expect(fault.calls).toContain('undo');
    expect(states(journal)).toEqual(['applied', 'failed']);
  });

  it('expires by itself, and is not reverted again', async () => {
    const journal = new MemoryJournal();
    const fault = await new ScriptedFault({}, journal, 20).begin();
    await poll(() => fault.state === 'expired' || undefined, { condition: 'expired', timeoutMs: 2_000, intervalMs: 5 });
    await fault.revert();
    expect(states(journal)).toEqual(['applied', 'proved', 'expired']);
  });

  it('whose lease ends before it is reverted is a failure, with facts, once', async () => {
    const fault = await new ScriptedFault({}, new MemoryJournal(), 20).begin();
    await poll(() => fault.state === 'expired' || undefined, { condition: 'expired', timeoutMs: 2_000, intervalMs: 5 });
    await fault.revert();
    expect(fault.failures).toMatchObject([
      { code: 'fault-lease-expired', facts: { fault: fault.id, kind: 'latency', target: 'a → b', leaseMs: 20 } },
    ]);
  });

  it('whose lease has ended before its own timer came round has expired too', async () => {
    const journal = new MemoryJournal();
    const fault = await new ScriptedFault({}, journal, 20).begin();
    // No timer runs while this does.
    const untilMs = monotonicMs() + 25;
    while (monotonicMs() < untilMs);
    await fault.revert();
    expect(states(journal)).toEqual(['applied', 'proved', 'expired']);
    expect(fault.failures).toMatchObject([{ code: 'fault-lease-expired' }]);
  });

  it('that nothing carried any more when it was reverted is a failure', async () => {
    const fault = await new ScriptedFault({ isInForce: false }, new MemoryJournal(), 60_000).begin();
    await fault.revert();
    expect(fault.failures).toMatchObject([{ code: 'fault-lease-expired', facts: { target: 'a → b' } }]);
  });

  it('that cannot be shown to have ended says so', async () => {
    const fault = await new ScriptedFault({ reverts: false }, new MemoryJournal(), 60_000).begin();
    await expect(fault.revert()).rejects.toMatchObject({ code: 'fault-did-not-revert' });
  });

  it('that touched nothing of what callers did is no success, and says how many', async () => {
    const journal = new MemoryJournal();
    const untouched: Felt = { felt: 0, of: 169, unit: 'answers' };
    const fault = await new ScriptedFault({ felt: untouched }, journal, 60_000).begin();
    await expect(fault.revert()).rejects.toMatchObject({ code: 'fault-did-not-bite', facts: { felt: 0, of: 169 } });
    expect(journal.lines).toContainEqual(
      expect.objectContaining({ state: 'reverted', detail: expect.objectContaining({ felt: untouched }) }),
    );
  });

  it('is believed on its probes where callers did nothing, and where some of what they did was touched', async () => {
    for (const [felt, of] of [
      [0, 0],
      [1, 169],
    ] as const) {
      const fault = await new ScriptedFault(
        { felt: { felt, of, unit: 'answers' } },
        new MemoryJournal(),
        60_000,
      ).begin();
      await fault.revert();
      expect(fault.state).toBe('reverted');
    }
  });

  it('overlaps what was under way while it was on, and nothing before or after', async () => {
    const fault = await new ScriptedFault({}, new MemoryJournal(), 60_000).begin();
    const { startedAtMs } = fault;
    expect(fault.overlaps({ startedAtMs: startedAtMs - 10 })).toBe(true);
    expect(fault.overlaps({ startedAtMs: startedAtMs - 10, endedAtMs: startedAtMs - 5 })).toBe(false);
    await fault.revert();
    expect(fault.overlaps({ startedAtMs: (fault.endedAtMs ?? 0) + 1 })).toBe(false);
    expect(fault.overlaps({ startedAtMs: startedAtMs - 10, endedAtMs: startedAtMs })).toBe(true);
  });

  it('whose agent has died is undone where that is possible', async () => {
    const journal = new MemoryJournal();
    const fault = await new ScriptedFault({}, journal, 60_000).begin();
    fault.fail('the agent has died');
    await fault.revert();
    expect(fault.state).toBe('failed');
    expect(fault.calls).toEqual(['apply', 'ended', 'undo']);
    expect(states(journal)).toEqual(['applied', 'proved', 'failed']);
  });
});

describe('a lease', () => {
  it('counts down to zero and no further', () => {
    let nowMs = 1_000;
    const lease = new Lease(500, () => nowMs);
    expect(lease.remainingMs).toBe(500);
    nowMs = 1_400;
    expect([lease.remainingMs, lease.hasEnded]).toEqual([100, false]);
    nowMs = 1_600;
    expect([lease.remainingMs, lease.hasEnded]).toEqual([0, true]);
  });

  it.each([0, -1, Number.NaN, LEASE_MS_MAX + 1])('of %s ms is refused', (leaseMs) => {
    expect(() => new Lease(leaseMs)).toThrow(expect.objectContaining({ code: 'bad-lease' }));
  });
});

describe('the control channel', () => {
  it('matches answers to requests, passes events on, and ignores what is not for it', async () => {
    const sent: string[] = [];
    const events: string[] = [];
    const channel = new ControlChannel(
      'agent',
      (text) => sent.push(text),
      ({ event }) => events.push(event),
    );
    const first = channel.request({ op: 'stats' });
    const second = channel.request({ op: 'leave' });
    channel.receive('not json');
    channel.receive('{"event":"expired","id":"f"}');
    channel.receive('{"n":2,"error":"no"}');
    channel.receive('{"n":1,"result":{"open":3}}');
    await expect(first).resolves.toEqual({ open: 3 });
    await expect(second).rejects.toMatchObject({ code: 'helper-failed' });
    expect(events).toEqual(['expired']);
    expect(sent).toEqual(['{"op":"stats","n":1}\n', '{"op":"leave","n":2}\n']);
  });

  it('fails who waits when the stream ends or the helper is silent', async () => {
    const channel = new ControlChannel(
      'agent',
      () => undefined,
      () => undefined,
    );
    await expect(channel.request({ op: 'stats' }, 10)).rejects.toMatchObject({ code: 'helper-silent' });
    const waiting = channel.request({ op: 'stats' });
    channel.close('gone');
    await expect(waiting).rejects.toMatchObject({ code: 'helper-gone' });
    await expect(channel.request({ op: 'stats' })).rejects.toMatchObject({ code: 'helper-gone' });
  });
});
