import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { alertLimitSchema } from '../contract/alerts';
import type { JournalLine } from '../contract/observation';

/** A line of one type. */
export type LineOf<Type extends JournalLine['type']> = Extract<JournalLine, { type: Type }>;

const text = z.string();
const number = z.number();
/** JSON has no NaN: a percentile of nothing stands as null. */
const percentile = number.nullable().transform((value) => value ?? Number.NaN);
const facts = z.record(text, z.unknown());
const verdict = z.enum(['passed', 'failed', 'inconclusive', 'error', 'skipped']);
const traffic = z.object({ requests: number, errors: number });
const states = z.enum([
  ...([
    'Pending',
    'Preflight',
    'Starting',
    'Readying',
    'Shifting',
    'Analyzing',
    'Holding',
    'Promoted',
    'Baking',
  ] as const),
  ...(['Retiring', 'Succeeded', 'Aborting', 'RollingBack', 'RolledBack', 'RollbackPaused'] as const),
]);
const image = z.object({ image: text, imageId: text, source: text.optional() });

function line<Type extends JournalLine['type'], Shape extends z.ZodRawShape>(type: Type, shape: Shape) {
  return z.looseObject({ type: z.literal(type), at: number, scenario: text.optional(), ...shape });
}

const optionalNumber = number.optional();
const optionalText = text.optional();

const lineSchema = z.discriminatedUnion('type', [
  line('run-started', {
    run: text,
    title: text,
    seed: text,
    versions: z.record(text, text),
    rerun: text,
    alerts: z.array(alertLimitSchema).optional(),
  }),
  line('run-finished', { verdict, reason: optionalText }),
  line('stack-up', {
    project: text,
    tookMs: number,
    urls: z.record(text, text),
    images: z.record(text, image),
  }),
  line('stack-down', { project: text, tookMs: number, kept: z.boolean() }),
  line('scenario-started', { phase: text, title: text, hypothesis: optionalText }),
  line('scenario-finished', { verdict, durationMs: number.nonnegative(), reason: optionalText, facts }),
  line('check', {
    name: text,
    verdict,
    observed: text,
    expected: text,
    samples: optionalNumber,
    windowMs: optionalNumber,
  }),
  line('measurement', {
    name: text,
    value: number,
    unit: text,
    limit: optionalNumber,
    samples: number.int().nonnegative(),
    window: optionalText,
  }),
  line('rollout', {
    ...{ rollout: text, service: text, strategy: text, state: states, from: text, to: text, weight: number },
    deadlineAtMs: optionalNumber,
    reason: optionalText,
  }),
  line('action', { rollout: text, phase: z.enum(['intent', 'result']), action: text, detail: facts }),
  line('judgement', {
    rollout: text,
    outcome: z.enum(['hold', 'promote', 'abort']),
    reason: text,
    weight: number,
    canary: traffic,
    stable: traffic,
    errorPValue: optionalNumber,
    latencyPValue: optionalNumber,
    latencyShiftMs: optionalNumber,
    power: optionalNumber,
  }),
  line('fault', {
    ...{ fault: text, kind: text, target: text, detail: facts },
    state: z.enum(['applied', 'proved', 'reverted', 'expired', 'failed']),
  }),
  line('health', {
    service: text,
    container: text,
    state: z.enum(['started', 'healthy', 'unhealthy', 'died', 'stopped']),
  }),
  line('alert', {
    alert: text,
    labels: z.record(text, text),
    state: z.enum(['pending', 'firing', 'inactive', 'notified', 'resolved']),
    happenedAtMs: optionalNumber,
    value: optionalNumber,
    annotations: z.record(text, text).optional(),
  }),
  line('alert-evidence', {
    alert: text,
    peakOverThreshold: percentile,
    pendingOverFor: percentile,
    compression: number,
    samples: number,
    unwatchedMs: optionalNumber,
  }),
  line('load-window', {
    ...{ load: text, startMs: number, lengthMs: number.positive() },
    ...{ sent: number, ok: number, failed: number, lost: number, late: number },
    ...{ latencyMsP50: percentile, latencyMsP95: percentile, latencyMsP99: percentile },
  }),
  line('traffic-window', {
    service: text,
    startMs: number,
    lengthMs: number.positive(),
    revisions: z.record(text, traffic),
  }),
  line('skipped-capability', { capability: text, reason: text }),
  line('note', { message: text, detail: facts.optional() }),
]);

/** A journal as a report reads it: whatever can be read, and how much could not. */
export interface ReadableJournal {
  /** In the order of their times. */
  readonly lines: readonly JournalLine[];
  /** Numbers (from 1) of lines that are not JSON, or not an observation. */
  readonly unreadable: readonly number[];
}

/**
 * Reads a journal for people. Unlike `readJournal` it never throws: a writer that was killed and resumed leaves a torn
 * line in the middle, and the report of that run is wanted most.
 */
export function readJournalForReport(path: string): ReadableJournal {
  const texts = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const lines: JournalLine[] = [];
  const unreadable: number[] = [];
  texts.forEach((content, index) => {
    if (content.trim() === '') return;
    const parsed = parseLine(content);
    if (parsed === undefined) unreadable.push(index + 1);
    else lines.push(parsed);
  });
  return { lines: lines.sort((a, b) => a.at - b.at), unreadable };
}

function parseLine(content: string): JournalLine | undefined {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(content));
    return parsed.success ? (parsed.data as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}
