import { quotedCommand } from './command-line';

/**
 * Every code that an error of ours can have, with its kind, what it means, and what to do. To add one: put a line under its kind, in the
 * alphabet, and write the page with `npx tsx tools/main.ts errors-page` (a unit test holds `docs/errors.md` to this table). Verdict, exit code and words follow from the kind
 * (`contract/endings.ts`): nothing else knows of a code, but whoever acts on that very one.
 */

/**
 * Whose error it is, which decides how a run ends that meets it:
 * - `cannot-run`: the machine, the configuration, a scenario or the command line must change before anything can be tried;
 * - `release`: the new revision is at fault;
 * - `stack`: the stack under test is at fault;
 * - `inconclusive`: nothing is known to be wrong, and nothing is shown to be right;
 * - `skipped`: this machine lacks what it takes;
 * - `internal`: rollproof itself failed.
 */
export type ErrorKind = 'cannot-run' | 'release' | 'stack' | 'inconclusive' | 'skipped' | 'internal';

export interface CodeEntry {
  readonly kind: ErrorKind;
  /** What has happened, as a sentence without its full stop. */
  readonly meaning: string;
  /** What a person does about it, as one or two sentences. */
  readonly whatToDo: string;
}

const of =
  (kind: ErrorKind) =>
  (meaning: string, whatToDo: string): CodeEntry => ({ kind, meaning, whatToDo });

const cannotRun = of('cannot-run');
const release = of('release');
const stack = of('stack');
const inconclusive = of('inconclusive');
const skipped = of('skipped');
const internal = of('internal');

const SETUP = `Run ${quotedCommand('setup')}.`;
const DOCTOR = `${quotedCommand('doctor')} says what is the matter with this machine.`;
const ONCE_MORE = 'Run it again; when it comes again, report it with the folder of the run.';
const MEND_SCENARIO = 'Correct the scenario.';
const MEND_CONFIG = 'Correct the configuration, `rollproof.config.ts`.';

