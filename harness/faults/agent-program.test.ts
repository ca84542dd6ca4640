import { describe, expect, it } from '@jest/globals';
import { hashedFraction as coreFraction } from '../core/random';
import type { Alarm } from './agent/alarm';
import { PreciseAlarm } from './agent/alarm';
import { bypassing } from './agent/connections';
import { Cleaner } from './agent/clean';
import { chunkDelayMs, hashedFraction } from './agent/decision';
import { DelayLine } from './agent/delay-line';
import { drainRoutes, DRAIN_MS } from './agent/drain';
import { EngineError, type EngineCalls } from './agent/engine-api';
import { Route } from './agent/route';
import {
  chainsOf,
  dateStop,
  installJumps,
  ownChains,
  readRefused,
  redirectRules,
  refuseRules,
  removeChain,
  staleRules,
} from './agent/iptables';
import { findRules } from './agent/ladder';
import { leaseText, readCounted, tableText } from './agent/nftables';
import { LOOK_MS, Silence } from './agent/silence';
import { UndoList } from './agent/undo-list';

/** Time that moves when a test says so. */
class FakeAlarm implements Alarm {
  #now = 0;
  #entries: { timeMs: number; action: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  at(timeMs: number, action: () => void): () => void {
    const entry = { timeMs, action };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  advanceTo(timeMs: number): void {
    for (;;) {
      const next = this.#entries.filter((entry) => entry.timeMs <= timeMs).sort((a, b) => a.timeMs - b.timeMs)[0];
      if (next === undefined) break;
      this.#entries = this.#entries.filter((entry) => entry !== next);
      this.#now = Math.max(this.#now, next.timeMs);
      next.action();
    }
    this.#now = timeMs;
  }
}

const spec = { edge: 'a->b', delayMs: 200, jitterMs: 50, seed: 's' };

describe('delay line', () => {
  it('holds each item for its time and keeps the order, whatever the delays', () => {
    const alarm = new FakeAlarm();
    const out: string[] = [];
    const line = new DelayLine<string>(alarm, (item) => out.push(`${item}@${alarm.now()}`));
    line.push('a', 1, 200);
    line.push('b', 1, 50);
    alarm.advanceTo(10);
    line.push('c', 1, 250);
    expect(line.bytes).toBe(3);
    alarm.advanceTo(199);
    expect(out).toEqual([]);
    alarm.advanceTo(300);
    expect(out).toEqual(['a@200', 'b@200', 'c@260']);
    expect(line.isEmpty).toBe(true);
  });

  it('gives everything away in order when the fault ends, and nothing twice', () => {
    const alarm = new FakeAlarm();
    const out: string[] = [];
    const line = new DelayLine<string>(alarm, (item) => out.push(item));
    line.push('a', 5, 200);
    line.push('b', 5, 200);
    line.flush();
    expect(out).toEqual(['a', 'b']);
    expect(line.bytes).toBe(0);
    alarm.advanceTo(1_000);
    expect(out).toEqual(['a', 'b']);
  });

  it('forgets what it holds when the connection ends', () => {
    const alarm = new FakeAlarm();
    const out: string[] = [];
    const line = new DelayLine<string>(alarm, (item) => out.push(item));
    line.push('a', 5, 200);
    line.clear();
    alarm.advanceTo(1_000);
    expect(out).toEqual([]);
    line.push('b', 1, 10);
    alarm.advanceTo(1_010);
    expect(out).toEqual(['b']);
  });
});

describe('precise alarm', () => {
  it('is never early, fires in order, and drops what was cancelled', async () => {
    const alarm = new PreciseAlarm();
    const startMs = alarm.now();
    const fired: { name: string; lateMs: number }[] = [];
    const set = (name: string, afterMs: number, done?: () => void) =>
      alarm.at(startMs + afterMs, () => {
        fired.push({ name, lateMs: alarm.now() - startMs - afterMs });
        done?.();
      });
    await new Promise<void>((resolve) => {
      set('last', 30, resolve);
      set('first', 5.5);
      set('second', 5.7);
      set('cancelled', 10)();
    });
    expect(fired.map(({ name }) => name)).toEqual(['first', 'second', 'last']);
    for (const { lateMs } of fired) expect(lateMs).toBeGreaterThanOrEqual(0);
  });
});

