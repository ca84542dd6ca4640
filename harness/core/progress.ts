import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { monotonicMs } from './clock';

/** Says what goes on, to a person or to a log. */
export interface Progress {
  step(message: string, facts?: Record<string, unknown>): void;
}

/** Where progress goes: `process.stderr`, or what stands for it. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** JSON lines for a program, whatever the stream is. Default false. */
  readonly json?: boolean;
  /** Default: standard error. */
  readonly stream?: ProgressStream;
}

/** Progress of a command: pino's lines with `json`, pretty and coloured on a terminal, and elsewhere plain text for a person's log. */
export function commandProgress({ json = false, stream = process.stderr }: ProgressOptions = {}): Progress {
  const startedMs = monotonicMs();
  const elapsedMs = () => Math.round(monotonicMs() - startedMs);
  if (!json && stream.isTTY !== true) {
    return { step: (message, facts = {}) => void stream.write(`${plainLine(elapsedMs(), message, facts)}\n`) };
  }
  const format = { colorize: pretty.isColorSupported, translateTime: 'HH:MM:ss', ignore: 'elapsedMs' };
  const toTerminal = () => {
    const lines = pretty.prettyFactory(format);
    return { write: (text: string) => void stream.write(lines(JSON.parse(text) as object)) };
  };
  const logger = json ? jsonLogger(stream) : pino({ base: null }, toTerminal());
  return { step: (message, facts) => logger.info({ elapsedMs: elapsedMs(), ...facts }, message) };
}

/** Pino's JSON lines: what a command says, beside its result, to a program. */
export function jsonLogger(stream: ProgressStream = process.stderr): Logger {
  return pino({ base: null }, { write: (text: string) => void stream.write(text) });
}

/** Facts that are longer than this are for the journal, characters. */
const FACT_LENGTH_MAX = 200;

/** `  12.3 s  the stack is up (took 9.1 s, gateway http://127.0.0.1:8080)`. */
function plainLine(elapsedMs: number, message: string, facts: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(facts).flatMap(([name, value]) => factText(name, value) ?? []);
  return `${seconds(elapsedMs).padStart(9)}  ${oneLine(message)}${told.length === 0 ? '' : ` (${told.join(', ')})`}`;
}

function factText(name: string, value: unknown): string | undefined {
  if (typeof value === 'number')
    return name.endsWith('Ms') ? `${name.slice(0, -2)} ${seconds(value)}` : `${name} ${value}`;
  if (typeof value !== 'string' && typeof value !== 'boolean') return undefined;
  const text = oneLine(String(value));
  return `${name} ${text.length > FACT_LENGTH_MAX ? `${text.slice(0, FACT_LENGTH_MAX - 1)}…` : text}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
