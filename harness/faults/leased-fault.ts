import { after, wallMs } from '../core/clock';
import { HarnessError, errorMessage, type Facts } from '../core/errors';
import { newId } from '../core/ids';
import type { FaultContext } from './context';
import type { Carrier, FaultSelf, FaultValue } from './carrier';
import type { Fault, FaultState, Felt, Lasting } from './fault';
import { Lease } from './lease';

/** What whoever injected a fault has to say to it. */
interface FaultHooks {
  /** Its places are known, and nothing is changed yet: the last moment to refuse it, by throwing. */
  readonly aimed: (fault: LeasedFault) => void;
  readonly ended: (fault: LeasedFault) => void;
}

/** The life of every fault: apply → prove → (revert | expire), journalled. */
export class LeasedFault implements Fault, FaultSelf {
  readonly id = newId('fault');
  readonly lease: Lease;
  readonly carrier: Carrier;
  /** Known once it begins. */
  places: readonly string[] = [];
  #startedAtMs = wallMs();
  #endedAtMs: number | undefined;
  #state: FaultState = 'active';
  #bite: Facts = {};
  #beginning: Promise<this> | undefined;
  #ending: Promise<void> | undefined;
  #stopTimer: () => void = () => undefined;

  constructor(
    readonly value: FaultValue,
    leaseMs: number,
    readonly context: FaultContext,
    private readonly on: FaultHooks,
  ) {
    this.lease = new Lease(leaseMs);
    this.carrier = value.carrier(this);
  }

  get kind(): string {
    return this.value.kind;
  }

  get target(): string {
    return this.value.target;
  }

  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  get endedAtMs(): number | undefined {
    return this.#endedAtMs;
  }

  felt(): Promise<Felt> {
    return this.carrier.felt();
  }

  overlaps({ startedAtMs, endedAtMs }: Lasting): boolean {
    return startedAtMs <= (this.#endedAtMs ?? Infinity) && this.#startedAtMs <= (endedAtMs ?? Infinity);
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
    this.places = await this.carrier.aim();
    this.on.aimed(this);
    try {
      const facts = await this.carrier.apply();
      this.#startedAtMs = wallMs();
      this.#journal('applied', { what: this.value.what, leaseMs: this.lease.leaseMs, ...facts });
      this.#stopTimer = after(this.lease.remainingMs, () => void this.expire());
      this.#bite = await this.carrier.verifyApplied();
      this.#journal('proved', this.#bite);
      return this;
    } catch (error) {
      this.#stopTimer();
      this.#finish('failed', { reason: errorMessage(error) });
      await this.carrier.undo().catch((cause: unknown) => {
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
      .then(() => this.carrier.undo())
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
    const wasInForce = await this.carrier.isInForce();
    await this.#end(hasExpired ? 'expired' : 'reverted');
    if (!wasInForce && !hasExpired) this.#lapsed('what carried it had gone');
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
      const facts = await this.carrier.undo();
      const felt = await this.carrier.felt();
      this.#finish(state, { ...facts, felt });
      await this.carrier.verifyReverted();
      this.#requireFelt(felt);
    } catch (error) {
      this.#finish('failed', { reason: errorMessage(error) });
      throw error;
    }
  }

  /** What callers did went by it: whatever was seen meanwhile, it was not seen under this fault. */
  #requireFelt({ felt, of, unit }: Felt): void {
    if (felt > 0 || of === 0) return;
    const { kind, target, id } = this;
    throw new HarnessError('fault-did-not-bite', {
      message: `${kind} on ${target} touched none of ${of} ${unit} that there were`,
      facts: { fault: id, kind, target, felt, of, unit },
      hint: 'Do the callers use another way to the callee than its name and port?',
    });
  }

  #finish(state: Exclude<FaultState, 'active'>, detail: Facts): void {
    if (this.#state === 'failed') return;
    this.#state = state;
    this.#endedAtMs = wallMs();
    this.#journal(state, detail);
    this.on.ended(this);
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
