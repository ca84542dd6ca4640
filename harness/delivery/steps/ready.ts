import { z } from 'zod';
import { HarnessError } from '../../core/errors';
import { condemned, crashLoop, exitFacts, exitsText, untilLost } from '../guards/exits';
import { lackOf, replicasNow } from '../revisions/replicas';
import { replicasOf } from '../revisions/revision';
import { enter, type RunningRollout } from '../rollout';
import { until } from '../until';
import { defineStep } from './step';

/**
 * Has the front check the new revision, and waits until it has seen every replica that was asked for ready, without a break for `minReadyMs`.
 * For the first time that has to be within `readyTimeoutMs`; each break lets the wait begin anew, for as much longer in all.
 * @throws HarnessError `release-not-ready`, saying how many were, what the front's checks got and what the containers said last
 */
export const ready = defineStep({
  kind: 'ready',
  options: z.strictObject({}),
  describe: () => 'wait until the new revision is ready',
  takes: ({ minReadyMs, readyTimeoutMs }) => ({ atLeastMs: minReadyMs, atMostMs: readyTimeoutMs + minReadyMs }),
  run: awaitReady,
});

/** As the step does, for the replicas that are asked for now. */
export async function awaitReady(rollout: RunningRollout): Promise<void> {
  const { ports, to, strategy } = rollout;
  const { minReadyMs, readyTimeoutMs } = strategy.settings;
  const startedAtMs = ports.clock.now();
  const endsAtMs = startedAtMs + readyTimeoutMs + minReadyMs;
  enter(rollout, 'Readying', { deadlineAtMs: endsAtMs });
  // The front checks only what was admitted; its weight of 0 keeps traffic off it meanwhile.
  await ports.admit(to);
  let readySinceMs: number | undefined;
  let lack: string | undefined;
  let latestLack: string | undefined;
  let breaks = 0;
  const wait = { code: 'release-not-ready', seen: () => lack } as const;
  const look = async (): Promise<boolean> => {
    lack = lackOf(await replicasNow(rollout));
    if (lack !== undefined && readySinceMs !== undefined) breaks += 1;
    latestLack = lack ?? latestLack;
    readySinceMs = lack === undefined ? (readySinceMs ?? ports.clock.now()) : undefined;
    return readySinceMs !== undefined;
  };
  using looping = untilLost(rollout, crashLoop);
  const once = { ...wait, signal: looping.signal, condition: `${to.label} is ready`, timeoutMs: readyTimeoutMs };
  await until(ports.clock, once, look).catch(async (error: unknown) => {
    throw looping.signal.aborted ? error : await neverReady(rollout, lack, error);
  });
  using losing = untilLost(rollout, condemned);
  const forMs = { ...wait, signal: losing.signal, condition: `${to.label} is ready for ${minReadyMs} ms` };
  await until(ports.clock, { ...forMs, timeoutMs: endsAtMs - ports.clock.now() }, async () => {
    return (await look()) && ports.clock.now() - (readySinceMs ?? Infinity) >= minReadyMs;
  }).catch((error: unknown) => {
    if (losing.signal.aborted || breaks === 0) throw error;
    throw neverSteady(rollout, { breaks, latestLack }, error);
  });
  rollout.wasReady = true;
}

/** It was ready more than once, and each time not for long: whether it is at the moment when time is up says nothing. */
function neverSteady(
  { to, strategy }: RunningRollout,
  { breaks, latestLack }: { readonly breaks: number; readonly latestLack: string | undefined },
  cause: unknown,
): HarnessError {
  const { minReadyMs, readyTimeoutMs } = strategy.settings;
  const times = breaks === 1 ? 'once' : `${breaks} times`;
  return new HarnessError('release-not-ready', {
    message: `${to.label} never stayed ready for ${minReadyMs} ms: its readiness broke off ${times} (${latestLack})`,
    facts: { revision: to.label, limitMs: readyTimeoutMs + minReadyMs, breaks },
    cause,
  });
}

/** Says why, as far as anybody knows: it is what the user has to mend. */
async function neverReady(
  { ports, to, strategy, exits }: RunningRollout,
  lack: string | undefined,
  cause: unknown,
): Promise<unknown> {
  // The front does not answer: that says nothing of the release.
  if (lack === undefined) return cause;
  const { checks, lastLines } = await ports.diagnose(to).catch(() => ({ checks: [], lastLines: [] }));
  const found = [...new Set(checks)];
  const isOne = replicasOf(to) === 1 && found.length > 0;
  const ended = exitsText(to, exits.of(to));
  const why = [...(isOne ? [] : [lack]), ...found, ...(ended === undefined ? [] : [ended])].join(', ');
  const limitMs = strategy.settings.readyTimeoutMs;
  return new HarnessError('release-not-ready', {
    message: [`${to.label} never became ready: ${why}`, ...lastLines.map((line) => `  ${line}`)].join('\n'),
    facts: { revision: to.label, limitMs, checks: found, lastLines, ...exitFacts({ exits, to }) },
    cause,
  });
}
