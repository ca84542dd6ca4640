import type { FileJournal } from '../contract/journal';
import type { LeftOut } from '../contract/lines/night';
import type { NightlyFigure, NightlyHistory } from '../contract/nightly-history';
import type { BatchResult, Candidate, Tried } from './candidate';
import { driftFindings } from './drift';
import { flakyFindings } from './flaky';
import { isAnswer } from './plan';

/** What a night is known by. */
export interface NightHeader {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly seed: string;
  readonly revision?: string;
}

export interface NightRecordOptions extends NightHeader {
  readonly journal: Pick<FileJournal, 'append' | 'scenario'>;
  readonly candidates: readonly Candidate[];
  readonly history: NightlyHistory;
  /** Told the history with all of tonight in it, after each batch. */
  readonly save: (history: NightlyHistory) => void;
}

/** What tonight has come to: told to the journal and to the history as it comes. */
export class NightRecord {
  readonly #tries: Tried[] = [];
  readonly #figures = new Map<string, NightlyFigure>();

  constructor(private readonly options: NightRecordOptions) {}

  /** What was tried tonight, in order. Those that were cut off are not among them. */
  get tries(): readonly Tried[] {
    return this.#tries;
  }

  /** `isCutOff`: the budget ended while they were tried. */
  take({ tries, figures }: Pick<BatchResult, 'tries' | 'figures'>, isCutOff: boolean): void {
    for (const one of tries) this.#takeTry(one, isCutOff);
    for (const { name, unit, values } of figures) {
      const key = `${name} ${unit}`;
      this.#figures.set(key, { name, unit, values: [...(this.#figures.get(key)?.values ?? []), ...values] });
    }
    const { history, at, seed, revision, save } = this.options;
    const kept = this.#tries.map(({ candidate, verdict, seed: own, durationMs }) => {
      return { candidate, verdict, seed: own, durationMs };
    });
    const tonight = {
      ...{ at, seed, ...(revision === undefined ? {} : { revision }) },
      ...{ tries: kept, figures: [...this.#figures.values()] },
    };
    save({ ...history, nights: [...history.nights, tonight] });
  }

  /** Names what was not tried, tells what the night found as a whole, and how it ended. */
  finish(leftOut: readonly LeftOut[], stopped: string | undefined): void {
    const { journal, candidates, history, revision } = this.options;
    for (const one of leftOut) journal.append({ type: 'night-left-out', ...one });
    const findings = [
      ...flakyFindings({ candidates, history, tonight: this.#tries, revision }),
      ...driftFindings(history, [...this.#figures.values()]),
    ];
    for (const finding of findings) journal.append({ type: 'night-finding', ...finding });
    const told = findings.map(({ subject, observed }) => `${subject}: ${observed}`).join('; ');
    if (findings.length > 0) journal.append({ type: 'run-finished', verdict: 'failed', reason: told });
    else if (stopped !== undefined) {
      journal.append({ type: 'run-finished', verdict: 'inconclusive', kind: 'inconclusive', reason: stopped });
    } else journal.append({ type: 'run-finished', verdict: 'passed' });
  }

  #takeTry(one: Tried, isCutOff: boolean): void {
    const { journal, candidates } = this.options;
    const candidate = candidates.find(({ id }) => id === one.candidate);
    if (candidate === undefined) return;
    const before = this.#tries.filter(({ candidate: id }) => id === one.candidate);
    const attempt = before.length + 1;
    const wasCut = isCutOff && !isAnswer(one);
    if (!wasCut) this.#tries.push(one);
    // A repetition that could not tell takes nothing away from what was told.
    const isMoot = !wasCut && !isAnswer(one) && before.some(isAnswer);
    const reason = wasCut
      ? 'cut off at the end of the budget'
      : isMoot
        ? `could not tell this time: ${one.reason ?? one.verdict}`
        : one.reason;
    const title = attempt === 1 ? candidate.title : `${candidate.title} (again, ${attempt})`;
    const place = candidate.place === undefined ? {} : { place: candidate.place };
    journal.scenario = attempt === 1 ? candidate.id : `${candidate.id}.again-${attempt}`;
    journal.append({ type: 'scenario-started', phase: candidate.phase, title, ...place });
    journal.append({
      ...{ type: 'scenario-finished', durationMs: one.durationMs },
      verdict: wasCut || isMoot ? 'skipped' : one.verdict,
      ...(one.kind === undefined || wasCut || isMoot ? {} : { kind: one.kind }),
      ...(reason === undefined ? {} : { reason }),
      facts: { tried: { seed: one.seed, attempt, ...(one.report === undefined ? {} : { report: one.report }) } },
    });
    journal.scenario = undefined;
  }
}
