import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ComposeModel } from '../compose/model';
import { watchedAlertSchema } from '../contract/alerts';
import type { StackConfig } from '../contract/config';
import type { LoadedConfig } from '../contract/config-file';
import { workerSettings } from '../contract/worker-config';
import { quotedCommand } from '../core/command-line';
import { writeFileAtomic } from '../core/atomic-file';
import { wallIso } from '../core/clock';
import { HarnessError, errorMessage, hasCode } from '../core/errors';
import { requireVersion } from '../core/state-version';
import { contentHash } from '../core/ids';
import { watchedAlerts, type RunningPlan } from './plan';

/** Only what everything else rests on; compose has checked the rest when the stack came up. */
const model: z.ZodType<ComposeModel> = z.looseObject({
  name: z.string(),
  services: z.record(z.string(), z.looseObject({})),
});

/** Of the file. */
const VERSION = 1;

/** What is up, as it is written down. */
export const runningPlanSchema = z.object({
  model,
  composeEnv: z.record(z.string(), z.string()),
  compression: z.object({ factor: z.number(), reason: z.string() }),
  alerts: z.array(watchedAlertSchema),
  frontImage: z.string(),
  helperImage: z.string(),
  managed: z.record(
    z.string(),
    z.looseObject({ port: z.int(), readiness: z.string(), drainMs: z.number().exactOptional() }),
  ),
  // One that an earlier version left up has none.
  workers: z.record(z.string(), workerSettings).default({}),
  source: z.object({ files: z.array(z.string()) }).exactOptional(),
});

const schema = z.object({
  command: z.string(),
  since: z.string(),
  configHash: z.string(),
  plan: runningPlanSchema,
});

/** A stack that a command left up on purpose, with everything that a later command needs to know of how it came up. */
export interface KeptStack {
  readonly command: string;
  readonly since: string;
  /** Of the configuration then. */
  readonly configHash: string;
  readonly plan: RunningPlan;
}

const pathOf = (loaded: LoadedConfig) => join(loaded.stateDirectory, 'stack.json');

/**
 * The stack that was left up, if any.
 * @throws HarnessError `state-newer`, and `stack-outdated` for one that cannot be read: it may be up all the same, with data of its own
 */
export function keptStack(loaded: LoadedConfig): KeptStack | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(pathOf(loaded), 'utf8'));
    requireVersion(value, pathOf(loaded), VERSION);
    return schema.parse(value);
  } catch (cause) {
    if (hasCode(cause, 'state-newer')) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const why = cause instanceof z.ZodError ? 'another version of rollproof wrote it' : errorMessage(cause);
    throw new HarnessError('stack-outdated', {
      message: `${loaded.config.name} was left up, and how it came up cannot be read from ${pathOf(loaded)}: ${why}`,
      facts: { path: pathOf(loaded) },
      hint: `Take it down with ${quotedCommand('down')}, volumes included, and bring it up again. Nothing was changed.`,
      cause,
    });
  }
}

/** Writes `stack.json`, once: what came up stays what it is, whatever is edited afterwards, until something else is released. */
export function rememberKeptStack(loaded: LoadedConfig, plan: RunningPlan, by: { readonly rerun: string }): void {
  if (keptStack(loaded) !== undefined) return;
  write(loaded, {
    command: by.rerun,
    since: wallIso(),
    configHash: configHash(loaded.config),
    plan: runningOf(plan),
  });
}

/** After a release: `stack.json` speaks of what is up now. Does nothing to a stack that nobody keeps. */
export function rememberRelease(loaded: LoadedConfig, plan: RunningPlan): void {
  const kept = keptStack(loaded);
  if (kept === undefined) return;
  // Alerts and what observes stay as they came up: where the configuration says something else of them, it is still edited.
  const isTaken = contentHash(watchedAlerts(loaded.config)) === contentHash(plan.alerts);
  const hash = isTaken ? configHash(loaded.config) : kept.configHash;
  write(loaded, { ...kept, configHash: hash, plan: runningOf(plan) });
}

/** What is written down of a plan. */
export function runningOf(plan: RunningPlan): RunningPlan {
  const { model: running, composeEnv, compression, alerts, frontImage, helperImage, managed, workers, source } = plan;
  const from = source === undefined ? {} : { source };
  return { model: running, composeEnv, compression, alerts, frontImage, helperImage, managed, workers, ...from };
}

function write(loaded: LoadedConfig, kept: KeptStack): void {
  writeFileAtomic(pathOf(loaded), `${JSON.stringify({ version: VERSION, ...kept })}\n`);
}

export function forgetKeptStack(loaded: LoadedConfig): void {
  rmSync(pathOf(loaded), { force: true });
}

/** Hash of a configuration's values; its functions, such as those that build requests, change nothing of what is up. */
export function configHash(config: StackConfig): string {
  return contentHash(config);
}
