import type { ReconciliationResult } from '../contract/reconciliation';
import type { RequestTotals } from '../contract/request-totals';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { tearDown, untilAborted } from '../core/bounded';
import { HarnessError } from '../core/errors';
import { poll } from '../core/poll';
import { readJournal } from '../contract/journal';
import type { LoadedConfig } from '../contract/config-file';
import type { Scenario } from './scenario';
import type { KeptStack } from '../project/kept-stack';
import type { StackPlan } from '../project/plan';
import type { RunningStack } from '../project/running-stack';
import type { StackOptions } from '../project/stack-options';
import type { OpenedLoad } from './live-run';
import { Session } from './session';
import type { SessionParts } from './session-parts';

/** What the injector of the stack reports, and how the loads end. */
let failures: HarnessError[] = [];
let totals: RequestTotals = { sent: 1_000, ok: 1_000, failed: 0, lost: 0, late: 0, unsent: 0 };

/** What the stack of the next session does. */
let script: { revert?: () => Promise<void>; create?: () => void; up?: () => Promise<void>; down?: () => Promise<void> };
let options: StackOptions | undefined;

/** What the stack stored of what it had acknowledged; `undefined` when it cannot be asked. */
let stored: ReconciliationResult | undefined;
const NOTHING_STORED = {
  ok: true,
  acknowledged: 0,
  stored: 0,
  missing: [],
  doubled: [],
  orphanEffects: {},
  doubledEffects: {},
};

const stack = {
  down: () => (script.down ?? (async () => undefined))(),
  leave: async () => undefined,
  urls: async () => ({}),
  images: async () => ({}),
  services: undefined,
  faults: { failures: () => failures, revertAll: () => script.revert?.() ?? Promise.resolve() },
};

const root = mkdtempSync(join(tmpdir(), 'session-'));
const loaded = {
  config: { name: 'tiny', managed: {}, reconciliation: {} },
  project: 'rp-tiny-test',
  stateDirectory: join(root, 'state'),
} as unknown as LoadedConfig;

const parts: SessionParts = {
  loadConfig: async () => loaded,
  preflight: async () => ({ version: '1', apiVersion: '1' }),
  clearTheGround: async () => undefined,
  requireKeptStack: async () => ({}) as unknown as KeptStack,
  provideSupply: async () => ({}),
  planStack: async () => ({ compression: { factor: 1, reason: 'none' }, alerts: [] }) as unknown as StackPlan,
  recallPlan: async () => ({ compression: { factor: 1, reason: 'none' }, alerts: [] }) as unknown as StackPlan,
  begin: (given) => {
    options = given;
    script.create?.();
    return {
      ends: stack,
      up: async () => {
        await script.up?.();
        return stack as unknown as RunningStack;
      },
    };
  },
  openLoad: async () => load as unknown as OpenedLoad,
  reconcile: async () => {
    if (stored === undefined) throw new Error('no database');
    return stored;
  },
};

const load = {
  awaitSteady: async () => undefined,
  stop: async () => undefined,
  ended: () => totals,
  [Symbol.asyncDispose]: async () => undefined,
};

let reports: string;
let abort: AbortController;

beforeEach(() => {
  script = {};
  failures = [];
  totals = { ...totals, late: 0 };
  reports = mkdtempSync(join(root, 'reports-'));
  abort = new AbortController();
});

const start = () =>
  Session.start(
    {
      configPath: 'rollproof.config.ts',
      title: 'a run',
      rerun: 'npm start',
      reportsDirectory: reports,
      progress: { step: () => undefined },
      signal: abort.signal,
    },
    parts,
  );

const journal = () => readJournal(join(reports, 'latest', 'journal.ndjson'));
const hasReport = () => existsSync(join(reports, 'latest', 'report.html'));
const isLocked = () => existsSync(join(loaded.stateDirectory, 'lock'));
const scenario = (run: Scenario['run']): Scenario => ({ id: 'one', title: 'one', run });
const hang = () => new Promise<never>(() => undefined);

/** Runs a scenario until its body is under way. */
async function begun(session: Awaited<ReturnType<typeof start>>, body: Scenario['run']) {
  const entered = Promise.withResolvers<void>();
  const run: Scenario['run'] = (context) => {
    entered.resolve();
    return body(context);
  };
  const outcome = session.run(scenario(run), 'phase');
  await entered.promise;
  return { outcome };
}

describe('a run that cannot begin', () => {
  it.each([
    ['its stack cannot be made', { create: () => raise('no revisions') }],
    ['its stack does not come up', { up: async () => raise('no revisions') }],
  ])('has its report and gives the lock back when %s', async (_what, given) => {
    script = given;
    await expect(start()).rejects.toThrow('no revisions');
    expect(journal().map(({ type }) => type)).toEqual(['run-started', 'note', 'stack-down', 'run-finished']);
    expect(journal().at(-1)).toMatchObject({ verdict: 'error', reason: 'no revisions' });
    expect(hasReport()).toBe(true);
    expect(isLocked()).toBe(false);
  });
});

