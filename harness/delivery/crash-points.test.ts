import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JournalLine, RolloutState } from '../contract/observation';
import type { RolloutOutcome } from '../contract/rollout-result';
import { beginRollout, deploy, type DeployRequest } from './controller';
import type { Rollout } from './handle';
import { recover } from './recover';
import { replicasOf } from './revisions/revision';
import { blueGreen } from './strategies/blue-green';
import { canary } from './strategies/canary';
import { STRATEGIES } from './strategies/list';
import { rolling } from './strategies/rolling';
import { takesTurns, type Strategy } from './strategies/strategy';
import { nextProcess, recordCrashPoints, TextJournal, type CrashPoint } from './testing/crash-points';
import { FakeWorld } from './testing/fake-world';

const SETTINGS = { riseToDetect: 0.2, minReadyMs: 200, readyTimeoutMs: 2_000, bakeMs: 500, warmupRequests: 20 };

/** What a kind of strategy must be told. */
const REQUIRED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  canary: { steps: [20, 100] },
  shadow: { steps: [20, 100], copies: 12, copiesPerSecond: 50 },
};

interface Case {
  readonly strategy: Strategy;
  readonly replicas?: number;
  /** Default: all. */
  readonly endings?: readonly (keyof typeof ENDINGS)[];
}

/** How the revision came that an undo goes back from. */
const FIRST = canary({ ...SETTINGS, steps: [20, 100] });

interface Ending {
  readonly request: Pick<DeployRequest, 'image' | 'undo'>;
  readonly outcome: RolloutOutcome;
  /** It takes a judge to see it. */
  readonly isJudged?: boolean;
  /** What a person does, and in which state: default, in the first in which the new revision has traffic. */
  readonly then?: (rollout: Rollout, world: FakeWorld) => void;
  readonly in?: RolloutState;
  /** It takes several replicas. */
  readonly isOfReplicas?: true;
}

const PAUSED_MS = 400;
const GOOD = { image: 'good:2' };
const abort = (rollout: Rollout) => void rollout.abort('the wrong image');

const ENDINGS = {
  promoted: { request: GOOD, outcome: 'promoted' },
  'rolled back by the judge': { request: { image: 'errors:2' }, outcome: 'rolled-back', isJudged: true },
  'never ready': { request: { image: 'never:2' }, outcome: 'rolled-back' },
  'failing to start': { request: { image: 'crashes:2' }, outcome: 'rolled-back' },
  'aborted by hand': { request: GOOD, outcome: 'aborted', then: abort },
  'aborted by hand at the end': { request: GOOD, outcome: 'aborted', then: abort, in: 'Baking' },
  'paused for a while': {
    request: GOOD,
    outcome: 'promoted',
    then: (rollout: Rollout, world: FakeWorld) => {
      rollout.pause();
      const resumesAtMs = world.nowMs + PAUSED_MS;
      world.everySlice = () => {
        if (world.nowMs >= resumesAtMs) rollout.resume();
      };
    },
  },
  'an undo': { request: { undo: 'last-good' }, outcome: 'promoted' },
  'a sick replica that is replaced': { request: { image: 'sick:2' }, outcome: 'promoted', isOfReplicas: true },
} as const satisfies Readonly<Record<string, Ending>>;

/** One of each kind that there is, and some that are more than their kind. */
const CASES: readonly Case[] = [
  ...STRATEGIES.map(({ kind, from }) => ({ strategy: from({ ...SETTINGS, ...REQUIRED[kind] }) })),
  { strategy: blueGreen({ ...SETTINGS, previewMs: 300 }), endings: ['promoted'] },
  {
    strategy: rolling({ ...SETTINGS, maxSurge: 1, maxUnavailable: 0 }),
    replicas: 2,
    endings: ['promoted', 'aborted by hand', 'aborted by hand at the end'],
  },
  {
    strategy: canary({ ...SETTINGS, steps: [30, 100] }),
    replicas: 3,
    endings: ['a sick replica that is replaced'],
  },
  { strategy: canary({ ...SETTINGS, steps: [20], holdMs: 500 }), endings: ['promoted', 'paused for a while'] },
];

