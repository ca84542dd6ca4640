import type { ServiceSettings } from '../contract/config';
import type { Hook, HookCall, HookEnd } from '../contract/hooks';
import type { Journal } from '../contract/journal';
import type { SkewTrial } from '../contract/lines/rollout';
import type { ShareUndo } from '../faults/agent/protocol';
import type { CopiedRequest } from '../front/copies';
import type { CopyAnswer } from '../front/copy-text';
import type { RequestSample } from '../front/sample';
import type { FiringAlert } from '../observe/firing-alerts';
import type { Exit } from './guards/exits';
import type { Revision, RevisionSpec, Slot } from './revisions/revision';
import type { RevisionStore } from './revisions/revision-store';
import type { RolloutHistory } from './rollout-history';

export type { RequestSample } from '../front/sample';

/** Time, as the controller needs it. */
export interface DeliveryClock {
  /** Wall ms since the epoch. */
  now(): number;
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export interface StartOptions {
  readonly timeoutMs: number;
  /** Default: as many as the revision is asked for. */
  readonly replicas?: number;
}

export interface ReplaceOptions {
  readonly drainMs: number;
  readonly graceMs: number;
  /** For the start of the other one. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How the guardian of a service brings its stable revision back. */
export type LeaseTerms = Pick<ShareUndo, 'takesTurns' | 'replicas'>;

/** What a guardian did once its controller had died. */
export interface GaveBack {
  /** Label of the revision whose share it was. */
  readonly candidate: string;
  /** In words that follow who did it. */
  readonly says: string;
}

/** Percent of the traffic per slot; of a worker, of its consumers. */
export type Weights = Readonly<Record<Slot, number>>;

/** Tries on each other what two revisions of a service leave behind. */
export interface SkewPort {
  /** Names of the sequences of which a request passes the service. */
  names(service: string): readonly string[];
  /** The services that the requests of a sequence pass. */
  passes(name: string): readonly string[];
  /**
   * Sends the requests of a sequence, each to the revision that is named, and both to `beside`, a revision of another service on their way. What
   * is not right is tried again before it is said.
   */
  attempt(
    name: string,
    revisions: { readonly write: Revision; readonly read: Revision; readonly beside?: Revision },
    signal: AbortSignal,
  ): Promise<Omit<SkewTrial, 'write' | 'read' | 'beside'>>;
}

/** Copies of the requests that users send to a service, for as long as it is open. */
export interface Shadow extends AsyncDisposable {
  /** Users' requests that read, of those that came since the last call; at most some dozens. No other is ever among them. */
  requests(): Promise<readonly CopiedRequest[]>;
  /**
   * Sends a request to each of these revisions at once, marked as a copy; what they answer, in their order: `undefined` where no whole answer
   * of that revision came. `undefined` instead of all where that is nobody's fault but ours.
   */
  ask(request: CopiedRequest, revisions: readonly Revision[]): Promise<readonly (CopyAnswer | undefined)[] | undefined>;
  /** Users' requests so far that read, and all others. */
  seen(): { readonly reads: number; readonly others: number };
}

/**
 * All that the controller does to the world. Every action is idempotent: recovery repeats what a dead controller may have done.
 * Actions on what does not exist (a container never created, a slot never used) do nothing.
 */
export interface DeliveryPorts {
  readonly clock: DeliveryClock;
  readonly journal: Journal;
  /** Where `journal` writes, when it is a file. */
  readonly journalPath?: string;
  readonly revisions: RevisionStore;
  /** The services that revisions are deployed of, workers too. */
  readonly managed: Readonly<Record<string, ServiceSettings>>;
  /** What counts as slow of a service's answers by its objective, ms, where it has one. */
  readonly objectiveMs?: (service: string) => number | undefined;
  /** Absent where the configuration names no `skew`. */
  readonly skew?: SkewPort;
  /** Begins to copy what users send to a service, until it is let go. Absent where services have no front. */
  readonly shadow?: (service: string) => Promise<Shadow>;
  /**
   * Those of these alerts that fire now; absent where nothing of the stack tells of alerts. Throws `unknown-alert`, and whatever keeps it from
   * being known.
   */
  readonly alerts?: (names: readonly string[]) => Promise<readonly FiringAlert[]>;
  /** Whether the machine kept the stack from working in the latest so many ms; absent where nobody watches that. */
  readonly isStarved?: (forMs: number) => boolean;
  /** Throws `disk-full` where what a rollout writes might find no room. */
  readonly requireRoom?: () => void;
  /** Asks the stack's Prometheus for the values of a query now; absent where there is none. */
  readonly promql?: (query: string) => Promise<readonly number[]>;
  /** Runs a hook to its end, or its deadline; never throws for what the hook does. */
  hook(hook: Hook, call: HookCall, signal?: AbortSignal): Promise<HookEnd>;
  /** Where the end of each rollout is added; absent where nobody keeps it. */
  readonly history?: RolloutHistory;
  /** Revisions remembered per service. Default 10. */
  readonly historyLimit?: number;
  /** What a revision with this image would be made of, by today's compose files and configuration; `undefined` when the image is not present. */
  spec(service: string, image: string): Promise<RevisionSpec | undefined>;
  /** Whether the image of a revision is still present. */
  hasImage(revision: Revision): Promise<boolean>;
  /**
   * Creates and starts a new revision, and gives its image our tag first: so many of its replicas that `replicas` run, by default all. Returns
   * when their own health checks pass; throws with their last log lines.
   */
  start(revision: Revision, options: StartOptions & { readonly signal?: AbortSignal }): Promise<void>;
  /** Starts kept containers of a revision again, until so many run; makes them anew from its record when they were removed. */
  revive(revision: Revision, options: StartOptions): Promise<void>;
  /**
   * Takes replicas out of the front, those that are not ready first, lets them finish, and stops and keeps them, until `keep` run. Returns
   * whether they had finished within `drainMs`, and the names of those that had not ended after `graceMs`, and were killed.
   */
  thin(
    revision: Revision,
    options: { readonly keep: number; readonly drainMs: number; readonly graceMs: number },
  ): Promise<{ readonly isDrained: boolean; readonly killed: readonly string[] }>;
  /**
   * Takes one replica out of the front, lets it finish, removes its container, its log kept as evidence, and starts another one in its place.
   * Returns once that one's own health check passes. Absent where nobody tells replicas apart.
   */
  replace?(
    revision: Revision,
    /** Its place in the front, as a sample tells it: `green2`. */
    replica: string,
    options: ReplaceOptions,
  ): Promise<{ readonly container: string; readonly isDrained: boolean; readonly killed: readonly string[] }>;
  /** Whether the front's own checks see a server of the revision that can take traffic. */
  usable(revision: Revision): Promise<boolean>;
  /** How many of its replicas the front's own checks see able to take traffic. */
  readyReplicas(revision: Revision): Promise<number>;
  /** How many of its replicas run, ready or not. */
  runningReplicas(revision: Revision): Promise<number>;
  /**
   * Why a revision is not ready: what the front's checks found at its replicas, as "connection refused on port 8080 (GET /readyz)", and the
   * last lines that its containers wrote. Their whole logs are kept as evidence.
   */
  diagnose(revision: Revision): Promise<{ readonly checks: readonly string[]; readonly lastLines: readonly string[] }>;
  /** The failures that the logs of a revision's containers tell of, most frequent first: of their latest lines. */
  complaints(revision: Revision): Promise<readonly { readonly words: string; readonly count: number }[]>;
  /** Tells of every container of the service's revisions that ends by itself. Resolves when subscribed. */
  watchExits(service: string, onExit: (exit: Exit) => void, signal: AbortSignal): Promise<void>;
  /** Requests on each revision that began a second ago or more and have not ended: their ages, whole seconds. */
  hanging(service: string, revisions: readonly Revision[]): Promise<readonly (readonly number[])[]>;
  /** Lets traffic reach the revision's slot, as far as its weight says. */
  admit(revision: Revision): Promise<void>;
  /**
   * Returns the routing's epoch: the requests that bear it were routed by these weights. What the stable revision does not get is leased:
   * when this process dies, the service's guardian gives it back, in the way that the lease says.
   */
  setWeights(service: string, weights: Weights, lease?: LeaseTerms): Promise<number>;
  /** Percent of the traffic that the front gives the revision. */
  share(revision: Revision): Promise<number>;
  /** Before anything of stable is stopped, while it has all of the traffic: when this process dies, the guardian brings it back by these terms. */
  lease(candidate: Revision, terms: LeaseTerms): Promise<void>;
  /** Ends these leases: from its return on nobody gives the share back. Throws when that is not certain. */
  endLease(service: string): Promise<void>;
  /** Whose share the service's guardian gave back last, if it ever did: a controller had died. */
  givenBack(service: string): Promise<GaveBack | undefined>;
  /** No new requests for the revision's slot; those under way go on. */
  drain(revision: Revision): Promise<void>;
  /** Returns when no request is under way, or after `timeoutMs`: then false. */
  awaitDrained(revision: Revision, options: { readonly timeoutMs: number }): Promise<boolean>;
  /** Takes the revision's servers out of the front. */
  retire(revision: Revision): Promise<void>;
  /** Stops the revision's containers and keeps them. Returns the names of those that had not ended after `graceMs`, and were killed. */
  stop(revision: Revision, options: { readonly graceMs: number }): Promise<readonly string[]>;
  /** Removes the revision's containers. */
  remove(revision: Revision): Promise<void>;
  /** Removes what is left of a revision that nobody can go back to any more: its containers and its tag. */
  forget(revision: Revision): Promise<void>;
  /** The labels of the revisions that answer some requests sent through the front. */
  probe(service: string): Promise<readonly string[]>;
  /**
   * Tells of every request of a service, as the front's witness does, and once more with what it `replaces` when the load finds its answer
   * wrong. Resolves when subscribed.
   */
  watch(
    service: string,
    onSample: (sample: RequestSample, replaces?: RequestSample) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Returns when all requests that had ended at the call have been told of, or after `timeoutMs`: then false. */
  caughtUp(service: string, options: { readonly timeoutMs: number }): Promise<boolean>;
}
