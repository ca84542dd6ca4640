import { socketEngine } from './engine-api.ts';
import { Guard } from './guard.ts';
import { messageOf, onJsonLines, writeJsonLine } from './lines.ts';
import type { GuardianRequest, HelperEvent } from './protocol.ts';
import { measureSlowdown, PACE_EVERY_MS, STARVED_FROM } from './pace.ts';
import { LOOK_MS, Silence } from './silence.ts';

/** Lets what was said last out before the process ends. */
const EXIT_AFTER_MS = 50;

/** Undoes what the harness cannot undo any more, once its heart-beats stop. The only container with the Engine's socket. */
export function runGuardian(): void {
  const graceMs = Number(process.env['ROLLPROOF_GRACE_MS'] ?? 10_000);
  const silence = new Silence(performance.now());
  const guard = new Guard({
    project: process.env['ROLLPROOF_PROJECT'] ?? '',
    mode: process.env['ROLLPROOF_MODE'] === 'kept' ? 'kept' : 'ephemeral',
    owner: process.env['ROLLPROOF_OWNER'],
    engine: socketEngine,
    emit,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    exit: () => void setTimeout(() => process.exit(0), EXIT_AFTER_MS),
  });
  onJsonLines(
    process.stdin,
    (value) => {
      const request = value as GuardianRequest & { n: number };
      silence.beat(performance.now());
      void guard.answer(request).then(
        () => writeJsonLine(process.stdout, { n: request.n, result: null }),
        (error: unknown) => writeJsonLine(process.stdout, { n: request.n, error: messageOf(error) }),
      );
    },
    () => void guard.takeOver('the harness has gone'),
  );
  setInterval(() => {
    const silentMs = silence.look(performance.now());
    if (silentMs > graceMs) void guard.takeOver(`no heart-beat for ${Math.round(silentMs)} ms`);
    else void guard.undoExpired();
  }, LOOK_MS);
  setInterval(() => {
    const slowdown = measureSlowdown();
    if (slowdown >= STARVED_FROM) emit({ event: 'starved', slowdown });
  }, PACE_EVERY_MS);
  process.stdout.on('error', () => undefined);
  process.on('SIGTERM', () => void guard.takeOver('SIGTERM'));
  emit({ event: 'ready' });
}

function emit(event: HelperEvent): void {
  writeJsonLine(process.stdout, event);
}
