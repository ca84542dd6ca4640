/** A line of the front's log about a good request to green, with what is otherwise. */
export function requestLine(change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    ...{
      startedAtUs: 1795441516167250,
      epoch: 7,
      id: 'r-1',
      blue: 'orders-r1',
      green: 'orders-r2',
      routedSlot: 'green',
    },
    ...{ server: 'green1', pinned: false, method: 'GET', path: '/', status: 200, durationMs: 1, queueMs: 0 },
    ...{ connectMs: 0, responseMs: 1, retries: 0, redispatched: false, termination: '--', bytes: 102, ...change },
  });
}
