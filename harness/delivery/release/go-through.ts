import type { ReleaseResult } from '../../contract/release-result';
import { errorMessage } from '../../core/errors';
import { restored } from '../strategies/restore';
import { outOfTraffic } from '../take-out';
import type { ReleaseStep } from '../../contract/release-result';
import type { Underway } from './underway';

/**
 * What is left when every new revision is stable: the records, then the old sets and what is gone. Idempotent: recovery does it again. What
 * fails here harms nobody, is told, and waits for the next command.
 */
export async function goThrough(release: Underway): Promise<ReleaseResult> {
  const { ports, problems } = release;
  release.note({ phase: 'through' });
  release.enter('Retiring');
  await ports.settle('to');
  const steps = release.record.steps;
  const rolledOut = steps.filter(({ kind }) => kind === 'roll-out').reverse();
  for (const step of rolledOut) await attempt(release, 'stop-old', step, () => stopOld(release, step));
  for (const step of steps.filter(({ kind }) => kind === 'retire')) {
    const isGone = await attempt(release, 'do', step, () => ports.retire(step.service));
    release.report(step, isGone ? 'done' : 'failed');
  }
  const reason = problems.length === 0 ? {} : { reason: problems.join('; ') };
  release.enter('Released', reason.reason);
  return release.end('released', { ...reason, isLeft: problems.length > 0 });
}

/** The old set gets no traffic any more, and stays as its rollout left it: drained, stopped and kept. */
async function stopOld({ ports, record, problems }: Underway, { service }: ReleaseStep): Promise<void> {
  const { delivery } = ports;
  const label = record.before[service];
  const old = delivery.revisions.list(service).find((revision) => revision.label === label);
  if (old === undefined || old.status === 'stable') return;
  const strategy = restored(record.strategies[service], 'taken through');
  for (const { run } of outOfTraffic(old, { ports: delivery, strategy: strategy.strategy, problems })) await run();
}

async function attempt(
  release: Underway,
  action: 'do' | 'stop-old',
  step: ReleaseStep,
  run: () => Promise<void>,
): Promise<boolean> {
  try {
    await release.perform(action, step, run);
    return true;
  } catch (error) {
    release.problems.push(`${step.service} is still there: ${errorMessage(error)}`);
    return false;
  }
}