describe('a run', () => {
  it('passes, and says so', async () => {
    const session = await start();
    const { verdict } = await session.run(
      scenario(async ({ expect: check }) => check(1).toBe(1)),
      'phase',
    );
    expect(verdict).toBe('passed');
    expect((await session.finish()).summary).toMatchObject({ verdict: 'passed', counts: { passed: 1 } });
    expect(isLocked()).toBe(false);
  });

  it('ends a scenario that waits for something of its own when it is aborted', async () => {
    const session = await start();
    const running = await begun(session, hang);
    abort.abort(new HarnessError('interrupted', { message: 'interrupted by SIGINT' }));
    expect(await running.outcome).toMatchObject({ verdict: 'inconclusive', reason: 'interrupted by SIGINT' });
    await session.finish();
    expect(journal().at(-1)).toMatchObject({
      type: 'run-finished',
      verdict: 'inconclusive',
      reason: 'interrupted by SIGINT',
    });
  });

  it('that is finished while a scenario runs ends that first', async () => {
    const session = await start();
    const running = await begun(session, ({ signal }) => untilAborted(hang(), signal, 0));
    const { summary } = await session.finish();
    expect(await running.outcome).toMatchObject({
      verdict: 'inconclusive',
      reason: 'the run was ended while a scenario ran',
    });
    expect(summary.verdict).toBe('inconclusive');
    const types = journal().map(({ type }) => type);
    expect(types.indexOf('scenario-finished')).toBeLessThan(types.indexOf('stack-down'));
  });

  it('is aborted when nobody would clean up after it', async () => {
    const session = await start();
    options?.onLost(new HarnessError('guardian-lost', { message: 'the guardian has gone' }));
    await session.finish();
    expect(journal().at(-1)).toMatchObject({ verdict: 'error', reason: 'the guardian has gone' });
  });

  it('whose teardown hangs is an error that names the step, with a report', async () => {
    script.down = () => tearDown([{ name: 'removing the project', timeoutMs: 10, run: hang }]);
    const session = await start();
    const { summary } = await session.finish();
    expect(summary.verdict).toBe('error');
    expect(journal().at(-1)).toMatchObject({ reason: 'removing the project did not end within 10 ms' });
    expect(readFileSync(join(reports, 'latest', 'journal.ndjson'), 'utf8')).toContain('teardown-timed-out');
    expect(hasReport()).toBe(true);
  });
});

describe('a scenario that is not to be run', () => {
  it('is skipped with its reason, unwarmed and untried, and the report says so', async () => {
    const session = await start();
    const given = {
      ...scenario(async () => raise('it ran')),
      skip: 'the bank moves house',
      place: { file: 'a.ts', line: 3 },
    };
    expect(await session.run(given, 'phase')).toEqual({
      verdict: 'skipped',
      durationMs: 0,
      reason: 'the bank moves house',
    });
    const { summary, htmlPath } = await session.finish();
    expect(summary.scenarios).toMatchObject([
      { verdict: 'skipped', reason: 'the bank moves house', place: { line: 3 } },
    ]);
    expect(summary.verdict).toBe('inconclusive');
    expect(readFileSync(htmlPath, 'utf8')).toContain('the bank moves house');
  });
});

describe('a scenario with a time of its own', () => {
  const timed = (body: Scenario['run']) => ({ ...scenario(body), timeoutMs: 20 });

  it('is inconclusive when it does not end in it, and does nothing more to the stack', async () => {
    const session = await start();
    const later = Promise.withResolvers<unknown>();
    const outcome = await session.run(
      timed(async ({ load, signal }) => {
        await poll(() => signal.aborted || undefined, { condition: 'the end', timeoutMs: 5_000, intervalMs: 5 });
        later.resolve(await load.open().catch((error: unknown) => error));
      }),
      'phase',
    );
    expect(outcome).toMatchObject({ verdict: 'inconclusive', error: { code: 'scenario-timed-out' } });
    expect(await later.promise).toMatchObject({ code: 'scenario-timed-out' });
    const next = await session.run(
      scenario(async ({ expect: check }) => check(1).toBe(1)),
      'phase',
    );
    expect(next.verdict).toBe('passed');
    await session.finish();
  });

  it('keeps what it came to before', async () => {
    const session = await start();
    expect(
      (
        await session.run(
          timed(async ({ expect: check }) => check(1).toBe(2)),
          'phase',
        )
      ).verdict,
    ).toBe('failed');
    await session.finish();
  });
});

