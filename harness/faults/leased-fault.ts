import { after } from '../core/clock';
import { HarnessError, errorMessage, type Facts } from '../core/errors';
import { newId } from '../core/ids';
import type { FaultContext } from './context';
import type { Fault, FaultKind, FaultState } from './fault';
import { Lease } from './lease';

/** The life of every fault: apply → prove → (revert | expire), journalled. One fault a subclass. */
export abstract class LeasedFault implements Fault {
  readonly id = newId('fault');
  abstract readonly kind: FaultKind;
  readonly lease: Lease;
  #state: FaultState = 'active';
  #bite: Facts = {};
  #beginning: Promise<this> | undefined;
  #ending: Promise<void> | undefined;
  #stopTimer: () => void = () => undefined;

  constructor(
    readonly target: string,
    leaseMs: number,
    protected readonly context: FaultContext,
    private readonly onEnd: (fault: Fault) => void,
  ) {
    this.lease = new Lease(leaseMs);
  }

  /** Makes it so. Returns facts for the journal. */
  protected abstract apply(): Promise<Facts>;
  /** Measures that it is so. @throws HarnessError `fault-did-not-bite` */
  protected abstract verifyApplied(): Promise<Facts>;
  /** Makes it not so, also when `apply` failed half-way. Idempotent. */
  protected abstract undo(): Promise<Facts>;
  /** Measures that it is not so. @throws HarnessError `fault-did-not-revert` */
  protected abstract verifyReverted(): Promise<Facts>;

  /** Whether what carries it is still there. */
  protected isInForce(): Promise<boolean> {
    return Promise.resolve(true);
  }

  get state(): FaultState {
    return this.#state;
  }

  get bite(): Facts {
    return this.#bite;
  }

  /**
   * Applies and proves; a fault that cannot be proved is undone and thrown as an error.
   * @throws HarnessError `fault-not-begun` when it was reverted before
   */
  begin(): Promise<this> {
    return (this.#beginning = this.#begin());
  }

  async #begin(): Promise<this> {
    const { kind, target } = this;
    if (this.#state !== 'active' || this.#ending !== undefined)
      throw new HarnessError('fault-not-begun', { message: `${kind} on ${target} was reverted before it began` });
    try {
      this.#journal('applied', { leaseMs: this.lease.leaseMs, ...(await this.apply()) });
      this.#stopTimer = after(this.lease.remainingMs, () => void this.expire());
      this.#bite = await this.verifyApplied();
      this.#journal('proved', this.#bite);
      return this;
    } catch (error) {
      this.#stopTimer();
      this.#finish('failed', { reason: errorMessage(error) });
      await this.undo().catch((cause: unknown) => {
        throw new AggregateError([error, cause], `${errorMessage(error)}; and undoing it: ${errorMessage(cause)}`);
      });
      throw error;
    }
  }

  revert(): Promise<void> {
    if (this.#ending === undefined && this.#state !== 'active') return Promise.resolve();
    return (this.#ending ??= this.#revert());
  }

  /** The lease has ended it, or is about to; who injected it does not know. */
  async expire(): Promise<void> {
    if (this.#state !== 'active' || this.#ending !== undefined) return;
    this.#lapsed('its lease has ended');
    this.#ending = this.#begun().then(() => this.#end('expired'));
    await this.#ending.catch((error: unknown) => this.context.onFailure(asHarnessError(error)));
  }

  /** What injected it has died: the fault is no more what it says. */
  fail(reason: string): void {
    if (this.#state !== 'active') return;
    this.#stopTimer();
    this.#finish('failed', { reason });
    // What still works is taken away; what does not, ends with its lease.
    this.#ending = this.#begun()
      .then(() => this.undo())
      .then(
        () => undefined,
        () => undefined,
      );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.revert();
  }

  /** Who ends it waits for this: what is undone while it is still being applied comes back. */
  async #begun(): Promise<void> {
    await this.#beginning?.catch(() => undefined);
  }

  async #revert(): Promise<void> {
    await this.#begun();
    if (this.#state !== 'active') return;
    // A lease ends on the other side too, whether or not our timer has come round.
    const hasExpired = this.lease.hasEnded;
    if (hasExpired) this.#lapsed('its lease had ended');
    const wasInForce = this.isInForce();
    await this.#end(hasExpired ? 'expired' : 'reverted');
    if (!(await wasInForce) && !hasExpired) this.#lapsed('what carried it had gone');
  }

  /** It ended before anybody asked: what was seen since is not what it is taken for. */
  #lapsed(how: string): void {
    const { id, kind, target, lease } = this;
    this.context.onFailure(
      new HarnessError('fault-lease-expired', {
        message: `${kind} on ${target} was no longer there when it should have been: ${how} before it was reverted`,
        facts: { fault: id, kind, target, leaseMs: lease.leaseMs, remainingMs: lease.remainingMs },
        hint: 'Give the fault a `leaseMs` that outlasts what the scenario does, or revert it earlier.',
      }),
    );
  }

  async #end(state: 'reverted' | 'expired'): Promise<void> {
    this.#stopTimer();
    try {
      const facts = await this.undo();
      this.#finish(state, facts);
      await this.verifyReverted();
    } catch (error) {
      this.#finish('failed', { reason: errorMessage(error) });
      throw error;
    }
  }

  #finish(state: Exclude<FaultState, 'active'>, detail: Facts): void {
    if (this.#state === 'failed') return;
    this.#state = state;
    this.#journal(state, detail);
    this.onEnd(this);
  }

  #journal(state: 'applied' | 'proved' | 'reverted' | 'expired' | 'failed', detail: Facts): void {
    const { id, kind, target } = this;
    this.context.journal.append({ type: 'fault', fault: id, kind, target, state, detail: { ...detail } });
  }
}

function asHarnessError(error: unknown): HarnessError {
  return error instanceof HarnessError
    ? error
    : new HarnessError('fault-did-not-revert', { message: errorMessage(error), cause: error });
}
