import { HarnessError, isHarnessError } from '../../core/errors';
import type { RunningRollout } from '../rollout';
import { replicasOf, type Revision } from '../revisions/revision';

/** A container of a revision that ended by itself: nobody stopped or killed it. */
export interface Exit {
  /** Label of its revision. */
  readonly revision: string;
  readonly container: string;
  readonly atMs: number;
  /** From its start to its end, ms. */
  readonly ranMs: number;
  readonly exitCode: number;
  /** The kernel killed it for want of memory. */
  readonly isOutOfMemory: boolean;
  /** What its log says of why, where it does. */
  readonly lastWords?: string;
}

/** Ends of both revisions so close to each other, ms, have one cause, and it is not the release. */
const TOGETHER_MS = 10_000;

/**
 * A container that has ended so often before it was ready for the first time comes up no more. The Engine waits longer before each restart,
 * 0.1, 0.2, 0.4 … s: a program that waits for a neighbour by ending has had some seconds by then.
 */
const CRASH_LOOP = 5;

/** One that has ended is believed again once it has run so many times as long as it did. */
const PROVED_AFTER = 2;

/** What became of the containers of a rollout's two revisions while it went on. */
export class Exits {
  readonly #all: Exit[] = [];
  readonly #listeners = new Set<() => void>();

  add(exit: Exit): void {
    this.#all.push(exit);
    for (const listener of this.#listeners) listener();
  }

  of({ label }: Pick<Revision, 'label'>): readonly Exit[] {
    return this.#all.filter(({ revision }) => revision === label);
  }

  /** Called after each. Returns what ends it. */
  on(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

type Ends = Pick<RunningRollout, 'exits' | 'from' | 'to'>;

/**
 * Why the ends of its containers condemn a release; `undefined` while they do not. One that has no other replica is down by its own doing,
 * and so is one whose every replica has ended, or one of them twice. A single end among several is one sick replica, and ends of stable's
 * own about then say that it is something that hurts both.
 */
export function condemned({ exits, from, to }: Ends): string | undefined {
  const own = exits.of(to);
  const last = own.at(-1);
  if (last === undefined) return undefined;
  if (exits.of(from).some(({ atMs }) => Math.abs(last.atMs - atMs) < TOGETHER_MS)) return undefined;
  const containers = new Set(own.map(({ container }) => container));
  const isAgain = own.length > containers.size;
  return isAgain || containers.size >= replicasOf(to) ? exitsText(to, own) : undefined;
}

/** Why a release that is not ready yet never will be. */
export function crashLoop({ exits, to }: Ends): string | undefined {
  const own = exits.of(to);
  const last = own.at(-1);
  if (last === undefined) return undefined;
  return own.filter(({ container }) => container === last.container).length >= CRASH_LOOP
    ? exitsText(to, own)
    : undefined;
}

/** Why a replica that has ended by itself, and was started again by the Engine, is not believed yet. */
export function unproved({ exits, to }: Ends, nowMs: number): string | undefined {
  const last = exits.of(to).at(-1);
  if (last === undefined || nowMs - last.atMs >= PROVED_AFTER * last.ranMs) return undefined;
  return `a replica ${endText(last)}, and has not run for long enough since`;
}

/** Aborts when the rollout has to go back, or once `rule` says why the release is lost before it was ready; ends with its block. */
export function untilLost(
  rollout: Ends & Pick<RunningRollout, 'control'>,
  rule: (rollout: Ends) => string | undefined,
) {
  const lost = new AbortController();
  const look = (): void => {
    const message = rule(rollout);
    const facts = { revision: rollout.to.label, ...exitFacts(rollout) };
    if (message !== undefined) lost.abort(new HarnessError('release-not-ready', { message, facts }));
  };
  look();
  const off = rollout.exits.on(look);
  return { signal: AbortSignal.any([rollout.control.signal, lost.signal]), [Symbol.dispose]: off };
}

/** What the ends of a revision's containers were, as a person would say it; `undefined` where there was none. */
export function exitsText({ label }: Pick<Revision, 'label'>, exits: readonly Exit[]): string | undefined {
  const last = exits.at(-1);
  if (last === undefined) return undefined;
  const times = exits.length === 1 ? '' : ` (${exits.length} times so far)`;
  return `${label} ${endText(last)}${times}`;
}

/** Facts of an error whose message tells of the ends of the new revision's containers, where there were any. */
export function exitFacts({ exits, to }: Pick<Ends, 'exits' | 'to'>): { readonly exits?: readonly Exit[] } {
  const own = exits.of(to);
  return own.length === 0 ? {} : { exits: own };
}

/** Whether an error tells of such ends; or of a container that was killed for want of memory before it was ready, as those that Compose waits for. */
export function tellsOfExits(error: unknown): boolean {
  if (!isHarnessError(error)) return false;
  const { exits, unready } = error.facts;
  return exits !== undefined || (Array.isArray(unready) && unready.some(isOutOfMemory));
}

function isOutOfMemory(container: unknown): boolean {
  return (container as { readonly isOutOfMemory?: boolean }).isOutOfMemory === true;
}

/** One end, as a person would say it. */
export function exitText(exit: Exit): string {
  return `${exit.container} of ${exit.revision} ${endText(exit)}`;
}

function endText({ ranMs, exitCode, isOutOfMemory, lastWords }: Exit): string {
  const how = isOutOfMemory
    ? 'was killed for want of memory (OOM)'
    : `ended by itself with exit code ${exitCode}${meaning(exitCode)}`;
  const words = lastWords === undefined ? '' : `: ${lastWords}`;
  return `${how} after ${(ranMs / 1_000).toFixed(1)} s${words}`;
}

/** Exit codes above 128 are signals; those that a program meets by its own doing. */
const SIGNALS: Readonly<Record<number, string>> = {
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  139: 'SIGSEGV',
};

function meaning(exitCode: number): string {
  const signal = SIGNALS[exitCode];
  return signal === undefined ? '' : ` (${signal})`;
}
