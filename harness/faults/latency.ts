import { edgeName, type Edge } from '../contract/config';
import { monotonicMs } from '../core/clock';
import { HarnessError, isHarnessError, type Facts } from '../core/errors';
import { poll } from '../core/poll';
import { quantile } from '../statistics/quantile';
import type { Agent } from './agent';
import type { FaultContext } from './context';
import { destinationsOf } from './endpoints';
import type { Fault } from './fault';
import { LEASE_MS_DEFAULT } from './lease';
import { LeasedFault } from './leased-fault';
import { probe } from './probe';

/** Requests of one round; the median of them counts. */
const PROBES = 3;
/** Noise only adds: of these many rounds before the fault the least counts. */
const BASELINE_ROUNDS = 3;
/** The least share of the delay that the proof must see: it shows that the fault bites, the bench how exactly. */
const BITE_SHARE_MIN = 0.75;
/** How long traffic is waited for where there is no path to probe. */
const TRAFFIC_TIMEOUT_MS = 10_000;
/** How long connections that are older than the agent may take to end: idle ones are closed within it, busy ones never. */
const BYPASS_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 10_000;
/** How long a busy machine may take to be as quick again as before the fault. */
const REVERT_TIMEOUT_MS = 10_000;

export interface LatencyOptions {
  readonly from: string;
  readonly to: string;
  /** Added to each answer of the callee, ms. */
  readonly delayMs: number;
  /** Largest deviation from `delayMs`, ms, either way; the same for the same seed. Default 0. */
  readonly jitterMs?: number;
  /** Default 120 000 ms. */
  readonly leaseMs?: number;
}

/** Delays what the callee answers, on one edge. Open connections are delayed too, if the agent carries them. */
export class LatencyFault extends LeasedFault {
  readonly kind = 'latency';
  readonly edge: Edge;
  readonly #delayMs: number;
  readonly #jitterMs: number;
  #baselineMs: number | undefined;
  /** From the moment when agents that come later must carry it too. */
  #isBiting = false;

