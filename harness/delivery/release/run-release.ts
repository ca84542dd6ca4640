import { errorMessage, isHarnessError, HarnessError } from '../../core/errors';
import type { ErrorCode } from '../../core/error-codes';
import { newId } from '../../core/ids';
import type { ReleaseResult } from '../../contract/release-result';
import { whyBack } from '../../contract/rollout-words';
import type { RolloutResult } from '../../contract/rollout-result';
import { Gate } from '../gate';
import type { Rollout } from '../handle';
import { planOf, preflight, type PlanningPorts } from '../revisions/preflight';
import { requireStable } from '../revisions/require-stable';
import { suitedTo } from '../strategies/for-service';
import { recordOf, type Strategy } from '../strategies/strategy';
import type { PlannedReleaseStep } from './difference';
import { goBack, type WayBack } from './go-back';
import { goThrough } from './go-through';
import { joined } from './joined';
import type { ReleasePorts } from './ports';
import { Underway } from './underway';

export interface ReleaseRequest {
  /** In order, as `releaseSteps` gives them. */
  readonly steps: readonly PlannedReleaseStep[];
  /** By which a service is rolled out. */
  readonly strategyOf: (service: string) => Strategy;
  /** Takes everything back. */
  readonly signal?: AbortSignal;
}

/**
 * Checks all that can be checked without changing anything.
 * @throws HarnessError `image-not-found`, `front-unfit`, `rollout-unfinished`, `no-stable-revision`; `strategy-invalid` for a strategy that
 * does not end with a stable revision
 */
export async function preflightRelease({ steps, strategyOf }: ReleaseRequest, ports: PlanningPorts): Promise<void> {
  for (const { kind, service, image } of steps) {
    if (kind !== 'roll-out') continue;
    const spec = await preflight({ service, image }, ports);
    suitedTo(spec.settings, joined(strategyOf(service)));
    planOf({ service, redeploy: true }, spec, ports);
  }
}

/**
 * Checks a release, and gives what then takes the whole project from one version to the next, or back. What is rolled out stays undoable, its
 * old set warm, until everything is through; a release that ends badly is a result, not an error.
 * @throws HarnessError as {@link preflightRelease}, and `disk-full`: nothing was changed
 */
export async function prepareRelease(
  request: ReleaseRequest,
  ports: ReleasePorts,
): Promise<() => Promise<ReleaseResult>> {
  const { delivery } = ports;
  delivery.requireRoom?.();
  await preflightRelease(request, delivery);
  request.signal?.throwIfAborted();
  const release = begun(request, ports);
  return () => run(request, release);
}

async function run(request: ReleaseRequest, release: Underway): Promise<ReleaseResult> {
  if (request.steps.length === 0) {
    return release.end('unchanged', { reason: 'this version runs already', isLeft: false });
  }
  release.note({});
  release.enter('Begun');
  const rollouts = new Map<string, Rollout>();
  try {
    try {
      await doSteps(request, release, rollouts);
    } catch (error) {
      return await goBack(release, rollouts, wayBack(request, error));
    }
    return await goThrough(release);
  } finally {
    // Whatever this process cannot do any more, no rollout of it goes on behind its back.
    await Promise.allSettled([...rollouts.values()].map((rollout) => rollout.ended()));
  }
}

function begun({ steps, strategyOf }: ReleaseRequest, ports: ReleasePorts): Underway {
  const { journalPath, journal, revisions, clock } = ports.delivery;
  const services = steps.filter(({ kind }) => kind === 'roll-out').map(({ service }) => service);
  const of = <T>(make: (service: string) => T) =>
    Object.fromEntries(services.map((service) => [service, make(service)]));
  const record = {
    ...{ id: newId('release'), startedAtMs: clock.now(), phase: 'going' as const, begun: 0 },
    ...(journalPath === undefined ? {} : { journalPath }),
    steps: steps.map(({ kind, service }) => ({ kind, service })),
    before: of((service) => requireStable(service, revisions).label),
    strategies: of((service) => recordOf(joined(strategyOf(service)))),
  };
  return new Underway(record, ports, journal);
}