describe('a scenario', () => {
  const outcome = async (body: Scenario['run']) => {
    const session = await start();
    const ended = await session.run(scenario(body), 'phase');
    return { ...ended, summary: (await session.finish()).summary };
  };

  it('that would have passed is inconclusive when its load was late, whatever it expects', async () => {
    const body: Scenario['run'] = async ({ load, expect: check }) => {
      await load.open();
      check(1).toBe(1);
    };
    expect((await outcome(body)).verdict).toBe('passed');
    totals = { ...totals, late: 2 };
    const { verdict, reason, summary } = await outcome(body);
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('2 of 1000 were late or unsent');
    expect(summary.scenarios[0]?.facts).toMatchObject({ requests: { sent: 1_000, late: 2 } });
  });

  it('is not judged by the load that warms the stack up', async () => {
    totals = { ...totals, late: 500 };
    expect((await outcome(async ({ expect: check }) => check(1).toBe(1))).verdict).toBe('passed');
  });

  it.each([Number.NaN, Infinity])(
    'whose figure is %d is inconclusive, and the journal has no such figure',
    async (value) => {
      const { verdict, reason } = await outcome(async ({ measure, expect: check }) => {
        check(1).toBe(1);
        measure({ name: 'errors', value, samples: 0 }, { unit: 'ratio' });
      });
      expect([verdict, reason]).toEqual(['inconclusive', `errors is ${value}, from 0 samples: nothing was measured`]);
      expect(journal().filter(({ type }) => type === 'measurement')).toEqual([]);
    },
  );

  it('that failed stays failed when its load was late', async () => {
    totals = { ...totals, late: 2 };
    const { verdict } = await outcome(async ({ load, expect: check }) => {
      await load.open();
      check(1).toBe(2);
    });
    expect(verdict).toBe('failed');
  });

  it.each([
    [2, 'failed', 'failed'],
    [2, 'passed', 'passed'],
    [3, 'failed', 'inconclusive'],
    [3, 'passed', 'passed'],
  ] as const)('in %d starved seconds of which the checks %s is %s', async (seconds, checks, expected) => {
    const { verdict, reason } = await outcome(async ({ expect: check }) => {
      for (let second = 0; second < seconds; second++) options?.onStarved(12.4);
      check(1).toBe(checks === 'passed' ? 1 : 2);
    });
    expect(verdict).toBe(expected);
    if (expected === 'inconclusive')
      expect(reason).toMatch(/^the machine was too busy to tell: .* up to 12 times .* Seen meanwhile: /);
    expect(journal().filter(({ type }) => type === 'starved')).toHaveLength(seconds);
  });

  it('is not excused by a machine that was busy before it', async () => {
    const session = await start();
    for (let second = 0; second < 9; second++) options?.onStarved(12.4);
    const { verdict } = await session.run(
      scenario(async ({ expect: check }) => check(1).toBe(2)),
      'phase',
    );
    expect(verdict).toBe('failed');
    await session.finish();
  });

  it('whose fault ended unnoticed proves nothing, whatever it saw', async () => {
    const { verdict, error } = await outcome(async ({ expect: check }) => {
      failures = [new HarnessError('fault-lease-expired', { message: 'gone', facts: { leaseMs: 20 } })];
      check(1).toBe(2);
    });
    expect(verdict).toBe('inconclusive');
    expect(error).toMatchObject({ code: 'fault-lease-expired', facts: { leaseMs: 20 } });
  });

  it('whose fault cannot be reverted is an error, and keeps its facts', async () => {
    script.revert = () => Promise.reject(new Error('still slow'));
    const { verdict, reason, summary } = await outcome(async ({ load, expect: check }) => {
      await load.open();
      check(1).toBe(1);
    });
    expect([verdict, reason]).toEqual(['error', 'still slow']);
    expect(summary.scenarios[0]?.facts).toHaveProperty('requests');
  });
});

describe('a run', () => {
  it.each<[string, Partial<ReconciliationResult> | undefined]>([
    ['passed', { acknowledged: 3, stored: 3 }],
    ['failed', { acknowledged: 3, stored: 2, missing: ['order-3'] }],
    ['failed', { acknowledged: 3, stored: 3, orphanEffects: { charges: ['order-4'] } }],
    ['inconclusive', undefined],
    // Only reads: there was nothing to keep.
    ['passed', { acknowledged: 0 }],
  ])('is %s when its loads and the database say %j', async (verdict, result) => {
    stored = result === undefined ? undefined : { ...NOTHING_STORED, ...result };
    const session = await start();
    session.ledgerPaths.push('ledger/one-1.ndjson');
    await session.run(
      scenario(async ({ expect: check }) => check(1).toBe(1)),
      'phase',
    );
    expect((await session.finish()).summary.verdict).toBe(verdict);
  });
});

function raise(message: string): never {
  throw new Error(message);
}
