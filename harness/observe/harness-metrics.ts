import { Counter, Gauge, Registry } from 'prom-client';
import type { Observation } from '../contract/observation';
import type { WrittenSample } from './remote-write';

/** The harness' own figures, from the lines of its journal: the same truth as the report, on a dashboard beside the services'. */
export class HarnessMetrics {
  readonly #registry = new Registry();
  readonly #weight = this.#gauge('rollproof_rollout_weight_percent', 'Share of the traffic on the candidate.', [
    'service',
    'revision',
  ]);
  readonly #rollouts = this.#counter('rollproof_rollouts_total', 'Rollouts that have ended.', ['service', 'outcome']);
  readonly #judged = this.#gauge('rollproof_judge_requests', 'Requests that the judge has counted.', [
    'rollout',
    'side',
  ]);
  readonly #judgedErrors = this.#gauge('rollproof_judge_errors', 'Those of them that failed.', ['rollout', 'side']);
  readonly #faults = this.#gauge('rollproof_faults_active', 'Faults that are applied now.', ['kind', 'target']);
  readonly #scenarios = this.#counter('rollproof_scenarios_total', 'Scenarios that have ended.', ['verdict']);
  readonly #checks = this.#counter('rollproof_checks_total', 'Checks that were made.', ['verdict']);
  /** What each fault in force is. */
  readonly #inForce = new Map<string, { readonly kind: string; readonly target: string }>();

  /** Takes note of a line. */
  observe(line: Observation): void {
    switch (line.type) {
      case 'rollout':
        return this.#weight.set({ service: line.service, revision: line.to }, line.weight);
      case 'rollout-ended':
        return this.#rollouts.inc({ service: line.service, outcome: line.outcome });
      case 'judgement': {
        for (const side of ['canary', 'stable'] as const) {
          this.#judged.set({ rollout: line.rollout, side }, line[side].requests);
          this.#judgedErrors.set({ rollout: line.rollout, side }, line[side].errors);
        }
        return;
      }
      case 'fault':
        return this.#fault(line);
      case 'scenario-finished':
        return this.#scenarios.inc({ verdict: line.verdict });
      case 'check':
        return this.#checks.inc({ verdict: line.verdict });
      default:
        return;
    }
  }

  /** All figures as they stand, with these labels beside their own. */
  async samples(atMs: number, labels: Readonly<Record<string, string>>): Promise<WrittenSample[]> {
    const metrics = await this.#registry.getMetricsAsJSON();
    return metrics.flatMap(({ name, values }) =>
      values.map(({ labels: own, value }) => {
        const texts = Object.entries(own).map(([key, label]) => [key, String(label)] as const);
        return { atMs, value, labels: { ...labels, ...Object.fromEntries(texts), __name__: name } };
      }),
    );
  }

  #fault({ fault, kind, target, state }: Extract<Observation, { type: 'fault' }>): void {
    if (state === 'applied') this.#inForce.set(fault, { kind, target });
    else if (state !== 'proved') this.#inForce.delete(fault);
    const same = [...this.#inForce.values()].filter((one) => one.kind === kind && one.target === target);
    this.#faults.set({ kind, target }, same.length);
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
