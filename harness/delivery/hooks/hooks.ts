import { hookName, hookText, type Hook, type HookCall, type HookEnd, type HookMoment } from '../../contract/hooks';
import { HarnessError } from '../../core/errors';
import type { Revision } from '../revisions/revision';
import type { RunningRollout } from '../rollout';
import { watch } from '../watch';

/**
 * Runs a hook of a rollout, and journals how it ended. Before something the rollout is watched meanwhile, and what fails ends it; after
 * something it is a problem that is told.
 * @throws HarnessError `hook-failed`, and as {@link watch}
 */
export async function runHook(rollout: RunningRollout, moment: HookMoment, hook: Hook): Promise<void> {
  const { ports, problems } = rollout;
  const startedMs = ports.clock.now();
  const isGate = moment.startsWith('before-');
  const call = callOf(rollout, moment);
  const end = isGate ? await watched(rollout, hook, call) : await ports.hook(hook, call);
  journalHook(rollout, { moment, hook, end, durationMs: Math.max(0, ports.clock.now() - startedMs) });
  if (end.failure === undefined) return;
  const said = `${hookName(moment)} failed: ${hookText(hook)}: ${end.failure}`;
  if (!isGate) {
    problems.push([said, ...end.lastLines.slice(-1)].join(': '));
    return;
  }
  throw new HarnessError('hook-failed', {
    message: [said, ...end.lastLines.map((line) => `  ${line}`)].join('\n'),
    facts: { hook: moment, what: hookText(hook), log: end.log, decidedAtMs: ports.clock.now() },
  });
}

/** Ends the hook when the rollout has to go back meanwhile. */
async function watched(rollout: RunningRollout, hook: Hook, call: HookCall): Promise<HookEnd> {
  const { ports, control } = rollout;
  const stop = new AbortController();
  let isOver = false;
  const ended = ports
    .hook(hook, call, AbortSignal.any([control.signal, stop.signal]))
    .finally(() => void (isOver = true));
  try {
    await watch(rollout, async () => isOver);
  } catch (error) {
    stop.abort(error);
    await ended.catch(() => undefined);
    throw error;
  }
  // A release that is promoted by hand has to pass its hooks all the same.
  return ended;
}

function callOf({ id, service, strategy, from, to, weight, goesBackBecause }: RunningRollout, hook: HookMoment) {
  const told = ({ label, image, content }: Revision) => ({ label, image, digest: content });
  const why = goesBackBecause === undefined ? {} : { reason: goesBackBecause };
  return { hook, rollout: id, service, strategy: strategy.name, from: told(from), to: told(to), weight, ...why };
}

function journalHook(
  { journal, id, service }: RunningRollout,
  done: { readonly moment: HookMoment; readonly hook: Hook; readonly end: HookEnd; readonly durationMs: number },
): void {
  const { moment, hook, end, durationMs } = done;
  const { failure, lastLines, log } = end;
  journal.append({
    type: 'hook',
    ...{ rollout: id, service, hook: moment, what: hookText(hook), durationMs },
    ...(failure === undefined ? { state: 'passed' } : { state: 'failed', reason: failure, lastLines: [...lastLines] }),
    ...(log === undefined ? {} : { log }),
  });
}
