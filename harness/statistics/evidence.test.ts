import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../core/random';
import { binomialPmf } from './binomial';
import { evidenceAgainstRise, evidenceOfRise, RateGuess } from './evidence';
import { logEVariable, nearestWithoutRise, nearestWithRise, type Block } from './safe-comparison';

/** The exact expectation of a function of a block of 4 and 7 requests, at given rates. */
function expectation(canaryRate: number, stableRate: number, of: (block: Block) => number): number {
  let sum = 0;
  for (let x = 0; x <= 4; x += 1) {
    for (let y = 0; y <= 7; y += 1) {
      const block = { canary: { requests: 4, errors: x }, stable: { requests: 7, errors: y } };
      sum += binomialPmf(x, 4, canaryRate) * binomialPmf(y, 7, stableRate) * of(block);
    }
  }
  return sum;
}

const RATES = Array.from({ length: 21 }, (_, n) => n / 20);

describe('an e-variable', () => {
  it('is expected to be at most 1 wherever the canary is no worse, and more where it is as was bet', () => {
    const bet = { canary: 0.3, stable: 0.1 };
    const e = (block: Block) => Math.exp(logEVariable(block, bet, nearestWithoutRise(block, bet)));
    for (const stable of RATES) {
      for (const canary of RATES.filter((rate) => rate <= stable)) {
        expect(expectation(canary, stable, e)).toBeLessThanOrEqual(1 + 1e-9);
      }
    }
    expect(expectation(0.3, 0.1, e)).toBeGreaterThan(1.2);
  });

  it('is expected to be at most 1 wherever the errors rise by as much, and more where they do not', () => {
    const bet = { canary: 0.05, stable: 0.05 };
    const e = (block: Block) => Math.exp(logEVariable(block, bet, nearestWithRise(block, bet, 0.2)));
    for (const stable of RATES) {
      for (const canary of RATES.filter((rate) => rate >= stable + 0.2)) {
        expect(expectation(canary, stable, e)).toBeLessThanOrEqual(1 + 1e-9);
      }
    }
    expect(expectation(0.05, 0.05, e)).toBeGreaterThan(1.2);
  });

  it('says nothing of one side alone but that a rise is more than its errors', () => {
    const block = { canary: { requests: 0, errors: 0 }, stable: { requests: 9, errors: 3 } };
    const bet = { canary: 0.4, stable: 0.2 };
    expect(logEVariable(block, bet, nearestWithoutRise(block, bet))).toBe(0);
    const alone = { canary: { requests: 100, errors: 0 }, stable: { requests: 0, errors: 0 } };
    const same = { canary: 0.001, stable: 0.001 };
    expect(logEVariable(alone, same, nearestWithRise(alone, same, 0.02))).toBeCloseTo(100 * Math.log(0.999 / 0.98), 9);
  });
});

/**
 * The example with blocks of two and one of Turner, Ly & Grünwald's own R package (safestats 0.8.7, vignette "Safe Tests and Confidence Intervals for
 * Tests of Two Proportions", `safeTwoProportionsTest(yaUnbalanced, ybUnbalanced)`), and the e-value that it prints. Its bets are the means of Beta
 * distributions (0.18, 0.18) and (0.09, 0.09) that learn from each block.
 */
const PUBLISHED = {
  ofTwo: '0100011100000020101122010111011020012111001010000000001000101102000101100000000',
  ofOne: '1110110110101110010000101110001001001100001100001110010000000110100111110111000',
  eValue: 1.8097,
};

describe('the e-value of a published example', () => {
  it('comes out as its authors print it', () => {
    const learnt = { two: { hits: 0.18, misses: 0.18 }, one: { hits: 0.09, misses: 0.09 } };
    const mean = ({ hits, misses }: { readonly hits: number; readonly misses: number }) => hits / (hits + misses);
    let log = 0;
    for (const [index, hit] of [...PUBLISHED.ofTwo].entries()) {
      const two = { requests: 2, errors: Number(hit) };
      const one = { requests: 1, errors: Number(PUBLISHED.ofOne[index]) };
      // Theirs has two sides: whoever is expected to have more is the canary.
      const isTwo = mean(learnt.two) > mean(learnt.one);
      const block = isTwo ? { canary: two, stable: one } : { canary: one, stable: two };
      const [high, low] = isTwo ? [learnt.two, learnt.one] : [learnt.one, learnt.two];
      const bet = { canary: mean(high), stable: mean(low) };
      log += logEVariable(block, bet, nearestWithoutRise(block, bet));
      for (const [own, { requests, errors }] of [
        [learnt.two, two],
        [learnt.one, one],
      ] as const) {
        own.hits += errors;
        own.misses += requests - errors;
      }
    }
    expect(Math.exp(log)).toBeCloseTo(PUBLISHED.eValue, 4);
  });
});

