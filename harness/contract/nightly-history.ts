import { z } from 'zod';
import type { Immutable } from './immutable';
import { durationMs } from './numbers';
import { verdict } from './verdict';

/** One try of a scenario, or of a command. */
const nightlyTry = z.strictObject({
  /** Id of the scenario, or `command:` and its name. */
  candidate: z.string(),
  verdict,
  seed: z.string(),
  durationMs,
});

const figure = z.strictObject({
  /** Of whom, and what: `scenario-id: requests a second`. */
  name: z.string(),
  unit: z.string(),
  /** As often as it was measured that night. */
  values: z.array(z.number()).min(1),
});

const night = z.strictObject({
  /** When it began, ISO 8601, UTC. */
  at: z.iso.datetime(),
  seed: z.string(),
  /** The commit that was tried; absent where there is none, or more than the commit. */
  revision: z.string().optional(),
  tries: z.array(nightlyTry),
  figures: z.array(figure),
});

/** What the nightly job carries from night to night. `schema` grows when a field changes its meaning or goes away. */
export const nightlyHistory = z.strictObject({
  schema: z.literal(1),
  /** Oldest first. */
  nights: z.array(night),
});

export type NightlyTry = Immutable<z.infer<typeof nightlyTry>>;
export type NightlyFigure = Immutable<z.infer<typeof figure>>;
export type Night = Immutable<z.infer<typeof night>>;
export type NightlyHistory = Immutable<z.infer<typeof nightlyHistory>>;
