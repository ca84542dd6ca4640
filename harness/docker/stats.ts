import { engine } from './client';

export interface ContainerStats {
  /** 100 is one core, over the last second. */
  readonly cpuPercent: number;
  /** Scheduler periods in which the CPU limit held it back, since its start. */
  readonly throttledPeriods: number;
  /** Without the page cache that can be given up. */
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly oomKilled: boolean;
}

/** One sample. Takes about a second: the Engine compares two readings. */
export async function containerStats(id: string): Promise<ContainerStats> {
  const container = engine().getContainer(id);
  const [stats, info] = await Promise.all([container.stats({ stream: false }), container.inspect()]);
  const usedNs = stats.cpu_stats.cpu_usage.total_usage - stats.precpu_stats.cpu_usage.total_usage;
  const elapsedNs = stats.cpu_stats.system_cpu_usage - stats.precpu_stats.system_cpu_usage;
  const cores = stats.cpu_stats.online_cpus;
  const memory = stats.memory_stats as { usage?: number; limit?: number; stats?: Record<string, number> };
  const cacheBytes = memory.stats?.['total_inactive_file'] ?? memory.stats?.['inactive_file'] ?? 0;
  return {
    cpuPercent: elapsedNs > 0 ? (usedNs / elapsedNs) * cores * 100 : 0,
    throttledPeriods: stats.cpu_stats.throttling_data.throttled_periods,
    memoryBytes: Math.max(0, (memory.usage ?? 0) - cacheBytes),
    memoryLimitBytes: memory.limit ?? 0,
    oomKilled: info.State.OOMKilled,
  };
}