describe('decisions', () => {
  it('are those of the harness', () => {
    for (const parts of [['a', 1, 2], ['seed', 'a->b', 0, 0], ['']]) {
      expect(hashedFraction(...parts)).toBe(coreFraction(...parts));
    }
  });

  it('repeat with the seed, stay within the jitter, and differ between chunks', () => {
    const delays = Array.from({ length: 200 }, (_, chunk) => chunkDelayMs(spec, 3, chunk));
    expect(delays).toEqual(Array.from({ length: 200 }, (_, chunk) => chunkDelayMs(spec, 3, chunk)));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(150);
    expect(Math.max(...delays)).toBeLessThanOrEqual(250);
    expect(new Set(delays).size).toBeGreaterThan(190);
    expect(chunkDelayMs({ ...spec, jitterMs: 0 }, 3, 1)).toBe(200);
  });
});

describe('packet rules', () => {
  const redirect = { edge: 'a->b', address: '10.0.0.2', port: 8080, listenPort: 4711 };

  it('stop matching within the lease: the kernel still matches during the last second', () => {
    const nowMs = Date.UTC(2026, 0, 1, 12, 0, 0, 900);
    expect(dateStop(nowMs, 5_000)).toBe('2026-01-01T12:00:04');
    // Through the end of second :04, so 4.1 s from now; never more than the lease.
    expect(dateStop(nowMs + 100, 5_000)).toBe('2026-01-01T12:00:05');
  });

  it('match address, port, owner and time, in our own chain only', () => {
    expect(redirectRules('ROLLPROOF-x', [redirect], '2026-01-01T12:00:04')).toBe(
      [
        '*nat',
        ':ROLLPROOF-x - [0:0]',
        '-A ROLLPROOF-x -d 10.0.0.2/32 -p tcp --dport 8080 -m owner ! --uid-owner 10061 -m time --datestop 2026-01-01T12:00:04 ' +
          '-m comment --comment "rollproof a->b" -j REDIRECT --to-ports 4711',
        'COMMIT',
        '',
      ].join('\n'),
    );
  });

  it('cannot be broken out of by a name in a user’s file', () => {
    const rules = redirectRules('ROLLPROOF-x', [{ ...redirect, edge: 'a" -j DROP\nCOMMIT' }], '2026-01-01T12:00:04');
    expect(rules).toContain('"rollproof a__-j_DROP_COMMIT"');
  });

  it('finds our chains beside those of others, and removes what it found', () => {
    const saved = [
      ...['*nat', ':OUTPUT ACCEPT [0:0]', ':DOCKER_OUTPUT - [0:0]', ':ROLLPROOF-a - [0:0]', ':ROLLPROOF-b - [0:0]'],
      '-A OUTPUT -d 127.0.0.11/32 -j DOCKER_OUTPUT',
      '-A OUTPUT -p tcp -m comment --comment "rollproof ROLLPROOF-a" -j ROLLPROOF-a',
    ].join('\n');
    expect(ownChains(saved)).toEqual([
      { chain: 'ROLLPROOF-a', hasJump: true },
      { chain: 'ROLLPROOF-b', hasJump: false },
    ]);
    expect(removeChain('nat', 'ROLLPROOF-b', false)).toBe('*nat\n-F ROLLPROOF-b\n-X ROLLPROOF-b\nCOMMIT\n');
    expect(removeChain('nat', 'ROLLPROOF-a', true)).toContain('-D OUTPUT -p tcp');
    expect(installJumps(chainsOf('a'))).toContain('-A OUTPUT -p tcp');
  });

  it('refuse what callers open, count it, and reset what goes past the proxy, each in a chain of its own', () => {
    expect(refuseRules('ROLLPROOF-x-f', [4711])).toBe(
      [
        '*filter',
        ':ROLLPROOF-x-f - [0:0]',
        '-A ROLLPROOF-x-f -d 127.0.0.1/32 -p tcp --dport 4711 --syn -m owner --uid-owner 10062 -j REJECT --reject-with tcp-reset',
        '-A ROLLPROOF-x-f -d 127.0.0.1/32 -p tcp --dport 4711 --syn -j REJECT --reject-with tcp-reset',
        'COMMIT',
        '',
      ].join('\n'),
    );
    expect(
      staleRules('ROLLPROOF-x-s', [{ address: '10.0.0.2', port: 8080, localPort: 40_000 }], '2026-01-01T12:00:04'),
    ).toContain('-d 10.0.0.2/32 -p tcp --sport 40000 --dport 8080 -m time --datestop 2026-01-01T12:00:04');
    const saved = [
      '[9:540] -A ROLLPROOF-x-f -d 127.0.0.1/32 -p tcp -m tcp --dport 4711 --tcp-flags SYN SYN -m owner --uid-owner 10062 -j REJECT',
      '[7:420] -A ROLLPROOF-x-f -d 127.0.0.1/32 -p tcp -m tcp --dport 4711 --tcp-flags SYN SYN -j REJECT',
      '[3:180] -A OUTPUT -d 127.0.0.1/32 -p tcp -m tcp --dport 80 -j ACCEPT',
    ].join('\n');
    expect([...readRefused('ROLLPROOF-x-f', saved)]).toEqual([[4711, 7]]);
  });
});

