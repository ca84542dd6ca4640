'use strict';

const seconds = (ms) =>
  ms < 60_000 ? `${Math.round(ms / 1000)} s` : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;

/** A plain log says every 30 s what still runs, so that nobody takes a long build for a hung one. */
const REMINDER_MS = 30_000;

/**
 * What runs, for how long, and what is left. On a terminal a view that redraws itself, otherwise plain lines. On standard error: standard
 * output belongs to the command that comes after setup.
 * @param {{write(text: string): void, isTTY?: boolean, columns?: number}} output
 * @param {() => number} now milliseconds
 */
function createProgress(output = process.stderr, now = Date.now) {
  const active = new Map();
  let left = 0;
  let drawn = 0;
  let timer;
  const live = Boolean(output.isTTY);

  const erase = () => {
    if (drawn > 0) output.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = () => {
    if (!live) return;
    erase();
    const width = (output.columns ?? 100) - 1;
    const rows = [...active].map(([name, job]) => `  ${name}  ${seconds(now() - job.startedAt)}  ${job.step}`);
    if (left > 0) rows.push(`  ${left} more to come`);
    for (const row of rows) output.write(`${row.slice(0, width)}\n`);
    drawn = rows.length;
  };
  const line = (text) => {
    erase();
    output.write(`setup: ${text}\n`);
    draw();
  };
  const tick = () => {
    if (live) return draw();
    const names = [...active].map(
      ([name, job]) => `${name} (${seconds(now() - job.startedAt)}: ${job.step.slice(0, 80)})`,
    );
    const rest = left > 0 ? `; ${left} more to come` : '';
    if (names.length > 0) line(`still at ${names.join(', ')}${rest}`);
  };

  return {
    /** How many jobs more are to come; fewer where it is negative. */
    expect(count) {
      left += count;
    },
    start(name, what) {
      left = Math.max(0, left - 1);
      active.set(name, { startedAt: now(), step: what });
      timer ??= setInterval(tick, live ? 500 : REMINDER_MS);
      if (live) draw();
      else line(`${name}: ${what}`);
    },
    step(name, step) {
      const job = active.get(name);
      if (job) job.step = step;
    },
    done(name, note = 'done') {
      const job = active.get(name);
      active.delete(name);
      line(`${name}: ${note}${job ? ` (${seconds(now() - job.startedAt)})` : ''}`);
      if (active.size === 0) this.stop();
    },
    line,
    stop() {
      clearInterval(timer);
      timer = undefined;
      erase();
      active.clear();
    },
  };
}

module.exports = { createProgress, seconds };
