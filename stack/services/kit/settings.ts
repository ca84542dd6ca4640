import { z } from 'zod';
import { DEFECTS } from './defect-names';
import { DRAIN_MAX_MS } from './grace';

/** The exit code of a service that refuses its configuration (EX_CONFIG of sysexits.h). */
export const BAD_SETTINGS_EXIT_CODE = 78;

/** A variable of the environment is missing or wrong; the message names each one. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** What every service reads from its environment. */
const common = {
  SERVICE_NAME: z.string().min(1),
  /** 0 takes a free port. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** Which deployed revision this is: a field of each log line and of each span. */
  ROLLPROOF_REVISION: z.string().min(1).default('local'),
  /** The one defect that is built into this image. */
  SHOP_DEFECT: z.enum(DEFECTS).default('good'),
  /** How long a stopping service still takes requests, ms. */
  DRAIN_MS: z.coerce.number().int().min(0).max(DRAIN_MAX_MS).default(500),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  /** Where spans go. Without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  /** Ratio of traces that are kept, decided once at the root. */
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.2),
};

/** The base URL of another service. */
export const serviceUrl = z.url({ protocol: /^https?$/ });
/** A PostgreSQL connection string. */
export const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ });
/** A whole number of milliseconds. */
export const milliseconds = z.coerce.number().int().min(0).max(60_000);

export type CommonSettings = z.infer<z.ZodObject<typeof common>>;

/** Reads the common settings and those of `shape`. An empty variable counts as not set. Throws `SettingsError`. */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv = process.env,
): CommonSettings & z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const specific = z.object(shape).safeParse(given);
  const general = z.object(common).safeParse(given);
  const issues = [...(general.error?.issues ?? []), ...(specific.error?.issues ?? [])];
  if (!general.success || !specific.success) {
    throw new SettingsError(issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
  return { ...general.data, ...specific.data };
}

/** Ends the process with the code for a wrong configuration after one log line that names the variables. */
export function refuseSettings(error: SettingsError): never {
  const line = {
    level: 'fatal',
    time: new Date().toISOString(),
    service: process.env['SERVICE_NAME'] ?? 'unknown',
    revision: process.env['ROLLPROOF_REVISION'] ?? 'local',
    msg: `refusing to start, wrong environment: ${error.message}`,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.exit(BAD_SETTINGS_EXIT_CODE);
}
