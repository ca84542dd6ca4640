import { HarnessError, hasCode } from '../core/errors';
import { STATE_FILE, stateFiles, stateText, type FrontState } from './config';
import { parseState, readRuntime } from './front-state';
import type { FrontLink } from './link';
import { commandsBetween, runtimeOf } from './runtime';
import { GIVEN_BACK_FILE, inItsEpoch, type GivenBack } from './state';
import { isOutdated, takenOver, type Premise } from './takeover';

/** Somebody else's changes come between ours this often at most. */
const ATTEMPTS_MAX = 5;

/** What is asked of a front. */
export interface FrontChange {
  readonly premise: Premise;
  /** Idempotent: done again on top of what somebody else has left. */
  readonly next: (state: FrontState) => FrontState;
}

/**
 * The state on a front's volume, as one of its writers: while this process was silent, the guardian may have given a share back, or followed
 * a replica. So nothing is written but in exchange for what was last seen there. What somebody else wrote is taken over, and what is asked
 * is done on top of it, unless it rests on what is no more.
 */
export class FrontVolume {
  /** The text that was last seen, or written. */
  #seen: string | undefined;
  #wanted: FrontState | undefined;
  /** As this process alone would have made it: what its caller thinks of the routing. */
  #asked: FrontState | undefined;

  /** The state that is wanted; `undefined` before the first {@link agree}. */
  get state(): FrontState | undefined {
    return this.#wanted;
  }

  /**
   * Makes the volume and HAProxy agree: with what is wanted, or with what somebody else has written since. `fresh` is the state of a front
   * that nobody has told anything, and says the port and the readiness path.
   */
  async agree(link: FrontLink, fresh: FrontState): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const text = await link.get(STATE_FILE);
      const wanted = this.#next(text, fresh);
      // HAProxy starts once it has its files, and can be asked only then.
      const lacking =
        text === undefined ? [] : commandsBetween(await readRuntime(link), runtimeOf(wanted), wanted.port);
      if ((await this.#exchange(link, text, wanted, lacking)) && text !== undefined) return;
    }
    throw contended(fresh.service);
  }

  /**
   * Changes the front, whose link `connected` gives, after it has agreed. Returns the epoch.
   * @throws HarnessError `front-taken-over`
   */
  async change(connected: () => Promise<FrontLink>, { premise, next }: FrontChange): Promise<number> {
    const asked = this.#asked;
    let told: FrontState | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const link = await connected();
      const before = this.#wanted;
      if (before !== undefined && before === told) return told.epoch;
      if (before === undefined) throw new Error('a change of a front before the first agreement');
      if (isOutdated(premise, asked ?? before, before))
        throw takenOver(before, await givenBackIn(link).catch(() => undefined));
      const changed = next(before);
      told = changed === before ? before : inItsEpoch(before, changed);
      this.#wanted = told;
      this.#asked = next(asked ?? before);
      try {
        if (await this.#tell(link, before, told)) return told.epoch;
        await this.agree(link, before);
      } catch (error) {
        // A new link agrees first: with what is wanted, where nobody has written anything else meanwhile.
        if (hasCode(error, 'front-link-lost')) continue;
        // What HAProxy has made of it is not known: a new connection reads its state, and sends what is missing.
        await link[Symbol.asyncDispose]();
        throw error;
      }
    }
    throw contended(this.#wanted?.service ?? '');
  }

  /** Returns whether it stands: `false` when somebody else has written since. */
  async #tell(link: FrontLink, before: FrontState, wanted: FrontState): Promise<boolean> {
    if (wanted === before) return (await link.get(STATE_FILE)) === this.#seen;
    return this.#exchange(link, this.#seen, wanted, commandsBetween(runtimeOf(before), runtimeOf(wanted), wanted.port));
  }

  async #exchange(
    link: FrontLink,
    seen: string | undefined,
    wanted: FrontState,
    commands: readonly string[],
  ): Promise<boolean> {
    const files = stateFiles(wanted);
    const isDone = await link.swap({ name: STATE_FILE, seen }, files, commands);
    if (isDone) {
      this.#seen = files[STATE_FILE];
      this.#wanted = wanted;
      this.#asked ??= wanted;
    }
    return isDone;
  }

  /** What is to stand where `text` does now: ours, unless somebody else wrote that. */
  #next(text: string | undefined, fresh: FrontState): FrontState {
    const own = this.#wanted;
    const isOurs = (state: FrontState) => text === this.#seen || text === stateText(state);
    if (own !== undefined && (text === undefined || isOurs(own))) return own;
    if (text === undefined) return fresh;
    const { slots: _slots, weights: _weights, epoch: _epoch, ...made } = fresh;
    return { ...made, ...parseState(text) };
  }
}

/** The share that a guardian gave back last, if it ever did. */
export async function givenBackIn(link: FrontLink): Promise<GivenBack | undefined> {
  const text = await link.get(GIVEN_BACK_FILE);
  return text === undefined ? undefined : (JSON.parse(text) as GivenBack);
}

function contended(service: string): HarnessError {
  return new HarnessError('front-command-failed', {
    message: `front of ${service}: somebody else changed it ${ATTEMPTS_MAX} times while it was being told`,
    facts: { service },
  });
}
