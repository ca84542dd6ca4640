import type { Command } from 'commander';
import { exitCodeOf } from '../contract/endings';
import type { ErrorCode, ErrorKind } from '../core/error-codes';
import { errorMessage, formatError, isHarnessError, type Facts } from '../core/errors';
import { interruptible } from '../core/interrupt';
import { jsonLogger, type ProgressStream } from '../core/progress';

/** What `--json` gives, of commands that end with a run. */
export const SUMMARY = 'summary.json';

/** The error that ended a command, for a program. */
export interface JsonError {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly message: string;
  /** Such as where it was found, and what was observed against which limit. */
  readonly facts: Facts;
  readonly hint?: string;
  readonly exitCode: number;
}

/** Adds `--json`: `result` on standard output, and everything else that is said as JSON lines on standard error. */
export function withJson(command: Command, result: string): Command {
  const beside = 'progress, and the error that ended it, as JSON lines on standard error';
  return command.option('--json', `for programs: ${result} on standard output; ${beside}`, false);
}

/** Whether a command line asks for JSON, also one that cannot be parsed. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}

/** Prints a result: one line of JSON, or what a person reads. */
export function printResult(json: boolean, value: unknown, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text);
}

/** Says what ended a command. The one place that does. */
export function tellError(error: unknown, json: boolean, stream: ProgressStream = process.stderr): void {
  if (json) jsonLogger(stream).error({ error: jsonError(error) }, errorMessage(error));
  else stream.write(`${formatError(error)}\n`);
}

/** {@link interruptible}, whose notice of the first Ctrl-C is a JSON line where the command's other lines are. */
export function interruptibleJson(
  json: boolean,
  action: (signal: AbortSignal) => Promise<number>,
  stream: ProgressStream = process.stderr,
): Promise<number> {
  return json ? interruptible(action, (text) => jsonLogger(stream).warn(text)) : interruptible(action);
}

function jsonError(error: unknown): JsonError {
  const exitCode = exitCodeOf(error);
  if (!isHarnessError(error)) {
    return { code: 'unexpected-error', kind: 'internal', message: errorMessage(error), facts: {}, exitCode };
  }
  const { code, kind, message, facts, hint } = error;
  return { code, kind, message, facts, ...(hint === undefined ? {} : { hint }), exitCode };
}
