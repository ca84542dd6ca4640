import type { ReconciliationResult } from '../contract/reconciliation';
import type { RequestTotals } from '../contract/request-totals';
import type { ReleaseResult as DeliveryReleaseResult } from '../contract/release-result';
import type { RolloutResult as DeliveryResult } from '../contract/rollout-result';
import type { Rollout } from '../delivery/handle';
import type { Strategy } from '../delivery/strategies/strategy';
import type { Retried } from '../delivery/revisions/preflight';
import type { Revision } from '../delivery/revisions/revision';
import type { Edge } from '../contract/config';
import type { FaultValue } from '../faults/carrier';
import type { Fault } from '../faults/fault';
import type { LoadCounts } from '../load/counts';
import type { Figure } from '../verdict/findings';
import type { ReleaseTarget } from '../project/release/target';
import type { expect } from '../verdict/matchers';
import type { ScenarioAlerts } from './alerts';

/** When a load counts as steady. */
export interface SteadyOptions {
  /** Largest share of lost and failed requests. Default 0.001: 0.1 %. */
  readonly errorRatioMax?: number;
  /** For how long it must hold, ms. Default 2 000 ms. */
  readonly holdMs?: number;
  /** Default 60 000 ms. */
  readonly timeoutMs?: number;
}

/** A load that runs until it is stopped. Leaving its block (`await using`) stops it. */
export interface RunningLoad extends AsyncDisposable {
  /** What became of the requests so far. */
  counts(): LoadCounts;
  /** @throws HarnessError `load-not-steady` when the stack's answers keep it from that; `load-unseen` when too little was seen */
  awaitSteady(options?: SteadyOptions): Promise<void>;
  /** Sends no more, waits for what is under way. Idempotent. */
  stop(): Promise<void>;
  /** The final counts. @throws HarnessError `load-running` before `stop` */
  totals(): RequestTotals;
  /** Ids of the requests that were lost. @throws HarnessError `load-running` before `stop` */
  lostIds(): readonly string[];
  /** Ids of the requests that were answered, and wrongly. @throws HarnessError `load-running` before `stop` */
  failedIds(): readonly string[];
}

export interface OpenLoadOptions {
  /** Requests a second; default: the configuration's. */
  readonly ratePerSecond?: number;
  /** Only these kinds of requests, with these weights; default: all, with the configuration's. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Share of the requests, 0 to 1, each of which comes by a connection of its own. Default 0. */
  readonly newConnectionShare?: number;
}

export interface DeploySpec {
  /** The image of the next revision. Either this, or `undo`, or `retry`. */
  readonly image?: string;
  /** Back to what an earlier revision was made of, whatever has changed since: its number, or the last good one. */
  readonly undo?: number | 'last-good';
  /** Once more what a rollout of the service brought. */
  readonly retry?: Retried;
  /**
   * On the way back to what was stable before, it goes straight: no smaller shares, pauses nor judging, and a short look instead of the bake;
   * unless `allSteps` says otherwise.
   */
  readonly strategy: Strategy;
  readonly allSteps?: boolean;
  /** Deploy even when this very image is running. Default false. */
  readonly redeploy?: boolean;
}

/** What a rollout did, and what the front saw of the new revision. */
export interface RolloutResult extends DeliveryResult {
  /**
   * Ids of requests that the judge counted as failed on the new revision. Grows until the scenario ends: the load may find an answer wrong
   * when the rollout is over.
   */
  readonly failedIdsOnNew: ReadonlySet<string>;
  /** Failed requests whose ids are not among them, because there were too many. Infinity: nobody knows, the front did not tell its last ones. */
  readonly failedIdsLeftOut: number;
}

/**
 * Begins to deploy the next revision of a managed service, and returns while the rollout is under way.
 * @throws HarnessError `unknown-service`, `image-not-found`
 */
export type Deploy = (service: string, spec: DeploySpec) => Promise<Rollout<RolloutResult>>;

/** What a whole release is to do. */
export interface ReleaseSpec {
  /** What has to run now. Default: whatever does. */
  readonly from?: ReleaseTarget;
  /** The version to go to: compose files, a git ref, images; or, with nothing, today's compose files of the configuration. */
  readonly to: ReleaseTarget;
  /** By which every changed service is rolled out. */
  readonly strategy: Strategy;
  /** By service, instead of that. */
  readonly strategies?: Readonly<Record<string, Strategy>>;
}

