import type { JournalLine, Observation } from '../../contract/observation';
import type { ReplicaFacts } from '../../contract/rollout-result';

export type ReplicasLine = Extract<Observation, { type: 'replicas' }>;

/** What was promised of a rollout's replicas, and the worst that its journal tells of them; `undefined` where it tells nothing. */
export function replicaFactsIn(lines: readonly JournalLine[], rollout: string): ReplicaFacts | undefined {
  return lines
    .filter((line) => line.type === 'replicas')
    .filter((line) => line.rollout === rollout)
    .reduce(withLine, undefined as ReplicaFacts | undefined);
}

/** The facts, with one line more. */
export function withLine(facts: ReplicaFacts | undefined, { from, to, promised, limit }: ReplicasLine): ReplicaFacts {
  const [ready, running] = [from.ready + to.ready, from.running + to.running];
  return {
    promised,
    limit,
    fewestReady: Math.min(facts?.fewestReady ?? Infinity, ready),
    mostRunning: Math.max(facts?.mostRunning ?? 0, running),
  };
}
