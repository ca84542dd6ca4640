import { benchAttribution } from './attribution';
import { benchJudge } from './judge';
import { benchJudgeLive } from './judge-live';
import { benchCrashPoints } from './crash-points';
import { benchKeepAlive } from './keep-alive';
import { benchKilledContainers } from './killed-containers';
import { benchLatencyAccuracy } from './latency-accuracy';
import { benchLeaseEnd } from './lease-end';
import { benchLoadAccuracy } from './load-accuracy';
import { benchGoodRollouts, benchRollbacks, benchSameImage } from './rollouts';
import { benchRelease } from './release';
import { benchReleaseCrashPoints } from './release-crash-points';
import type { BenchOptions, BenchRow } from './row';
import { benchWarmUp } from './warm-up';
import { benchWorkers } from './workers';

/** One thing that `npm run bench` measures. */
export interface Benchmark {
  readonly title: string;
  /** Takes too long for every day: runs only when it is named. */
  readonly nightly?: boolean;
  /** About what it takes, for whoever has a budget. Default 5. */
  readonly minutes?: number;
  readonly measure: (options: BenchOptions) => Promise<readonly BenchRow[]>;
}

export const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'warm-up': { title: 'the stack until healthy, against plain compose', measure: benchWarmUp },
  load: { title: 'how near its intended moments the load starts requests', measure: benchLoadAccuracy },
  latency: { title: 'how exactly an injected latency is kept', measure: benchLatencyAccuracy },
  lease: { title: 'how near its time the lease of a fault ends, with nobody to end it', measure: benchLeaseEnd },
  judge: { title: 'false alarms, misses and time of the judge, simulated', nightly: true, measure: benchJudge },
  attribution: {
    title: 'whose fault a release that goes back is, in labelled cases on a small stack',
    nightly: true,
    minutes: 6,
    measure: benchAttribution,
  },
  'judge-live': {
    title: 'how long the judge takes for a good release on the stack',
    nightly: true,
    minutes: 5,
    measure: benchJudgeLive,
  },
  'crash-points': {
    title: 'kills of the controller at points of real rollouts of every strategy: lost, orphans',
    nightly: true,
    minutes: 4,
    measure: benchCrashPoints,
  },
  'killed-containers': {
    title: 'kills of the front and of replicas in each phase of real rollouts of every strategy',
    nightly: true,
    minutes: 4,
    measure: benchKilledContainers,
  },
  release: {
    title: 'whole releases of five services with a migration, good ones and ones whose third service is bad: lost',
    nightly: true,
    minutes: 8,
    measure: benchRelease,
  },
  'release-crash-points': {
    title: 'kills of the controller at points of whole releases, good and bad: lost, orphans',
    nightly: true,
    minutes: 8,
    measure: benchReleaseCrashPoints,
  },
  'keep-alive': { title: '200 POSTs, one every 5 s a connection', nightly: true, minutes: 3, measure: benchKeepAlive },
  'good-rollouts': {
    title: 'requests lost in 10 good rollouts by each strategy',
    nightly: true,
    minutes: 15,
    measure: benchGoodRollouts,
  },
  rollbacks: { title: 'how fast 30 bad releases are taken out', nightly: true, minutes: 8, measure: benchRollbacks },
  workers: {
    title: '100,000 messages while a worker is released 20 times',
    nightly: true,
    minutes: 9,
    measure: benchWorkers,
  },
  'same-image': {
    title: '30 rollouts of the image that is running',
    nightly: true,
    minutes: 10,
    measure: benchSameImage,
  },
};
