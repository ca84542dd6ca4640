import type { StackAccess } from './reconciliation-config';

/** What became of one attempt at a message: it is done, it goes back to be tried again, or it is given up. */
export type MessageOutcomeKind = 'ack' | 'retry' | 'dead';

/** One attempt at one message, over. */
export interface MessageOutcome {
  /** Unique among all attempts: what is read twice counts once. */
  readonly id: string;
  /** Label of the revision whose consumer made it, as it finds it in its variable `ROLLPROOF_REVISION`. */
  readonly revision: string;
  readonly outcome: MessageOutcomeKind;
  /** Wall ms. */
  readonly endedAtMs: number;
  /** From taking the message to its end, ms. Absent where nobody knows: then the judge compares no latency. */
  readonly tookMs?: number;
  /** Why it is no `ack`. Few different ones: they are counted, and told to people. */
  readonly reason?: string;
}

/** A line that a consumer wrote. */
export interface ConsumerLine {
  /** Label of its revision. */
  readonly revision: string;
  readonly containerId: string;
  /** Wall ms. */
  readonly atMs: number;
  readonly text: string;
}

/** A value that Prometheus holds. */
export interface MetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Wall ms. */
  readonly atMs: number;
}

/** How a source of outcomes reaches the stack. */
export interface OutcomeAccess extends StackAccess {
  /** The lines that the worker's consumers have written since, wall ms. */
  readonly lines: (sinceMs: number) => Promise<readonly ConsumerLine[]>;
  /** Asks the Prometheus of the configuration. */
  readonly prometheus: (query: string) => Promise<readonly MetricValue[]>;
}

/** Reads what became of messages, over and over. */
export interface OutcomeReader {
  /** The attempts that have ended since, wall ms; some of them may have been read before. */
  readonly read: (sinceMs: number) => Promise<readonly MessageOutcome[]>;
}

/** Where it is read what became of a worker's messages; made by `sqlOutcomes({…})`, `metricOutcomes({…})` or `logOutcomes({…})`. */
export interface OutcomeSource {
  /** The kind that made it. */
  readonly kind: string;
  /** For people: where it looks. */
  readonly says: string;
  /** Begins to read for one rollout. */
  readonly open: (access: OutcomeAccess) => OutcomeReader;
}
