import { z } from 'zod';
import { HarnessError, type Facts } from '../core/errors';
import { ContainerCarrier, type ContainerFault } from './container-carrier';
import { EdgeCarrier, type EdgeInForce } from './edge-carrier';
import type { Carrier, FaultSelf } from './leased-fault';
import { targetName, type ContainerTarget, type EdgeTarget } from './targets';

interface AnyKind<Schema extends z.ZodType> {
  /** A noun, in lower case. */
  readonly kind: string;
  /** Everything that can be said of it: units in the names, defaults in the schema; made with `onEdge` or `ofContainers`. */
  readonly options: Schema;
  /** Kinds that make no sense on the same target at the same time. */
  readonly contradicts?: readonly string[];
  /** What it does, for people, to stand after "while": "payments → bank was 200 ms slow". `target` is the target's name. */
  readonly describe: (options: z.output<Schema>, target: string) => string;
}

/** A fault that an agent carries in the callers' network namespaces; the agent has a file of the same name in `agent/kinds/`. */
export interface EdgeKind<
  Schema extends z.ZodType<{ readonly on: EdgeTarget }>,
  Before = undefined,
> extends AnyKind<Schema> {
  readonly carriedBy: 'agent';
  /** Measures what the proof compares with, before anything is changed. */
  readonly before?: (edge: EdgeInForce<z.output<Schema>>) => Promise<Before>;
  /** Shows that callers feel it. @throws HarnessError `fault-did-not-bite` */
  readonly verifyApplied: (edge: EdgeInForce<z.output<Schema>>, before: Before) => Promise<Facts>;
  /** Shows that they do not any more. @throws HarnessError `fault-did-not-revert` */
  readonly verifyReverted: (edge: EdgeInForce<z.output<Schema>>, before: Before) => Promise<Facts>;
}

/** A fault that the Engine, or a signal from outside, puts on containers: each of these steps is done for each container. */
export interface ContainerKind<
  Schema extends z.ZodType<{ readonly of: ContainerTarget }>,
  State,
> extends AnyKind<Schema> {
  readonly carriedBy: 'engine';
  /** Containers of the target that start later get it too. Default false. */
  readonly follows?: boolean;
  /** Reads what must be known to put the container back, and changes nothing. What it returns may be changed by later steps. */
  readonly prepare: (container: ContainerFault<z.output<Schema>>) => Promise<State>;
  /** Tells the guardian what it would have to undo, then makes it so. */
  readonly apply: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<void>;
  /** @throws HarnessError `fault-did-not-bite` */
  readonly verifyApplied: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<Facts>;
  /** Makes it not so, also when `apply` failed half-way. Idempotent; a container that has gone is as good as reverted. Whether there was something to do. */
  readonly revert: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<boolean>;
  /** @throws HarnessError `fault-did-not-revert` */
  readonly verifyReverted: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<void>;
  /** Whether it still is so. Default: yes. */
  readonly isInForce?: (container: ContainerFault<z.output<Schema>>, state: State) => Promise<boolean>;
}

/** A fault to be injected: a kind with its options, checked. */
export interface FaultValue {
  readonly kind: string;
  readonly target: string;
  /** What it does, for people. */
  readonly what: string;
  readonly carriedBy: 'agent' | 'engine';
  readonly contradicts: readonly string[];
  /** Default: who injects it decides. */
  readonly leaseMs: number | undefined;
  /** What puts it there and takes it away. */
  readonly carrier: (self: FaultSelf) => Carrier;
}

/** Makes values of one kind. @throws HarnessError `bad-fault` */
export type FaultMaker<Schema extends z.ZodType> = (options: z.input<Schema>) => FaultValue;

/**
 * Makes a kind of fault out of what it can do to a target; `inject` does the rest: lease, journal, guardian, following of containers that
 * come and go, proof before anything else happens, and undoing. Its shape is Toxiproxy's "toxic" (settings and a pipe) with the proof and
 * the undoing added.
 *
 * To add one of our own: a file `faults/kinds/<kind>.ts` that exports what this makes, a test beside it, and a line in `faults/kinds/index.ts`.
 * One on an edge has a second file, `faults/agent/kinds/<kind>.ts`, for what the agent does to connections, and a line in `list.ts` there.
 * `pause` (containers) and `refuse` (an edge) are the shortest to begin from.
 */
export function defineFault<Schema extends z.ZodType<{ readonly on: EdgeTarget }>, Before = undefined>(
  kind: EdgeKind<Schema, Before>,
): FaultMaker<Schema>;
export function defineFault<Schema extends z.ZodType<{ readonly of: ContainerTarget }>, State>(
  kind: ContainerKind<Schema, State>,
): FaultMaker<Schema>;
export function defineFault(
  kind:
    | EdgeKind<z.ZodType<{ readonly on: EdgeTarget }>, unknown>
    | ContainerKind<z.ZodType<{ readonly of: ContainerTarget }>, unknown>,
): FaultMaker<z.ZodType> {
  return (given) => {
    if (kind.carriedBy === 'agent') {
      const options = check(kind, given);
      return value(kind, options, targetName(options.on), (self) => new EdgeCarrier(kind, options, self));
    }
    const options = check(kind, given);
    return value(kind, options, targetName(options.of), (self) => new ContainerCarrier(kind, options, self));
  };
}

function check<Options>(kind: AnyKind<z.ZodType<Options>>, given: unknown): Options {
  const result = kind.options.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`);
  throw new HarnessError('bad-fault', {
    message: `${kind.kind}: ${problems.join('; ')}`,
    facts: { kind: kind.kind, problems },
    hint: 'Names end in their units; the docstring of the kind has the defaults.',
  });
}

function value<Options>(
  kind: AnyKind<z.ZodType<Options>> & Pick<FaultValue, 'carriedBy'>,
  options: Options,
  target: string,
  carrier: FaultValue['carrier'],
): FaultValue {
  const { leaseMs } = options as { readonly leaseMs?: number };
  const what = kind.describe(options, target);
  return {
    ...{ kind: kind.kind, carriedBy: kind.carriedBy, target, what, leaseMs, carrier },
    contradicts: kind.contradicts ?? [],
  };
}
