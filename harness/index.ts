export { defineAlert } from './alerting/define-alert';
export type { AlertExpression, AlertKind } from './alerting/define-alert';
export { errorRate } from './alerting/kinds/error-rate';
export type { Alert } from './contract/alerts';
export { defineStack } from './contract/config';
export type {
  Edge,
  Endpoint,
  LoadConfig,
  ManagedService,
  Reconciliation,
  RequestKind,
  RequestSpec,
  StackAccess,
  StackConfig,
} from './contract/config';
export { HarnessError, isHarnessError } from './core/errors';
export type { Verdict } from './contract/observation';
export { canary } from './delivery/strategies/canary';
export type { CanaryOptions } from './delivery/strategies/canary';
export type { RolloutResult } from './delivery/result';
export { scenario } from './scenario/scenario';
export type {
  Deploy,
  DeploySpec,
  OpenLoadOptions,
  Rollout,
  RunningLoad,
  ScenarioContext,
  SteadyOptions,
} from './scenario/context';
export type { AlertRef, AlertState, During, ScenarioAlert, ScenarioAlerts } from './scenario/alerts';
export type { AlertEvidence, AlertFacts } from './verdict/alert-findings';
