/** Loaded by `node --require` before anything else: the instrumentations patch modules as they are first loaded. */
import type { IncomingMessage } from 'node:http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import { isInternalPath } from './internal-paths';
import { SettingsError, readSettings, type CommonSettings } from './settings';

/** How often finished spans leave: short, so that a person finds a trace right after the request. */
const EXPORT_EVERY_MS = 1_000;

try {
  start(readSettings({}));
} catch (error) {
  // The service reads the same variables next, and refuses with the names of all that are wrong.
  if (!(error instanceof SettingsError)) throw error;
}

function start(settings: CommonSettings): void {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return;
  // The attribute names of the stable conventions (`server.address`, `http.route`), which diagnosis reads.
  process.env['OTEL_SEMCONV_STABILITY_OPT_IN'] ??= 'http,database';
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces`, timeoutMillis: 3_000 });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      'service.name': settings.SERVICE_NAME,
      'service.version': settings.ROLLPROOF_REVISION,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.OTEL_TRACES_SAMPLER_ARG) }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: EXPORT_EVERY_MS, maxQueueSize: 8_192 })],
  });
  provider.register();
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: true,
        ignoreIncomingRequestHook: (request: IncomingMessage) => isInternalPath(request.url ?? ''),
      }),
      new UndiciInstrumentation({ requireParentforSpans: true }),
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
    ],
  });
}
