import { z } from 'zod';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A span, whatever the tracing backend. Times are wall ms with fractions. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId?: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly durationMs: number;
  readonly status: 'ok' | 'error' | 'unset';
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

/** The spans of one trace, by start. */
export interface Trace {
  readonly traceId: string;
  readonly spans: readonly Span[];
}

const ATTRIBUTE = z.object({
  key: z.string(),
  value: z.object({
    stringValue: z.string().optional(),
    intValue: z.union([z.string(), z.number()]).optional(),
    doubleValue: z.number().optional(),
    boolValue: z.boolean().optional(),
  }),
});

const ATTRIBUTES = z.array(ATTRIBUTE).default([]);

/** OTLP's JSON form of spans, as far as it is read. */
export const OTLP = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: ATTRIBUTES }).optional(),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.number().default(1),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes: ATTRIBUTES,
              status: z.object({ code: z.number().optional() }).default({}),
            }),
          ),
        }),
      ),
    }),
  ),
});

const KINDS: readonly SpanKind[] = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'];

/** OTLP's spans, one list a trace, oldest trace first. A span that came twice is kept once. */
export function tracesOf(otlp: z.infer<typeof OTLP>): Trace[] {
  const traces = new Map<string, Map<string, Span>>();
  for (const { resource, scopeSpans } of otlp.resourceSpans) {
    const service = String(attributesOf(resource?.attributes ?? [])['service.name'] ?? 'unknown');
    for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
      const spans = traces.get(span.traceId) ?? new Map<string, Span>();
      traces.set(span.traceId, spans);
      spans.set(span.spanId, {
        traceId: span.traceId,
        spanId: span.spanId,
        ...(span.parentSpanId ? { parentId: span.parentSpanId } : {}),
        service,
        name: span.name,
        kind: KINDS[span.kind] ?? 'internal',
        startMs: nanosToMs(span.startTimeUnixNano),
        durationMs: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
        status: span.status.code === 2 ? 'error' : span.status.code === 1 ? 'ok' : 'unset',
        attributes: attributesOf(span.attributes),
      });
    }
  }
  const start = (trace: Trace) => trace.spans[0]?.startMs ?? 0;
  return [...traces]
    .map(([traceId, spans]) => ({ traceId, spans: [...spans.values()].sort((a, b) => a.startMs - b.startMs) }))
    .sort((a, b) => start(a) - start(b));
}

/** Nanoseconds since the epoch do not fit a double; milliseconds with fractions do, to a quarter of a microsecond. */
function nanosToMs(text: string): number {
  const nanos = BigInt(text);
  return Number(nanos / 1_000_000n) + Number(nanos % 1_000_000n) / 1e6;
}

function attributesOf(attributes: z.infer<typeof ATTRIBUTES>): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.flatMap(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => {
      const value = stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue) : Number(intValue));
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}