/** Does the steps, up to the point at which every new revision is stable. @throws what leads back */
async function doSteps(request: ReleaseRequest, release: Underway, rollouts: Map<string, Rollout>): Promise<void> {
  // One that waits for the others may die meanwhile: then there is nothing to go on for.
  const broken = new AbortController();
  const outer = request.signal === undefined ? [] : [request.signal];
  const signal = AbortSignal.any([...outer, broken.signal]);
  const gates: Gate[] = [];
  const revocable = request.steps.filter(({ kind }) => kind !== 'retire');
  for (const [number, step] of revocable.entries()) {
    signal.throwIfAborted();
    release.note({ begun: number + 1 });
    try {
      await release.perform('do', step, () =>
        step.kind === 'roll-out'
          ? rollOut({
              step,
              request,
              release,
              rollouts,
              gates,
              signal,
              onEnd: (end) => release.record.phase !== 'accepting' && broken.abort(end),
            })
          : act(step, release.ports, signal),
      );
      signal.throwIfAborted();
    } catch (error) {
      const why = signal.aborted ? (signal.reason as unknown) : error;
      if (!signal.aborted) release.report(step, 'failed', errorMessage(error));
      throw why;
    }
    release.report(step, 'done');
  }
  signal.throwIfAborted();
  release.note({ phase: 'accepting' });
  release.enter('Accepting');
  for (const gate of gates) gate.open();
  const ends = await Promise.all([...rollouts.values()].map((rollout) => rollout.ended()));
  const failed = ends.find(({ outcome }) => outcome !== 'promoted');
  if (failed !== undefined) throw notPromoted(failed);
}

async function act({ kind, service }: PlannedReleaseStep, ports: ReleasePorts, signal: AbortSignal): Promise<void> {
  if (kind === 'start') return ports.start(service, signal);
  if (kind === 'run') return ports.run(service, signal);
  if (kind === 'replace') return ports.replace(service, signal);
}

/** Rolls a service out until all of its traffic is on the new revision and the judge is content, and leaves it there. */
async function rollOut(options: {
  readonly step: PlannedReleaseStep;
  readonly request: ReleaseRequest;
  readonly release: Underway;
  readonly rollouts: Map<string, Rollout>;
  readonly gates: Gate[];
  readonly signal: AbortSignal;
  readonly onEnd: (reason: unknown) => void;
}): Promise<void> {
  const { step, request, release, rollouts, gates, signal, onEnd } = options;
  const { service, image } = step;
  const gate = new Gate();
  const strategy = joined(request.strategyOf(service));
  // Once it waits, it goes back when its turn comes, and not by itself beside others.
  const own = new AbortController();
  const stop = () => own.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  void gate.arrived.then(() => signal.removeEventListener('abort', stop));
  const asked = { service, image, strategy, redeploy: true, gate, signal: own.signal };
  const rollout = await release.ports.begin(asked);
  rollouts.set(service, rollout);
  gates.push(gate);
  const ended = rollout.ended();
  const early = await Promise.race([gate.arrived, ended]);
  if (early !== undefined) throw notPromoted(early);
  ended.then((result) => onEnd(notPromoted(result)), onEnd);
}

/** A rollout that ended before the release was through. */
function notPromoted(result: RolloutResult): HarnessError {
  const { service, cause, outcome } = result;
  return new HarnessError(isCode(cause) ? cause : 'release-rejected', {
    message: outcome === 'aborted' ? (result.reason ?? 'aborted') : whyBack(result),
    facts: { service, rollout: result.rollout, outcome },
  });
}

function isCode(cause: string | undefined): cause is ErrorCode {
  return cause !== undefined && cause !== 'unexpected-error';
}

function wayBack({ signal }: ReleaseRequest, error: unknown): WayBack {
  const reason = errorMessage(error);
  if (signal?.aborted === true) return { reason: `interrupted: ${reason}`, cause: 'interrupted' };
  return { reason, cause: isHarnessError(error) ? error.code : 'unexpected-error' };
}
