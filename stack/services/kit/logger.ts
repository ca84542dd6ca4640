import { pino, stdTimeFunctions, type Logger } from 'pino';
import type { CommonSettings } from './settings';

export type { Logger } from 'pino';

/** JSON lines on stdout, written synchronously: a line of a request that was answered survives a kill. */
export function createLogger(settings: CommonSettings): Logger {
  return pino({
    level: settings.LOG_LEVEL,
    base: { service: settings.SERVICE_NAME, revision: settings.ROLLPROOF_REVISION },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  });
}