/** What a whole release did, and what the fronts saw of its new revisions. Can be handed to `toHaveLostOnlyOn`. */
export interface ReleaseResult extends DeliveryReleaseResult {
  /** Those that were begun, in order. */
  readonly rollouts: readonly DeliveryResult[];
  /** Names all new revisions together. */
  readonly to: string;
  /** As of a {@link RolloutResult}, of all new revisions. */
  readonly failedIdsOnNew: ReadonlySet<string>;
  readonly failedIdsLeftOut: number;
}

/** A whole release under way: it goes through, or all of it back, by itself. Leaving its block (`await using`) before its end takes it back. */
export interface Release extends AsyncDisposable {
  /** When it began, wall ms. */
  readonly startedAtMs: number;
  /** When it had ended, wall ms; `undefined` while it is under way. */
  readonly endedAtMs: number | undefined;
  /** What it does, in order and in words. */
  readonly steps: readonly string[];
  /** How it ended, whichever way. */
  ended(): Promise<ReleaseResult>;
  /** Takes everything back; too late once the new revisions were made stable. Resolves when it has ended. */
  abort(reason: string): Promise<ReleaseResult>;
}

/**
 * Begins to take the whole project from what runs to another version, and returns while that is under way: changed services are rolled out
 * in dependency order with their old revisions kept warm, new ones start first, jobs run before what waits for them, what is gone stops last.
 * One step that fails takes everything back, in reverse order.
 * @throws HarnessError `release-unfit`, `image-not-found`, `unknown-service`, `compose-invalid`, `repository-unfit`: nothing was changed
 */
export type BeginRelease = (spec: ReleaseSpec) => Promise<Release>;

/** A stretch of time whose traces are wanted. */
export interface TraceWindow {
  readonly fromMs: number;
  /** Ends the window now; it ends by itself when it is read. */
  close(): void;
}

/** How much longer each edge and each service took by itself. */
export interface ExclusiveTimeGrowth {
  of(edge: string): Figure;
  /** Of all other edges and services the one that grew most. */
  largestBeside(edge: string): Figure;
  /** How much of the growth of this edge and of the one beside it that grew most is this edge's: above a half, it grew most of all. */
  shareOf(edge: string): Figure;
}

/** Everything a scenario works with. */
export interface ScenarioContext {
  readonly stack: {
    /** The edges of the configuration, by their names there. @throws HarnessError `unknown-edge` for another name */
    readonly edges: Readonly<Record<string, Edge>>;
    /** The revision that serves a managed service now. */
    stable(service: string): Revision;
    /** The loopback address of a published port. */
    endpoint(service: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  };
  readonly load: {
    open(options?: OpenLoadOptions): Promise<RunningLoad>;
    /** Opens a load and waits until it is steady; one that does not become so is stopped. */
    steady(options?: OpenLoadOptions & SteadyOptions): Promise<RunningLoad>;
  };
  readonly deploy: Deploy;
  readonly release: BeginRelease;
  /**
   * Puts a fault on its target: `inject(latency({ on: stack.edges.bank, delayMs: 200 }))`. Returns when it has been shown to bite, also while a
   * rollout is under way. Its lease is 10 minutes if it names none.
   * @throws HarnessError `fault-no-targets`, `fault-overlap`, `fault-did-not-bite`; `capability-missing` where the kernel has no packet rules
   * for a fault on an edge: the scenario is skipped
   */
  readonly inject: (fault: FaultValue) => Promise<Fault>;
  readonly alerts: ScenarioAlerts;
  readonly traces: {
    open(): TraceWindow;
    growth(before: TraceWindow, during: TraceWindow): Promise<ExclusiveTimeGrowth>;
  };
  /** Holds every ledger of the run against what the stack stored. */
  readonly reconcile: () => Promise<ReconciliationResult>;
  /** Adds a fact to the scenario's line in `summary.json`. */
  readonly fact: (name: string, value: unknown) => void;
  /** Puts a figure into the report, against its limit where it has one. Turns nothing red: a time is no verdict. One
   * of no value is left out.
   * @throws HarnessError `check-inconclusive` for one that is not finite
   */
  readonly measure: (figure: Figure, options: { readonly unit: string; readonly limit?: number }) => void;
  readonly expect: typeof expect;
  /** Aborted by Ctrl-C and by the run's deadline. */
  readonly signal: AbortSignal;
}
