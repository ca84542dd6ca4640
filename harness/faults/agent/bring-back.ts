import { messageOf } from './lines.ts';
import type { GiveBackContext } from './give-back.ts';
import { listProject, replicasOf, type Listed } from './project-view.ts';
import type { ConsumerUndo } from './protocol.ts';

/** An Engine that restarts comes back within it. */
const BRING_BACK_TIMEOUT_MS = 300_000;
const LOOK_AGAIN_MS = 500;

/**
 * Stops the consumers of the candidate, and starts those of the stable revision that do not run; of a worker that may run only once, one after
 * the other. Tries until that stands; returns whether it does.
 */
export async function bringBack(undo: ConsumerUndo, context: GiveBackContext): Promise<boolean> {
  const { log, timeoutMs = BRING_BACK_TIMEOUT_MS } = context;
  const giveUpAtMs = performance.now() + timeoutMs;
  for (let told = ''; ;) {
    const said = await attempt(undo, context).catch(messageOf);
    if (said === undefined) {
      log(`undid ${undo.id}: ${undo.stable} consumes, ${undo.candidate} is stopped`);
      return true;
    }
    if (said !== told) log(`failed: ${undo.id}: ${said}`);
    told = said;
    if (performance.now() > giveUpAtMs) return false;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** One try. Returns what was not yet so when it looked; what it did about it is seen by the next one. */
async function attempt(undo: ConsumerUndo, { engine, project }: GiveBackContext): Promise<string | undefined> {
  const { stable, candidate, replicas, takesTurns = false } = undo;
  const all = await listProject(engine, project);
  const leaving = replicasOf(all, candidate).filter(isAlive);
  const kept = replicasOf(all, stable);
  const missing = (replicas ?? kept.length) - kept.filter(({ state }) => state === 'running').length;
  const coming = kept
    .filter(({ state }) => state !== 'running' && state !== 'restarting')
    .slice(0, Math.max(0, missing));
  const stop = async ({ id, state }: Listed) => {
    // What is frozen does not hear that it is to stop.
    if (state === 'paused') await engine.call('POST', `/containers/${id}/unpause`);
    await engine.call('POST', `/containers/${id}/stop`);
  };
  const start = ({ id, state }: Listed) =>
    engine.call('POST', `/containers/${id}/${state === 'paused' ? 'unpause' : 'start'}`);
  const stopping = Promise.all(leaving.map(stop));
  if (takesTurns) await stopping;
  await Promise.all([stopping, ...coming.map(start)]);
  if (leaving.length > 0) return `${leaving.length} consumers of ${candidate} ran`;
  return coming.length > 0 ? `${coming.length} consumers of ${stable} did not run` : undefined;
}

function isAlive({ state }: Listed): boolean {
  return state === 'running' || state === 'restarting' || state === 'paused';
}