const ENTRIES = {
  // cannot-run
  'alert-firing': cannotRun(
    'An alert that would end the rollout fires before it has begun',
    'Mend what it tells of, or leave it out of `abortOn`.',
  ),
  'alerting-config-invalid': cannotRun(
    'A configuration of Prometheus or Alertmanager cannot be read, or never shows an alert what it asks for',
    'Correct what is named.',
  ),
  'bad-argument': cannotRun('A program of ours was called with words that it does not know', 'See its `--help`.'),
  'bad-fault': cannotRun('A fault cannot be injected as asked: its target or an option makes no sense', MEND_SCENARIO),
  'bad-lease': cannotRun('The lease of a fault is not a time that can be granted', MEND_SCENARIO),
  'compose-invalid': cannotRun('Compose cannot make a model of the compose files', 'Try `docker compose config`.'),
  'compose-missing': cannotRun('There is no Docker CLI with a compose plugin', SETUP),
  'compression-too-high': cannotRun(
    'The alert cannot be run that much faster: its window would hold too few requests',
    'Ask for less compression, or send more traffic.',
  ),
  'config-invalid': cannotRun('The configuration does not say what it must', MEND_CONFIG),
  'config-not-found': cannotRun('There is no configuration at the path', 'Name one with `--config`.'),
  'disk-full': cannotRun(
    'What must be on the disk could not be written: there is no room',
    'Make room where the message says, and run any command on the stack: it ends what is left.',
  ),
  'duplicate-scenario': cannotRun('Two scenarios of a run have the same title', 'Give one of them another title.'),
  'duration-invalid': cannotRun(
    'A duration is not one that Prometheus understands',
    'Write it as `30s`, `5m` or `1h`.',
  ),
  'edge-port-unknown': cannotRun(
    'The callee of an edge is not managed, and its image exposes no TCP port',
    'Name the port on the edge, in the configuration.',
  ),
  'engine-too-old': cannotRun('The Docker Engine is older than 25', 'Install a newer one.'),
  'engine-unreachable': cannotRun('No Docker Engine answers', 'Start Docker, or set `DOCKER_HOST`.'),
  'fact-taken': cannotRun(
    'A scenario adds a fact under a name that the harness uses itself',
    'Give the fact another name.',
  ),
  'fault-no-targets': cannotRun('A fault names what does not run: nothing would be disturbed', MEND_SCENARIO),
  'fault-overlap': cannotRun('The same fault is on the same target already', 'Revert the first one before the second.'),
  'front-unfit': cannotRun(
    'A front was made for another port or readiness path than the service has now',
    'Take the stack down and bring it up again.',
  ),
  'history-newer': cannotRun(
    'The history of the nightly job was written by a newer version of rollproof',
    'Use that version, or name another file with `--history`.',
  ),
  'hook-taken': cannotRun(
    'The repository has a hook of somebody else’s where the pipeline’s would stand',
    'Call the pipeline from that hook: the message says how.',
  ),
  'image-not-found': cannotRun('An image is not on this Engine', 'Build or pull it; is the name right?'),
  'image-not-built': cannotRun(
    'Compose could not build the image of a service',
    'The message ends with what the builder said; `docker compose build` should do it alone.',
  ),
  'image-not-pulled': cannotRun(
    'An image is not on this Engine, and its registry did not give it',
    'The message says what it answered; is the name right, and is a `docker login` needed?',
  ),
  'image-for-another-platform': cannotRun(
    'An image holds programs for another platform than this machine’s',
    'Build it for this one, or pull the variant that is; the message names both.',
  ),
  'init-would-overwrite': cannotRun(
    'A file that `init` would write is there already',
    'Move it away, and run it again.',
  ),
  'load-rate-invalid': cannotRun('The rate of a load is not above 0', MEND_SCENARIO),
  'load-running': cannotRun(
    'A figure of a load was asked for while it ran',
    'Call `await traffic.stop()` before the expectations.',
  ),
  'load-target-refused': cannotRun(
    'No load is sent there: it goes to loopback ports and to containers of the project',
    'Point the load at a published port of the stack.',
  ),
  'mount-too-large': cannotRun(
    'A folder or volume of yours cannot be copied: it is larger than a copy may be',
    'Mount a smaller part of it, or mount it read-only (`:ro`); the message names its size and why it is no overlay.',
  ),
  'name-taken': cannotRun(
    'A service, volume or alias has a name that rollproof needs for itself',
    'Call it something else, or do not manage the service that needs the name.',
  ),
  'no-reconciliation': cannotRun('The configuration does not say how to reconcile', 'Set `reconciliation` in it.'),
  'no-requests': cannotRun('The load has no kind of request with a weight above 0', MEND_CONFIG),
  'no-rollout': cannotRun('No rollout of the service is under way', '`rollproof status` says what is.'),
  'no-runner': cannotRun(
    'A scenario file was loaded by nothing that runs it',
    'Run it with `rollproof start FILE`, or with Jest in the project `scenarios`.',
  ),
  'no-scenarios': cannotRun('There is no scenario where one was looked for', 'List them with `ls scenarios/*`.'),
  'no-session': cannotRun(
    'A scenario runs in a process that has no stack',
    'Run Jest with `--runInBand --selectProjects scenarios`.',
  ),
  'no-stable-revision': cannotRun('A service has no stable revision to deploy over', 'Bring the stack up first.'),
  'no-traces': cannotRun('The configuration names no Jaeger', 'Set `observability` in it.'),
  'nothing-to-retry': cannotRun(
    'There is no rollout, or no stage of a pipeline, that can be tried again',
    'The message says why.',
  ),
  'nothing-to-undo': cannotRun('There is no revision to go back to', 'The message names those that there are.'),
  'only-in-ci': cannotRun(
    'A scenario says `only` where a run is for everybody: the others would be left out unseen',
    'Take `.only` away before you commit.',
  ),
  'pipeline-not-configured': cannotRun('The configuration names no pipeline', 'Set `pipeline` in it.'),
  'port-in-use': cannotRun('A port that the stack publishes is taken', 'Stop what holds it.'),
  'port-not-published': cannotRun('A service does not publish the port that is asked for', MEND_CONFIG),
  'program-not-built': cannotRun(
    'A program that is made from the Go module mirror could not be built',
    'Are the mirrors of Debian and of Go modules reachable?',
  ),
  'project-locked': cannotRun(
    'Another run holds the project, or the service that is to be rolled out',
    'Wait until it ends, with `--wait` or without; the message names it. Rollouts of two services do not get in each other’s way.',
  ),
  'registry-refused': cannotRun(
    'The Engine would not speak plain HTTP to a registry that speaks nothing else',
    'Give the registry a certificate, or name it under `insecure-registries` in the Engine’s `daemon.json`.',
  ),
  'registry-rejected': cannotRun(
    'The registry did not take an image',
    'The message says what it answered; is a `docker login` needed?',
  ),
  'registry-unreachable': cannotRun('The registry does not answer', 'When it is back: `rollproof pipeline retry`.'),
  'release-unfit': cannotRun(
    'A whole release cannot go to that version: a service changes its kind, or its front would have to',
    'Take the stack down and bring it up again, or change the version.',
  ),
  'repository-unfit': cannotRun('A git repository, or a commit of it, cannot be used', 'The message says why.'),
  'request-build-failed': cannotRun('The `build` of a kind of request threw', MEND_CONFIG),
  'rollout-unfinished': cannotRun(
    'A rollout of the service has not ended',
    'Run any command on the stack: it recovers it.',
  ),
  'run-not-found': cannotRun('There is no journal of the run', 'List the runs with `ls reports`.'),
  'scenario-broke': cannotRun('The code of a scenario has a mistake', 'Check it with `npx tsc --noEmit`.'),
  'scenario-invalid': cannotRun('A scenario file cannot be loaded', 'Check it with `npx tsc --noEmit`.'),
  'service-unsupported': cannotRun(
    'A service uses what cannot work behind a front',
    'Change it as the message says, or do not manage the service.',
  ),
  'stack-kept': cannotRun('The stack is still up', `Take it down with ${quotedCommand('down')}, or deploy to it.`),
  'stack-not-up': cannotRun('The stack is not up', `Bring it up with ${quotedCommand('up')}.`),
  'stack-outdated': cannotRun(
    'The stack that is up came up without what is asked for now, or by another version of rollproof',
    'Take the stack down and bring it up again.',
  ),
  'state-newer': cannotRun(
    'A file of the state folder was written by a newer version of rollproof',
    'Use that version. Nothing was changed.',
  ),
  'strategy-invalid': cannotRun('The steps of a strategy make no sense', 'Whole percents that rise to 100.'),
  'supply-missing': cannotRun('Setup has not supplied an image that is needed', SETUP),
  'too-many-replicas': cannotRun('A revision has more replicas than a front can hold', 'Ask for fewer.'),
  'unknown-alert': cannotRun('The configuration has no such alert, or nothing that observes it', MEND_CONFIG),
  'unknown-benchmark': cannotRun('There is no such benchmark', 'See `npm run bench -- --help`.'),
  'unknown-gate': cannotRun('There is no such gate of `npm test`', 'The message names those that there are.'),
  'unknown-request-kind': cannotRun('The load has no such kind of request', MEND_SCENARIO),
  'unknown-edge': cannotRun('A scenario names an edge that the configuration does not declare', MEND_SCENARIO),
  'unknown-mount': cannotRun('`allow` of the configuration names what no service mounts', MEND_CONFIG),
  'unknown-project': cannotRun('There is no such project of ours', 'The message names those that there are.'),
  'unknown-service': cannotRun('The compose project has no such service, or it is not managed', MEND_CONFIG),
  'unknown-volume': cannotRun(
    '`volumes` of the configuration names a volume that the compose project, or the Engine, does not have',
    MEND_CONFIG,
  ),

  // release
  'alert-fired': release(
    'An alert that was to end the rollout fired while it was under way',
    'The message says which; its runbook says what to do about it.',
  ),
  'hook-failed': release(
    'A hook that has to pass before a rollout goes on did not',
    'The message ends with what it said last; its whole output is in the folder of the run.',
  ),
  'job-failed': release(
    'A job of the new version, such as a migration, did not end well',
    'Its exit code and its last lines say why. What a job has done is not undone: look at the data.',
  ),
  'pipeline-stage-failed': release(
    'A command of a pipeline failed: nothing was deployed',
    'The last lines of its log stand in the report; the whole of it is in the folder of the run.',
  ),
  'release-check-failed': release(
    'A release that was to be promoted was rolled back',
    'The message says why; the stack stayed up.',
  ),
  'release-dead': release(
    'The new revision was not usable for longer than a restart takes',
    'See its log in the folder of the run.',
  ),
  'release-differs': release(
    'Before it had a user, the new revision answered copies of users’ requests otherwise than the stable one',
    'The message names the request, the part of its answer and both values; what is meant to differ is named in `accept`.',
  ),
  'release-not-ready': release(
    'The new revision never became ready',
    'See its log, and what its readiness check answers.',
  ),
  'release-rejected': release(
    'The judge found the new revision worse than the stable one',
    'The message says by what; the report shows both.',
  ),
  'release-skewed': release(
    'What one revision leaves behind (a row, a session, a cookie, a cache entry, a message) the other does not understand',
    'The message names the two, the request and why its answer is wrong; let the older one learn to read first.',
  ),

  // stack
  'alert-not-reached': stack(
    'An alert was watched without a gap and did not get as far as it should have',
    'See in the report how near it came, and whether the fault lasted long enough.',
  ),
  'check-failed': stack('What was expected of the stack did not hold', 'The message says what was observed instead.'),
  'compose-up-failed': stack(
    'A container of the stack ended, or never got healthy',
    'Its last words are in the message, its whole log is in the folder of the run.',
  ),
  'load-not-steady': stack(
    'Requests that were sent in time went on failing',
    'The ledger in the folder of the run says what failed; is the rate more than the stack can answer?',
  ),
  'rollback-paused': stack(
    'A rollback could not be finished: both revisions are left as they are, with traffic on the one that can take it',
    'The message says what failed; mend it, and run any command on the stack: it tries once more.',
  ),

  // inconclusive
  aborted: inconclusive('Somebody aborted a rollout', 'Nothing: it was asked for.'),
  'alert-not-watched': inconclusive(
    'Whether an alert fired is not known: for a time nobody could look',
    'See why Prometheus or the pager did not answer; what breaks the stack must leave alone those that watch it.',
  ),
  'check-inconclusive': inconclusive(
    'There was too little evidence to say whether an expectation holds',
    'Send more requests, or give it more time.',
  ),
  'controller-died': inconclusive(
    'The process that did a rollout died, and the next command took the new revision back',
    'The report says how far it had come; deploy it again.',
  ),
  'deadline-passed': inconclusive(
    'A rollout did not end by its deadline',
    'Send more traffic, name a greater rise to detect, or set a later deadline.',
  ),
  'fault-lease-expired': inconclusive(
    'A fault ended before the scenario was done with it',
    'Give it a longer lease; was the machine suspended?',
  ),
  'front-taken-over': inconclusive(
    'The guardian took a process for dead that was only silent, and gave the share of its release back',
    'Was the machine suspended, or far too busy? Deploy it again.',
  ),
  interrupted: inconclusive('Somebody interrupted the run', 'Run it again.'),
  'load-unseen': inconclusive(
    'Whether the load is steady is not known: too few of its requests had ended, or not in time',
    'Is the machine busy? Leave it alone, or lower the rate.',
  ),
  'machine-starved': inconclusive(
    'Something failed while the machine gave the stack a fraction of the CPU that it asked for',
    'Leave the machine alone and run it again; the report says what failed meanwhile.',
  ),
  'replica-sick': inconclusive(
    'One replica of the new revision failed, the others did not, and it could not be replaced',
    'The message names it. See what is wrong with it or with where it runs, and deploy again: nothing is said of the release.',
  ),
  'release-not-judged': inconclusive(
    'There was too little evidence to judge a release by',
    'The message says what was missing: send more traffic, wait longer, or see to what failed beside it.',
  ),
  'rollout-ended': inconclusive(
    'A rollout ended before it came to the point that was waited for',
    'The message says how it ended; wait for what it does come to.',
  ),
  'rule-not-evaluated': inconclusive('Prometheus answers, and has stopped evaluating rules', 'See its log.'),
  'run-deadline-passed': inconclusive(
    'The run did not end within its deadline',
    'See in the report what it waited for.',
  ),
  'run-ended': inconclusive(
    'The run was ended while a scenario ran',
    'Was a test runner’s time limit shorter than ours?',
  ),
  'scenario-ended': inconclusive('The scenario ended while a rollout was under way', 'Wait for what you begin.'),
  'scenario-timed-out': inconclusive(
    'A scenario did not end within its time',
    'See what it waited for; `timeoutMs` gives it more time.',
  ),

  // skipped
  'capability-missing': skipped('This machine lacks what a scenario needs', DOCTOR),

  // internal
  'agent-attach-failed': internal('No agent could be put beside a container', ONCE_MORE),
  'agent-died': internal('The agent that carries a fault has died', ONCE_MORE),
  'bad-weights': internal('A front was asked for weights that do not make 100', ONCE_MORE),
  'command-ended': internal('A command ended before it should have', ONCE_MORE),
  'compose-stop-failed': internal('Compose could not stop containers', ONCE_MORE),
  'container-not-found': internal('A container that should be there is not', 'Did somebody else remove it?'),
  'containers-not-started': internal('The Engine could not start containers', DOCTOR),
  'exec-not-started': internal('The Engine did not start a command in a container', DOCTOR),
  'fault-broken': internal('A fault broke while the scenario ran', ONCE_MORE),
  'fault-did-not-bite': internal('A fault was not felt by those that it was meant for', ONCE_MORE),
  'fault-did-not-revert': internal('A fault could not be undone before its lease', 'Its lease ends it all the same.'),
  'fault-not-begun': internal('A fault was reverted before it had begun', ONCE_MORE),
  'front-behind': internal('A front has other weights than were set', ONCE_MORE),
  'front-command-failed': internal('A front did not do what it was told', ONCE_MORE),
  'front-link-lost': internal('The connection into a front is gone', 'Was its container removed?'),
  'front-state-corrupt': internal(
    'The state of a front cannot be read',
    `Remove the project with ${quotedCommand('down')}.`,
  ),
  'front-unreachable': internal('A front cannot be reached', 'Was its container removed?'),
  'guardian-lost': internal('The guardian of the project has gone', 'Did the Engine restart, or somebody remove it?'),
  'helper-did-not-start': internal('A helper container did not start', DOCTOR),
  'helper-failed': internal('A helper could not do what it was asked for', ONCE_MORE),
  'helper-gone': internal('The stream to a helper is over', 'Was its container removed?'),
  'helper-silent': internal('A helper did not answer in time', ONCE_MORE),
  'journal-corrupt': internal('A journal has a line that cannot be read', 'Was it edited, or the disk full?'),
  'ledger-corrupt': internal('A ledger has a line that cannot be read', 'Was it edited, or the disk full?'),
  'load-failed': internal('The load generator failed', ONCE_MORE),
  'load-start-failed': internal('The load generator did not start', ONCE_MORE),
  'load-worker-died': internal('The load generator ended by itself', 'Was there too little memory?'),
  'log-collector-failed': internal('The log collector failed: logs of the run are not complete', ONCE_MORE),
  'module-not-found': internal('A file of rollproof is missing', 'Is the clone complete?'),
  'not-scraping': internal('Prometheus does not scrape what it should', 'See its targets and its log.'),
  'not-what-was-tested': internal('What the registry has is not what was tested', ONCE_MORE),
  'nothing-measured': internal('A benchmark found nothing to measure', ONCE_MORE),
  'observability-bad-answer': internal(
    'Prometheus, the pager or Jaeger answered in an unknown form',
    'Is its version known?',
  ),
  'observability-unreachable': internal('Prometheus, the pager or Jaeger does not answer', 'See its log.'),
  'own-check-failed': internal('A check of rollproof’s own work did not hold', ONCE_MORE),
  'probe-failed': internal('Probes of an edge failed', ONCE_MORE),
  'revisions-corrupt': internal(
    'The records of revisions cannot be read',
    `Remove the project with ${quotedCommand('down')}.`,
  ),
  'rule-broken': internal('A rule that rollproof made cannot be evaluated', ONCE_MORE),
  'share-not-leased': internal('Nobody would give the share of a candidate back', ONCE_MORE),
  'singleton-running': internal(
    'A worker that may run once was not started, because another revision of it runs',
    'Was a container of it started by hand?',
  ),
  'slot-not-drained': internal(
    'Requests on a revision were still under way at its deadline',
    'Set a longer `drainMs`.',
  ),
  'slot-not-up': internal(
    'A front does not see the replicas of a revision up',
    'See what its readiness check answers.',
  ),
  'sweep-incomplete': internal('Something of a project could not be removed', `Run ${quotedCommand('down')} again.`),
  'teardown-timed-out': internal(
    'A step of the clean-up did not end in time',
    `${quotedCommand('down')} removes what it left.`,
  ),
  'timed-out': internal('What was waited for did not come in time', ONCE_MORE),
  'traces-incomplete': internal('Jaeger did not get the traces that it should have', 'See its log.'),
  'unexpected-error': internal('Something failed that nobody had thought of', ONCE_MORE),
} as const satisfies Readonly<Record<string, CodeEntry>>;

/** A stable name of what went wrong, for programs to match. */
export type ErrorCode = keyof typeof ENTRIES;

export const ERROR_CODES: Readonly<Record<ErrorCode, CodeEntry>> = ENTRIES;

/** The kind of a code that a journal names; `undefined` for none, or one of another version. */
export function kindOfCode(code: string | undefined): ErrorKind | undefined {
  return code !== undefined && Object.hasOwn(ENTRIES, code) ? ERROR_CODES[code as ErrorCode].kind : undefined;
}
