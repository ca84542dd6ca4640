import { edgeName, type Edge } from '../core/config';
import { monotonicMs } from '../core/clock';
import { HarnessError, type Facts } from '../core/errors';
import { poll } from '../core/poll';
import { quantile } from '../verdict/statistics/quantile';
import type { Agent } from './agent';
import type { FaultContext } from './context';
import { destinationsOf } from './endpoints';
import type { Fault } from './fault';
import { LEASE_MS_DEFAULT } from './lease';
import { LeasedFault } from './leased-fault';
import { probe } from './probe';

/** Requests of one proof; the median of them counts. */
const PROBES = 3;
/** The least share of the delay that the proof must see: it shows that the fault bites, the bench how exactly. */
const BITE_SHARE_MIN = 0.75;
/** How long traffic is waited for where there is no path to probe. */
const TRAFFIC_TIMEOUT_MS = 10_000;
/** How long connections that are older than the agent may take to end: idle ones are closed within it, busy ones never. */
const BYPASS_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 10_000;

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

  /** Puts the fault on an agent that came later, for the rest of the lease. */
  async applyTo(agent: Agent): Promise<void> {
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

  protected async apply(): Promise<Facts> {
    const slots = await this.context.pool.agentsOf(this.edge);
    this.#baselineMs = await this.#measure();
    const startedMs = monotonicMs();
    this.#isBiting = true;
    await Promise.all(slots.map(({ agent }) => this.applyTo(agent)));
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
    const measuredMs = await this.#measure();
    const addedMs = measuredMs === undefined ? undefined : measuredMs - (this.#baselineMs ?? 0);
    const leastMs = BITE_SHARE_MIN * this.#delayMs - this.#jitterMs;
    if (addedMs !== undefined && addedMs < leastMs) {
      throw new HarnessError('fault-did-not-bite', {
        message: `${this.target}: answers took ${addedMs.toFixed(1)} ms longer, expected at least ${leastMs.toFixed(1)} ms`,
        facts: { edge: this.target, addedMs, leastMs, baselineMs: this.#baselineMs },
      });
    }
    const delayedChunks = await this.#awaitDelayedChunks();
    await this.#awaitNoBypass();
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
    const measuredMs = await this.#measure().catch(() => undefined);
    const limitMs = (this.#baselineMs ?? 0) + BITE_SHARE_MIN * this.#delayMs;
    if (measuredMs === undefined || measuredMs < limitMs) return { measuredMs };
    throw new HarnessError('fault-did-not-revert', {
      message: `${this.target}: answers still take ${measuredMs.toFixed(1)} ms, before the fault ${this.#baselineMs?.toFixed(1)} ms`,
      facts: { edge: this.target, measuredMs, limitMs },
    });
  }

  /** Median time of the callee's readiness path, the least of all callers; none where no path is known. */
  async #measure(): Promise<number | undefined> {
    const path = this.context.managed[this.edge.to]?.readiness;
    if (path === undefined) return undefined;
    const medians = this.context.pool.attachedTo(this.edge).map(async ({ agent, caller }) => {
      const [destination] = await destinationsOf(this.context.project, this.edge, this.context.managed, caller);
      if (destination === undefined) return undefined;
      const timeoutMs = PROBE_TIMEOUT_MS + this.#delayMs + this.#jitterMs;
      const spec = { ...destination, path, count: PROBES, intervalMs: 0, warmUp: 1, timeoutMs };
      return quantile(await probe(agent, spec, this.context.signal), 0.5);
    });
    const known = (await Promise.all(medians)).filter((median) => median !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** What each agent says of its traffic on the edge. */
  #stats(slots: readonly { readonly agent: Agent }[]) {
    return Promise.all(slots.map(({ agent }) => agent.stats(this.target)));
  }

  /** The kernel redirects new connections only: what goes on over one that is older than the agent, the fault does not touch. */
  async #awaitNoBypass(): Promise<void> {
    let bypassing = 0;
    await poll(
      async () => {
        const stats = await this.#stats(this.context.pool.attachedTo(this.edge));
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
