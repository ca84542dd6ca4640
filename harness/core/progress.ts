import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { monotonicMs } from './clock';

/** Says what goes on, to a person or to a log. */
export interface Progress {
  step(message: string, facts?: Record<string, unknown>): void;
}

/** pino lines on standard error: pretty on a terminal, JSON elsewhere. */
function terminalLogger(): Logger {
  if (!process.stderr.isTTY) return pino({ base: null }, pino.destination(2));
  return pino({ base: null }, pretty({ destination: 2, sync: true, translateTime: 'HH:MM:ss', ignore: 'elapsedMs' }));
}

export function terminalProgress(): Progress {
  const logger = terminalLogger();
  const startedMs = monotonicMs();
  return {
    step: (message, facts) => logger.info({ elapsedMs: Math.round(monotonicMs() - startedMs), ...facts }, message),
  };
}
