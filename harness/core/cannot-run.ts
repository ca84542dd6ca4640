import { isHarnessError } from './errors';

/** Codes of errors that say "this cannot run here", exit code 2, as opposed to "this failed", exit code 1. */
const CANNOT_RUN = new Set([
  'config-not-found',
  'config-invalid',
  'compose-invalid',
  'engine-unreachable',
  'engine-too-old',
  'image-not-found',
  'unknown-service',
  'port-in-use',
  'project-locked',
  'stack-kept',
  'stack-not-up',
  'run-not-found',
  'no-scenarios',
  'supply-missing',
  'compose-missing',
  'service-unsupported',
  'port-not-published',
  'no-stable-revision',
  'rollout-unfinished',
  'strategy-invalid',
  'unknown-benchmark',
  'unknown-gate',
  'no-runner',
  'scenario-invalid',
  'duplicate-scenario',
]);

/** Whether the machine, the configuration or the command line is at fault, and not what was to be tested. */
export function cannotRun(error: unknown): boolean {
  return isHarnessError(error) && CANNOT_RUN.has(error.code);
}
