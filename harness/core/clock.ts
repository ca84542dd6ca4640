import { performance } from 'node:perf_hooks';

/** Milliseconds of a monotonic clock, with fractions. For durations. */
export function monotonicMs(): number {
  return performance.now();
}

/** Wall time in ms since the epoch, with fractions. Only to correlate with other processes' records. */
export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * How far the machine's wall clock is ahead of {@link wallMs} now, ms. They part when somebody sets the clock, and when the machine sleeps:
 * our own goes on from where this process began.
 */
export function clockJumpMs(): number {
  return Date.now() - wallMs();
}

/** Wall time as ISO 8601 in UTC. */
export function wallIso(atMs: number = wallMs()): string {
  return new Date(atMs).toISOString();
}

/** Waits `delayMs`. Rejects with the signal's reason when aborted. */
export function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Calls `action` every `intervalMs` until the returned function is called. Does not keep the process alive. */
export function every(intervalMs: number, action: () => void): () => void {
  const timer = setInterval(action, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** Calls `action` once after `delayMs`, unless the returned function was called before. Does not keep the process alive. */
export function after(delayMs: number, action: () => void): () => void {
  const timer = setTimeout(action, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
}

/** As {@link after}, for what somebody waits for: keeps the process alive until it is called or cancelled. */
export function deadline(delayMs: number, action: () => void): () => void {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
}
