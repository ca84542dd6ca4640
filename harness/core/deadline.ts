import { after } from './clock';
import { HarnessError } from './errors';

/**
 * The result of `work`, or a {@link HarnessError} `no-answer` when it has none within `timeoutMs`. What comes later goes to `onLate`.
 */
export function withDeadline<T>(
  work: Promise<T>,
  options: { readonly what: string; readonly timeoutMs: number; readonly onLate?: (late: T) => void },
): Promise<T> {
  const { what, timeoutMs, onLate } = options;
  return new Promise((resolve, reject) => {
    let isOver = false;
    const cancel = after(timeoutMs, () => {
      isOver = true;
      reject(
        new HarnessError('no-answer', { message: `${what}: no answer within ${timeoutMs} ms`, facts: { timeoutMs } }),
      );
    });
    work.then(
      (value) => {
        cancel();
        if (isOver) onLate?.(value);
        else resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
