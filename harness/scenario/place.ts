import { relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Place } from '../contract/lines/scenario';

/** Where our own code lies. */
export const HARNESS = `${resolve(__dirname, '..')}${sep}`;

/** `at run (/mine/slow.scenario.ts:12:5)`, `at file:///mine/slow.scenario.ts:12:5`. */
const FRAME = /^\s+at (?:async )?(?:.*\()?(?<file>(?:file:\/\/)?\/.+?):(?<line>\d+):\d+\)?$/;

/** The line outside of our own code from which this is called; `undefined` where no stack tells it. */
export function callerPlace(stack = new Error('here').stack ?? ''): Place | undefined {
  for (const text of stack.split('\n')) {
    const { file: named, line } = FRAME.exec(text)?.groups ?? {};
    if (named === undefined || line === undefined) continue;
    const file = named.startsWith('file://') ? fileURLToPath(named) : named;
    if (!file.startsWith(HARNESS) || file.endsWith('.test.ts')) {
      return { file: relative('.', file).split(sep).join('/'), line: Number(line) };
    }
  }
  return undefined;
}
