import { describe, expect, it } from '@jest/globals';
import type { JournalLine } from '../contract/observation';
import { HarnessError } from '../core/errors';
import { MemoryJournal } from '../contract/journal';
import { rolloutSentence } from '../contract/rollout-words';
import { routedNothingToCandidateAfterTheSwitch } from '../verdict/findings';
import { deploy, type DeployRequest } from './controller';
import type { RequestSample } from './ports';
import { FakeWorld, type FakeWorldOptions } from './testing/fake-world';
import { accept } from './steps/accept';
import { ready } from './steps/ready';
import { retire } from './steps/retire';
import { start } from './steps/start';
import { weight } from './steps/weight';
import { canary } from './strategies/canary';
import { inSteps } from './strategies/in-steps';

const DEMO = canary({ steps: [20, 50, 100], riseToDetect: 0.1, minReadyMs: 1_000, bakeMs: 3_000 });

const BEHAVIOURS = {
  'errors:2': { errorRatio: 0.2 },
  'refuses:2': { clientErrorRatio: 1 },
  'slow:2': { latencyMs: 408 },
  'wrong:2': { wrongRatio: 0.3 },
  'slow-for-some:2': { slowRatio: 0.03, slowMs: 1_500 },
  'never-ready:2': { neverReady: true },
  'crash:2': { crashesAtBoot: true },
  'dies:2': { diesAfterMs: 2_000 },
  'hangs:2': { hangRatio: 0.2, hangMs: 60_000 },
  'hangs-briefly:2': { hangRatio: 0.2, hangMs: 10_000 },
  'hangs-always:2': { hangRatio: 1, hangMs: 60_000 },
};

function world(options: Partial<FakeWorldOptions> = {}): { world: FakeWorld; journal: MemoryJournal } {
  const journal = new MemoryJournal();
  return { world: new FakeWorld({ seed: 'controller', journal, behaviours: BEHAVIOURS, ...options }), journal };
}

function request(image: string, more: Partial<DeployRequest> = {}): DeployRequest {
  return { service: 'orders', image, strategy: DEMO, ...more };
}

function states(lines: readonly JournalLine[]): string[] {
  return lines.flatMap((line) => (line.type === 'rollout' ? [line.state] : []));
}

