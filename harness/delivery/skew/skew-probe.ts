import { HarnessError } from '../../core/errors';
import type { SkewTrial } from '../../contract/lines/rollout';
import type { Revision } from '../revisions/revision';
import { enter, type RunningRollout } from '../rollout';
import { SKEW_ORDERS, judgeSkew, type SkewFinding } from './skew';
import { watch } from '../watch';

type Order = (typeof SKEW_ORDERS)[number];

/**
 * Tries every sequence on stable alone, before anything of the release has begun: what is wrong already is not the release's doing, and is
 * left out. A release that mends it must be able to pass.
 * @throws HarnessError `release-not-judged` where a request never reached the service's front as what it was: no trial could say anything
 */
export async function probeStable(rollout: RunningRollout): Promise<void> {
  const { from } = rollout;
  const right = new Set<string>();
  for (const name of namesOf(rollout)) {
    const trial = await attempt(rollout, name, { write: 'from', read: 'from' });
    if (trial.is === 'unseen') throw unseen(name, trial);
    if (trial.is === 'right') right.add(name);
    const left = `left out: ${from.label} by itself is not right: ${trial.request} ${trial.reason}`;
    tell(
      rollout,
      name,
      [trial],
      trial.is === 'right' ? { outcome: 'right' } : { outcome: 'inconclusive', reason: left },
    );
    if (trial.is !== 'right') rollout.problems.push(`skew "${name}" was ${left}`);
  }
  rollout.rightBefore = right;
}

/**
 * Tries every sequence that stable alone was right in, in all orders of the two revisions. What is found wrong is tried a second time before it
 * is believed: what fails for both may begin in between. While stable by itself is wrong nothing is concluded, for at most `inconclusiveMs`.
 * @throws HarnessError `release-skewed`, saying who does not understand what; `release-not-judged`
 */
export async function probeSkew(rollout: RunningRollout): Promise<void> {
  const { deadlineAtMs, from, to, rightBefore } = rollout;
  const open = new Map<string, SkewFinding>();
  for (const name of namesOf(rollout)) {
    if (rightBefore?.has(name) === true) open.set(name, { outcome: 'inconclusive', reason: 'not tried yet' });
  }
  if (open.size === 0) return;
  enter(rollout, 'Analyzing', {
    deadlineAtMs,
    reason: `what ${from.label} and ${to.label} leave behind is tried on each other`,
  });
  await watch(rollout, async (_nowMs, spentMs) => {
    for (const name of [...open.keys()]) {
      const finding = await believed(rollout, name);
      if (finding.outcome === 'wrong') throw skewed(name, finding);
      if (finding.outcome === 'right') open.delete(name);
      else open.set(name, finding);
    }
    if (open.size > 0 && spentMs >= rollout.strategy.settings.inconclusiveMs) throw undecided(open, spentMs);
    return open.size === 0;
  });
}

async function believed(rollout: RunningRollout, name: string): Promise<SkewFinding> {
  const first = await tried(rollout, name);
  return first.outcome === 'wrong' ? tried(rollout, name) : first;
}

/** Stable by itself comes first. Where it is wrong, the new one by itself says all that is left to know: users of stable are waiting. */
async function tried(rollout: RunningRollout, name: string): Promise<SkewFinding> {
  const { from, to, rightBefore } = rollout;
  const trials: SkewTrial[] = [];
  for (const order of SKEW_ORDERS) {
    if (trials[0] !== undefined && trials[0].is !== 'right' && order.write !== order.read) continue;
    trials.push(await attempt(rollout, name, order));
  }
  // Two that are new may meet in one request, and nobody has seen them together.
  if (trials.every(({ is }) => is === 'right')) {
    for (const beside of await released(rollout, name)) {
      const trial = await attempt(rollout, name, { write: 'to', read: 'to' }, beside);
      // One that is taken back meanwhile answers nothing.
      if (trial.is === 'right' || (await isReleased(rollout, beside))) trials.push(trial);
    }
  }
  // What fails for both may have begun since, and come and go: whoever is the measure is asked once more.
  if (trials[0]?.is === 'right' && trials.some(({ is }) => is === 'wrong')) {
    trials[0] = await attempt(rollout, name, { write: 'from', read: 'from' });
  }
  const finding = judgeSkew({ trials, from: from.label, to: to.label, wasRight: rightBefore?.has(name) === true });
  tell(rollout, name, trials, finding);
  return finding;
}

/** The candidates of other services on the way of a sequence that are being released at the same time. */
async function released(rollout: RunningRollout, name: string): Promise<readonly Revision[]> {
  const { ports, service } = rollout;
  const others = (ports.skew?.passes(name) ?? []).filter((other) => other !== service && other in ports.managed);
  const candidates = others.flatMap((other) => ports.revisions.unfinished(other));
  const usable = await Promise.all(candidates.map((one) => isReleased(rollout, one)));
  return candidates.filter((_one, index) => usable[index]);
}

async function isReleased({ ports }: RunningRollout, { service, label }: Revision): Promise<boolean> {
  const candidate = ports.revisions.unfinished(service).find((one) => one.label === label);
  return candidate !== undefined && ports.usable(candidate);
}

async function attempt(
  { ports, control, ...rollout }: RunningRollout,
  name: string,
  order: Order,
  beside?: Revision,
): Promise<SkewTrial> {
  const [write, read] = [rollout[order.write], rollout[order.read]];
  control.signal.throwIfAborted();
  const asked = { write, read, ...(beside === undefined ? {} : { beside }) };
  const seen = await ports.skew?.attempt(name, asked, control.signal);
  const labels = { write: write.label, read: read.label, ...(beside === undefined ? {} : { beside: beside.label }) };
  return { ...labels, ...(seen ?? { is: 'unseen' }) };
}

function namesOf({ ports, service }: RunningRollout): readonly string[] {
  return ports.skew?.names(service) ?? [];
}

function tell({ journal, id }: RunningRollout, name: string, trials: readonly SkewTrial[], finding: SkewFinding): void {
  journal.append({ type: 'skew', rollout: id, name, trials: [...trials], ...finding });
}

function skewed(name: string, { reason }: SkewFinding): HarnessError {
  return new HarnessError('release-skewed', { message: `skew "${name}": ${reason}`, facts: { name, reason } });
}

function unseen(name: string, { request, reason }: SkewTrial): HarnessError {
  return new HarnessError('release-not-judged', {
    message: `skew "${name}" cannot be tried: ${request} ${reason}`,
    facts: { name },
    hint: 'Have the services on its way pass `x-request-id` on, or take the service out of the `passes` of this kind of request.',
  });
}

function undecided(open: ReadonlyMap<string, SkewFinding>, waitedMs: number): HarnessError {
  const reasons = [...open].map(([name, { reason }]) => `skew "${name}": ${reason}`);
  return new HarnessError('release-not-judged', {
    message: `inconclusive after ${Math.round(waitedMs / 1_000)} s: ${reasons.join('; ')}`,
    facts: { waitedMs, reasons },
  });
}
