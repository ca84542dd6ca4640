import { z } from 'zod';
import { HarnessError } from '../core/errors';
import type { FaultValue } from './carrier';
import { ContainerCarrier } from './container-carrier';
import { EdgeCarrier } from './edge-carrier';
import type { AnyKind, ContainerKind, EdgeKind } from './kind';
import { targetName, type ContainerTarget, type EdgeTarget } from './targets';

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
