import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { deadline } from '../core/clock';

/** A command that is asked to end cleans up: a rollout goes back to stable, the stack is taken down. One that takes longer is asked to leave at once. */
const CLEAN_UP_MS = 150_000;

/** Then it is killed; what it left is swept by the guardian of its stack. */
const LEAVE_MS = 20_000;

/** What it said last may still be on its way when it has ended. */
const LAST_WORDS_MS = 1_000;

/** So much of what a command said last is told when it fails. */
const TAIL_LENGTH = 2_000;

export interface ChildOptions {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Takes all that it says. */
  readonly logPath: string;
  /** Asks it to end: SIGTERM, and once more; SIGKILL in the end. */
  readonly signal: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

export interface ChildEnd {
  /** `null` when a signal ended it, or it could not be started. */
  readonly exitCode: number | null;
  /** Its last line that says something. */
  readonly lastLine: string;
}

/** Runs a command in a process group of its own, so that whatever it started ends with it. Never throws for how it ends. */
export async function runChild({ command, env, logPath, signal, onOutput }: ChildOptions): Promise<ChildEnd> {
  const [program = '', ...args] = command;
  mkdirSync(dirname(logPath), { recursive: true });
  const log = openSync(logPath, 'a');
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  let tail = '';
  let isOpen = true;
  const take = (text: string) => {
    tail = (tail + text).slice(-TAIL_LENGTH);
    if (isOpen) writeSync(log, text);
    onOutput?.(text);
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const toGroup = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended.
    }
  };
  // Whoever cleans up needs those that it has started.
  const ask = () => child.kill('SIGTERM');
  let stopWaiting = () => {};
  const end = () => {
    ask();
    stopWaiting = deadline(CLEAN_UP_MS, () => {
      ask();
      stopWaiting = deadline(LEAVE_MS, () => toGroup('SIGKILL'));
    });
  };
  const leave = () => toGroup('SIGKILL');
  process.once('exit', leave);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  try {
    const exitCode = await new Promise<number | null>((resolve) => {
      child.once('error', (error) => {
        take(`${program} cannot be run: ${error.message}\n`);
        resolve(null);
      });
      child.once('close', (code) => resolve(code));
      // What it left behind may hold its pipes for ever: its own end counts.
      child.once('exit', (code) => {
        stopWaiting();
        stopWaiting = deadline(LAST_WORDS_MS, () => resolve(code));
      });
    });
    if (signal.aborted) leave();
    return { exitCode, lastLine: lastLine(tail) };
  } finally {
    stopWaiting();
    signal.removeEventListener('abort', end);
    process.off('exit', leave);
    isOpen = false;
    closeSync(log);
  }
}

function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return lines.findLast((line) => line !== '') ?? '';
}