const BEHAVIOURS = {
  'errors:2': { errorRatio: 0.5 },
  'never:2': { neverReady: true },
  'crashes:2': { crashesAtBoot: true },
  'sick:2': { sickReplicaErrorRatio: 0.9 },
};

/** What a guardian needs at most until it has seen that its controller is dead. */
const LEASE_MS = 1_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'crash-points-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

let runs = 0;

/** Lets a rollout end as it does when nobody dies, and returns where its controller could have died. */
async function pointsOf({ strategy, replicas = 1 }: Case, ending: Ending): Promise<readonly CrashPoint[]> {
  const journal = new TextJournal(() => world.nowMs);
  const journalPath = join(folder, `${(runs += 1)}.ndjson`);
  const about = { seed: 'crash-points', journal, journalPath, behaviours: BEHAVIOURS, replicas };
  const world: FakeWorld = new FakeWorld(about);
  if (ending.request.undo !== undefined) await deploy({ service: 'orders', ...GOOD, strategy: FIRST }, world.ports());
  const { ports, points } = recordCrashPoints(world, journal);
  journal.onLine = (line) => {
    if (line.type !== 'rollout' || line.weight === 0) return;
    if (ending.in !== undefined && line.state !== ending.in) return;
    journal.onLine = undefined;
    ending.then?.(rollout, world);
  };
  const rollout = await beginRollout({ service: 'orders', strategy, ...ending.request }, ports);
  const { outcome } = await rollout.ended();
  // What is held is neither judged nor accepted.
  const isHeld = !isAccepting({ strategy }) && (ending.outcome === 'promoted' || ending.isJudged === true);
  expect(outcome).toBe(isHeld ? 'held' : ending.outcome);
  return points;
}

const isAccepting = ({ strategy }: Case) => strategy.steps.some(({ nature }) => nature === 'commits');

/** What users see: who answers them, with which share, with how many replicas too few, and how many found nobody. */
function served(world: FakeWorld, strategy: Strategy) {
  const before = world.lost;
  const labels = [...new Set(Array.from({ length: 12 }, () => world.ask() ?? 'nobody'))];
  const [label = 'nobody'] = labels;
  const revision = world.containers.get(label)?.revision;
  const missing = revision === undefined ? 0 : replicasOf(revision) - world.runningReplicas(label);
  // Who takes turns leaves a gap, and says so.
  const lost = takesTurns(strategy) ? world.lost - before : world.lost;
  return { by: labels, share: world.share(label), missing, lost };
}

const wholly = (label: string | undefined) => ({ by: [label], share: 100, missing: 0, lost: 0 });

/** What is left when somebody has ended what was left. */
function left(world: FakeWorld, strategy: Strategy) {
  const stable = world.store.stable('orders')?.label;
  const running = [...world.containers].flatMap(([label, one]) => (one.running ? [label] : []));
  const open = world.store.list('orders').filter(({ status }) => status === 'candidate' || status === 'stable');
  return {
    ...{ stable, served: served(world, strategy), running, open: open.map(({ label }) => label) },
    ...{ unfinished: world.store.unfinished().map(({ label }) => label), hasLease: world.guardian.hasLease },
    ...(takesTurns(strategy) ? { atOnce: world.mostRunning } : {}),
  };
}

const whole = (stable: string | undefined, strategy: Strategy) => ({
  ...{ stable, served: wholly(stable), running: [stable], open: [stable], unfinished: [], hasLease: false },
  ...(takesTurns(strategy) ? { atOnce: 1 } : {}),
});

/** How the history tells of the rollout that was cut off: its ends, and which revision each of them says is stable. */
function told(path: string, { text }: CrashPoint) {
  // What follows the last end of a line is half of one, which nobody had a reason to read.
  const written = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const lines = written.map((line) => JSON.parse(line) as JournalLine);
  const begun = lines.findLast((line) => line.type === 'rollout');
  if (begun?.type !== 'rollout') return { ends: [], begun };
  const own = lines.flatMap((line) => (line.type === 'rollout-ended' && line.rollout === begun.rollout ? [line] : []));
  const wasTold = text.includes(`"rollout-ended","rollout":"${begun.rollout}"`);
  const wasOver = /"state":"(?:RolledBack|Succeeded)"[^\n]*\n[^]*$/.test(text.slice(text.indexOf(begun.rollout)));
  const ends = own.map(({ outcome, from, to, reason = '' }) => ({
    stable: outcome === 'promoted' ? to : from,
    isExplained: wasTold || wasOver || reason.includes('its controller died'),
  }));
  return { ends, begun };
}

