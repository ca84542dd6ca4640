import { Cleaner } from './clean.ts';
import { socketEngine } from './engine-api.ts';
import { giveBack } from './give-back.ts';
import { messageOf, onJsonLines, writeJsonLine } from './lines.ts';
import type { ContainerUndo, GuardianMode, GuardianRequest, HelperEvent, Undo } from './protocol.ts';
import { LOOK_MS, Silence } from './silence.ts';
import { UndoList } from './undo-list.ts';

/** A sweep is over when nothing was found for this many rounds: a compose process may still be creating containers. */
const QUIET_ROUNDS = 3;
const ROUND_MS = 1_000;
/** No project takes longer to remove; the container must end some day. */
const SWEEP_ROUNDS_MAX = 120;

/** An Engine that is busy, or restarting, may refuse for some seconds. */
const UNDO_ATTEMPTS_MAX = 10;
const UNDO_AGAIN_MS = 1_000;

const graceMs = Number(process.env['ROLLPROOF_GRACE_MS'] ?? 10_000);
const project = process.env['ROLLPROOF_PROJECT'] ?? '';
const undos = new UndoList();
const log = (message: string) => emit({ event: 'log', reason: message });
const cleaner = new Cleaner(socketEngine, project, log);
const mode: GuardianMode = process.env['ROLLPROOF_MODE'] === 'kept' ? 'kept' : 'ephemeral';
const silence = new Silence(performance.now());
let isEnding = false;
let undoing: Promise<void> = Promise.resolve();

/** Undoes what the harness cannot undo any more, once its heart-beats stop. The only container with the Engine's socket. */
export function runGuardian(): void {
  onJsonLines(
    process.stdin,
    (value) => {
      const request = value as GuardianRequest & { n: number };
      void answer(request).then(
        () => writeJsonLine(process.stdout, { n: request.n, result: null }),
        (error: unknown) => writeJsonLine(process.stdout, { n: request.n, error: messageOf(error) }),
      );
    },
    () => void takeOver('the harness has gone'),
  );
  setInterval(() => {
    const silentMs = silence.look(performance.now());
    if (silentMs > graceMs) void takeOver(`no heart-beat for ${Math.round(silentMs)} ms`);
    else void undoExpired();
  }, LOOK_MS);
  process.stdout.on('error', () => undefined);
  process.on('SIGTERM', () => void takeOver('SIGTERM'));
  emit({ event: 'ready' });
}

async function answer(request: GuardianRequest): Promise<void> {
  silence.beat(performance.now());
  switch (request.op) {
    case 'beat':
      return;
    case 'register':
      refuseOnceTakenOver();
      return undos.add(request.undo, performance.now() + (request.leaseMs ?? Infinity));
    case 'unregister':
      refuseOnceTakenOver();
      return undos.delete(request.id);
    case 'stop':
      isEnding = true;
      // Weights stand as the controller left them.
      await undoAll(undos.takeAll().filter(({ action }) => action !== 'weights'));
      // Let the answer out before the process ends.
      setTimeout(() => process.exit(0), 50);
  }
}

/** What is being undone cannot be called off, and nobody would undo what comes now. */
function refuseOnceTakenOver(): void {
  if (isEnding) throw new Error('it has taken over');
}

async function takeOver(reason: string): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  emit({ event: 'leaving', reason: `${reason}: ${mode} project ${project}` });
  try {
    if (mode === 'kept') await leaveHealthy();
    else await sweepUntilQuiet();
  } catch (error) {
    emit({ event: 'failed', reason: messageOf(error) });
  }
  process.exit(0);
}

/** The shares first: a bad release answers requests, a fault only ends late. What helpers do ends with their leases all the same. */
async function leaveHealthy(): Promise<void> {
  const all = undos.takeAll();
  const shares = all.filter(({ action }) => action === 'weights').map(undoUntilSettled);
  await Promise.all([...shares, removeHelpers(), undoAll(all.filter(({ action }) => action !== 'weights'))]);
}

async function sweepUntilQuiet(): Promise<void> {
  let quietRounds = 0;
  for (let round = 0; round < SWEEP_ROUNDS_MAX && quietRounds < QUIET_ROUNDS; round++) {
    if (round > 0) await wait(ROUND_MS);
    try {
      quietRounds = (await cleaner.sweep()) === 0 ? quietRounds + 1 : 0;
    } catch (error) {
      quietRounds = 0;
      emit({ event: 'failed', reason: messageOf(error) });
    }
  }
}

async function undoExpired(): Promise<void> {
  const expired = undos.takeExpired(performance.now());
  if (expired.length > 0) await undoAll(expired);
}

/** One after the other, in the order in which they were registered, and after those that are being undone already. */
function undoAll(list: readonly Undo[]): Promise<void> {
  undoing = undoing.then(async () => {
    for (const undo of list) await undoUntilSettled(undo);
  });
  return undoing;
}

async function undoUntilSettled(undo: Undo): Promise<void> {
  const isSettled = await (undo.action === 'weights'
    ? giveBack(undo, { engine: socketEngine, project, log })
    : putBack(undo));
  emit(isSettled ? { event: 'undone', id: undo.id } : { event: 'failed', reason: `${undo.id} was not undone` });
}

async function putBack(undo: ContainerUndo): Promise<boolean> {
  for (let attempt = 1; attempt <= UNDO_ATTEMPTS_MAX; attempt++) {
    if (attempt > 1) await wait(UNDO_AGAIN_MS);
    if (await cleaner.undo(undo)) return true;
  }
  return false;
}

async function removeHelpers(): Promise<void> {
  await cleaner.removeHelpers().catch((error: unknown) => emit({ event: 'failed', reason: messageOf(error) }));
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function emit(event: HelperEvent): void {
  writeJsonLine(process.stdout, event);
}
