import type { RolloutResult, RunningLoad, ScenarioContext } from '../../harness';
import { needsReplicas } from '../replicas';
import { DEFECTS, type DefectRow } from './defects';
import { STRATEGIES, type StrategyName } from './strategies';

/** A release with one defect, by one strategy. */
export interface Cell {
  readonly defect: string;
  readonly strategy: StrategyName;
}

const SERVICE = 'orders';
const GOOD = ['shop/orders:good', 'shop/orders:next'] as const;

/** A release is exchanged beside it on two cores. Four of five requests pass `orders`. */
const LOAD = { ratePerSecond: 60 };
const RATE_PER_SECOND = 0.8 * LOAD.ratePerSecond;

/** What is under way at the switch back, and what a keep-alive connection had in flight, s. */
const SLACK_S = 1;

/** The quickest that tell most, one of each way to be found: `npm test` tries them, and the night all others. */
const CORE: readonly Cell[] = [
  { defect: 'image for another platform', strategy: 'recreate' },
  { defect: 'wrong configuration', strategy: 'rolling' },
  { defect: 'errors 20 %', strategy: 'blue-green' },
  { defect: '4xx', strategy: 'canary' },
];

/** Every defect with every strategy: the core, those that need two replicas of `orders`, and the others. */
export function everyCell(): Readonly<Record<'core' | 'ofTwo' | 'others', Cell[]>> {
  const strategies = Object.keys(STRATEGIES) as StrategyName[];
  const all = Object.keys(DEFECTS).flatMap((defect) => strategies.map((strategy) => ({ defect, strategy })));
  const isCore = (cell: Cell) =>
    CORE.some(({ defect, strategy }) => cell.defect === defect && cell.strategy === strategy);
  const isOfTwo = ({ defect }: Cell) => DEFECTS[defect]?.replicas !== undefined;
  return {
    core: all.filter(isCore),
    ofTwo: all.filter(isOfTwo),
    others: all.filter((cell) => !isCore(cell) && !isOfTwo(cell)),
  };
}

/** Releases it, and holds what came of it against what the matrix says. */
export async function tryCell(context: ScenarioContext, { defect, strategy }: Cell): Promise<void> {
  const row = rowOf(defect, strategy);
  if (row === undefined) throw new Error(`the matrix has no defect "${defect}"`);
  const { expect, load, stack } = context;
  needsReplicas(stack.stable(SERVICE), row.replicas ?? 1);
  await using traffic = await load.steady(LOAD);
  if (row.caught === 'preflight') {
    const refused = await release(context, row, strategy).then(
      ({ outcome }) => outcome,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    await traffic.stop();
    const { sent, lost, failed } = traffic.totals();
    context.fact('cell', { by: row.by, outcome: 'refused', reason: refused, sent, lost, failed, bound: 0 });
    expect(refused).toMatch(row.reason);
    expect(traffic).toHaveLostNoRequests();
    return;
  }
  const result = await release(context, row, strategy);
  if (row.caught === 'at its stop') return await stopped(context, { row, strategy, result, traffic });
  await traffic.stop();
  tell(context, { row, result, traffic });
  expect(result).toHaveRolledBack();
  expect(result.reason).toMatch(row.reason);
  if (row.caught === 'before traffic') {
    if (result.samples.to.requests === 0 || strategy !== 'rolling') expect(result).toHaveServedNothing();
  } else if (strategy !== 'recreate') expect(result).toHaveRoutedNothingToCandidateAfterTheSwitch();
  if (strategy !== 'recreate') {
    if (row.caught === 'before traffic') expect(traffic).toHaveLostNoRequests();
    else expect(traffic).toHaveLostOnlyOn(result);
  }
  const { lost, failed } = traffic.totals();
  expect(lost + failed).toBeLessThanOrEqual(costBound(row, result));
}

/** The row as the strategy finds it. */
function rowOf(defect: string, strategy: StrategyName): DefectRow | undefined {
  const row = DEFECTS[defect];
  return row === undefined ? undefined : { ...row, ...row.otherwise?.[strategy] };
}

async function release({ deploy }: ScenarioContext, { image, settings }: DefectRow, strategy: StrategyName) {
  await using rollout = await deploy(SERVICE, { image, strategy: STRATEGIES[strategy](settings) });
  // Its block takes back what nobody has waited for.
  return await rollout.ended();
}

/** Its stop is what tells of it: it is replaced by a good one. */
async function stopped(
  context: ScenarioContext,
  { row, strategy, result, traffic }: Told & { readonly strategy: StrategyName },
): Promise<void> {
  const { expect } = context;
  expect(result).toHaveBeenPromoted();
  const next = await release(context, { ...row, image: GOOD[0] }, strategy);
  await traffic.stop();
  tell(context, { row, result: next, traffic });
  expect(next).toHaveBeenPromoted();
  expect(next.reason).toMatch(row.reason);
  if (strategy !== 'recreate') expect(traffic).toHaveLostNoRequests();
}

/** Requests that it may cost: its largest share of them for as long as it was there, and what nobody could serve. */
function costBound({ caught }: DefectRow, result: RolloutResult): number {
  const unserved = (result.outages ?? []).reduce((sum, outage) => sum + outage.unserved, 0);
  if (caught === 'before traffic') return unserved;
  const share = Math.max(0, ...result.weightsReached) / 100;
  // What hangs gives no answer that could be the first bad one.
  const { startedAtMs, firstBadResponseAtMs: first = startedAtMs, rolledBackAtMs: back } = result;
  const badS = back === undefined ? 0 : Math.max(0, back - first) / 1_000;
  return unserved + Math.ceil(share * RATE_PER_SECOND * (badS + SLACK_S));
}

interface Told {
  readonly row: DefectRow;
  readonly result: RolloutResult;
  readonly traffic: RunningLoad;
}

/** The figures of the cell, for the report. */
function tell({ fact, measure }: ScenarioContext, { row, result, traffic }: Told): void {
  const { decidedAtMs, firstBadResponseAtMs, rolledBackAtMs, startedAtMs, weightsReached, samples, outages } = result;
  const { sent, lost, failed } = traffic.totals();
  const fromMs = firstBadResponseAtMs ?? startedAtMs;
  fact('cell', {
    ...{
      by: row.by,
      outcome: result.outcome,
      reason: result.reason,
      sent,
      lost,
      failed,
      bound: costBound(row, result),
    },
    ...{ weightsReached, onNew: samples.to.requests, failedOnNew: samples.to.errors, outages },
    decidedAfterMs: decidedAtMs === undefined ? undefined : Math.round(decidedAtMs - fromMs),
    backAfterMs: rolledBackAtMs === undefined ? undefined : Math.round(rolledBackAtMs - fromMs),
  });
  const backMs = rolledBackAtMs === undefined ? undefined : rolledBackAtMs - fromMs;
  const name = 'first bad answer (or the start) → everything on stable again';
  measure({ name, value: backMs, samples: 1 }, { unit: 'ms', limit: row.withinS * 1_000 });
}
