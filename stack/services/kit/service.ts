import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { defect } from './defect';
import { Lifecycle } from './lifecycle';
import { createLogger, type Logger } from './logger';
import { createMetrics, type Metrics } from './metrics';
import { createShopServer, type Handler } from './server';
import { SettingsError, refuseSettings, type CommonSettings } from './settings';
import { SilentConnections } from './silent-connections';

/** What a service is, beyond what all of them are. */
export interface ServiceDefinition {
  readonly routes: Readonly<Record<string, Handler>>;
  /** Its own readiness; never that of another HTTP service, or one failure would take all of them out of rotation. */
  readonly isReady?: () => boolean;
  readonly cleanUp?: () => Promise<void>;
  readonly bodyLimitBytes?: number;
}

export interface Equipment {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface RunningService {
  readonly port: number;
  readonly server: Server;
  readonly stop: () => Promise<void>;
  /** Goes on when it is asked to stop. */
  readonly ignoresStop: boolean;
}

/** Starts a service and resolves when it listens. */
export async function startService(
  settings: CommonSettings,
  define: (equipment: Equipment) => ServiceDefinition,
): Promise<RunningService> {
  const logger = createLogger(settings);
  const metrics = createMetrics(settings);
  const definition = define({ logger, metrics });
  const builtIn = defect(settings.SHOP_DEFECT);
  builtIn.boot();
  const lifecycle = new Lifecycle({
    drainMs: settings.DRAIN_MS,
    logger,
    cleanUps: [flushSpans, ...(definition.cleanUp === undefined ? [] : [definition.cleanUp])],
  });
  const server = createShopServer({
    routes: definition.routes,
    logger,
    metrics,
    defect: builtIn,
    isReady: () => !lifecycle.draining && builtIn.isReady() && (definition.isReady?.() ?? true),
    isDraining: () => lifecycle.draining,
    ...(definition.bodyLimitBytes === undefined ? {} : { bodyLimitBytes: definition.bodyLimitBytes }),
  });
  const silent = new SilentConnections(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(settings.PORT === 0 ? 0 : settings.PORT + builtIn.portShift, resolve);
  });
  const { port } = server.address() as AddressInfo;
  logger.info({ port }, 'listening');
  builtIn.listening();
  const { ignoresStop } = builtIn;
  return { port, server, stop: () => lifecycle.stop(server, silent), ignoresStop };
}

/** The body of each `main.ts`: refuses a wrong environment by name, ends with 0 on SIGTERM, with 1 on a surprise. */
export function runMain(start: () => Promise<RunningService>): void {
  const run = async (): Promise<void> => {
    const service = await start();
    if (service.ignoresStop) return;
    const end = (): void => void service.stop().then(() => process.exit(0));
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
  };
  run().catch((error: unknown) => {
    if (error instanceof SettingsError) refuseSettings(error);
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
}

async function flushSpans(): Promise<void> {
  const provider = trace.getTracerProvider();
  const actual: unknown = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  if (canShutDown(actual)) await actual.shutdown();
}

function canShutDown(value: unknown): value is { shutdown: () => Promise<void> } {
  return typeof value === 'object' && value !== null && 'shutdown' in value && typeof value.shutdown === 'function';
}
