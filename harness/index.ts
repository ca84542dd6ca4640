export { defineStack } from './core/config';
export type {
  Edge,
  Endpoint,
  ErrorRateAlert,
  LoadConfig,
  ManagedService,
  Reconciliation,
  RequestKind,
  RequestSpec,
  StackAccess,
  StackConfig,
} from './core/config';
export { HarnessError, isHarnessError } from './core/errors';
export type { Verdict } from './core/events';
export { canary } from './delivery/strategies/canary';
export type { CanaryOptions } from './delivery/strategies/canary';
export type { RolloutResult } from './delivery/result';
export { scenario } from './run/scenario';
export type {
  Deploy,
  DeploySpec,
  OpenLoadOptions,
  Rollout,
  RunningLoad,
  ScenarioContext,
  SteadyOptions,
} from './run/context';
