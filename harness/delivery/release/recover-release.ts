import { existsSync } from 'node:fs';
import type { ErrorCode } from '../../core/error-codes';
import { readJournalLeniently } from '../../contract/journal';
import type { ReleaseResult } from '../../contract/release-result';
import { teeJournal } from '../tee-journal';
import { goBack } from './go-back';
import { goThrough } from './go-through';
import type { ReleasePorts } from './ports';
import type { ReleaseRecord } from './record';
import { Underway } from './underway';

/**
 * Ends the release that a dead controller left, once `recover` has ended its rollouts: forward when every new revision has become stable, and
 * back in every other case. Idempotent, and told in the journal that it stands in as well. `undefined` when there is none.
 */
export async function recoverRelease(ports: ReleasePorts): Promise<ReleaseResult | undefined> {
  const record = ports.record.read();
  if (record === undefined) return undefined;
  const { journalPath: path } = record;
  using journal = teeJournal(ports.delivery, { path, scenario: scenarioOf(record) });
  const release = new Underway(record, { ...ports, delivery: { ...ports.delivery, journal } }, journal);
  if (isThrough(release)) return await goThrough(release);
  const { reason: before, cause = 'controller-died' satisfies ErrorCode } = record;
  const reason = [...(before === undefined ? [] : [before]), 'the controller of the release died'].join('; ');
  return await goBack(release, new Map(), { reason, cause });
}

/** Where it began, and nobody had asked it back, all or nothing: what its rollouts have come to decides. */
function isThrough({ record, ports }: Underway): boolean {
  if (record.phase !== 'accepting') return record.phase === 'through';
  const { revisions } = ports.delivery;
  return Object.entries(record.before).every(([service, label]) => revisions.stable(service)?.label !== label);
}

function scenarioOf({ id, journalPath }: ReleaseRecord): string | undefined {
  if (journalPath === undefined || !existsSync(journalPath)) return undefined;
  const { lines } = readJournalLeniently(journalPath);
  return lines.findLast((line) => line.type === 'release' && line.release === id)?.scenario;
}