const toldOnce = ({ ends, begun }: ReturnType<typeof told>, stable: string | undefined) =>
  begun === undefined ? [] : ends.length === 1 ? [{ stable, isExplained: true }] : 'one end';

/** What is, beside what has to be. */
type Finding = readonly [at: string, is: unknown, hasToBe: unknown];

/** The guardian's turn, and then the next command, twice. */
async function guardianThenNext(point: CrashPoint, strategy: Strategy): Promise<Finding[]> {
  const { world } = nextProcess(point);
  const at = point.moments.join(', ');
  world.pass(LEASE_MS);
  world.guardian.takeOver();
  const seen = served(world, strategy);
  const stable = seen.by[0];
  const recovered = await recover({ ports: world.ports() });
  const story = told(world.options.journalPath ?? '', point);
  return [
    [`${at}: users, once the lease is over`, seen, wholly(stable)],
    // What users see after the lease stays.
    [`${at}: after the next command`, left(world, strategy), whole(stable, strategy)],
    [`${at}: history`, story.ends, toldOnce(story, stable)],
    [`${at}: the command after it`, await recover({ ports: world.ports() }), []],
    [`${at}: recovered`, recovered.length <= 1, true],
  ];
}

/** The guardian died as well, and the last line is torn: the next command is alone. */
async function nextAlone(point: CrashPoint, strategy: Strategy): Promise<Finding[]> {
  const { world } = nextProcess(point, { isTorn: true });
  const at = `${point.moments.join(', ')} (with the guardian)`;
  world.guardian.endLease();
  await recover({ ports: world.ports() });
  const stable = world.store.stable('orders')?.label;
  const story = told(world.options.journalPath ?? '', point);
  return [
    [`${at}: after the next command`, left(world, strategy), whole(stable, strategy)],
    [`${at}: history`, story.ends, toldOnce(story, stable)],
  ];
}

/** Dies again wherever the next command does anything, and is followed by another one. */
async function nextDiesToo(point: CrashPoint, strategy: Strategy): Promise<Finding[]> {
  const first = nextProcess(point);
  first.world.guardian.takeOver();
  const { ports, points } = recordCrashPoints(first.world, first.journal);
  await recover({ ports });
  const findings: Finding[] = [];
  for (const again of points) findings.push(...(await guardianThenNext(again, strategy)));
  return findings.map(([at, ...rest]) => [`${point.moments.join(', ')}, then ${at}`, ...rest]);
}

function expectAll(findings: readonly Finding[]): void {
  const differing = findings.filter(([, is, hasToBe]) => !isDeepStrictEqual(is, hasToBe));
  expect(differing.map(([at, is]) => [at, is])).toEqual(differing.map(([at, , hasToBe]) => [at, hasToBe]));
}

describe.each(CASES.map((one) => [one.strategy.name, one] as const))('a controller of a rollout (%s)', (_name, one) => {
  const endings = Object.entries<Ending>(ENDINGS).filter(([name, { isOfReplicas }]) =>
    one.endings === undefined ? isOfReplicas === undefined : one.endings.some((own) => own === name),
  );

  it.each(endings)('dies before and after each act: %s', async (_ending, ending) => {
    const points = await pointsOf(one, ending);
    const findings: Finding[] = [];
    for (const [number, point] of points.entries()) {
      findings.push(...(await guardianThenNext(point, one.strategy)));
      const isAnother = number % (point.world.guardian.hasLease ? 2 : 8) === 0;
      if (isAnother) findings.push(...(await nextAlone(point, one.strategy)));
    }
    expectAll(findings);
    expect(points.length).toBeGreaterThan(20);
  });

  it('is followed by one that dies too, before and after each act', async () => {
    const points = await pointsOf(one, ENDINGS.promoted);
    const findings: Finding[] = [];
    for (let at = 5; at < points.length; at += 15) {
      const point = points[at];
      if (point !== undefined) findings.push(...(await nextDiesToo(point, one.strategy)));
    }
    expectAll(findings);
  });
});