  /** @throws HarnessError `bad-latency` */
  constructor(options: LatencyOptions, context: FaultContext, onEnd: (fault: Fault) => void) {
    super(edgeName(options), options.leaseMs ?? LEASE_MS_DEFAULT, context, onEnd);
    this.edge = { from: options.from, to: options.to };
    this.#delayMs = options.delayMs;
    this.#jitterMs = options.jitterMs ?? 0;
    if (!(this.#delayMs > 0 && this.#jitterMs >= 0 && this.#jitterMs < this.#delayMs)) {
      throw new HarnessError('bad-latency', {
        message: `a latency of ${this.#delayMs} ± ${this.#jitterMs} ms cannot be injected`,
        facts: { delayMs: this.#delayMs, jitterMs: this.#jitterMs },
        hint: 'The delay is positive, and the jitter smaller.',
      });
    }
  }

  /** Puts the fault on an agent, for the rest of the lease. */
  async #applyTo(agent: Agent): Promise<void> {
    if (!this.#isBiting || this.state !== 'active' || this.lease.hasEnded) return;
    await agent.latencyOn({
      fault: this.id,
      edge: this.target,
      delayMs: this.#delayMs,
      jitterMs: this.#jitterMs,
      seed: this.context.seed,
      leaseMs: this.lease.remainingMs,
    });
  }

  /**
   * Puts the fault on the agent of a caller that is new, or here again, while it is active. Where connections of that caller go on past
   * the agent, the fault fails: nobody waits for that, since the agent has other edges to be prepared for.
   */
  async follow(agent: Agent): Promise<void> {
    await this.#applyTo(agent);
    void this.#failOnBypass(agent);
  }

  async #failOnBypass(agent: Agent): Promise<void> {
    // An agent that has gone with its caller carries nothing that could go past it.
    const isCovered = () => this.#isBiting && this.state === 'active' && agent.isAttached;
    try {
      await this.#awaitNoBypass(() => (isCovered() ? [{ agent }] : []));
    } catch (error) {
      if (!isCovered() || this.context.signal.aborted || !isHarnessError(error)) return;
      this.fail(error.message);
      this.context.onFailure(error);
    }
  }

  protected async apply(): Promise<Facts> {
    await this.context.pool.agentsOf(this.edge);
    this.#baselineMs = await this.#baseline();
    this.#isBiting = true;
    // Read after that: a caller that came while the baseline was measured is among them, or gets it when it is prepared.
    const slots = await this.context.pool.agentsOf(this.edge);
    const startedMs = monotonicMs();
    await Promise.all(slots.map(({ agent }) => this.#applyTo(agent)));
    const tookMs = monotonicMs() - startedMs;
    const stats = await this.#stats(slots);
    return {
      delayMs: this.#delayMs,
      jitterMs: this.#jitterMs,
      tookMs,
      callers: slots.map(({ caller }) => caller.name),
      bypassing: stats.reduce((sum, { bypassing }) => sum + bypassing, 0),
    };
  }

  protected async verifyApplied(): Promise<Facts> {
    const measuredMs = await this.#least();
    const addedMs = measuredMs === undefined ? undefined : measuredMs - (this.#baselineMs ?? 0);
    const leastMs = BITE_SHARE_MIN * this.#delayMs - this.#jitterMs;
    if (addedMs !== undefined && addedMs < leastMs) {
      throw new HarnessError('fault-did-not-bite', {
        message: `${this.target}: answers took ${addedMs.toFixed(1)} ms longer, expected at least ${leastMs.toFixed(1)} ms`,
        facts: { edge: this.target, addedMs, leastMs, baselineMs: this.#baselineMs },
      });
    }
    const delayedChunks = await this.#awaitDelayedChunks();
    await this.#awaitNoBypass(() => this.context.pool.attachedTo(this.edge));
    return {
      delayMs: this.#delayMs,
      baselineMs: this.#baselineMs,
      measuredMs,
      addedMs,
      delayedChunks,
      samples: PROBES,
    };
  }

  protected async undo(): Promise<Facts> {
    // First: an agent that is prepared meanwhile must not turn it on again.
    this.#isBiting = false;
    const slots = this.context.pool.attachedTo(this.edge);
    const startedMs = monotonicMs();
    await Promise.all(slots.map(({ agent }) => agent.latencyOff(this.id)));
    const tookMs = monotonicMs() - startedMs;
    const stats = await this.#stats(slots);
    return {
      tookMs,
      delayedChunks: stats.reduce((sum, { delayedChunks }) => sum + delayedChunks, 0),
      lateMsMax: Math.max(0, ...stats.map(({ lateMsMax }) => lateMsMax)),
    };
  }

  /** Callers that have just restarted get their agents before this is answered. */
  protected override async isInForce(): Promise<boolean> {
    if (this.context.pool.attachedTo(this.edge).length > 0) return true;
    return this.context.pool.agentsOf(this.edge).then(
      () => true,
      () => false,
    );
  }

  protected async verifyReverted(): Promise<Facts> {
    // Where the callers have gone, or the callee has, there is nothing left to be slow.
    let measuredMs: number | undefined;
    const baselineMs = this.#baselineMs;
    const limitMs = (baselineMs ?? 0) + BITE_SHARE_MIN * this.#delayMs;
    await poll(
      async () => {
        const medians = this.#medians().map((median) => median.catch(() => undefined));
        measuredMs = largest(await Promise.all(medians));
        return measuredMs === undefined || measuredMs < limitMs ? true : undefined;
      },
      {
        condition: `every caller’s answers on ${this.target} are as quick as before the fault`,
        timeoutMs: REVERT_TIMEOUT_MS,
        code: 'fault-did-not-revert',
        describe: () => ({ edge: this.target, measuredMs, baselineMs, limitMs }),
      },
    );
    return { measuredMs };
  }

  async #baseline(): Promise<number | undefined> {
    const rounds: (number | undefined)[] = [];
    for (let round = 0; round < BASELINE_ROUNDS; round++) rounds.push(await this.#least());
    return least(rounds);
  }

  /** The least of all callers: each must see the fault. */
  async #least(): Promise<number | undefined> {
    return least(await Promise.all(this.#medians()));
  }

  /** Median time of the callee's readiness path for each caller; none where no path is known. */
  #medians(): Promise<number | undefined>[] {
    const path = this.context.managed[this.edge.to]?.readiness;
    if (path === undefined) return [];
    return this.context.pool.attachedTo(this.edge).map(async ({ agent, caller }) => {
      const [destination] = await destinationsOf(this.context.project, this.edge, this.context.managed, caller);
      if (destination === undefined) return undefined;
      const timeoutMs = PROBE_TIMEOUT_MS + this.#delayMs + this.#jitterMs;
      const spec = { ...destination, path, count: PROBES, intervalMs: 0, warmUp: 1, timeoutMs };
      return quantile(await probe(agent, spec, this.context.signal), 0.5);
    });
  }

  /** What each agent says of its traffic on the edge. */
  #stats(slots: readonly { readonly agent: Agent }[]) {
    return Promise.all(slots.map(({ agent }) => agent.stats(this.target)));
  }

  /** The kernel redirects new connections only: what goes on over one that is older than the agent, the fault does not touch. */
  async #awaitNoBypass(slots: () => readonly { readonly agent: Agent }[]): Promise<void> {
    let bypassing = 0;
    await poll(
      async () => {
        const stats = await this.#stats(slots());
        bypassing = stats.reduce((sum, one) => sum + one.bypassing, 0);
        return bypassing === 0 ? true : undefined;
      },
      {
        condition: `no connection of ${this.target} goes past the fault`,
        timeoutMs: BYPASS_TIMEOUT_MS,
        signal: this.context.signal,
        code: 'fault-did-not-bite',
        describe: () => ({ edge: this.target, bypassing }),
        hint: 'Name the edge in `edges` of rollproof.config.ts: its agents then stand before the load.',
      },
    );
  }

  /** The agents' own account: each has delayed something, the probe's answers or the callers' traffic. */
  async #awaitDelayedChunks(): Promise<number> {
    let delayedChunks = 0;
    return poll(
      async () => {
        const stats = await this.#stats(this.context.pool.attachedTo(this.edge));
        delayedChunks = stats.reduce((sum, one) => sum + one.delayedChunks, 0);
        return stats.length > 0 && stats.every((one) => one.delayedChunks > 0) ? delayedChunks : undefined;
      },
      {
        condition: `the agents of ${this.target} have delayed an answer`,
        timeoutMs: TRAFFIC_TIMEOUT_MS,
        signal: this.context.signal,
        code: 'fault-did-not-bite',
        describe: () => ({ edge: this.target, delayedChunks }),
      },
    );
  }
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
