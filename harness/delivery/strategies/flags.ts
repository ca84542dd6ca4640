import { DEFAULT_SETTINGS, type RolloutSettings } from './settings';

/** A flag that sets one option of a strategy on the command line of `rollproof deploy`. */
export interface StrategyFlag {
  /** As on a command line, with what it takes: `--steps <percents>`. */
  readonly flag: string;
  readonly description: string;
  /** The option's value from the flag's text. @throws Error with what would have been right */
  readonly parse: (text: string) => unknown;
  /** The text that stands for the flag when it is not given. Default: the option is not set. */
  readonly initially?: string;
}

/** Flags that every strategy takes, by setting. What only a statistician would turn has none: a scenario sets it. */
export const SETTING_FLAGS: Readonly<Partial<Record<keyof RolloutSettings, StrategyFlag>>> = {
  riseToDetect: {
    flag: '--rise <points>',
    description: 'promote once a rise of this many points of errors would have been seen',
    parse: (text) => {
      const points = Number(text);
      if (!(points > 0 && points <= 100)) throw new Error('points above 0 and up to 100, as 2');
      return points / 100;
    },
    initially: String(DEFAULT_SETTINGS.riseToDetect * 100),
  },
  warmupRequests: {
    flag: '--warmup <requests>',
    description: 'first requests of the new revision that count for errors only: a cold process is slow',
    parse: (text) => {
      if (!/^\d+$/.test(text)) throw new Error('a number of requests, as 100');
      return Number(text);
    },
    initially: String(DEFAULT_SETTINGS.warmupRequests),
  },
  slowerThanMs: {
    flag: '--slower-than <ms>',
    description: 'an answer that takes longer is slow; by default what takes longer than 99 % of stable do',
    parse: (text) => {
      const limitMs = Number(text);
      if (!(limitMs > 0 && Number.isFinite(limitMs))) throw new Error('milliseconds above 0, as 300');
      return limitMs;
    },
  },
  windowMs: seconds('--window <s>', 'compare latency by stretches so long, longer when traffic is sparse', 'windowMs'),
  minReadyMs: seconds('--min-ready <s>', 'new replicas get traffic once all are ready for so long', 'minReadyMs'),
  readyTimeoutMs: seconds(
    '--ready-timeout <s>',
    'give up when they do not start, or were not ready once, within so long; --min-ready comes on top',
    'readyTimeoutMs',
  ),
  minStepMs: seconds('--step <s>', 'shortest time at each weight', 'minStepMs'),
  bakeMs: seconds('--bake <s>', 'keep the old revision warm for so long under all traffic on the new one', 'bakeMs'),
  abortOn: {
    flag: '--abort-on <alerts>',
    description: 'go back when one of these alerts of the stack’s Prometheus fires, as HighErrorRate,SlowAnswers',
    parse: (text) => {
      const names = text.split(',').map((name) => name.trim());
      if (names.includes('')) throw new Error('names of alerts, as HighErrorRate,SlowAnswers');
      return names;
    },
  },
  beforeStart: hookFlag('--before-start <hook>', 'a shell command, or a URL to POST to, that has to pass first'),
  beforePromotion: hookFlag('--before-promotion <hook>', 'the same before the new revision is made stable'),
  afterPromotion: hookFlag('--after-promotion <hook>', 'once it is stable; one that fails undoes nothing'),
  afterRollback: hookFlag('--after-rollback <hook>', 'once everything was given back'),
  skew: {
    flag: '--skew <on or off>',
    description: 'try what the two revisions leave behind on each other, by the sequences that the configuration names',
    parse: (text) => {
      if (text !== 'on' && text !== 'off') throw new Error('on or off');
      return text === 'on';
    },
    initially: 'on',
  },
  progressDeadlineMs: seconds('--deadline <s>', 'the whole rollout must end before this', 'progressDeadlineMs'),
};

function hookFlag(flag: string, description: string): StrategyFlag {
  const parse = (text: string) => {
    if (text.trim() === '') throw new Error('a shell command, as ./smoke.sh, or a URL');
    return text;
  };
  return { flag, description, parse };
}

/** The settings that are times with a default. */
type TimeSetting = {
  [Name in keyof RolloutSettings]-?: undefined extends RolloutSettings[Name]
    ? never
    : RolloutSettings[Name] extends number
      ? Name
      : never;
}[keyof RolloutSettings];

function seconds(flag: string, description: string, setting: TimeSetting): StrategyFlag {
  const parse = (text: string) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= 0 && Number.isFinite(value))) throw new Error('seconds, as 10 or 0.5');
    return value * 1_000;
  };
  return { flag, description, parse, initially: String(DEFAULT_SETTINGS[setting] / 1_000) };
}
