import { z } from 'zod';
import type { Immutable } from './immutable';
import { fault } from './lines/fault';
import { alert, alertEvidenceLine, health, loadWindow, starved, trafficWindow } from './lines/observed';
import { nightFindingLine, nightLeftOut, nightStarted } from './lines/night';
import { pipelineEnded, pipelineStage, pipelineStarted } from './lines/pipeline';
import { release, releaseAction, releaseEnded } from './lines/release';
import { action, hook, judgement, replicas, rollout, rolloutEnded, skew } from './lines/rollout';
import { note, runFinished, runStarted, skippedCapability, stackDown, stackUp } from './lines/run';
import { shadow } from './lines/shadow';
import { check, measurement, scenarioFinished, scenarioStarted } from './lines/scenario';

export type { RolloutState, SwitchFacts } from './rollout-result';
export type { TrafficCounts } from './traffic-counts';
export type { Verdict } from './verdict';

/** Every kind of line in `journal.ndjson`. Times are wall ms since the epoch; names ending in `Ms` that are not times are durations. */
export const journalLine = z.discriminatedUnion('type', [
  runStarted,
  runFinished,
  stackUp,
  stackDown,
  skippedCapability,
  note,
  scenarioStarted,
  scenarioFinished,
  check,
  measurement,
  rollout,
  rolloutEnded,
  action,
  hook,
  judgement,
  replicas,
  skew,
  shadow,
  fault,
  health,
  starved,
  alert,
  alertEvidenceLine,
  loadWindow,
  trafficWindow,
  release,
  releaseAction,
  releaseEnded,
  pipelineStarted,
  pipelineStage,
  pipelineEnded,
  nightStarted,
  nightFindingLine,
  nightLeftOut,
]);

/** An observation as it stands in the journal. */
export type JournalLine = Immutable<z.infer<typeof journalLine>>;

/** A line of one type. */
export type LineOf<Type extends JournalLine['type']> = Extract<JournalLine, { type: Type }>;

type Unstamped<Line> = Line extends unknown ? Omit<Line, 'at' | 'scenario'> : never;

/** A timed, typed fact, before the journal has stamped it with its time and its scenario. */
export type Observation = Unstamped<JournalLine>;
