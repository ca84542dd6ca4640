import type { DeployRequest } from '../controller';
import type { Rollout } from '../handle';
import type { DeliveryPorts } from '../ports';
import type { ReleaseRecordStore } from './record';

/**
 * All that a whole release does to the world, beside what its rollouts do. Every action is idempotent: recovery repeats what a dead
 * controller may have done, and undoes what it may not have.
 */
export interface ReleasePorts {
  readonly delivery: DeliveryPorts;
  readonly record: ReleaseRecordStore;
  /** The door through which everything is rolled out. */
  begin(request: DeployRequest): Promise<Rollout>;
  /** Creates and starts a service that N does not have, and waits until it is healthy. */
  start(service: string, signal: AbortSignal): Promise<void>;
  /** Removes it. */
  remove(service: string): Promise<void>;
  /** Runs N+1's job to its end. @throws HarnessError `job-failed` */
  run(service: string, signal: AbortSignal): Promise<void>;
  /** Makes a service without a front what it is in N+1, and waits until it is healthy. */
  replace(service: string, signal: AbortSignal): Promise<void>;
  /** Makes it what it was in N. */
  putBack(service: string): Promise<void>;
  /** Lets a service that N+1 does not have finish what it does, and stops it. */
  retire(service: string): Promise<void>;
  /** From now on the stack's records speak of this version. */
  settle(version: 'from' | 'to'): Promise<void>;
}