describe('deploy', () => {
  it('promotes a good release step by step and keeps the old revision stopped', async () => {
    const { world: fake, journal } = world();
    const startMs = fake.nowMs;
    const result = await deploy(request('good:2'), fake.ports());
    expect(result).toMatchObject({
      outcome: 'promoted',
      from: 'orders-r1',
      to: 'orders-r2',
      weightsReached: [20, 50, 100],
    });
    expect(states(journal.lines)).toEqual([
      ...['Pending', 'Preflight', 'Starting', 'Readying', 'Shifting', 'Analyzing', 'Shifting', 'Analyzing'],
      ...['Shifting', 'Promoted', 'Baking', 'Retiring', 'Succeeded'],
    ]);
    expect(fake.lost).toBe(0);
    expect(fake.share('orders-r2')).toBe(100);
    expect(fake.containers.get('orders-r1')).toMatchObject({ running: false });
    expect(fake.store.stable('orders')).toMatchObject({ label: 'orders-r2', slot: 'green', status: 'stable' });
    expect(fake.store.unfinished()).toEqual([]);
    expect(fake.nowMs - startMs).toBeLessThan(35_000);
  });

  it('journals of a revision what it is, and nothing of its definition: that may hold secrets', async () => {
    const { world: fake, journal } = world();
    await deploy(request('good:2'), fake.ports());
    expect(journal.lines).toContainEqual(
      expect.objectContaining({
        action: 'record-candidate',
        detail: expect.objectContaining({ revision: 'orders-r2', image: 'good:2', content: 'sha256:good:2' }),
      }),
    );
    expect(JSON.stringify(journal.lines)).not.toContain('definition');
  });

  it('rolls a release with 20 % errors back, soon and without a lost request', async () => {
    const { world: fake, journal } = world();
    const result = await deploy(request('errors:2'), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', weightsReached: [20] });
    expect(result.reason).toContain('more errors than stable');
    expect(result.switchMs).toBeLessThanOrEqual(25);
    expect(journal.lines).toContainEqual(
      expect.objectContaining({ type: 'measurement', value: result.switchMs, unit: 'ms', limit: 25 }),
    );
    expect((result.rolledBackAtMs ?? Infinity) - (result.firstBadResponseAtMs ?? 0)).toBeLessThan(5_000);
    expect(states(journal.lines).slice(-3)).toEqual(['Aborting', 'RollingBack', 'RolledBack']);
    expect(fake.lost).toBe(0);
    expect(fake.share('orders-r1')).toBe(100);
    expect(fake.containers.get('orders-r2')).toMatchObject({ running: false });
    expect(fake.store.list('orders').map(({ status }) => status)).toEqual(['stable', 'failed']);
  });

  it('rolls a release back that answers 200, and wrongly', async () => {
    const { world: fake, journal } = world();
    const result = await deploy(request('wrong:2'), fake.ports());
    expect(result).toMatchObject({
      ...{ outcome: 'rolled-back', cause: 'release-rejected', weightsReached: [20] },
      wrongAnswers: [{ reason: 'no order id' }],
      samples: { from: { errors: 0 } },
    });
    const { errors, wrong, requests } = result.samples.to;
    expect([wrong, result.wrongAnswers?.[0]?.count]).toEqual([errors, errors]);
    expect(result.reason).toMatch(/^more errors than stable: .*, \d+ of them answered wrongly: no order id \(p = /);
    expect(rolloutSentence(result)).toContain(
      `orders-r2 answered ${errors} of ${requests} requests wrongly: no order id`,
    );
    expect(journal.lines).toContainEqual(
      expect.objectContaining({ type: 'rollout-ended', wrongAnswers: result.wrongAnswers }),
    );
  });

  it('promotes a release that answers as wrongly as stable does, for another’s fault', async () => {
    const { world: fake } = world();
    fake.dependencyWrongRatio = 0.3;
    const result = await deploy(request('good:2'), fake.ports());
    expect(result).toMatchObject({ outcome: 'promoted', wrongAnswers: [{ reason: 'no order id' }] });
    expect(result.samples.from.wrong).toBeGreaterThan(0);
  });

  it('rolls a release back that is slow for 3 % of its requests only, and says so', async () => {
    const rolledBack = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const { world: fake } = world({ seed: `tail-${n}` });
        return deploy(request('slow-for-some:2'), fake.ports());
      }),
    );
    expect(new Set(rolledBack.map(({ outcome }) => outcome))).toEqual(new Set(['rolled-back']));
    expect(rolledBack[0]?.reason).toMatch(
      /^slower than stable: \d+ of \d+ requests slower than [\d.]+ ms, stable \d+ of/,
    );
  });

  it('calls slow what the service’s objective does, unless the strategy names a limit of its own', async () => {
    const limits = async (strategy: DeployRequest['strategy']) => {
      const { world: fake, journal } = world();
      await deploy(request('good:2', { strategy }), { ...fake.ports(), objectiveMs: () => 500 });
      return new Set(journal.lines.flatMap((line) => (line.type === 'judgement' ? (line.slow?.limitMs ?? []) : [])));
    };
    expect(await limits(DEMO)).toEqual(new Set([500]));
    expect(await limits(canary({ steps: [50, 100], riseToDetect: 0.1, slowerThanMs: 300 }))).toEqual(new Set([300]));
  });

  it('counts what the front routed once it had been told to give everything back', async () => {
    const { world: fake, journal } = world();
    const ports = fake.ports();
    let backInEpoch = 0;
    const setWeights: typeof ports.setWeights = async (service, weights) => {
      const epoch = await ports.setWeights(service, weights);
      if (weights.green === 0) backInEpoch = epoch;
      return epoch;
    };
    const result = await deploy(request('errors:2'), { ...ports, setWeights });
    expect(result).toMatchObject({ switchEpoch: backInEpoch, routedToCandidateAfterSwitch: 0 });
    expect(result.requestsAfterSwitch).toBeGreaterThan(0);
    const { switchEpoch, requestsAfterSwitch, routedToCandidateAfterSwitch } = result;
    const counted = { switchEpoch, requestsAfterSwitch, routedToCandidateAfterSwitch };
    expect(journal.lines.findLast(({ type }) => type === 'rollout')).toMatchObject({ state: 'RolledBack', ...counted });
    expect(routedNothingToCandidateAfterTheSwitch(result).verdict).toBe('passed');
  });

  it.each([
    ['chose the candidate', { revision: 'orders-r2', servedBy: 'orders-r2' }],
    ['chose the candidate, and stable helped out', { revision: 'orders-r2', servedBy: 'orders-r1' }],
    ['had the candidate help out', { revision: 'orders-r1', servedBy: 'orders-r2' }],
  ])('counts a request after the switch that %s', async (_name, routed) => {
    const { world: fake } = world();
    const ports = fake.ports();
    let tell: (sample: RequestSample) => void = () => undefined;
    const watch: typeof ports.watch = (service, onSample, signal) => {
      tell = onSample;
      return ports.watch(service, onSample, signal);
    };
    const retire: typeof ports.retire = async (revision) => {
      const atMs = fake.nowMs;
      tell({
        id: 'late',
        ...routed,
        epoch: fake.epoch,
        startedAtMs: atMs,
        endedAtMs: atMs,
        error: false,
        clientError: false,
      });
      await ports.retire(revision);
    };
    const result = await deploy(request('errors:2'), { ...ports, watch, retire });
    expect(result).toMatchObject({ outcome: 'rolled-back', routedToCandidateAfterSwitch: 1 });
    expect(routedNothingToCandidateAfterTheSwitch(result).verdict).toBe('failed');
  });

  it('rolls a release back that answers with 4xx where stable does not, and no other for what its clients ask', async () => {
    const { world: fake } = world();
    const refusing = await deploy(request('refuses:2'), fake.ports());
    expect(refusing).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected', weightsReached: [20] });
    expect(refusing.reason).toContain('more client errors (4xx) than stable');
    fake.badRequestRatio = 0.3;
    expect(await deploy(request('good:2'), fake.ports())).toMatchObject({ outcome: 'promoted' });
  });

  it('rolls a slow release back', async () => {
    const { world: fake } = world();
    const result = await deploy(request('slow:2'), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', weightsReached: [20] });
    expect(result.reason).toContain('slower than stable');
    expect(result.endedAtMs - result.startedAtMs).toBeLessThan(20_000);
  });

  it.each(['never-ready:2', 'crash:2'])('gives %s no traffic', async (image) => {
    const { world: fake } = world();
    const strategy = canary({ steps: [100], readyTimeoutMs: 2_000, minReadyMs: 500 });
    const result = await deploy(request(image, { strategy }), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', weightsReached: [], samples: { to: { requests: 0 } } });
    expect(result.reason).toMatch(/never became ready|bad config/);
    expect(fake.containers.get('orders-r2')).toMatchObject({ running: false });
  });

  it('says of a release that never becomes ready what the front’s checks found, and what it wrote last', async () => {
    const { world: fake } = world();
    const strategy = canary({ steps: [100], readyTimeoutMs: 2_000, minReadyMs: 60_000 });
    const startedAtMs = fake.nowMs;
    const { reason, cause } = await deploy(request('never-ready:2', { strategy }), fake.ports());
    expect(cause).toBe('release-not-ready');
    expect(reason).toBe(
      'orders-r2 never became ready: connection refused on port 8080 (GET /readyz)\n  never-ready:2 listens on 9000',
    );
    expect(fake.nowMs - startedAtMs).toBeLessThan(strategy.settings.minReadyMs);
  });

  it('rolls back a release that dies under traffic, for the requests that stable had to help out with', async () => {
    const { world: fake } = world();
    const result = await deploy(request('dies:2'), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected' });
    expect(result.reason).toContain('more errors than stable');
    expect(fake.lost).toBe(0);
  });

  it('rolls back a release that dies without traffic to show it', async () => {
    const { world: fake } = world({ ratePerSecond: 0 });
    const ports = fake.ports();
    const setWeights: typeof ports.setWeights = async (service, weights) => {
      const replica = fake.containers.get('orders-r2');
      if (weights.green === 20 && replica !== undefined) replica.running = false;
      return ports.setWeights(service, weights);
    };
    const result = await deploy(request('good:2'), { ...ports, setWeights });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-dead' });
    expect(result.reason).toContain('not usable');
  });

  it('promotes a good release while a dependency fails for both revisions alike', async () => {
    const { world: fake } = world();
    fake.dependencyErrorRatio = 0.2;
    expect(await deploy(request('good:2'), fake.ports())).toMatchObject({ outcome: 'promoted' });
  });

  it.each(['hangs:2', 'hangs-briefly:2', 'hangs-always:2'])('rolls back %s before its answers come', async (image) => {
    const { world: fake } = world();
    const result = await deploy(request(image), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected', weightsReached: [20] });
    expect(result.reason).toMatch(/^requests hang: \d+ on the new revision have had no answer for 5 s, 0 on stable/);
    expect((result.decidedAtMs ?? Infinity) - result.startedAtMs).toBeLessThan(12_000);
  });

  it('promotes a good release while a dependency makes requests of both hang', async () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      const hangs = { hangRatio: 0.02, hangMs: 8_000 };
      const { world: fake } = world({ seed, behaviours: { 'good:1': hangs, 'good:2': hangs } });
      expect(await deploy(request('good:2'), fake.ports())).toMatchObject({ outcome: 'promoted' });
    }
  });

  it.each([50, 20])('promotes a good release when a dependency begins to fail at weight %i', async (weight) => {
    for (const seed of ['a', 'b', 'c', 'd', 'e']) {
      const { world: fake } = world({ seed });
      const ports = fake.ports();
      const setWeights: typeof ports.setWeights = async (service, weights) => {
        const epoch = await ports.setWeights(service, weights);
        if (weights.green === weight) fake.dependencyErrorRatio = 0.2;
        return epoch;
      };
      expect(await deploy(request('good:2'), { ...ports, setWeights })).toMatchObject({ outcome: 'promoted' });
    }
  });

  it('promotes nothing once the front is silent', async () => {
    const strategy = canary({
      steps: [20, 100],
      riseToDetect: 0.1,
      minReadyMs: 0,
      bakeMs: 30_000,
      inconclusiveMs: 60_000,
    });
    const { world: fake } = world();
    const ports = fake.ports();
    let bakingSinceMs = Infinity;
    const setWeights: typeof ports.setWeights = async (service, weights) => {
      const epoch = await ports.setWeights(service, weights);
      if (weights.green === 100) bakingSinceMs = fake.nowMs;
      return epoch;
    };
    const usable: typeof ports.usable = async (revision) => {
      fake.muted = fake.nowMs - bakingSinceMs > 8_000;
      return ports.usable(revision);
    };
    const result = await deploy(request('good:2', { strategy }), { ...ports, setWeights, usable });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-judged' });
    expect(result.reason).toContain('no request on the new revision was told of');
  });

  it('proves a rollback although looking fails at first', async () => {
    const { world: fake } = world();
    const ports = fake.ports();
    let failures = 0;
    const probe: typeof ports.probe = (service) => {
      if ((failures += 1) <= 3) throw new HarnessError('exec-not-started', { message: 'the Engine is busy' });
      return ports.probe(service);
    };
    const result = await deploy(request('errors:2'), { ...ports, probe });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-rejected' });
  });

  it('pauses a rollback that cannot be proved, and says why', async () => {
    const { world: fake } = world();
    const probe = () => Promise.reject(new HarnessError('front-behind', { message: 'weights differ' }));
    const result = await deploy(request('errors:2'), { ...fake.ports(), probe });
    expect(result).toMatchObject({ outcome: 'rollback-paused' });
    expect(result.reason).toContain('weights differ');
  });

  it('is inconclusive, and goes back, without traffic', async () => {
    const { world: fake } = world({ ratePerSecond: 0 });
    const strategy = canary({ steps: [20, 100], inconclusiveMs: 5_000, minReadyMs: 0 });
    const result = await deploy(request('good:2', { strategy }), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', weightsReached: [20], cause: 'release-not-judged' });
    expect(result.reason).toContain('inconclusive');
  });

  it('aborts at its deadline', async () => {
    const { world: fake } = world({ ratePerSecond: 0 });
    const strategy = canary({ steps: [100], progressDeadlineMs: 8_000, minReadyMs: 0 });
    const result = await deploy(request('good:2', { strategy }), fake.ports());
    expect(result.reason).toContain('deadline');
  });

  it('goes back to stable when interrupted', async () => {
    const { world: fake } = world();
    const interrupt = new AbortController();
    const ports = fake.ports();
    const setWeights: typeof ports.setWeights = async (service, weights) => {
      const epoch = await ports.setWeights(service, weights);
      if (weights.green === 50) interrupt.abort(new Error('Ctrl-C'));
      return epoch;
    };
    const result = await deploy(request('good:2', { signal: interrupt.signal }), { ...ports, setWeights });
    expect(result).toMatchObject({ outcome: 'aborted', cause: 'interrupted', reason: 'interrupted: Ctrl-C' });
    expect(fake.share('orders-r1')).toBe(100);
    expect(fake.lost).toBe(0);
  });

  it('holds a bad release at a weight without judging it, as asked, and takes it back', async () => {
    const { world: fake, journal } = world();
    const strategy = canary({ steps: [20], holdMs: 30_000, minReadyMs: 1_000 });
    const result = await deploy(request('errors:2', { strategy }), fake.ports());
    expect(result).toMatchObject({ outcome: 'held', weightsReached: [20], judgements: 0 });
    expect(result.reason).toMatch(/^held at 20 % for 30\d{3} ms as asked/);
    expect(result.samples.to.requests).toBeGreaterThan(600);
    const { fromMs = Number.NaN, toMs = Number.NaN } = result.held ?? {};
    expect([toMs - fromMs >= 30_000, fromMs > result.startedAtMs]).toEqual([true, true]);
    expect(states(journal.lines)).toEqual([
      ...['Pending', 'Preflight', 'Starting', 'Readying', 'Shifting', 'Holding'],
      ...['Aborting', 'RollingBack', 'RolledBack'],
    ]);
    expect(fake.share('orders-r1')).toBe(100);
  });

  it('gives up a release that dies while it is held', async () => {
    const { world: fake } = world();
    const strategy = canary({ steps: [20], holdMs: 30_000, minReadyMs: 1_000 });
    const result = await deploy(request('dies:2', { strategy }), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-dead' });
  });

  it('revives a stable revision that has died before it gets its traffic back', async () => {
    const { world: fake } = world();
    const ports = fake.ports();
    const setWeights: typeof ports.setWeights = async (service, weights) => {
      const epoch = await ports.setWeights(service, weights);
      const stable = fake.containers.get('orders-r1');
      if (weights.green === 20 && stable !== undefined) stable.running = false;
      return epoch;
    };
    const interrupt = new AbortController();
    const usable: typeof ports.usable = async (revision) => {
      const answer = await ports.usable(revision);
      if (revision.label === 'orders-r1' && !answer) interrupt.abort(new Error('stable is gone'));
      return answer;
    };
    const result = await deploy(request('good:2', { signal: interrupt.signal }), { ...ports, setWeights, usable });
    expect(result.outcome).toBe('aborted');
    expect(fake.containers.get('orders-r1')).toMatchObject({ running: true });
    expect(fake.lost).toBe(0);
  });

  it('pauses a rollback that fails, with traffic on what is usable, and does not roll that back', async () => {
    const { world: fake, journal } = world();
    const ports = fake.ports();
    const interrupt = new AbortController();
    const setWeights: typeof ports.setWeights = async (service, weights) => {
      const epoch = await ports.setWeights(service, weights);
      if (weights.green === 50) fake.containers.delete('orders-r1');
      return epoch;
    };
    const usable: typeof ports.usable = async (revision) => {
      const answer = await ports.usable(revision);
      if (revision.label === 'orders-r1' && !answer) interrupt.abort(new Error('stable is gone'));
      return answer;
    };
    const result = await deploy(request('good:2', { signal: interrupt.signal }), { ...ports, setWeights, usable });
    expect(result.outcome).toBe('rollback-paused');
    expect(states(journal.lines).slice(-2)).toEqual(['Aborting', 'RollbackPaused']);
    expect(fake.share('orders-r2')).toBe(100);
    expect(fake.lost).toBe(0);
    await expect(deploy(request('good:3'), ports)).rejects.toMatchObject({ code: 'rollout-unfinished' });
  });

  it('does nothing for what already runs, and everything when asked to', async () => {
    const { world: fake, journal } = world();
    const result = await deploy(request('good:1'), fake.ports());
    expect(result).toMatchObject({ outcome: 'unchanged', from: 'orders-r1', to: 'orders-r1' });
    expect(states(journal.lines)).toEqual([]);
    expect(await deploy(request('good:1', { redeploy: true }), fake.ports())).toMatchObject({
      outcome: 'promoted',
      to: 'orders-r2',
    });
  });

  it.each([
    ['unknown-service', { service: 'nope', image: 'good:2' }],
    ['image-not-found', { service: 'orders', image: 'absent:2' }],
  ])('refuses with %s and changes nothing', async (code, bad) => {
    const { world: fake, journal } = world();
    await expect(deploy({ ...request('good:2'), ...bad }, fake.ports())).rejects.toMatchObject({ code });
    expect(journal.lines).toEqual([]);
    expect(fake.store.list()).toHaveLength(1);
  });

  it('alternates slots and keeps five stopped sets and ten records', async () => {
    const { world: fake } = world();
    for (let number = 2; number <= 14; number += 1) {
      const steps = [start(), ready(), weight({ percent: 100 }), accept(), retire()];
      const strategy = inSteps({ steps, minReadyMs: 0 });
      const result = await deploy(request(`good:${number}`, { strategy }), fake.ports());
      expect(result.outcome).toBe('promoted');
    }
    expect(fake.store.stable('orders')).toMatchObject({ number: 14, slot: 'green' });
    expect(fake.store.list('orders')).toHaveLength(10);
    expect([...fake.containers.values()].filter(({ running }) => !running)).toHaveLength(5);
  });

  it('gives nothing to a release of which a replica never gets ready, and says so', async () => {
    const { world: fake } = world({ behaviours: { 'half:2': { readyReplicas: 1 } }, replicas: 2 });
    const strategy = canary({ steps: [100], readyTimeoutMs: 2_000, minReadyMs: 500 });
    const result = await deploy(request('half:2', { strategy }), fake.ports());
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'release-not-ready', weightsReached: [] });
    expect(result.reason).toContain('1 of 2 replicas ready');
    expect(await deploy(request('good:2', { strategy: DEMO }), fake.ports())).toMatchObject({ outcome: 'promoted' });
  });

  it('says how many replicas were ready of a release that did not start', async () => {
    const { world: fake } = world({ behaviours: { 'half:2': { readyReplicas: 1 } }, replicas: 2 });
    const ports = fake.ports();
    const start: typeof ports.start = async (revision, options) => {
      await ports.start(revision, options);
      throw new HarnessError('compose-up-failed', { message: 'echo-2 is unhealthy' });
    };
    const result = await deploy(request('half:2'), { ...ports, start });
    expect(result).toMatchObject({ outcome: 'rolled-back', cause: 'compose-up-failed' });
    expect(result.reason).toMatch(/^1 of 2 replicas ready: echo-2 is unhealthy/);
  });

  it('promotes nothing while a replica is missing, nor goes back for it', async () => {
    const { world: fake, journal } = world({ replicas: 2 });
    const ports = fake.ports();
    let isSick = true;
    let atMs = Infinity;
    const readyReplicas: typeof ports.readyReplicas = async (revision) => {
      if (revision.label === 'orders-r2' && fake.share('orders-r2') === 20) atMs = Math.min(atMs, fake.nowMs);
      isSick = fake.nowMs - atMs < 20_000 && fake.nowMs >= atMs;
      return isSick ? 1 : ports.readyReplicas(revision);
    };
    expect(await deploy(request('good:2'), { ...ports, readyReplicas })).toMatchObject({ outcome: 'promoted' });
    const said = journal.lines.flatMap((line) => (line.type === 'judgement' ? [line.reason] : []));
    expect(said.filter((reason) => reason.startsWith('1 of 2 replicas ready')).length).toBeGreaterThan(10);
  });
});
