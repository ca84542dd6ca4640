import { join } from 'node:path';
import { listUnready } from '../compose/readiness';
import { mountRemarks } from '../compose/mounts/plan';
import { every } from '../core/clock';
import { HarnessError, isHarnessError } from '../core/errors';
import { keepImage } from '../delivery/live';
import type { FrontKeeper } from '../front/keeper';
import type { BegunStack } from './begun-stack';
import { fillCopied } from './copied-volumes';
import { connect, lookForEdgeLack, takeHold } from './hold';
import { doubtText, portDoubts } from './port-doubts';
import type { RunningStack } from './running-stack';

/** How often a person is told what is not healthy yet, ms. */
const STILL_WAITING_MS = 10_000;

/** A front that is not attached by then has found nothing yet, ms. */
const FRONT_ANSWER_MS = 1_000;

const UP_TIMEOUT_MS = 180_000;

/**
 * Guardian, fronts, collector first; then Compose, until every health check passes. What has begun when it throws is taken down by
 * `stack.down()`.
 */
export async function bringUp(stack: BegunStack): Promise<RunningStack> {
  const { loaded, plan, progress, signal } = stack.options;
  stack.revisions.put(...plan.firstRevisions);
  for (const revision of plan.firstRevisions) await keepImage(loaded.project, revision);
  await stack.writeTargets();
  const hold = await takeHold(stack, 'ephemeral');
  await standForMounts(stack);
  stack.compose.write(stack.model());
  // Beside Compose, which waits for most of the time; what goes wrong here is told after what goes wrong there.
  const looking = Promise.allSettled([lookForEdgeLack(stack)]);
  progress.step('bringing the stack up', { services: Object.keys(plan.model.services).length });
  const doubts = await portDoubts(plan.managed, plan.model);
  for (const [service, others] of Object.entries(doubts)) {
    progress.step(doubtText(service, plan.managed[service]?.port, others));
  }
  const missing = () => whatIsMissing(stack, hold.keeper, doubts);
  const tell = async () => {
    const states = Object.entries(await missing()).map(([service, { health, found }]) => [service, found ?? health]);
    if (states.length > 0) progress.step('still waiting for', Object.fromEntries(states) as Record<string, string>);
  };
  const stop = every(STILL_WAITING_MS, () => void tell());
  try {
    await stack.compose.up({ wait: true, timeoutMs: UP_TIMEOUT_MS, signal });
  } catch (error) {
    throw signal.aborted ? error : withFindings(error, await missing(), stack.options.runDirectory);
  } finally {
    stop();
    await looking;
  }
  const [looked] = await looking;
  if (looked.status === 'rejected') throw looked.reason;
  return connect(stack, hold, { edgeLack: looked.value, isFresh: true });
}

/** Makes what the services get to write instead of what is the user's, and says so. */
async function standForMounts(stack: BegunStack): Promise<void> {
  const { loaded, plan, journal, progress, signal } = stack.options;
  const record = await stack.makeMounts(signal);
  for (const said of await fillCopied(loaded, plan, signal)) progress.step(said);
  const remarks = mountRemarks(record);
  if (remarks.length === 0) return;
  journal.append({ type: 'note', message: 'mounts of this machine', detail: { remarks } });
  progress.step('your folders and files stay as they are: what is written goes into layers', {
    mounts: remarks.length,
  });
}

interface Missing {
  readonly health: string;
  /** What the front's checks found at the replicas of a managed service. */
  readonly found: string | undefined;
}

/** By service, what is not healthy, and why as far as its front knows. */
async function whatIsMissing(
  { options, revisions }: BegunStack,
  keeper: FrontKeeper,
  doubts: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, Missing>>> {
  const unready = await listUnready(options.loaded.project);
  const told = unready.map(async ({ composeService: service, health, state, role }) => {
    const stable = revisions.stable(service);
    if (role !== 'front' || state !== 'running' || stable === undefined)
      return [service, { health, found: undefined }] as const;
    const front = keeper.front(service, { timeoutMs: FRONT_ANSWER_MS });
    // A front that does not answer has found nothing.
    const complaints = await front.then((own) => own.complaints(stable.slot)).catch(() => []);
    const words = [...new Set(complaints), doubts[service]].filter((word) => word !== undefined);
    return [service, { health, found: words.length === 0 ? undefined : words.join('; ') }] as const;
  });
  return Object.fromEntries(await Promise.all(told));
}

/** The error of a stack that did not come up, with what the fronts found before all else. */
export function withFindings(
  error: unknown,
  missing: Readonly<Record<string, Missing>>,
  runDirectory: string,
): unknown {
  if (!isHarnessError(error) || error.code !== 'compose-up-failed') return error;
  const found = Object.entries(missing).flatMap(([service, own]) =>
    own.found === undefined ? [] : [[service, own.found]],
  );
  const sentences = found.map(([service, words]) => `${service} never became ready: ${words}`);
  return new HarnessError(error.code, {
    message: [...sentences, error.message].join('\n'),
    facts: { ...error.facts, found: Object.fromEntries(found) as Record<string, string> },
    hint: [error.hint, `The whole logs: ${join(runDirectory, 'logs')}.`].filter((part) => part !== undefined).join(' '),
    cause: error,
  });
}
