import { ERROR_CODES, type ErrorCode, type ErrorKind } from './error-codes';

const BRAND = Symbol.for('rollproof.HarnessError');

/** Facts of an error: plain values that a person or a program can act on. */
export type Facts = Readonly<Record<string, unknown>>;

export interface HarnessErrorOptions {
  /** What failed, on what, observed against limit. */
  readonly message: string;
  readonly facts?: Facts;
  /** What to do next. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The one error class. `code` is stable and may be matched by programs (all of them: `docs/errors.md`); the message may change. */
export class HarnessError extends Error {
  readonly code: ErrorCode;
  /** Whose error it is: verdict, exit code and words follow from it. */
  readonly kind: ErrorKind;
  readonly facts: Facts;
  readonly hint: string | undefined;
  /** Survives Jest's module registries, where `instanceof` does not. */
  readonly [BRAND] = true;

  constructor(code: ErrorCode, options: HarnessErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HarnessError';
    this.code = code;
    this.kind = ERROR_CODES[code].kind;
    this.facts = options.facts ?? {};
    this.hint = options.hint;
  }
}

/** Whether a value is a {@link HarnessError}, of this or of another copy of this module. */
export function isHarnessError(value: unknown): value is HarnessError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** Whether a value is an error with this very code. */
export function hasCode(value: unknown, code: ErrorCode): value is HarnessError {
  return isHarnessError(value) && value.code === code;
}

/** A message for a person, whatever was thrown. */
export function errorMessage(value: unknown): string {
  return value instanceof Error || isHarnessError(value) ? value.message : String(value);
}

/** One error in the form that people read: code, what, and what to do next. */
export function formatError(value: unknown): string {
  if (!isHarnessError(value)) return errorMessage(value);
  const hint = value.hint === undefined ? '' : `\n  hint: ${value.hint}`;
  return `${value.code}: ${value.message}${hint}`;
}

/** Runs every clean-up step, whatever the others do, and throws what failed as one error. */
export async function runAll(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map(errorMessage).join('; '));
}
