import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Socket } from 'node:net';

/** Runs a program with this input. Rejects with what it said when it fails. */
export type Run = (command: string, args: readonly string[], input?: string) => Promise<string>;

export const run: Run = (command, args, input = '') => outcomeOf(spawn(command, args), command, input);

/**
 * As {@link run}, but of one program the next process is always there already, and waits for its input: what it is to do is decided when it
 * runs, not when a busy machine begins to start it. The program must look at nothing else before its input has ended.
 */
export function runWithSpare(program: string, args: readonly string[]): Run {
  let spare: ChildProcessWithoutNullStreams | undefined;
  const start = () => {
    const child = spawn(program, args);
    // It may die unused, or not be there at all: then it is no spare.
    child.on('error', () => undefined).once('close', () => (spare = spare === child ? undefined : spare));
    return child;
  };
  // What only waits keeps nobody from ending.
  const hold = (child: ChildProcessWithoutNullStreams, isUsed: boolean) => {
    for (const one of [child, child.stdin, child.stdout, child.stderr] as (ChildProcess | Socket)[]) {
      if (isUsed) one.ref();
      else one.unref();
    }
    return child;
  };
  return async (command, commandArgs, input = '') => {
    if (command !== program || commandArgs.join(' ') !== args.join(' ')) return run(command, commandArgs, input);
    const child = hold(spare ?? start(), true);
    spare = undefined;
    try {
      return await outcomeOf(child, program, input);
    } finally {
      spare ??= hold(start(), false);
    }
  };
}

function outcomeOf(child: ChildProcessWithoutNullStreams, command: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new Error(`${command} ended with ${code}: ${stderr.trim().split('\n')[0] ?? ''}`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
