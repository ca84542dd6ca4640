import { z } from 'zod';
import { edgeName, type Edge } from '../contract/config';
import { hashedFraction } from '../core/random';
import { HarnessError } from '../core/errors';
import type { ContainerInfo } from '../docker/containers';
import { callersOf } from './endpoints';
import { LEASE_MS_MAX } from './lease';

/** Every declared edge that leads to a service. */
export interface CalleeTarget {
  readonly everythingTo: string;
}

/** One edge, or every declared edge to one callee. */
export type EdgeTarget = Edge | CalleeTarget;

/** Containers of a service that run. */
export interface ContainerTarget {
  readonly service: string;
  /** Only this revision's: its number. Default: of all revisions. */
  readonly revision?: number | undefined;
  /** Only so many of them, which ones depends on the seed: a whole number, or a share below 1 (rounded up). Default: all. */
  readonly replicas?: number | undefined;
}

/** Every declared edge to a service: `latency({ on: everythingTo('bank'), delayMs: 200 })`. */
export function everythingTo(service: string): CalleeTarget {
  return { everythingTo: service };
}

/** Containers of a service: `service('orders')`, `service('orders', { revision: 2, replicas: 0.5 })`. */
export function service(name: string, which: Omit<ContainerTarget, 'service'> = {}): ContainerTarget {
  return { service: name, ...which };
}

const name = z.string().min(1);
const port = z.number().int().min(1).max(65_535);

/** How long a fault may last at most, ms. */
export const leaseMs = z.number().gt(0).lte(LEASE_MS_MAX);
/** A duration, ms. */
export const milliseconds = z.number().min(0).max(LEASE_MS_MAX);

const edgeTarget = z.union(
  [z.strictObject({ from: name, to: name, port: port.optional() }), z.strictObject({ everythingTo: name })],
  { error: 'an edge is wanted: `stack.edges.<name>` of the configuration, or `everythingTo(service)`' },
) as unknown as z.ZodType<EdgeTarget, EdgeTarget | undefined>;

const containerTarget = z.preprocess(
  (value) => (typeof value === 'string' ? { service: value } : value),
  z.strictObject(
    {
      service: name,
      revision: z.number().int().positive().optional(),
      replicas: z
        .union([z.number().gt(0).lt(1), z.number().int().positive()], { error: 'a whole number, or a share below 1' })
        .optional(),
    },
    { error: 'a service is wanted: its name, or `service(name, { revision, replicas })`' },
  ),
) as unknown as z.ZodType<ContainerTarget, ContainerTarget | string>;

/** Options that every fault on an edge has. */
export const onEdge = { on: edgeTarget, leaseMs: leaseMs.optional() };
/** Options that every fault on containers has. */
export const ofContainers = { of: containerTarget, leaseMs: leaseMs.optional() };

/** A target as people write it. */
export function targetName(target: EdgeTarget | ContainerTarget): string {
  if ('everythingTo' in target) return edgeName({ from: '*', to: target.everythingTo });
  if ('from' in target) return edgeName(target);
  const { service: of, revision, replicas } = target;
  const whole = revision === undefined ? of : `${of}-r${revision}`;
  if (replicas === undefined) return whole;
  return `${replicas < 1 ? `${Math.round(replicas * 100)} %` : replicas} of ${whole}`;
}

/** @throws HarnessError `fault-no-targets` */
export function edgesOf(target: EdgeTarget, declared: readonly Edge[]): readonly Edge[] {
  if (!('everythingTo' in target)) return [target];
  const found = declared.filter(({ to }) => to === target.everythingTo);
  if (found.length > 0) return found;
  throw new HarnessError('fault-no-targets', {
    message: `no edge to ${target.everythingTo} is declared`,
    facts: { declared: declared.map(edgeName) },
    hint: 'Name it in `edges` of rollproof.config.ts.',
  });
}

/** The running containers that a target means, none if none runs. */
export async function containersOf(target: ContainerTarget, project: string, seed: string): Promise<ContainerInfo[]> {
  const running = await callersOf(project, target.service);
  const meant = running.filter(({ revision }) => target.revision === undefined || revision === target.revision);
  return pick(meant, target, seed);
}

/** Whether a container that comes later is meant too. Of a number of replicas, those that were picked are meant. */
export function means(
  target: ContainerTarget,
  { service: of, composeService, revision }: Pick<ContainerInfo, 'service' | 'composeService' | 'revision'>,
): boolean {
  if (of !== target.service && composeService !== target.service) return false;
  return target.replicas === undefined && (target.revision === undefined || revision === target.revision);
}

function pick(running: readonly ContainerInfo[], { replicas }: ContainerTarget, seed: string): ContainerInfo[] {
  if (replicas === undefined) return [...running];
  const count = replicas < 1 ? Math.ceil(replicas * running.length) : replicas;
  const order = (container: ContainerInfo) => hashedFraction(seed, container.composeService, container.name);
  return running.toSorted((a, b) => order(a) - order(b)).slice(0, count);
}