describe('packet rules of nftables', () => {
  const wanted = {
    redirects: [
      { edge: 'a->b', address: '10.0.0.2', port: 8080, listenPort: 4711 },
      { edge: 'a->c', address: '10.0.0.2', port: 8080, listenPort: 4712 },
    ],
    refusals: [{ listenPort: 4711, endsAtMs: 1_900.7 }],
    stale: [{ address: '10.0.0.2', port: 8080, localPort: 40_000 }],
  };

  it('are renewed in one transaction that empties the sets first: adding again renews nothing', () => {
    expect(leaseText('rollproof-x', { wanted, leaseMs: 5_000, nowMs: 1_000 }).trim().split('\n')).toEqual([
      'flush map ip rollproof-x carried',
      'flush set ip rollproof-x refused',
      'flush set ip rollproof-x stale',
      'add element ip rollproof-x carried { 10.0.0.2 . 8080 timeout 5000ms : 4711 }',
      'add element ip rollproof-x counted { 4711 }',
      'add element ip rollproof-x refused { 4711 timeout 900ms }',
      'add element ip rollproof-x stale { 10.0.0.2 . 8080 . 40000 timeout 5000ms }',
    ]);
  });

  it('stand in a table of our own, spare the proxy, and do not count our probes', () => {
    const text = tableText('rollproof-x');
    expect(text).toMatch(/^table ip rollproof-x \{/);
    expect(text).toContain('meta skuid != 10061 redirect');
    expect(text.indexOf('meta skuid 10062 reject')).toBeLessThan(text.indexOf('@counted'));
    const counted = {
      nftables: [{ metainfo: {} }, { set: { elem: [{ elem: { val: 4711, counter: { packets: 7 } } }] } }],
    };
    expect([...readCounted(JSON.stringify(counted))]).toEqual([[4711, 7]]);
    expect(readCounted(JSON.stringify({ nftables: [{ set: {} }] })).size).toBe(0);
  });
});

describe('the ladder of packet rules', () => {
  /** A kernel on which these programs fail. */
  const kernel = (...lacking: string[]) => {
    const calls: string[] = [];
    const run = async (command: string) => {
      calls.push(command);
      if (lacking.some((one) => command.startsWith(one))) throw new Error(`${command}: not supported`);
      return '';
    };
    return { calls, run };
  };

  it('takes nftables where it works, and tries no other', async () => {
    const { calls, run } = kernel();
    expect(await findRules('x', undefined, run)).toMatchObject({ rules: { rung: 'nftables' }, lacks: {} });
    expect(calls.filter((command) => command.startsWith('iptables'))).toEqual([]);
  });

  it('takes iptables where nftables does not work, and says why; and nothing where neither does', async () => {
    expect(await findRules('x', undefined, kernel('nft').run)).toMatchObject({
      rules: { rung: 'iptables' },
      lacks: { nftables: 'nft: not supported' },
    });
    const { rules, lacks } = await findRules('x', undefined, kernel('nft', 'iptables').run);
    expect([rules, Object.keys(lacks)]).toEqual([undefined, ['nftables', 'iptables']]);
  });
});

describe('connections that go past the agent', () => {
  const line = (local: string, remote: string, state: string, uid = 1000) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 1 1`;
  const mapped = (end: string) => `0000000000000000FFFF0000${end}`;
  const past = (now: string[], before = now) =>
    bypassing([{ address: '10.17.0.2', port: 8080 }], {
      listenPorts: [4711],
      proxyUid: 10061,
      before: before.join('\n'),
      now: now.join('\n'),
    });

  it('are those established to the very address and port', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue',
      line('0300110A:9C40', '0200110A:1F90', '01'),
      line('0300110A:9C41', '0200110A:1F90', '06'),
      line('0300110A:9C42', '0200110A:0050', '01'),
    ];
    expect(past(table)).toEqual([{ address: '10.17.0.2', port: 8080, localPort: 40_000 }]);
  });

  it('are found behind IPv6 sockets too, as a JVM opens them', () => {
    const table = [line(mapped('0300110A:9C40'), mapped('0200110A:1F90'), '01')];
    expect(past(table)).toEqual([{ address: '10.17.0.2', port: 8080, localPort: 40_000 }]);
    expect(
      past([line('000080FE00000000FF005450B6AD1DFE:9C40', '000080FE00000000FF005450B6AD1DFE:1F90', '01')]),
    ).toEqual([]);
  });

  it('are none of those whose other end the proxy holds, nor the proxy’s own, nor one that was not there a moment ago', () => {
    const caller = line('0300110A:9C40', '0200110A:1F90', '01');
    expect(past([caller, line('0100007F:1267', '0300110A:9C40', '01', 10061)])).toEqual([]);
    expect(past([line('0300110A:9C40', '0200110A:1F90', '01', 10061)])).toEqual([]);
    expect(past([caller], [])).toEqual([]);
  });
});

describe('draining', () => {
  const carried = (route: Route, lastByteMs: number) => {
    const calls: string[] = [];
    const one = {
      lastByteMs,
      faultOn: () => undefined,
      faultOff: () => undefined,
      end: () => {
        calls.push('end');
        route.carried.delete(one);
      },
      destroy: () => {
        calls.push('destroy');
        route.carried.delete(one);
      },
    };
    route.carried.add(one);
    return calls;
  };

  it('ends what is silent and cuts at the deadline what never is', async () => {
    const alarm = new FakeAlarm();
    const route = new Route('a->b');
    const silent = carried(route, 0);
    const busy = carried(route, Number.POSITIVE_INFINITY);
    const drained = drainRoutes([route], alarm);
    alarm.advanceTo(DRAIN_MS - 100);
    expect([silent, busy]).toEqual([['end'], []]);
    alarm.advanceTo(DRAIN_MS + 100);
    expect(busy).toEqual(['destroy']);
    await expect(drained).resolves.toBe(1);
  });
});

describe('silence', () => {
  /** Looks as the timer does, until `untilMs`; returns the last answer. */
  const lookUntil = (silence: Silence, fromMs: number, untilMs: number) => {
    let silentMs = Number.NaN;
    for (let nowMs = fromMs + LOOK_MS; nowMs <= untilMs; nowMs += LOOK_MS) silentMs = silence.look(nowMs);
    return silentMs;
  };

  it('is as long as no beat came, also where each look is a little late', () => {
    const silence = new Silence(0);
    expect(lookUntil(silence, 0, 5_000)).toBe(5_000);
    silence.beat(5_100);
    expect(silence.look(5_700)).toBe(600);
    expect(silence.look(6_400)).toBe(1_300);
  });

  it('is not counted while the observer itself was stopped: the beats of that time are still unread', () => {
    const silence = new Silence(0);
    lookUntil(silence, 0, 1_000);
    silence.beat(1_000);
    expect(silence.look(61_250)).toBe(LOOK_MS);
    expect(lookUntil(silence, 61_250, 71_250)).toBe(LOOK_MS + 10_000);
  });

  it('is not cut short beforehand by a beat that was read before the late look', () => {
    const silence = new Silence(0);
    silence.beat(60_000);
    expect(silence.look(60_000)).toBe(0);
    expect(lookUntil(silence, 60_000, 62_000)).toBe(2_000);
  });
});

describe('undoing', () => {
  const undo = { id: 'start', container: 'c', action: 'start' as const };
  const engine = (project: string, start: () => Promise<unknown>): EngineCalls => ({
    call: async (method) => (method === 'GET' ? { Config: { Labels: { 'rollproof.project': project } } } : start()),
  });
  const settled = (api: EngineCalls) => new Cleaner(api, 'ours', () => undefined).undo(undo);

  it('is settled when it has worked, when there is nothing to undo, and when it is not ours', async () => {
    expect(await settled(engine('ours', async () => undefined))).toBe(true);
    expect(await settled(engine('ours', () => Promise.reject(new EngineError(404, 'no such container'))))).toBe(true);
    expect(await settled(engine('theirs', () => Promise.reject(new Error('started what is not ours'))))).toBe(true);
  });

  it('asks for another try when the Engine fails', async () => {
    expect(await settled(engine('ours', () => Promise.reject(new EngineError(500, 'busy'))))).toBe(false);
  });
});

describe('undoing a death', () => {
  const undo = { id: 'start', container: 'c', action: 'start' as const, finishedAt: 'ours' };
  const startsOf = async (State: { Running: boolean; FinishedAt: string }) => {
    const starts: string[] = [];
    const api: EngineCalls = {
      call: async (method, path) => {
        if (method === 'GET') return { Config: { Labels: { 'rollproof.project': 'ours' } }, State };
        starts.push(path);
        return undefined;
      },
    };
    expect(await new Cleaner(api, 'ours', () => undefined).undo(undo)).toBe(true);
    return starts;
  };

  it('starts what is still down from it', async () => {
    expect(await startsOf({ Running: false, FinishedAt: 'ours' })).toEqual(['/containers/c/start']);
  });

  it('leaves alone what somebody has started since, whether it runs or was stopped again', async () => {
    expect(await startsOf({ Running: true, FinishedAt: 'ours' })).toEqual([]);
    expect(await startsOf({ Running: false, FinishedAt: 'theirs' })).toEqual([]);
  });
});

describe('undoing a pause', () => {
  const undo = { id: 'pause', container: 'c', action: 'unpause' as const };
  const callsOf = async (Paused: boolean) => {
    const calls: string[] = [];
    const api: EngineCalls = {
      call: async (method, path) => {
        if (method === 'GET')
          return { Config: { Labels: { 'rollproof.project': 'ours' } }, State: { Running: true, Paused } };
        calls.push(path);
        return undefined;
      },
    };
    expect(await new Cleaner(api, 'ours', () => undefined).undo(undo)).toBe(true);
    return calls;
  };

  it('unfreezes what is frozen, and leaves alone what runs', async () => {
    expect(await callsOf(true)).toEqual(['/containers/c/unpause']);
    expect(await callsOf(false)).toEqual([]);
  });
});

describe('the guardian’s list', () => {
  const undo = (id: string) => ({ id, container: 'c', action: 'start' as const });

  it('gives each expired entry once, in the order of registration', () => {
    const list = new UndoList();
    list.add(undo('policy'), 100);
    list.add(undo('start'), 100);
    list.add(undo('later'), 500);
    list.add(undo('forgotten'), 50);
    list.delete('forgotten');
    expect(list.takeExpired(99)).toEqual([]);
    expect(list.takeExpired(100).map(({ id }) => id)).toEqual(['policy', 'start']);
    expect(list.takeExpired(100)).toEqual([]);
    expect(list.takeAll().map(({ id }) => id)).toEqual(['later']);
  });

  it('keeps the last that was registered under an id, in the place of the first', () => {
    const list = new UndoList();
    list.add(undo('start'), 100);
    list.add(undo('later'), 100);
    list.add({ ...undo('start'), finishedAt: 'then' }, 100);
    expect(list.takeAll()).toEqual([{ ...undo('start'), finishedAt: 'then' }, undo('later')]);
  });
});
