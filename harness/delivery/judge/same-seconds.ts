import { evidenceAgainstRise, evidenceOfRise, RateGuess } from '../../statistics/evidence';
import type { Trials } from '../../statistics/fisher';
import type { RequestSample } from '../ports';
import type { Side } from './slow-tail';
import type { RolloutSettings } from '../strategies/settings';

/** Requests of a block, both sides together: a tenth of what there was, between these. Few at first: a broken release shows in the first ones. */
const BLOCK = { least: 10, most: 50, share: 0.1 };

/** What a request can fail by; each has its own evidence. */
const ENDINGS = ['error', 'clientError'] as const;
type Ending = (typeof ENDINGS)[number];

/**
 * The evidence of a whole rollout about the share of failed requests, from all the seconds in which both revisions had traffic. It adds up
 * over steps: they are strata, in each of which both are compared at their own rates; and over looks: see `statistics/evidence`.
 */
export interface SameSeconds {
  /** Stable answers alone: what is known of it before there is anything to compare. */
  addBefore(sample: RequestSample): void;
  /**
   * One request, or what it is now in the place of what was told of it before: then it is one that failed more. `isSlow` is absent where nothing
   * is to be said of how long it took.
   */
  add(side: Side, sample: RequestSample, isSlow?: boolean): void;
  /** Another weight, or another look for the last time: what is there is a block. */
  close(): void;
  /** What spoke for the new revision counts no more, what speaks against it does. */
  renew(): void;
  /** Nothing of it counts any more: what it was about is gone. */
  restart(): void;
  /** Whether there are requests of which nothing is known yet: their block is not full. */
  readonly isOpen: boolean;
  /** Blocks so far. */
  readonly blocks: number;
  /** At least 1 ÷ a with a probability of at most a for a release that is as stable is. */
  worse(ending: Ending): number;
  /** At least 1 ÷ (1 − `powerToPromote`), and no more, with a probability of at most that for one whose errors rise by `riseToDetect`. */
  notWorse(): number;
  /** The same for one of whose answers more are slow, by `riseToDetect` or `slowRise`, whichever is more. */
  notSlower(): number;
}

/** Opens it, at the beginning of a rollout. */
export function sameSeconds({ riseToDetect, slowRise, powerToPromote }: RolloutSettings): SameSeconds {
  const open = () => ({ canary: counter(), stable: counter() });
  const most = 1 / (1 - powerToPromote);
  const against = () => evidenceAgainstRise(riseToDetect, most);
  const againstSlow = () => evidenceAgainstRise(Math.max(riseToDetect, slowRise), most);
  const ofRise = () => ({ error: evidenceOfRise(riseToDetect), clientError: evidenceOfRise(riseToDetect) });
  let worse = ofRise();
  const stableRate = { error: new RateGuess(), clientError: new RateGuess() };
  const bothRate = new RateGuess();
  const slowRate = new RateGuess();
  let notWorse = against();
  let notSlower = againstSlow();
  let block = open();
  let requests = 0;
  let blocks = 0;

  const learn = (side: Side, ending: Ending, trials: Trials) => {
    if (side === 'stable') stableRate[ending].add(trials);
    if (ending === 'error') bothRate.add(trials);
  };
  const close = () => {
    const told = block.canary.requests + block.stable.requests;
    if (told === 0) return;
    requests += told;
    blocks += 1;
    const trials = (side: Side, ending: Ending) => ({ requests: block[side].requests, errors: block[side][ending] });
    for (const ending of ENDINGS) {
      const of = { canary: trials('canary', ending), stable: trials('stable', ending) };
      worse[ending].add(of, stableRate[ending].rate);
      if (ending === 'error') notWorse.add(of, bothRate.rate);
      learn('canary', ending, of.canary);
      learn('stable', ending, of.stable);
    }
    const timed = (side: Side) => ({ requests: block[side].timed, errors: block[side].slow });
    notSlower.add({ canary: timed('canary'), stable: timed('stable') }, slowRate.rate);
    for (const side of ['canary', 'stable'] as const) slowRate.add(timed(side));
    block = open();
  };
  return {
    addBefore(sample) {
      for (const ending of ENDINGS) learn('stable', ending, { requests: 1, errors: sample[ending] ? 1 : 0 });
    },
    add(side, sample, isSlow) {
      const of = block[side];
      of.requests += 1;
      if (isSlow !== undefined) of.timed += 1;
      if (isSlow === true) of.slow += 1;
      for (const ending of ENDINGS) of[ending] += sample[ending] ? 1 : 0;
      const full = Math.min(BLOCK.most, Math.max(BLOCK.least, requests * BLOCK.share));
      if (block.canary.requests + block.stable.requests >= full) close();
    },
    close,
    renew() {
      close();
      notWorse = against();
      notSlower = againstSlow();
      bothRate.doubt();
      slowRate.doubt();
      for (const ending of ENDINGS) stableRate[ending].doubt();
    },
    restart() {
      block = open();
      worse = ofRise();
      notWorse = against();
      notSlower = againstSlow();
    },
    get isOpen() {
      return block.canary.requests + block.stable.requests > 0;
    },
    get blocks() {
      return blocks;
    },
    worse: (ending) => worse[ending].evidence,
    notWorse: () => notWorse.evidence,
    notSlower: () => notSlower.evidence,
  };
}

/** Requests, those that failed, and of those whose time counts how many took too long. */
function counter(): { requests: number; timed: number; slow: number } & Record<Ending, number> {
  return { requests: 0, timed: 0, slow: 0, error: 0, clientError: 0 };
}
