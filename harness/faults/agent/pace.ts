/** How often the guardian looks, ms. */
export const PACE_EVERY_MS = 1_000;

/** What one look costs, ms of a core: long enough for the scheduler to have its say. */
const WORK_MS = 10;

/** With both cores kept busy by others it is below 2, measured without a stack; with sixteen programs a core it is 14. */
export const STARVED_FROM = 8;

/**
 * How many times longer than on an idle machine some work takes in a container like those of the stack: by how much others hold it up. A
 * timer that comes late would not show it, for a process that mostly sleeps has its turn at once.
 */
export function measureSlowdown(): number {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const workedMs = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  while (workedMs() < WORK_MS);
  return (performance.now() - startedMs) / workedMs();
}