/** Blocks of 5 and 20 requests; the evidence at its highest. */
function highest(options: { seed: string; canary: number; stable: number; blocks: number; rise: number }) {
  const random = seededRandom(options.seed);
  const errors = (requests: number, rate: number) => {
    let count = 0;
    for (let n = 0; n < requests; n += 1) if (random.next() < rate) count += 1;
    return { requests, errors: count };
  };
  const [worse, notWorse, stableRate, bothRate] = [
    evidenceOfRise(options.rise),
    evidenceAgainstRise(options.rise, 20),
    new RateGuess(),
    new RateGuess(),
  ];
  const most = { worse: 0, notWorse: 0 };
  for (let n = 0; n < options.blocks; n += 1) {
    const block = { canary: errors(5, options.canary), stable: errors(20, options.stable) };
    worse.add(block, stableRate.rate);
    notWorse.add(block, bothRate.rate);
    stableRate.add(block.stable);
    for (const side of [block.canary, block.stable]) bothRate.add(side);
    most.worse = Math.max(most.worse, worse.evidence);
    most.notWorse = Math.max(most.notWorse, notWorse.evidence);
  }
  return most;
}

function runs(count: number, options: Omit<Parameters<typeof highest>[0], 'seed'>) {
  return Array.from({ length: count }, (_, n) => highest({ seed: `evidence-${n}`, ...options }));
}

describe('evidence', () => {
  it.each([0, 0.001, 0.02, 0.2])('at an error rate of %d of both condemns one in a hundred at most, ever', (rate) => {
    const all = runs(400, { canary: rate, stable: rate, blocks: 400, rise: 0.1 });
    expect(all.filter(({ worse }) => worse >= 100).length).toBeLessThanOrEqual(4);
    expect(all.filter(({ notWorse }) => notWorse >= 20).length).toBeGreaterThanOrEqual(396);
  });

  it.each([0, 0.02, 0.2])(
    'at an error rate of %d acquits one in twenty at most that is worse by what is named',
    (rate) => {
      const all = runs(400, { canary: rate + 0.1, stable: rate, blocks: 400, rise: 0.1 });
      expect(all.filter(({ worse, notWorse }) => worse < 100 && notWorse >= 20)).toHaveLength(0);
      expect(all.filter(({ notWorse }) => notWorse >= 20).length).toBeLessThanOrEqual(20);
    },
  );

  it('finds what turns bad after long, and forgets what was good', () => {
    const [worse, notWorse] = [evidenceOfRise(0.02), evidenceAgainstRise(0.02, 20)];
    const block = (errors: number) => ({ canary: { requests: 25, errors }, stable: { requests: 25, errors: 0 } });
    for (let n = 0; n < 200; n += 1) {
      worse.add(block(0), 0.001);
      notWorse.add(block(0), 0.001);
    }
    expect(worse.evidence).toBeLessThan(0.5);
    expect(notWorse.evidence).toBeCloseTo(20, 0);
    notWorse.add(block(2), 0.001);
    expect(notWorse.evidence).toBeLessThan(1);
    for (let n = 0; n < 4; n += 1) worse.add(block(5), 0.001);
    expect(worse.evidence).toBeGreaterThan(100);
  });

  it('goes on counting when all fails', () => {
    const worse = evidenceOfRise(0.02);
    for (let n = 0; n < 500; n += 1) {
      worse.add({ canary: { requests: 25, errors: 25 }, stable: { requests: 25, errors: 0 } }, 0.001);
    }
    expect(Number.isFinite(worse.evidence)).toBe(true);
  });
});

describe('a guessed rate', () => {
  it('follows what fails, and is doubted when something has changed', () => {
    const guess = new RateGuess();
    expect(guess.rate).toBe(0.5);
    guess.add({ requests: 5_000, errors: 50 });
    expect(guess.rate).toBeCloseTo(0.01, 3);
    guess.doubt();
    guess.add({ requests: 50, errors: 10 });
    expect(guess.rate).toBeGreaterThan(0.1);
  });
});
