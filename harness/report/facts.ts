import { z } from 'zod';

/** A count, or the list of what was counted. */
const tally = z.union([z.number(), z.array(z.unknown()).transform((list) => list.length)]);
const maybe = { number: z.number().optional(), text: z.string().optional() };

const requests = z.object({ sent: z.number(), ok: maybe.number, failed: maybe.number, lost: z.number() });
const rollout = z.object({
  rollout: maybe.text,
  service: maybe.text,
  strategy: maybe.text,
  outcome: z.string(),
  from: maybe.text,
  to: maybe.text,
  reason: maybe.text,
  /** Code of the error that led back to stable. */
  cause: maybe.text,
  weightsReached: z.array(z.number()).optional(),
  /** Decision → last request started on the bad revision. */
  switchMs: maybe.number,
  firstBadResponseAtMs: maybe.number,
  decidedAtMs: maybe.number,
  lastStartOnBadAtMs: maybe.number,
  rolledBackAtMs: maybe.number,
  /** When it was held at a weight without being judged. */
  held: z.object({ fromMs: z.number(), toMs: z.number() }).optional(),
});
const alert = z.object({
  name: z.string(),
  pendingAtMs: maybe.number,
  firingAtMs: maybe.number,
  notifiedAtMs: maybe.number,
  resolvedAtMs: maybe.number,
});
const exclusiveTimes = z.record(z.string(), z.object({ before: z.number(), after: z.number() }));
const reconciliation = z.object({ acknowledged: tally, stored: tally, missing: tally, doubled: tally });

export type RolloutFacts = z.infer<typeof rollout>;
export type AlertFacts = z.infer<typeof alert>;

/** The facts of a scenario that the report knows how to draw. What is malformed is left to the raw listing. */
export interface KnownFacts {
  readonly requests: z.infer<typeof requests> | undefined;
  readonly rollouts: readonly RolloutFacts[];
  readonly alerts: readonly AlertFacts[];
  readonly exclusiveTimeMs: z.infer<typeof exclusiveTimes> | undefined;
  readonly reconciliation: z.infer<typeof reconciliation> | undefined;
}

/** Reads what is known from the free-form facts of a scenario as the journal has them. `summary.json` has other names: `contractFacts`. */
export function knownFacts(facts: Readonly<Record<string, unknown>>): KnownFacts {
  return {
    requests: requests.safeParse(facts['requests']).data,
    rollouts: many(rollout, facts['rollout']),
    alerts: many(alert, facts['alerts']),
    exclusiveTimeMs: exclusiveTimes.safeParse(facts['exclusiveTimeMs']).data,
    reconciliation: reconciliation.safeParse(facts['reconciliation']).data,
  };
}

/** One, or a list where there were several. */
function many<Item>(schema: z.ZodType<Item>, values: unknown): Item[] {
  return [values].flat().flatMap((value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? [parsed.data] : [];
  });
}
