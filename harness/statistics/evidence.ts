import type { Trials } from './fisher';
import { alphaOfLook } from './repeated-looks';
import { logEVariable, nearestWithoutRise, nearestWithRise, type Block, type Rates } from './safe-comparison';

/** Half of a stake is on the evidence from the beginning, the rest on its beginning later: a release may turn bad at any time. */
const FROM_THE_BEGINNING = 0.5;

/** Evidence grows no further than this: what has decided is decided, and numbers stay numbers. */
const MOST = 1e100;

/** The share of a stake that is put in before the n-th block, from 1. All shares together are 1. */
function shareOfBlock(n: number): number {
  return n === 1 ? FROM_THE_BEGINNING : alphaOfLook(1 - FROM_THE_BEGINNING, n - 1);
}

/**
 * Evidence against a hypothesis: the average of what was won by betting against it from each block on. Were it true, the evidence would ever
 * reach 1 ÷ a with a probability of at most a (Ville's inequality): however often one looks, and whenever one stops.
 */
class Stake {
  #won = 0;
  #blocks = 0;
  #left = 1;

  constructor(private readonly most = MOST) {}

  get evidence(): number {
    return this.#won + this.#left;
  }

  bet(logFactor: number): void {
    this.#blocks += 1;
    const share = shareOfBlock(this.#blocks);
    this.#left -= share;
    this.#won = Math.min((this.#won + share) * Math.exp(logFactor), this.most);
  }
}

/** The rises that are bet on beside the one that is named are each so many times the one before. */
const NEXT_RISE = 4;

/** More than this share of the requests fails on no release that is worth a bet of its own. */
const HIGHEST_RATE = 0.98;

/** Evidence that the canary fails more often than stable. */
export interface EvidenceOfRise {
  add(block: Block, stableRate: number): void;
  /** At least 1 ÷ a with a probability of at most a, were the canary no worse. */
  readonly evidence: number;
}

/**
 * Opens it. Bets on `rise` and, so that a release that is worse by far is found by its first failures, on larger ones: half of the stake on
 * the one that is named.
 */
export function evidenceOfRise(rise: number): EvidenceOfRise {
  const larger = [];
  for (let next = rise * NEXT_RISE; next < HIGHEST_RATE; next *= NEXT_RISE) larger.push(next);
  larger.push(HIGHEST_RATE);
  const bets = [rise, ...larger].map((of, index) => ({
    rise: of,
    share: index === 0 ? 0.5 : 0.5 / larger.length,
    stake: new Stake(),
  }));
  return {
    add(block, stableRate) {
      for (const { rise: of, stake } of bets) {
        const bet: Rates = { canary: Math.min(HIGHEST_RATE, stableRate + of), stable: stableRate };
        stake.bet(logEVariable(block, bet, nearestWithoutRise(block, bet)));
      }
    },
    get evidence() {
      return bets.reduce((sum, { share, stake }) => sum + share * stake.evidence, 0);
    },
  };
}

/** Evidence that the canary does not fail more often than stable by so much. */
export interface EvidenceAgainstRise {
  add(block: Block, bothRate: number): void;
  /** At least 1 ÷ b with a probability of at most b, if the canary failed more often by `rise` or more. */
  readonly evidence: number;
}

/** Opens it. It grows no further than `most`: beyond that, much that was good long ago would hide what is bad now. */
export function evidenceAgainstRise(rise: number, most: number): EvidenceAgainstRise {
  const stake = new Stake(most);
  return {
    add(block, bothRate) {
      const bet: Rates = { canary: bothRate, stable: bothRate };
      stake.bet(logEVariable(block, bet, nearestWithRise(block, bet, rise)));
    },
    get evidence() {
      return stake.evidence;
    },
  };
}

/** What the rates are guessed from: as many requests, the older ones counting less. Enough for a rate of one in a thousand. */
const REMEMBERED = 1_000;

/** What is left of them once they are no longer believed. */
const DOUBTED = 50;

/** Guesses how often requests fail, from those before: a bet must be made before the block that it is on. */
export class RateGuess {
  #requests = 0;
  #errors = 0;

  add({ requests, errors }: Trials): void {
    this.#requests += requests;
    this.#errors += errors;
    this.#remember(REMEMBERED);
  }

  /** Something has changed: what comes counts for more than what was. */
  doubt(): void {
    this.#remember(DOUBTED);
  }

  /** By Krichevsky and Trofimov: never 0 nor 1. */
  get rate(): number {
    return (this.#errors + 0.5) / (this.#requests + 1);
  }

  #remember(requests: number): void {
    if (this.#requests <= requests) return;
    this.#errors *= requests / this.#requests;
    this.#requests = requests;
  }
}
