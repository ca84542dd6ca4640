import { HarnessError, errorMessage, hasCode } from '../../core/errors';
import type { DeliveryPorts } from '../ports';
import type { RolloutSettings } from '../strategies/settings';

/** How often Prometheus is asked, ms. No rule is evaluated more often. */
const ASK_EVERY_MS = 500;

/** What was seen longer ago is not known to hold any more, ms: an answer that takes its time, on a busy machine. */
const FRESH_MS = 1_500;

/** Watches the alerts that end a rollout. */
export interface AlertGuard {
  /**
   * Why nobody can say whether one of them fires; `undefined` where none does. Waits for no answer: the judge must not wait for a Prometheus
   * that hangs.
   * @throws HarnessError `alert-fired`; `alert-not-watched` when it could not be said for `inconclusiveMs`
   */
  look(at: { readonly nowMs: number; readonly isPaused: boolean }): string | undefined;
}

type GuardPorts = Pick<DeliveryPorts, 'alerts' | 'clock' | 'journal'>;

/**
 * Begins to watch the alerts of `abortOn`; `undefined` where there are none.
 * @throws HarnessError `alert-firing` for one that fires already, `unknown-alert`, `alert-not-watched`: nothing may be begun then
 */
export async function openAlertGuard(
  { abortOn = [], inconclusiveMs }: RolloutSettings,
  ports: GuardPorts,
): Promise<AlertGuard | undefined> {
  if (abortOn.length === 0) return undefined;
  const { alerts, clock, journal } = ports;
  if (alerts === undefined) {
    throw new HarnessError('unknown-alert', {
      message: `nothing of the stack tells whether ${abortOn.join(', ')} fires`,
      facts: { alerts: abortOn },
      hint: 'Name its Prometheus in `observability` of rollproof.config.ts. Nothing was changed.',
    });
  }
  await requireSilent(abortOn, alerts);
  return guard({ names: abortOn, alerts, inconclusiveMs, clock, journal });
}

async function requireSilent(names: readonly string[], alerts: NonNullable<GuardPorts['alerts']>): Promise<void> {
  const firing = await alerts(names).catch((cause: unknown) => {
    if (hasCode(cause, 'unknown-alert')) throw cause;
    throw new HarnessError('alert-not-watched', {
      message: `whether ${names.join(', ')} fires already is not known: ${errorMessage(cause)}`,
      facts: { alerts: names },
      hint: 'See why Prometheus does not answer. Nothing was changed.',
      cause,
    });
  });
  const [first] = firing;
  if (first === undefined) return;
  throw new HarnessError('alert-firing', {
    message: `the alert ${first.name} fires already${saying(first.summary)}: a release could not be told from what is wrong now`,
    facts: { firing: firing.map(({ name }) => name) },
    hint: 'Mend that first, or leave the alert out of `abortOn`. Nothing was changed.',
  });
}

function guard({
  names,
  alerts,
  inconclusiveMs,
  clock,
  journal,
}: Required<GuardPorts> & { readonly names: readonly string[]; readonly inconclusiveMs: number }): AlertGuard {
  let askedAtMs = clock.now();
  let seenAtMs = askedAtMs;
  let isAsking = false;
  let fired: HarnessError | undefined;
  let problem: string | undefined;
  /** How long nobody could say, pauses left out; `undefined` while it is known. */
  let blind: { readonly lastMs: number; readonly forMs: number; readonly isTold: boolean } | undefined;

  const ask = async (nowMs: number) => {
    [isAsking, askedAtMs] = [true, nowMs];
    try {
      const [first] = await alerts(names);
      if (first !== undefined) fired ??= firedError(first, clock.now());
      [seenAtMs, problem] = [nowMs, undefined];
    } catch (error) {
      problem = errorMessage(error);
    } finally {
      isAsking = false;
    }
  };

  return {
    look({ nowMs, isPaused }) {
      if (!isAsking && nowMs - askedAtMs >= ASK_EVERY_MS) void ask(nowMs);
      if (fired !== undefined) throw fired;
      if (nowMs - seenAtMs <= FRESH_MS) {
        blind = undefined;
        return undefined;
      }
      const reason = `whether ${names.join(', ')} fires is not known: ${problem ?? 'Prometheus has not answered yet'}`;
      // The first look after a step that did not look is late, and no problem.
      if (blind?.isTold !== true && problem !== undefined) journal.append({ type: 'note', message: reason });
      const isTold = blind?.isTold === true || problem !== undefined;
      const passedMs = isPaused || blind === undefined ? 0 : nowMs - blind.lastMs;
      blind = { lastMs: nowMs, forMs: (blind?.forMs ?? 0) + passedMs, isTold };
      if (blind.forMs < inconclusiveMs) return reason;
      throw new HarnessError('alert-not-watched', {
        message: `inconclusive after ${Math.round(blind.forMs / 1_000)} s: ${reason}`,
        facts: { alerts: names, decidedAtMs: nowMs },
      });
    },
  };
}

function firedError({ name, summary }: { readonly name: string; readonly summary?: string }, nowMs: number) {
  return new HarnessError('alert-fired', {
    message: `the alert ${name} fired${saying(summary)}`,
    facts: { alert: name, decidedAtMs: nowMs },
  });
}

function saying(summary: string | undefined): string {
  return summary === undefined ? '' : ` (${summary})`;
}
