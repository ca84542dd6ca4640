import { z } from 'zod';
import { alertOptions, type Alert, type RecordingRule } from '../contract/alerts';
import { HarnessError } from '../core/errors';
import { compress, formatDuration } from './durations';

/** How long an alert stays firing after its last bad evaluation, at production speed: bridges one missed scrape. */
export const KEEP_FIRING_MS = 30_000;

type CommonShape = typeof alertOptions;
type OptionsOf<S extends z.ZodRawShape> = z.infer<z.ZodObject<CommonShape & S, z.core.$strict>>;
type InputOf<S extends z.ZodRawShape> = z.input<z.ZodObject<CommonShape & S, z.core.$strict>>;

/** What a kind's rules are made of. */
export interface AlertExpression {
  /** Recorded before the alert is evaluated. The same name means the same expression: alerts share what they record. */
  readonly recorded: readonly RecordingRule[];
  /** Of the ratio's series those that are over the limit, and whatever else must hold. */
  readonly expr: string;
}

/** A kind of alert on a share of requests. */
export interface AlertKind<S extends z.ZodRawShape> {
  readonly kind: string;
  /** Its options beside the common ones. */
  readonly options: S;
  /** What the ratio is of, such as `error-ratio`. */
  readonly quantity: string;
  /** The share above which it is pending. */
  readonly limit: (options: OptionsOf<S>) => number;
  /** Of a kind on latency: what it calls slow. Releases of its services are judged by the same. */
  readonly slowerThanMs?: (options: OptionsOf<S>) => number;
  /** PromQL of the ratio of each service in `of`: a recorded series, so that it is the same at every speed. */
  readonly measure: (options: OptionsOf<S>) => string;
  /** `scaled` writes a duration at the speed that is asked for; nothing else may depend on the speed. */
  readonly rules: (options: OptionsOf<S>, scaled: (durationMs: number) => string) => AlertExpression;
  /** Ends "12 % of requests …" and "12 % of its requests …". */
  readonly says: (options: OptionsOf<S>) => { readonly summary: string; readonly description: string };
}

/**
 * Makes a kind of alert: a function from options to an {@link Alert}. What every alert has, hold, labels, texts, is made here.
 * The function throws `config-invalid` for options that are not in `kind.options` or the common ones.
 */
export function defineAlert<S extends z.ZodRawShape>(kind: AlertKind<S>): (input: InputOf<S>) => Alert {
  const schema = z.strictObject({ ...alertOptions, ...kind.options });
  return (input) => {
    const options = parse(kind.kind, schema, input) as OptionsOf<S>;
    const { name, of, windowMs, forMs, severity, owner, runbook } = options as z.infer<z.ZodObject<CommonShape>>;
    const limit = kind.limit(options);
    const common = { name, of, windowMs, forMs, severity, owner, runbook };
    return {
      ...common,
      kind: kind.kind,
      quantity: kind.quantity,
      limit,
      ...(kind.slowerThanMs === undefined ? {} : { slowerThanMs: kind.slowerThanMs(options) }),
      measure: kind.measure(options),
      rules: (factor) => {
        const scaled = (durationMs: number) => formatDuration(compress(durationMs, factor));
        const { recorded, expr } = kind.rules(options, scaled);
        const says = kind.says(options);
        const most = `${Number((limit * 100).toFixed(3))}%`;
        const value = '{{ $labels.service }}: {{ $value | humanizePercentage }}';
        return [
          ...recorded,
          {
            alert: name,
            expr,
            for: scaled(forMs),
            keep_firing_for: scaled(KEEP_FIRING_MS),
            labels: { severity, owner },
            annotations: {
              summary: `${value} of requests ${says.summary} (limit ${most} for ${scaled(forMs)})`,
              description: `${value} of its requests ${says.description} over the last ${scaled(windowMs)}; the limit is ${most}, for ${scaled(forMs)}.`,
              runbook_url: runbook,
            },
          },
        ];
      },
    };
  };
}

function parse(kind: string, schema: z.ZodType, input: unknown): unknown {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`);
  throw new HarnessError('config-invalid', {
    message: `an alert (${kind}) is not understood: ${problems.join('; ')}`,
    facts: { kind, problems },
    hint: `It takes ${Object.keys((schema as z.ZodObject).shape).join(', ')}.`,
  });
}
