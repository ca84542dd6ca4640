import { NONE_HANGING, type Hanging } from './counts';
import type { Judgement } from './judge';
import { openPhase, type Baseline, type Phase, type PhaseOptions } from './phase';
import type { RunningRollout } from '../rollout';

/** How often the front is asked for the requests that hang, ms. */
const HANGING_EVERY_MS = 1_000;

/** A phase that hears what the front tells, and what the judge says of it. */
export interface Listening {
  readonly phase: Phase;
  readonly judgement: (nowMs: number) => Promise<Judgement>;
}

/** Opens a phase on a rollout: from now on its samples go there. */
export function listening(
  rollout: RunningRollout,
  options: Pick<PhaseOptions, 'phases' | 'minMs' | 'baseline' | 'isTrusted'>,
): Listening {
  const { ports, strategy, from, to, traffic } = rollout;
  const phase = openPhase({
    settings: strategy.settings,
    canary: to.label,
    stable: from.label,
    startedAtMs: ports.clock.now(),
    warmupLeft: Math.max(0, strategy.settings.warmupRequests - traffic.totals().to.requests),
    stableLatenciesMs: traffic.stableLatenciesMs(),
    sameSeconds: traffic.sameSeconds,
    ...options,
  });
  traffic.listen(phase);
  return { phase, judgement: hangingWatch(rollout, phase) };
}

/** Tells the judge of the requests that hang: now and then, and always before it promotes. The front lists every open request for that. */
function hangingWatch(rollout: RunningRollout, phase: Phase): (nowMs: number) => Promise<Judgement> {
  let askedAtMs = rollout.ports.clock.now();
  return async (nowMs) => {
    const judgement = phase.judgement(nowMs, NONE_HANGING);
    const isDue = nowMs - askedAtMs >= HANGING_EVERY_MS;
    // What is decided waits for no answer of the front.
    if (judgement.outcome === 'abort' || (judgement.outcome === 'hold' && !isDue)) return judgement;
    askedAtMs = nowMs;
    const hanging = await hangingNow(rollout).catch(() => undefined);
    if (hanging !== undefined) return phase.judgement(nowMs, hanging);
    // A front that goes on not answering ends the rollout by its health.
    return { ...judgement, outcome: 'hold', reason: `${judgement.reason}; the front does not answer` };
  };
}

/** Requests on each side that the front has had open for a second or more. */
export async function hangingNow({ ports, service, from, to }: RunningRollout): Promise<Hanging> {
  const [onFrom = [], onTo = []] = await ports.hanging(service, [from, to]);
  return { from: onFrom, to: onTo };
}

/** What stable did just before it loses its last traffic. */
export async function baselineOf(rollout: RunningRollout): Promise<Baseline> {
  const { from: hanging } = await hangingNow(rollout);
  return { ...rollout.traffic.baseline(rollout.ports.clock.now()), hanging };
}
