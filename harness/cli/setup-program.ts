import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { childExit } from '../core/child';
import { INTERRUPTED } from '../core/interrupt';
import { PACKAGE_ROOT } from '../core/package-root';

/** Runs a program of setup, which needs nothing of ours, in our place: on our terminal, and with its exit code. */
export async function runSetupProgram(name: 'main' | 'doctor', words: readonly string[]): Promise<number> {
  // A Ctrl-C reaches it by itself: it is for it to clean up.
  const wait = () => undefined;
  process.on('SIGINT', wait);
  try {
    const child = spawn(process.execPath, [join(PACKAGE_ROOT, 'setup', `${name}.js`), ...words], { stdio: 'inherit' });
    const { exitCode } = await childExit(child);
    return exitCode ?? INTERRUPTED;
  } finally {
    process.off('SIGINT', wait);
  }
}
