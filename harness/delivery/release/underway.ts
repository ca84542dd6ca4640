import type { ReleaseResult, ReleaseState, ReleaseStepReport } from '../../contract/release-result';
import type { Journal } from '../../contract/journal';
import type { ReleasePorts } from './ports';
import type { ReleaseRecord } from './record';
import type { ReleaseStep } from '../../contract/release-result';

/** A release under way: its record, and what became of each step. */
export class Underway {
  readonly #reports: ReleaseStepReport[];
  /** What went wrong without harm. */
  readonly problems: string[] = [];

  constructor(
    public record: ReleaseRecord,
    readonly ports: ReleasePorts,
    readonly journal: Journal,
  ) {
    const { steps, begun } = record;
    this.#reports = steps.map(({ kind, service }, number) => ({
      ...{ kind, service },
      state: number < begun ? 'done' : 'not-begun',
    }));
  }

  /** The steps that may have been begun, the last one first. */
  get begunBackwards(): readonly ReleaseStep[] {
    return this.record.steps.slice(0, this.record.begun).reverse();
  }

  /** Changes the record, on the disk before it returns. */
  note(change: Partial<ReleaseRecord>): void {
    this.record = { ...this.record, ...change };
    this.ports.record.write(this.record);
  }

  /** Journals a state, on the disk before it returns. */
  enter(state: ReleaseState, reason?: string): void {
    const steps = state === 'Begun' ? { steps: this.record.steps } : {};
    const why = reason === undefined ? {} : { reason };
    this.journal.append({ type: 'release', release: this.record.id, state, ...steps, ...why }, { durable: true });
  }

  /** Does something for a step between its intent, which is on the disk first, and its result. */
  async perform<T>(action: 'do' | 'undo' | 'stop-old', step: ReleaseStep, run: () => Promise<T>): Promise<T> {
    const { kind, service } = step;
    const line = { type: 'release-action', release: this.record.id, action, kind, service } as const;
    this.journal.append({ ...line, phase: 'intent' }, { durable: true });
    const done = await run();
    this.journal.append({ ...line, phase: 'result' });
    return done;
  }

  report(step: ReleaseStep, state: ReleaseStepReport['state'], reason?: string): void {
    const at = this.#reports.findIndex(({ kind, service }) => kind === step.kind && service === step.service);
    const { kind, service } = step;
    this.#reports[at] = { kind, service, state, ...(reason === undefined ? {} : { reason }) };
  }

  /** Ends it: the last line, and only then the record goes, unless there is something left to try again. */
  end(
    outcome: ReleaseResult['outcome'],
    { isLeft, ...more }: Pick<ReleaseResult, 'backAtMs' | 'reason' | 'cause'> & { readonly isLeft: boolean },
  ): ReleaseResult {
    const { ports, record } = this;
    const services = Object.keys(record.before);
    const serves = services.flatMap((service) => {
      const stable = ports.delivery.revisions.stable(service);
      return stable === undefined ? [] : [[service, stable.label] as const];
    });
    const result: ReleaseResult = {
      ...{ release: record.id, outcome, startedAtMs: record.startedAtMs, endedAtMs: ports.delivery.clock.now() },
      ...{ steps: this.#reports, serves: Object.fromEntries(serves) },
      ...more,
    };
    this.journal.append({ type: 'release-ended', ...result }, { durable: true });
    if (!isLeft) ports.record.clear();
    return result;
  }
}
