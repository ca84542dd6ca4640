import { accept } from '../steps/accept';
import { bake } from '../steps/bake';
import { measure } from '../steps/measure';
import { retire } from '../steps/retire';
import { amount, roll } from '../steps/roll';
import { defineStrategy, type StrategyFlag } from './strategy';

const DEFAULT_AMOUNT = '25%';

/**
 * Exchanges the replicas of a service few at a time: never fewer ready, and never more running, than `maxSurge` and `maxUnavailable` allow.
 * The weights follow the ready replicas, the new ones are judged at each stage, and a release that is found bad goes back in the same way.
 * Replicas of the old revision that may run beside the new ones are kept warm until the bake is over: with a surge of 0 there are none, and
 * the bake holds the new revision against what stable did before.
 * @throws HarnessError `strategy-invalid`
 */
export const rolling = defineStrategy({
  kind: 'rolling',
  description: 'replica by replica, each stage judged, never fewer ready than promised',
  options: {
    /** Replicas that may run beyond those that are asked for: a whole number, or percents of them, rounded up. Default 25 %. */
    maxSurge: amount.default(DEFAULT_AMOUNT),
    /** Replicas that may be missing meanwhile: a whole number, or percents, rounded down. Default 25 %. */
    maxUnavailable: amount.default(DEFAULT_AMOUNT),
  },
  check: ({ maxSurge, maxUnavailable }) =>
    isNone(maxSurge) && isNone(maxUnavailable) ? 'maxSurge and maxUnavailable cannot both be 0' : undefined,
  flags: {
    maxSurge: amountFlag('--max-surge <amount>', 'replicas that may run beyond those that are asked for'),
    maxUnavailable: amountFlag('--max-unavailable <amount>', 'replicas that may be missing meanwhile'),
  },
  describe: ({ maxSurge, maxUnavailable }) => `rolling, surge ${maxSurge}, unavailable ${maxUnavailable}`,
  plan: (options) => [
    // Without a surge the last of stable may go before anything was compared.
    ...(isNone(options.maxSurge) ? [measure()] : []),
    roll(options),
    bake(),
    accept(),
    retire(),
  ],
});

export type RollingOptions = NonNullable<Parameters<typeof rolling>[0]>;

function isNone(value: number | string): boolean {
  return value === 0 || value === '0%';
}

function amountFlag(flag: string, description: string): StrategyFlag {
  const parse = (text: string) => {
    const { data, success } = amount.safeParse(/^\d+$/.test(text) ? Number(text) : text);
    if (!success) throw new Error('a whole number, or percents as 25%');
    return data;
  };
  return { flag, description, parse, initially: DEFAULT_AMOUNT };
}
