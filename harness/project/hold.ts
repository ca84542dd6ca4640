import { join } from 'node:path';
import { HarnessError } from '../core/errors';
import { OWNER } from '../core/owner';
import { runAheadOfOthers } from '../core/priority';
import { Guardian, type GuardianMode } from '../faults/guardian';
import { FaultInjector } from '../faults/injector';
import { keepStack } from '../faults/stack-keeper';
import { describeRung, findPacketRung } from '../faults/packet-rules';
import { FrontKeeper } from '../front/keeper';
import { openWitnesses } from '../front/witness';
import { watchHealth } from '../observe/health';
import { startLogCollector } from '../observe/log-collector';
import { writeFrontLog } from '../observe/front-log';
import { journalTraffic } from '../observe/traffic';
import type { BegunStack } from './begun-stack';
import type { StackHolders } from './delivery-ports';
import { isHeldElsewhere } from './locks';
import { RunningStack } from './running-stack';
import { connectServices } from './services';
import { journalLogs } from './stack-teardown';

/** What a kernel without the packet rules of agents switches off. */
const EDGE_FAULTS = 'faults on edges';

/** What holds a stack before anything runs in it: if we die now, somebody cleans up. */
export interface Hold extends StackHolders {
  /** Aborted when the stack is no longer watched. */
  readonly watching: AbortController;
}

/**
 * Starts guardian, fronts' keeper and witnesses, and the log collector; each end is left in `stack.ends`. A stack that comes up is
 * `ephemeral`, even one that is to stay: half of it is of no use to anybody. One that an earlier command left up is `kept` from the start.
 */
export async function takeHold(stack: BegunStack, mode: GuardianMode): Promise<Hold> {
  const { loaded, journal, runDirectory } = stack.options;
  const { project } = loaded;
  const guardian = await startGuardian(stack, mode);
  runAheadOfOthers();
  const watching = new AbortController();
  stack.ends.watching = async () => watching.abort();
  const { signal } = watching;
  await watchHealth({ project, journal, signal });
  const keeper = await FrontKeeper.start({
    project,
    services: () => stack.fronts,
    revisions: () => stack.revisions.list(),
    isElsewhere: (service) => isHeldElsewhere(loaded.stateDirectory, service),
    signal,
    journal,
  });
  stack.ends.fronts = () => keeper[Symbol.asyncDispose]();
  const directory = join(runDirectory, 'logs');
  const subscribed: (() => void)[] = [];
  const witnesses = await openWitnesses({
    project,
    services: () => stack.fronts,
    onOpen: (witness) => subscribed.push(writeFrontLog(witness, directory), journalTraffic(witness, journal)),
    entry: loaded.config.load.service,
  });
  const closeWitnesses = async () => {
    const fronts = await witnesses.close();
    for (const end of subscribed) end();
    return fronts;
  };
  stack.ends.logs = closeWitnesses;
  const collector = await startLogCollector({ project, directory });
  stack.ends.logs = async () => {
    const [fronts, others] = await Promise.all([closeWitnesses(), collector.stop()]);
    journalLogs(journal, [...fronts, ...others]);
  };
  return { guardian, keeper, witnesses, watching };
}

async function startGuardian(stack: BegunStack, mode: GuardianMode): Promise<Guardian> {
  const { loaded, plan, journal, onLost, onStarved } = stack.options;
  const guardian = await Guardian.start({
    project: loaded.project,
    helperImage: plan.helperImage,
    mode,
    isShared: stack.options.isShared,
    onEvent: ({ event, slowdown, ...more }) => {
      if (slowdown === undefined) journal.append({ type: 'note', message: 'guardian', detail: { event, ...more } });
      else onStarved(slowdown);
    },
    onLost: () => onLost(guardianLost(loaded.project)),
  });
  stack.ends.guardian = () => guardian.stop();
  return guardian;
}

/** Says what this machine cannot do, instead of failing for it or passing without it. `undefined` where it can. */
export async function lookForEdgeLack({ options }: BegunStack): Promise<string | undefined> {
  const { loaded, plan, journal, progress } = options;
  if (Object.keys(loaded.config.edges ?? {}).length === 0) return undefined;
  const found = await findPacketRung(loaded.project, plan.helperImage);
  const lack = describeRung(found);
  if (found.rung !== undefined) {
    journal.append({ type: 'note', message: `packet rules: ${lack}`, detail: { ...found } });
    return undefined;
  }
  journal.append({ type: 'skipped-capability', capability: EDGE_FAULTS, reason: lack });
  progress.step(`skipped: ${EDGE_FAULTS}`, { reason: lack });
  return lack;
}

/** Connects to what runs: observing services, faults. */
export async function connect(
  stack: BegunStack,
  { guardian, keeper, witnesses, watching }: Hold,
  { edgeLack, isFresh }: { readonly edgeLack: string | undefined; readonly isFresh: boolean },
): Promise<RunningStack> {
  const { loaded, plan, journal, seed, isShared } = stack.options;
  const { project, config } = loaded;
  const { signal } = watching;
  const services = await connectServices(loaded, plan, journal, isShared ? OWNER : undefined);
  stack.ends.alerts = async () => services?.stop();
  const faults = await FaultInjector.start({
    ...{ project, journal, guardian, seed, signal },
    helperImage: plan.helperImage,
    edges: edgeLack === undefined ? Object.values(config.edges ?? {}) : [],
    // In a stack that was left up a caller may be down: that is no reason not to deploy to it.
    ahead: isFresh,
    takesOver: isFresh,
    managed: plan.managed,
  });
  stack.ends.faults = () => faults[Symbol.asyncDispose]();
  // As long as our own guardian runs, it only waits: from our end on, whatever that is, the fronts have somebody.
  if (stack.options.keep) await keepStack({ project, helperImage: plan.helperImage });
  return new RunningStack(stack, { guardian, keeper, witnesses, faults, services, edgeLack });
}

function guardianLost(project: string): HarnessError {
  return new HarnessError('guardian-lost', {
    message: `the guardian of ${project} has gone: the Docker Engine went away, or something removed its container`,
    facts: { project },
    hint: 'See whether Docker runs. What is left is removed by the guardian, if it lives, and by the next command.',
  });
}
