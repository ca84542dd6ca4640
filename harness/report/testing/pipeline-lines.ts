import type { Observation, JournalLine } from '../../contract/observation';

const COMMIT = 'c0ffee0123456789'.padEnd(40, '0');
const REASON = 'unit-tests: `npm test` exit code 1';
const log = (name: string) => `logs/pipeline/${name}.log`;

function journalOf(...observations: readonly Observation[]): JournalLine[] {
  return observations.map((observation, index) => ({ at: 1_000 + index, ...observation }));
}

const BEGINNING: readonly Observation[] = [
  { type: 'run-started', run: 'r', title: 'pipeline of c0ffee012345', seed: 's', rerun: 'again', versions: {} },
  { type: 'pipeline-started', repository: '/srv/orders.git', ref: 'refs/heads/main', commit: COMMIT },
  { type: 'pipeline-stage', stage: 'checkout', state: 'started', log: log('1-checkout') },
  {
    type: 'pipeline-stage',
    stage: 'checkout',
    state: 'passed',
    durationMs: 120,
    log: log('1-checkout'),
    made: { commit: COMMIT },
  },
  { type: 'pipeline-stage', stage: 'build', state: 'skipped', reason: 'the pipeline names no command for it' },
  { type: 'pipeline-stage', stage: 'unit-tests', state: 'started', log: log('3-unit-tests') },
];

/** A pipeline that was killed in its unit tests. */
export const killedPipeline = (): JournalLine[] => journalOf(...BEGINNING);

/** One that its unit tests stopped. */
export const stoppedPipeline = (): JournalLine[] =>
  journalOf(
    ...BEGINNING,
    {
      ...{ type: 'pipeline-stage', stage: 'unit-tests', state: 'failed', durationMs: 2_000, log: log('3-unit-tests') },
      ...{ reason: REASON, lastLines: ['✕ adds up', 'expected <4>, got 5'] },
    },
    { type: 'pipeline-ended', outcome: 'stopped', stage: 'unit-tests', reason: REASON },
    { type: 'run-finished', verdict: 'failed', kind: 'release', reason: REASON },
  );

/** One that came to production. */
export const deployedPipeline = (): JournalLine[] =>
  journalOf(
    ...BEGINNING,
    { type: 'pipeline-stage', stage: 'unit-tests', state: 'passed', durationMs: 2_000, log: log('3-unit-tests') },
    { type: 'pipeline-stage', stage: 'deploy', state: 'passed', durationMs: 9_000, log: log('7-deploy') },
    { type: 'pipeline-ended', outcome: 'deployed' },
    { type: 'run-finished', verdict: 'passed' },
  );
