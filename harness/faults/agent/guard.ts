import { Cleaner } from './clean.ts';
import type { EngineApi } from './engine-api.ts';
import { bringBack } from './bring-back.ts';
import { giveBack, type GiveBackContext } from './give-back.ts';
import { messageOf } from './lines.ts';
import type { ContainerUndo, GuardianMode, GuardianRequest, HelperEvent, Undo } from './protocol.ts';
import { UndoList } from './undo-list.ts';

/** A sweep is over when nothing was found for this many rounds: a compose process may still be creating containers. */
const QUIET_ROUNDS = 3;
const ROUND_MS = 1_000;
/** No project takes longer to remove; the container must end some day. */
const SWEEP_ROUNDS_MAX = 120;

/** An Engine that is busy, or restarting, may refuse for some seconds. */
const UNDO_ATTEMPTS_MAX = 10;
const UNDO_AGAIN_MS = 1_000;

export interface GuardOptions {
  readonly project: string;
  readonly mode: GuardianMode;
  /** Whose helpers go. Default: all of the project's. */
  readonly owner?: string | undefined;
  readonly engine: EngineApi;
  readonly emit: (event: HelperEvent) => void;
  readonly wait: (ms: number) => Promise<void>;
  /** Nothing is left to do. */
  readonly exit: () => void;
}

/** What a guardian knows, and what it does with it once its harness has gone. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #undos = new UndoList();
  readonly #cleaner: Cleaner;
  #mode: GuardianMode;
  #isEnding = false;
  #undoing: Promise<void> = Promise.resolve();

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#mode = options.mode;
    this.#cleaner = new Cleaner(options.engine, options.project, this.#log);
  }

  /** Rejects when it is too late for what is asked. */
  async answer(request: GuardianRequest): Promise<void> {
    switch (request.op) {
      case 'beat':
        return;
      case 'keep':
        this.#refuseOnceTakenOver();
        this.#mode = 'kept';
        return;
      case 'register':
        this.#refuseOnceTakenOver();
        return this.#undos.add(request.undo, performance.now() + (request.leaseMs ?? Infinity));
      case 'unregister':
        this.#refuseOnceTakenOver();
        return this.#undos.delete(request.id);
      case 'stop':
        this.#isEnding = true;
        await this.#undoAll(this.#undos.takeAll().filter((undo) => !isShare(undo)));
        this.#options.exit();
    }
  }

  /** What is being undone cannot be called off, nobody would undo what comes now, and what is swept cannot stay. */
  #refuseOnceTakenOver(): void {
    if (this.#isEnding) throw new Error('it has taken over');
  }

  /** The harness has gone, or is as good as gone. */
  async takeOver(reason: string): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const { emit, exit, project } = this.#options;
    emit({ event: 'leaving', reason: `${reason}: ${this.#mode} project ${project}` });
    try {
      if (this.#mode === 'kept') await this.#leaveHealthy();
      else await this.#sweepUntilQuiet();
    } catch (error) {
      emit({ event: 'failed', reason: messageOf(error) });
    }
    exit();
  }

  async undoExpired(): Promise<void> {
    const expired = this.#undos.takeExpired(performance.now());
    if (expired.length > 0) await this.#undoAll(expired);
  }

  /** The shares first: a bad release answers requests, a fault only ends late. What helpers do ends with their leases all the same. */
  async #leaveHealthy(): Promise<void> {
    const all = this.#undos.takeAll();
    const shares = all.filter(isShare).map((undo) => this.#undoUntilSettled(undo));
    const others = all.filter((undo) => !isShare(undo));
    await Promise.all([...shares, this.#removeHelpers(), this.#undoAll(others)]);
  }

  async #sweepUntilQuiet(): Promise<void> {
    let quietRounds = 0;
    for (let round = 0; round < SWEEP_ROUNDS_MAX && quietRounds < QUIET_ROUNDS; round++) {
      if (round > 0) await this.#options.wait(ROUND_MS);
      try {
        quietRounds = (await this.#cleaner.sweep()) === 0 ? quietRounds + 1 : 0;
      } catch (error) {
        quietRounds = 0;
        this.#options.emit({ event: 'failed', reason: messageOf(error) });
      }
    }
  }

  /** One after the other, in the order in which they were registered, and after those that are being undone already. */
  #undoAll(list: readonly Undo[]): Promise<void> {
    this.#undoing = this.#undoing.then(async () => {
      for (const undo of list) await this.#undoUntilSettled(undo);
    });
    return this.#undoing;
  }

  async #undoUntilSettled(undo: Undo): Promise<void> {
    const { engine, project, emit } = this.#options;
    const isSettled = await this.#settle(undo, { engine, project, log: this.#log });
    emit(isSettled ? { event: 'undone', id: undo.id } : { event: 'failed', reason: `${undo.id} was not undone` });
  }

  #settle(undo: Undo, context: GiveBackContext): Promise<boolean> {
    if (undo.action === 'weights') return giveBack(undo, context);
    return undo.action === 'consumers' ? bringBack(undo, context) : this.#putBack(undo);
  }

  async #putBack(undo: ContainerUndo): Promise<boolean> {
    for (let attempt = 1; attempt <= UNDO_ATTEMPTS_MAX; attempt++) {
      if (attempt > 1) await this.#options.wait(UNDO_AGAIN_MS);
      if (await this.#cleaner.undo(undo)) return true;
    }
    return false;
  }

  async #removeHelpers(): Promise<void> {
    await this.#cleaner
      .removeHelpers(this.#options.owner)
      .catch((error: unknown) => this.#options.emit({ event: 'failed', reason: messageOf(error) }));
  }

  readonly #log = (message: string) => this.#options.emit({ event: 'log', reason: message });
}

/** What a candidate has: weights, and consumers, stand as the controller left them. */
function isShare({ action }: Undo): boolean {
  return action === 'weights' || action === 'consumers';
}
