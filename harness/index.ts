export { defineAlert } from './alerting/define-alert';
export type { AlertExpression, AlertKind } from './alerting/define-alert';
export { errorRate } from './alerting/kinds/error-rate';
export { latencyAbove } from './alerting/kinds/latency-above';
export type { Alert } from './contract/alerts';
export type {
  ConsumerLine,
  MessageOutcome,
  MessageOutcomeKind,
  MetricValue,
  OutcomeAccess,
  OutcomeReader,
  OutcomeSource,
} from './contract/outcomes';
export { defineStack, edge, worker } from './contract/config';
export type {
  CheckedResponse,
  Edge,
  Endpoint,
  FencedEffect,
  LoadConfig,
  MessageTally,
  ManagedService,
  PipelineConfig,
  PipelineImage,
  Reconciliation,
  RequestKind,
  RequestSpec,
  SkewSequence,
  StackAccess,
  StackConfig,
  WorkerConfig,
} from './contract/config';
export { definePipeline } from './contract/pipeline-config';
export { HarnessError, isHarnessError } from './core/errors';
export { defineFault } from './faults/define';
export type { FaultMaker } from './faults/define';
export type { FaultValue } from './faults/carrier';
export type { ContainerFault, ContainerKind, EdgeInForce, EdgeKind } from './faults/kind';
export type { Fault, FaultState, Felt, Lasting } from './faults/fault';
export * from './faults/kinds';
export { everythingTo, milliseconds, ofContainers, onEdge, service } from './faults/targets';
export type { CalleeTarget, ContainerTarget, EdgeTarget } from './faults/targets';
export type { Verdict } from './contract/observation';
export type { Milestone, Rollout } from './delivery/handle';
export type { RolloutOutcome } from './contract/rollout-result';
export type { Retried } from './delivery/revisions/preflight';
export type { RunningRollout } from './delivery/rollout';
export { accept } from './delivery/steps/accept';
export { bake } from './delivery/steps/bake';
export { hold } from './delivery/steps/hold';
export { hook } from './delivery/steps/hook';
export { judge } from './delivery/steps/judge';
export { measure } from './delivery/steps/measure';
export { ready } from './delivery/steps/ready';
export { retire } from './delivery/steps/retire';
export { roll } from './delivery/steps/roll';
export { shadow as compareCopies } from './delivery/steps/shadow';
export { skew } from './delivery/steps/skew';
export { start } from './delivery/steps/start';
export { defineStep } from './delivery/steps/step';
export type { Step, StepDefinition, StepKind, StepNature } from './delivery/steps/step';
export { vacate } from './delivery/steps/vacate';
export { weight } from './delivery/steps/weight';
export { blueGreen } from './delivery/strategies/blue-green';
export type { BlueGreenOptions } from './delivery/strategies/blue-green';
export { canary } from './delivery/strategies/canary';
export type { CanaryOptions } from './delivery/strategies/canary';
export { inSteps } from './delivery/strategies/in-steps';
export type { InStepsOptions } from './delivery/strategies/in-steps';
export { recreate } from './delivery/strategies/recreate';
export type { RecreateOptions } from './delivery/strategies/recreate';
export { rolling } from './delivery/strategies/rolling';
export type { RollingOptions } from './delivery/strategies/rolling';
export { shadow } from './delivery/strategies/shadow';
export type { ShadowOptions } from './delivery/strategies/shadow';
export type { RolloutSettings } from './delivery/strategies/settings';
export { defineStrategy } from './delivery/strategies/strategy';
export type { Strategy, StrategyDefinition, StrategyFlag, StrategyKind } from './delivery/strategies/strategy';
export { defineOutcomes, type OutcomeKind } from './observe/outcomes/define';
export { logOutcomes, type LogOutcomesOptions } from './observe/outcomes/log';
export { metricOutcomes, type MetricOutcomesOptions } from './observe/outcomes/metric';
export { sqlOutcomes, type SqlOutcomesOptions } from './observe/outcomes/sql';
export { scenario } from './scenario/declare';
export type { DeclareEach, DeclareRows, DeclareScenario, RowBody, ScenarioDeclarator } from './scenario/declare';
export type { ScenarioBody, ScenarioOptions } from './scenario/scenario';
export type {
  Deploy,
  DeploySpec,
  BeginRelease,
  OpenLoadOptions,
  Release,
  ReleaseResult,
  ReleaseSpec,
  RolloutResult,
  RunningLoad,
  ScenarioContext,
  SteadyOptions,
} from './scenario/context';
export type { ReleaseTarget } from './project/release/target';
export type { AlertRef, AlertState, During, ScenarioAlert, ScenarioAlerts } from './scenario/alerts';
export type { AlertEvidence, AlertFacts } from './contract/alert-facts';
