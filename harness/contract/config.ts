import type { Random } from '../core/random';
import type { Alert } from './alerts';

/** A managed service: rollproof owns its name with a front and deploys revisions of it. */
export interface ManagedService {
  /** The container port that serves HTTP. */
  readonly port: number;
  /** Path that answers 200 when a replica may get traffic. */
  readonly readiness: string;
  /** How long a replica may finish what it has before it is stopped, ms. Default 30 000. */
  readonly drainMs?: number;
  /**
   * Path at which each replica shows its own figures to Prometheus, such as `/metrics`. Default: none is asked. Alerts need none, the
   * front counts: a service's own figures count where no front stands, and tell more on a dashboard.
   */
  readonly metrics?: string;
}

/** caller → callee, both compose services. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  /** Only this port of the callee. Default: a managed service's own, else every TCP port that the callee exposes. */
  readonly port?: number | undefined;
}

/** An edge: `edge('payments', 'bank')`, or only one port of the callee: `edge('orders', 'postgres:5432')`. */
export function edge(from: string, callee: string): Edge {
  const [to = '', port] = callee.split(':');
  return port === undefined ? { from, to } : { from, to, port: Number(port) };
}

/** An edge's name, wherever one is shown or compared: `payments → bank`. */
export function edgeName({ from, to }: Edge): string {
  return `${from} → ${to}`;
}

/** One HTTP request of the load. */
export interface RequestSpec {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Kept in the ledger of a 2xx answer, to reconcile with what the stack stored. */
  readonly key?: string;
}

/** A kind of request and its share of the mix. */
export interface RequestKind {
  readonly weight: number;
  /** Makes the next request. `requestId` is unique in the run; `random` repeats with the seed; `acknowledged` holds answers' `id`s so far (newest last, at most 1,000). */
  readonly build: (context: {
    readonly random: Random;
    readonly requestId: string;
    readonly acknowledged: readonly string[];
  }) => RequestSpec;
  /** Managed services that each such request passes, for planning. Default: the load's own service. */
  readonly passes?: readonly string[];
  /** Statuses that are right answers. Default 200–399. */
  readonly expectedStatuses?: readonly number[];
}

export interface LoadConfig {
  /** The service that takes the requests; it publishes `port`. */
  readonly service: string;
  readonly port: number;
  readonly ratePerSecond: number;
  readonly requests: Readonly<Record<string, RequestKind>>;
}

export interface Endpoint {
  readonly service: string;
  readonly port: number;
}

/** What `reconcile` needs to hold the ledger against what the stack stored. Keys are `RequestSpec.key`s. */
export interface Reconciliation {
  /** The kind of request whose 2xx answers must be stored. */
  readonly acknowledgedBy: string;
  /** The keys stored, one an entry, doubles included. */
  readonly stored: (access: StackAccess) => Promise<readonly string[]>;
  /** Side effects by name (such as charges): each must belong to a stored key, and stand once. */
  readonly effects?: Readonly<Record<string, (access: StackAccess) => Promise<readonly string[]>>>;
}

/** How a configuration's own functions reach the stack. */
export interface StackAccess {
  /** The loopback address where a service's container port is published. */
  readonly endpoint: (service: string, port: number) => Promise<{ readonly host: string; readonly port: number }>;
}

/** Releases that `npm run bench` deploys. */
export interface BenchReleases {
  /** A managed service. */
  readonly service: string;
  /** Two images that are both good, and differ. */
  readonly good: readonly [string, string];
  /** An image whose errors the judge must see. */
  readonly bad: string;
  /** A load of reads, for the loss at a high rate. */
  readonly readLoad: { readonly ratePerSecond: number; readonly weights: Readonly<Record<string, number>> };
}

/** `rollproof.config.ts`: a compose project and what rollproof has to know of it. */
export interface StackConfig {
  /** Short name; the compose project is `rp-<name>-…`. */
  readonly name: string;
  /** Compose files, relative to the configuration file. */
  readonly composeFiles: readonly string[];
  /** Variables for compose's interpolation. */
  readonly env?: Readonly<Record<string, string>>;
  readonly managed: Readonly<Record<string, ManagedService>>;
  /** Calls that faults may be put on, by a name of your own: `stack.edges.bank` in a scenario. They pass through an agent from the start. */
  readonly edges?: Readonly<Record<string, Edge>>;
  readonly load: LoadConfig;
  /** Made by `errorRate({…})`, `latencyAbove({…})` or another kind. */
  readonly alerts?: readonly Alert[];
  readonly observability?: {
    readonly prometheus: Endpoint;
    readonly alertmanager: Endpoint;
    readonly jaeger: Endpoint;
    readonly pager: Endpoint;
    /** Folder (relative to the configuration file) with prometheus/ and alertmanager/ files at production speed. */
    readonly configDir: string;
  };
  readonly reconciliation?: Reconciliation;
  readonly releases?: BenchReleases;
  /** Revisions remembered per service, to go back to. At least 2; default 10. */
  readonly historyLimit?: number;
}

/** Types a configuration file's export. */
export function defineStack(config: StackConfig): StackConfig {
  return config;
}
