'use strict';

/* global AbortController */

/**
 * Runs jobs side by side: at most `limit`, in the order given, each after what it `needs`. The first failure aborts the
 * others (what they built so far stays in the cache) and is thrown.
 * @param {Array<{name: string, needs?: string[], run: (signal: AbortSignal) => Promise<void>}>} jobs
 */
async function runJobs(jobs, limit) {
  const names = new Set(jobs.map((job) => job.name));
  const done = new Set();
  const waiting = [...jobs];
  const active = new Map();
  const controller = new AbortController();
  let failure;
  const ready = (job) => (job.needs ?? []).every((need) => !names.has(need) || done.has(need));

  while (!failure && (waiting.length > 0 || active.size > 0)) {
    for (const job of waiting.filter(ready).slice(0, Math.max(0, limit - active.size))) {
      waiting.splice(waiting.indexOf(job), 1);
      const run = job.run(controller.signal).then(
        () => done.add(job.name),
        (error) => (failure ??= error),
      );
      active.set(
        job.name,
        run.finally(() => active.delete(job.name)),
      );
    }
    if (active.size === 0) throw new Error(`jobs wait for each other: ${waiting.map((job) => job.name).join(', ')}`);
    await Promise.race(active.values());
  }
  if (failure) {
    controller.abort();
    await Promise.all(active.values());
    throw failure;
  }
}

module.exports = { runJobs };
