import { z } from 'zod';
import { checked, invalid } from '../checked';
import { shadow as shadowStep, shadowOptions } from '../steps/shadow';
import { canary } from './canary';
import type { GivenSettings } from './settings';
import { takesTurns, type Strategy, type StrategyFlag, type StrategyKind } from './strategy';

const KIND = 'shadow';

/** Of a canary, where nobody says how it goes on. */
const STEPS = [20, 50, 100];

const own = z.strictObject(shadowOptions);
const ownNames = Object.keys(shadowOptions);

const flags: Readonly<Record<keyof typeof shadowOptions, StrategyFlag>> = {
  copies: {
    flag: '--copies <requests>',
    description: 'compare the answers to copies of so many of the users’ requests that read',
    parse: wholeNumber,
    initially: '100',
  },
  copiesPerSecond: {
    flag: '--copies-per-second <requests>',
    description: 'copy at most so many a second; the old revision gets each twice',
    parse: wholeNumber,
    initially: '10',
  },
  accept: {
    flag: '--accept <parts>',
    description: 'parts of answers that are meant to differ, as $.total,status',
    parse: (text) => text.split(',').map((part) => part.trim()),
  },
};

function wholeNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error('a number of requests, as 100');
  return Number(text);
}

/** What {@link shadow} takes: how the rollout goes on as `then`, or the options of a canary, whose steps are 20, 50 and 100 by default. */
export type ShadowOptions = z.input<typeof own> &
  (
    | { readonly then: Strategy }
    | (GivenSettings & Partial<Parameters<typeof canary>[0]> & { readonly then?: undefined })
  );

function from(options: Readonly<Record<string, unknown>>): Strategy {
  const entries = Object.entries(options).filter(([name, value]) => value !== undefined && name !== 'then');
  const asked = checked(own, Object.fromEntries(entries.filter(([name]) => ownNames.includes(name))), KIND);
  const rest = Object.fromEntries(entries.filter(([name]) => !ownNames.includes(name)));
  const { then } = options;
  if (then !== undefined && Object.keys(rest).length > 0) {
    throw invalid(KIND, `${Object.keys(rest).join(', ')}: an option of the strategy that comes then`, options);
  }
  const strategy = isStrategy(then) ? then : canary.from({ steps: STEPS, ...rest });
  if (then !== undefined && !isStrategy(then))
    throw invalid(KIND, 'then: a strategy, as canary({ steps: [20, 100] })', options);
  return before(strategy, asked);
}

/** Before the new revision has a user, and after all of it is ready. */
function before(then: Strategy, options: z.output<typeof own>): Strategy {
  const at = then.steps.findIndex(({ kind }) => kind === 'ready');
  if (at < 0 || takesTurns(then)) {
    throw invalid(
      KIND,
      `${then.name} never has all of the new revision ready beside the old one without a user`,
      options,
    );
  }
  const { inconclusiveMs } = then.settings;
  if ((1_000 * options.copies) / options.copiesPerSecond >= inconclusiveMs) {
    throw invalid(
      KIND,
      `${options.copies} copies, ${options.copiesPerSecond} a second, take longer than the ${inconclusiveMs} ms of inconclusiveMs`,
      options,
    );
  }
  const steps = [...then.steps.slice(0, at + 1), shadowStep(options), ...then.steps.slice(at + 1)];
  return { ...then, name: `shadow of ${options.copies} requests, ${then.name}`, steps };
}

const isStrategy = (value: unknown): value is Strategy =>
  typeof value === 'object' && value !== null && 'steps' in value && 'settings' in value && 'name' in value;

/**
 * Before any user gets the new revision, both answer copies of what users read: where the new one differs from what stable says, it ends there;
 * otherwise the rollout goes on as another strategy does, `shadow({ copies: 200, then: blueGreen() })`; by default as a canary.
 * @throws HarnessError `strategy-invalid`, also for one that never has both at once without a user: `recreate`, `rolling`
 */
export const shadow: StrategyKind<ShadowOptions> = Object.assign((options: ShadowOptions = {}) => from(options), {
  kind: KIND,
  description:
    'copies of users’ reads are answered by both and compared before the new revision has a user; then a canary',
  from,
  flags,
  takesFlagsOf: [canary.kind],
});
